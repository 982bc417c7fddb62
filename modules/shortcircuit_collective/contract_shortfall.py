# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What the call-offs of contracts were delivered late, or not at all"

from collections import defaultdict, namedtuple
from decimal import Decimal

from sql import Literal, Null, Union
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
    if by_id:
        cursor = Transaction().connection.cursor()
        cursor.execute(*_query(contracts))
        for contract, sale, *amounts in cursor:
            digits = by_id[contract].currency.digits
            measured[contract, sale].append(penalty.measure(*(
                        round(Decimal(str(a)), digits) for a in amounts)))
    shortfalls = {c: {} for c in contracts}
    for (contract, sale), parts in measured.items():
        shortfalls[by_id[contract]][sale] = penalty.add(parts)
    return shortfalls


def _query(contracts):
    rows = Union(_ordered(contracts), _delivered(contracts), all_=True)
    return rows.select(
        rows.contract, rows.sale,
        Sum(rows.ordered), Sum(rows.in_time), Sum(rows.late),
        group_by=[rows.contract, rows.sale, rows.price])


def _ordered(contracts):
    lines = _lines(contracts)
    amount = round_amount(lines.line.quantity, lines.line.unit_price)
    return lines.tables.select(
        *_keys(lines),
        amount.as_('ordered'), Literal(0).as_('in_time'),
        Literal(0).as_('late'),
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
            Literal(0).as_('ordered'),
            Case((is_late, 0), else_=amount).as_('in_time'),
            Case((is_late, amount), else_=0).as_('late'),
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
