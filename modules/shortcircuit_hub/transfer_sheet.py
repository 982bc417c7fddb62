# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What the shuttle takes from a hub to another"

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
        ShipmentOut = pool.get('stock.shipment.out')
        classes = list(get_storage_classes())
        with without_check_access():
            transfers = ShipmentInternal.browse([int(r) for r in records])
            hubs = get_hubs(get_orders([s.id for s in ShipmentOut.search([
                                ('cycle', 'in', [
                                        t.cycle.id for t in transfers
                                        if t.cycle]),
                                ('state', '!=', 'cancelled'),
                                ])]))
            return {
                'transfers': [
                    get_transfer(
                        transfer, [
                            o for warehouse, orders in hubs for o in orders
                            if warehouse == transfer.from_location.warehouse
                            and o.warehouse == transfer.to_warehouse
                            and o.shipment.cycle == transfer.cycle],
                        classes)
                    for transfer in transfers],
                }


def get_transfer(transfer, orders, classes):
    "Return what crosses: the crates by stop and the goods they hold"
    for order in orders:
        order.crates = count_crates([order])
    return SimpleNamespace(
        transfer=transfer,
        stops=get_stops(orders),
        crates=count_crates(orders),
        rows=get_rows(transfer.outgoing_moves, classes))
