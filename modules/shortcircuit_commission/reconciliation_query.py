# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

"What the queries of the reconciliation are made of"

from collections import namedtuple

from sql import Literal
from sql.conditionals import Case, Coalesce
from sql.functions import Abs, Floor, Round, Sign
from sql.operators import Concat

from trytond.model import fields
from trytond.pool import Pool

Period = namedtuple('Period', 'company start_date end_date digits')
Period.__doc__ = """What is reconciled

company is an id, the dates are inclusive, digits are those of the currency."""

POSTED = ['posted', 'paid']
# The types that the expressions are cast to
_AMOUNT = fields.Numeric("Amount")
_NAME = fields.Char("Name")


def line_amount(line, period):
    "Round what an invoice line amounts to as core does"
    return round_amount(to_amount(line.quantity) * line.unit_price, period)


def round_amount(amount, period):
    """
    Return the expression of an amount rounded half to even.

    Databases round half away from zero; the factor of 6 digits forgets what
    floats add.
    """
    unit = 10 ** period.digits
    scaled = Round(Abs(Coalesce(amount, 0)) * unit, 6)
    whole = Floor(scaled)
    twice = (scaled - whole) * 2
    up = (twice > 1) | ((twice == 1) & (whole % 2 == 1))
    units = Sign(Coalesce(amount, 0)) * (whole + Case((up, 1), else_=0))
    return to_amount(units * 1.0 / unit)


def get_columns(id_, record, date, expected, found=None, waiting=None):
    zero = Literal(0)
    return [
        id_.as_('id'),
        record.as_('record'),
        date.as_('date'),
        *(to_amount(Coalesce(zero if a is None else a, 0)).as_(n)
            for n, a in [
                ('expected', expected), ('found', found),
                ('waiting', waiting)]),
        ]


def to_amount(expression):
    return _AMOUNT.sql_cast(expression)


def round_(amount, period):
    return Round(to_amount(amount), period.digits)


def add_up(*amounts):
    return sum((Coalesce(a, 0) for a in amounts), Literal(0))


def is_during(date, period):
    return (date >= period.start_date) & (date <= period.end_date)


def is_done(move, period):
    return (
        (move.company == period.company)
        & (move.state == 'done')
        & is_during(move.effective_date, period))


def get_reference(model, id_):
    return Concat(f'{model},', _NAME.sql_cast(id_))


def refers_to(model, origin, target, id_):
    pool = Pool()
    Model = pool.get(model)
    return origin.like(f'{target},%') & (
        Model.origin.sql_id(origin, Model) == id_)
