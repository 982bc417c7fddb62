# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What the shuttle takes from a hub to another"

from collections import defaultdict
from types import SimpleNamespace

from trytond.pool import Pool
from trytond.transaction import without_check_access

from .document import (
    Document, count_crates, get_hubs, get_orders, get_stops,
    get_storage_classes)
from .picking import get_rows


class TransferSheet(Document):
    __name__ = 'shortcircuit.transfer_sheet'

    @classmethod
    def get_sheets(cls, records):
        pool = Pool()
        ShipmentInternal = pool.get('stock.shipment.internal')
        classes = list(get_storage_classes())
        with without_check_access():
            transfers = ShipmentInternal.browse([int(r) for r in records])
            orders = find_crossing(transfers)
            return {
                'transfers': [
                    get_transfer(
                        t, orders[t.cycle, t.leg] if t.cycle else [], classes)
                    for t in transfers],
                }


def find_crossing(transfers):
    "Return what is packed of the orders by tuple of cycle and leg it crosses"
    pool = Pool()
    LeadTime = pool.get('stock.location.lead_time')
    ShipmentOut = pool.get('stock.shipment.out')
    packed = [
        (warehouse, order)
        for warehouse, orders in get_hubs(get_orders([
                    s.id for s in ShipmentOut.search([
                            ('cycle', 'in', [
                                    t.cycle.id for t in transfers if t.cycle]),
                            ('state', '!=', 'cancelled'),
                            ])]))
        for order in orders if order.crosses]
    legs = LeadTime.get_legs((w, o.warehouse) for w, o in packed)
    crossing = defaultdict(list)
    for warehouse, order in packed:
        for leg in legs[warehouse, order.warehouse]:
            crossing[order.shipment.cycle, leg].append(order)
    return crossing


def get_transfer(transfer, orders, classes):
    "Return what crosses: the crates by stop and the goods they hold"
    for order in orders:
        order.crates = count_crates([order])
    return SimpleNamespace(
        transfer=transfer,
        stops=get_stops(orders),
        crates=count_crates(orders),
        rows=get_rows(transfer.outgoing_moves, classes))
