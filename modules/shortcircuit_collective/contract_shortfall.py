# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What the call-offs of contracts were delivered late, or not at all"

import datetime as dt
from collections import defaultdict, namedtuple
from decimal import Decimal

from sql import Cast, Literal, Null, Union
from sql.aggregate import Sum
from sql.conditionals import Case, Coalesce
from sql.operators import Concat

from trytond.modules.shortcircuit_catalog.today import today
from trytond.pool import Pool
from trytond.transaction import Transaction, without_check_access

from . import penalty
from .contract_use import get_moved, is_shipped, round_amount

# The joined tables, three of them, and what makes a line count: asked is the
# line itself, or the one that it replaces
Lines = namedtuple('Lines', 'tables call_off line asked where')


@without_check_access
def find_shortfalls(contracts):
    """
    Find what lacks to the call-offs of contracts that have no penalty yet.

    Only those count that are all shipped or whose day of delivery is past.
    What was delivered is worth what it was sold for, and is compared for each
    line of the price schedule; what replaces a product counts for it.

    Return a dictionary of contract to a dictionary of the id of the sale to
    its Shortfall, excluding taxes in the currency of the contract. It costs
    one query, whatever the number of contracts and orders.
    """
    by_id = {c.id: c for c in contracts}
    measured = defaultdict(list)
    for (contract, sale, _), rows in _read(contracts).items():
        measured[by_id[contract], sale].append(
            _measure(rows, by_id[contract].currency.digits))
    shortfalls = {c: {} for c in contracts}
    for (contract, sale), parts in measured.items():
        shortfalls[contract][sale] = penalty.add(parts)
    return shortfalls


def _read(contracts):
    "Return by contract, call-off and price the rows of _query"
    rows = defaultdict(list)
    if contracts:
        cursor = Transaction().connection.cursor()
        cursor.execute(*_query(contracts))
        for contract, sale, price, *row in cursor:
            rows[contract, sale, price].append(row)
    return rows


def _measure(rows, digits):
    "Return the Shortfall of one price"
    ordered = in_time = Decimal(0)
    late = {}
    for day, asked, row_ordered, delivered in rows:
        row_ordered, delivered = (
            round(Decimal(str(a)), digits) for a in [row_ordered, delivered])
        ordered += row_ordered
        if day:
            days = dt.date.fromisoformat(day) - dt.date.fromisoformat(asked)
            late[days.days] = delivered
        else:
            in_time += delivered
    return penalty.measure(ordered, in_time, late)


def _query(contracts):
    """
    Select what is ordered and delivered by price and day.

    The day is only told of what is late, with the one that was asked for.
    """
    rows = Union(_ordered(contracts), _delivered(contracts), all_=True)
    return rows.select(
        *(keys := [rows.contract, rows.sale, rows.price]),
        *(days := [rows.day, rows.asked_day]),
        Sum(rows.ordered), Sum(rows.delivered),
        group_by=keys + days)


def _as_text(day):
    "Dates are read alike from all databases as text only"
    return Cast(day, 'VARCHAR')


def _ordered(contracts):
    lines = _lines(contracts)
    amount = round_amount(lines.line.quantity, lines.line.unit_price)
    return lines.tables.select(
        *_keys(lines),
        _as_text(Null).as_('day'), _as_text(Null).as_('asked_day'),
        amount.as_('ordered'), Literal(0).as_('delivered'),
        # Neither what gives back nor what replaces was ordered
        where=lines.where & (lines.line.quantity > 0)
        & (lines.line.substitute_for == Null))


def _delivered(contracts):
    "Select what was delivered, and what came back taken from it"
    pool = Pool()
    Location = pool.get('stock.location')
    Move = pool.get('stock.move')
    lines = _lines(contracts)
    move, location = Move.__table__(), Location.__table__()
    _, amount = get_moved(move, location, lines.line)
    is_late = (
        (location.type != 'customer')
        & (move.effective_date > lines.call_off.shipping_date))
    return (lines.tables
        .join(move,
            condition=move.origin == Concat('sale.line,', lines.line.id))
        .join(location, condition=location.id == move.from_location)
        .select(
            *_keys(lines),
            _as_text(Case((is_late, move.effective_date))).as_('day'),
            _as_text(Case((is_late, lines.call_off.shipping_date))).as_(
                'asked_day'),
            Literal(0).as_('ordered'), amount.as_('delivered'),
            where=lines.where & (move.state == 'done')))


def _keys(lines):
    return [
        lines.call_off.contract.as_('contract'),
        lines.call_off.id.as_('sale'),
        lines.asked.contract_price.as_('price')]


def _lines(contracts):
    "Return the lines of the call-offs and of what gives their goods back"
    pool = Pool()
    Sale = pool.get('sale.sale')
    Line = pool.get('sale.line')
    line, asked = Line.__table__(), Line.__table__()
    sale, call_off = Sale.__table__(), Sale.__table__()
    origin = Sale.origin.sql_id(sale.origin, Sale)
    tables = (sale
        .join(call_off, condition=call_off.id == Coalesce(origin, sale.id))
        .join(line, condition=line.sale == sale.id)
        .join(asked,
            condition=asked.id == Coalesce(line.substitute_for, line.id)))
    where = (
        sale.contract.in_([c.id for c in contracts])
        & ((sale.origin == Null) | sale.origin.like('sale.sale,%'))
        & (asked.contract_price != Null)
        & _is_measured(call_off, contracts))
    return Lines(tables, call_off, line, asked, where)


def _is_measured(call_off, contracts):
    pool = Pool()
    Penalty = pool.get('shortcircuit.contract.penalty')
    table = Penalty.__table__()
    return (
        (call_off.origin == Null)
        & call_off.state.in_(['confirmed', 'processing', 'done'])
        & (is_shipped(call_off) | _is_past(call_off, contracts))
        & ~call_off.id.in_(table.select(table.sale)))


def _is_past(call_off, contracts):
    past = Literal(False)
    for company in {c.company for c in contracts}:
        past |= ((call_off.company == company.id)
            & (call_off.shipping_date < today(company)))
    return past
