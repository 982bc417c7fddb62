# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What goes with the goods to the customer"

from collections import defaultdict
from decimal import Decimal
from types import SimpleNamespace

from trytond.pool import Pool

from .document import (
    Document, count_crates, count_pieces, format_quantity, get_allergens,
    get_lots, sum_moves)


class PackingSlip(Document):
    __name__ = 'shortcircuit.packing_slip'
    signed = False

    @classmethod
    def get_sheet(cls, orders):
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        prices = Configuration(1).slip_prices
        allergens = get_allergens()
        for order in orders:
            order.crates = count_crates([order])
            order.lines = get_lines(order, allergens)
            order.address = (
                order.shipment.delivery_address.full_address.splitlines())
            order.amount = sum(l.amount for l in order.lines) if prices else 0
            # Of what the customer pays: (who, amount)
            order.parts = []
        return super().get_sheet(orders) | {
            'prices': prices,
            'signed': cls.signed,
            }


class DeliveryNote(PackingSlip):
    __name__ = 'shortcircuit.delivery_note'
    signed = True


def get_lines(order, allergens):
    """
    Return what is delivered of each line of the order, with its lots.

    The lines that get nothing are there too, so that the customer knows.
    """
    moves = defaultdict(list)
    for move in order.moves:
        # What was added by hand has no line
        moves[move.origin if move.sale else move].append(move)
    for sale in {m.sale for m in order.moves if m.sale}:
        for line in sale.lines:
            if line.product and line.allocated_quantity == 0:
                moves.setdefault(line, [])
    return [
        get_line(line, moves, order.shipment.company.currency, allergens)
        for line, moves in sorted(
            moves.items(), key=lambda item: item[0].product.name)]


def get_line(line, moves, currency, allergens):
    quantity = sum_moves(moves, line.unit)
    return SimpleNamespace(
        product=line.product,
        quantity=format_quantity(quantity, line.unit),
        pieces=count_pieces(moves),
        ordered=(None if quantity == line.quantity
            else format_quantity(line.quantity, line.unit)),
        lots=get_lots(moves),
        allergens=', '.join(
            allergens[a].lower() for a in line.product.allergens or []),
        unit_price=line.unit_price,
        unit=line.unit,
        amount=currency.round(
            Decimal(repr(quantity)) * (line.unit_price or 0)))
