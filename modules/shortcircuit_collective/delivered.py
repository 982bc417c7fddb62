# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What was delivered to the canteens, as their shares are made of it"

import datetime as dt
from functools import reduce
from operator import and_, or_

from sql import Null
from sql.aggregate import Min, Sum
from sql.conditionals import Case, Coalesce, NullIf
from sql.functions import DateTrunc, Extract, Round
from sql.operators import Like

from trytond.modules.shortcircuit_catalog.own import is_own
from trytond.pool import Pool

from . import egalim

# What a purchase is counted by, besides its class
FLAGS = {
    'FRANCE': lambda d: d.origin == 'FRANCE',
    'EUROPE': lambda d: d.origin == 'EUROPE',
    'CIRCUIT_COURT': lambda d: d.short_circuit == 1,
    'LOCAL': lambda d: d.local == 1,
    }
FAIR = '%COMMERCE_EQUITABLE%'


def query(month=False, lot=False, heads=False, where=None):
    """
    Return the query of what was delivered, excluding taxes.

    There is a row by canteen, company, year and all that the shares depend
    on: family, labels, class_, origin, short_circuit and local (0 or 1), with
    its amount and an id of its own. What came back is deducted; what is not
    food is left out. With month there is a row by delivery, with the date of
    the first day of its month: hardly two of a month are alike, so that it
    costs as much to sum them here as later. With lot there is a row by lot of
    the contract too, null without one. With heads the satellites count for
    their kitchen or group. where is a function of the table of moves to a
    condition. A user that is restricted to parties is given the rows of their
    canteens only, so that the others are not summed to be dropped afterwards.
    """
    pool = Pool()
    Canteen = pool.get('shortcircuit.canteen')
    Move = pool.get('stock.move')
    move = Move.__table__()
    from_, canteen = move, move.canteen
    if heads:
        table = Canteen.__table__()
        from_ = move.join(table, condition=move.canteen == table.id)
        canteen = Coalesce(table.parent, table.id)
    keys = {
        'canteen': canteen,
        'company': move.company,
        'year': Extract('YEAR', move.effective_date),
        'family': move.egalim_family,
        'labels': move.egalim_labels,
        'class_': move.egalim_class,
        'origin': move.egalim_origin,
        'short_circuit': _flag(move.producer != Null),
        'local': _flag(move.egalim_local != Null),
        }
    if lot:
        keys['lot'] = move.contract_lot
    if month:
        keys['month'] = DateTrunc('month', move.effective_date)
        id_, value, group_by = move.id, move.sale_amount, None
    else:
        id_, value = Min(move.id), Sum(move.sale_amount)
        group_by = _group_by(keys)
    return from_.select(
        id_.as_('id'),
        *(expression.as_(name) for name, expression in keys.items()),
        value.as_('amount'),
        where=_condition(move, where),
        group_by=group_by)


def by_sector(year=None):
    """
    Return the query of what was delivered, as the regional labels see it.

    There is a row by canteen, company, year, class_, sector of the product,
    regional and local (0 or 1), with its amount and the least id of its moves.
    year is the only one, None for all.
    """
    pool = Pool()
    Move = pool.get('stock.move')
    Product = pool.get('product.product')
    Template = pool.get('product.template')
    move = Move.__table__()
    product = Product.__table__()
    template = Template.__table__()
    keys = {
        'canteen': move.canteen,
        'company': move.company,
        'year': Extract('YEAR', move.effective_date),
        'class_': move.egalim_class,
        'sector': template.shortcircuit_sector,
        'regional': _flag(move.egalim_region != Null),
        'local': _flag(move.egalim_local != Null),
        }
    return (move
        .join(product, condition=move.product == product.id)
        .join(template, condition=product.template == template.id)
        .select(
            Min(move.id).as_('id'),
            *(expression.as_(name) for name, expression in keys.items()),
            Sum(move.sale_amount).as_('amount'),
            where=_condition(move, in_year(year)),
            group_by=_group_by(keys)))


def in_year(year):
    "Return the function of the table of moves that keeps those of the year"
    if year:
        return lambda move: (
            (move.effective_date >= dt.date(year, 1, 1))
            & (move.effective_date <= dt.date(year, 12, 31)))


def _condition(move, where=None):
    condition = (
        (move.canteen != Null)
        & (move.sale_amount != Null)
        & (move.egalim_family != Null)
        & (move.state == 'done'))
    if where:
        condition &= where(move)
    return condition & is_own(move.canteen, 'shortcircuit.canteen')


def _group_by(keys):
    # PostgreSQL does not know that an expression with parameters is the one
    # that is selected, unless it is named
    return [
        expression.as_(name) if expression.params else expression
        for name, expression in keys.items()]


def _flag(condition):
    return Case((condition, 1), else_=0)


def share(part, total):
    "Return what the part is of the total, null without it or out of it"
    total = NullIf(total, 0)
    return Case(
        ((part >= 0) & (part <= total), Round(part / total, 4)), else_=Null)


def amount(delivered, condition):
    "Return the sum of what was delivered that fulfils the condition"
    return Sum(Case((condition, delivered.amount), else_=0))


def in_classes(delivered, classes):
    return delivered.class_.in_(classes)


def is_fair(delivered):
    return Like(Coalesce(delivered.labels, ''), FAIR)


def counts_as(delivered, name):
    """
    Return the condition that a column of origin_rules counts the purchase.

    name is france, meat_fish_france or europe.
    """
    conditions, before = [], None
    for rule in egalim.origin_rules():
        flags = [FLAGS[flag](delivered) for flag in sorted(rule[name])]
        years = [delivered.year >= rule['year']]
        if before is not None:
            years.append(delivered.year < before)
        before = rule['year']
        if flags:
            conditions.append(reduce(and_, years) & reduce(or_, flags))
    return reduce(or_, conditions)
