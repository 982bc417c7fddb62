# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

"What the orders use of the maximums of the lots of the contracts"

from collections import defaultdict
from decimal import Decimal

from sql import Literal, Union
from sql.aggregate import Sum
from sql.conditionals import Case, Coalesce
from sql.functions import Floor, Mod, Round
from sql.operators import Concat

from trytond.pool import Pool
from trytond.transaction import Transaction, without_check_access

COUNTED = ['quotation', 'confirmed', 'processing', 'done']


class Use:
    "An amount in the currency of the contract and a quantity, to be added"
    __slots__ = ('amount', 'quantity')

    def __init__(self, amount=Decimal(0), quantity=0.):
        self.amount = amount
        self.quantity = quantity

    def __add__(self, other):
        return Use(
            self.amount + other.amount, self.quantity + other.quantity)


@without_check_access
def find_uses(lots):
    """
    Find what is used of lots by each buyer.

    An order counts from its quotation for what is ordered, or for what is
    allocated once it is, and when all is shipped for what was delivered less
    what came back. Only the orders of the period of a lot count.

    Return a dictionary of lot to a dictionary of the id of the party to its
    Use, the amount being excl. tax and the quantity in the unit of the lot.
    It costs one query, whatever the number of lots and orders.
    """
    pool = Pool()
    Uom = pool.get('product.uom')
    by_id = {l.id: l for l in lots}
    uses = {l: defaultdict(Use) for l in lots}
    if not by_id:
        return uses
    cursor = Transaction().connection.cursor()
    cursor.execute(*_query(lots))
    rows = cursor.fetchall()
    units = {u.id: u for u in Uom.browse({r[2] for r in rows})}
    for lot_id, party, unit, quantity, amount in rows:
        lot = by_id[lot_id]
        if lot.unit:
            quantity = Uom.compute_qty(
                units[unit], float(quantity), lot.unit, round=False)
        digits = lot.currency.digits
        uses[lot][party] += Use(
            round(Decimal(str(amount)), digits), float(quantity))
    return uses


def _query(lots):
    rows = Union(_ordered(lots), _delivered(lots), all_=True)
    keys = [rows.lot, rows.party, rows.unit]
    return rows.select(
        *keys, Sum(rows.quantity), Sum(rows.amount), group_by=keys)


def _ordered(lots):
    "Select what is ordered or allocated of orders that are not all shipped"
    tables, line, sale, price, where = _lines(lots)
    quantity = Coalesce(line.allocated_quantity, line.quantity)
    return tables.select(
        price.lot.as_('lot'), sale.party.as_('party'), line.unit.as_('unit'),
        quantity.as_('quantity'),
        round_amount(quantity, line.unit_price).as_('amount'),
        # What comes back only counts once it is there
        where=where & ~is_shipped(sale) & (line.quantity > 0))


def _delivered(lots):
    "Select what was delivered or came back of orders that are all shipped"
    pool = Pool()
    Location = pool.get('stock.location')
    Move = pool.get('stock.move')
    tables, line, sale, price, where = _lines(lots)
    move, location = Move.__table__(), Location.__table__()
    quantity, amount = get_moved(move, location, line)
    return (tables
        .join(move, condition=move.origin == Concat('sale.line,', line.id))
        .join(location, condition=location.id == move.from_location)
        .select(
            price.lot.as_('lot'), sale.party.as_('party'),
            move.unit.as_('unit'), quantity.as_('quantity'),
            amount.as_('amount'),
            where=where & is_shipped(sale) & (move.state == 'done')))


def _lines(lots):
    "Return the joined tables and what makes an order count"
    pool = Pool()
    line, sale, price = (pool.get(n).__table__() for n in [
            'sale.line', 'sale.sale', 'shortcircuit.contract.price'])
    tables = (price
        .join(line, condition=line.contract_price == price.id)
        .join(sale, condition=sale.id == line.sale))
    counted = Literal(False)
    for lot in lots:
        of_lot = price.lot == lot.id
        if period := lot.get_period():
            start_date, end_date = period
            of_lot &= ((sale.quotation_date >= start_date)
                & (sale.quotation_date <= end_date))
        counted |= of_lot
    return tables, line, sale, price, counted & sale.state.in_(COUNTED)


def is_shipped(sale):
    "Return the expression that all of the order is shipped"
    return (sale.shipment_state == 'sent') | (sale.state == 'done')


def get_moved(move, location, line):
    """
    Return the expressions of the quantity and the value of what a move brings.

    Both are negative for what comes back. location is where the move starts,
    line the one of the order.
    """
    quantity = move.quantity * Case((location.type == 'customer', -1), else_=1)
    return quantity, Coalesce(
        move.sale_amount, round_amount(quantity, line.unit_price))


def round_amount(quantity, unit_price):
    """
    Return the expression of a quantity times its price, rounded to the cent.

    Half a cent goes to the even one as on the orders. The first rounding
    takes off what databases that know no decimals add.
    """
    cents = Round(_decimal(quantity) * unit_price * 100, 6)
    below = Floor(cents)
    return Case(
        ((cents - below) * 2 == 1, below + Mod(below, 2)),
        else_=Round(cents, 0)) / 100


def _decimal(expression):
    pool = Pool()
    Line = pool.get('sale.line')
    return Line.unit_price.sql_cast(expression)
