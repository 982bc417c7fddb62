# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from collections import defaultdict
from itertools import chain

from sql import For
from sql.functions import CurrentTimestamp

from trytond.i18n import gettext
from trytond.model import ModelView, Workflow, fields
from trytond.modules.shortcircuit_catalog.rows import write_grouped
from trytond.pool import Pool, PoolMeta
from trytond.transaction import Transaction

from .exceptions import LotHeldError


class Lot(metaclass=PoolMeta):
    __name__ = 'stock.lot'

    held = fields.Function(
        fields.Boolean("Held",
            help="A recall keeps the lot from being given, packed and "
            "shipped."),
        'get_held', searcher='search_held')
    recalls = fields.One2Many(
        'shortcircuit.recall.lot', 'lot', "Recalls", readonly=True)

    @classmethod
    def get_held(cls, lots, name):
        held = cls.get_holds(lots)
        return {l.id: l.id in held for l in lots}

    @classmethod
    def search_held(cls, name, clause):
        _, operator, value = clause
        if (operator == '=') == bool(value):
            return [('recalls.held', '=', True)]
        return [('recalls', 'not where', [('held', '=', True)])]

    @classmethod
    def get_holds(cls, lots):
        "Return a dictionary of lot id to a recall that holds it"
        pool = Pool()
        RecallLot = pool.get('shortcircuit.recall.lot')
        return {l.lot.id: l.recall for l in RecallLot.search([
                    ('lot', 'in', [l.id for l in lots]),
                    ('held', '=', True),
                    ])}

    @classmethod
    def announce_hold(cls, lots):
        """
        Make who moves the lots at the same moment start again.

        He has read that they are not held, or is about to.
        """
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.update(
                [table.write_date], [CurrentTimestamp()],
                where=fields.SQL_OPERATORS['in'](
                    table.id, [l.id for l in lots])))

    @classmethod
    def _share_lock(cls, lots):
        "Let nobody hold the lots before the end, others may move them too"
        transaction = Transaction()
        if not transaction.database.has_select_for():
            return
        table = cls.__table__()
        cursor = transaction.connection.cursor()
        cursor.execute(*table.select(
                table.id,
                where=fields.SQL_OPERATORS['in'](
                    table.id, [l.id for l in lots]),
                for_=For('SHARE', nowait=True)))

    @classmethod
    def check_held(cls, lots):
        "Refuse to move to customers the lots that a recall holds"
        cls._share_lock(lots)
        for id_, recall in cls.get_holds(lots).items():
            lot = cls(id_)
            raise LotHeldError(gettext(
                    'shortcircuit_hub.msg_lot_held',
                    lot=lot.rec_name,
                    product=lot.product.rec_name,
                    recall=recall.rec_name))

    @classmethod
    def copy(cls, lots, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('recalls', None)
        return super().copy(lots, default=default)


class Allocation(metaclass=PoolMeta):
    __name__ = 'shortcircuit.allocation'

    @classmethod
    def _find_stocks(cls, products, again, date):
        pool = Pool()
        Lot = pool.get('stock.lot')
        stocks = super()._find_stocks(products, again, date)
        held = Lot.get_holds(Lot.browse(
                {s.key[0] for l in stocks.values() for s in l}))
        for product in stocks:
            stocks[product] = [
                s for s in stocks[product] if s.key[0] not in held]
        return stocks

    @classmethod
    def check_stock(cls, lines):
        pool = Pool()
        Lot = pool.get('stock.lot')
        super().check_stock(lines)
        Lot.check_held({l.lot for line in lines for l in line.lots})


class Move(metaclass=PoolMeta):
    __name__ = 'stock.move'

    @classmethod
    def withdraw_lots(cls, lots):
        "Take lots out of the orders and the transfers that have not left"
        moves = cls.search([
                ('lot', 'in', [l.id for l in lots]),
                ('state', 'in', ['draft', 'assigned']),
                ['OR',
                    ('shipment.state', 'in',
                        ['draft', 'waiting', 'assigned', 'picked', 'packed'],
                        'stock.shipment.out'),
                    ('shipment.state', 'in',
                        ['request', 'draft', 'waiting', 'assigned', 'packed'],
                        'stock.shipment.internal'),
                    ],
                ])
        cls.withdraw({m: m.quantity for m in moves})

    @classmethod
    def withdraw(cls, quantities):
        """
        Take goods out of what has not left.

        quantities is a dictionary of move to the quantity in its unit. The
        orders are allocated that much less, so that they leave with the
        rest; those with nothing left are cancelled.
        """
        pool = Pool()
        Sale = pool.get('sale.sale')
        ShipmentInternal = pool.get('stock.shipment.internal')
        ShipmentOut = pool.get('stock.shipment.out')
        shipments = {m.shipment for m in quantities}
        sales = {m.sale for m in quantities if m.sale}
        cls._withdraw_allocated(quantities)
        cls.draft(list(quantities))
        left = {
            m: m.unit.round(m.quantity - q) for m, q in quantities.items()}
        cls.delete([m for m, q in left.items() if not q])
        if any(left.values()):
            cls.write(*chain.from_iterable(
                    ([m], {'quantity': q}) for m, q in left.items() if q))
        for Shipment in [ShipmentOut, ShipmentInternal]:
            Shipment.cancel([
                    s for s in Shipment.browse([
                            s.id for s in shipments
                            if isinstance(s, Shipment)])
                    if not s.moves])
        # What is left to deliver of the orders has changed
        Sale.__queue__.process(list(sales))

    @classmethod
    def _withdraw_allocated(cls, quantities):
        pool = Pool()
        AllocationLine = pool.get('shortcircuit.allocation.line')
        SaleLine = pool.get('sale.line')
        Uom = pool.get('product.uom')
        withdrawn, lots = defaultdict(float), defaultdict(float)
        for move, quantity in quantities.items():
            if isinstance(move.origin, SaleLine):
                withdrawn[move.origin] += Uom.compute_qty(
                    move.unit, quantity, move.origin.unit, round=False)
                lots[move.origin, move.lot] += Uom.compute_qty(
                    move.unit, quantity, move.product.default_uom,
                    round=False)
        AllocationLine.withdraw(lots)
        write_grouped(SaleLine, {
                line: {
                    'allocated_quantity': line.unit.round(
                        line.allocated_quantity - quantity),
                    }
                for line, quantity in withdrawn.items()})


class HeldMixin:
    __slots__ = ()

    @classmethod
    def check_held(cls, shipments):
        pool = Pool()
        Lot = pool.get('stock.lot')
        Lot.check_held({
                m.lot for s in shipments for m in s.moves
                if m.lot and m.state in {'draft', 'assigned'}})

    @classmethod
    @ModelView.button
    @Workflow.transition('packed')
    def pack(cls, shipments):
        cls.check_held(shipments)
        super().pack(shipments)

    @classmethod
    @ModelView.button
    @Workflow.transition('shipped')
    def ship(cls, shipments):
        cls.check_held(shipments)
        super().ship(shipments)


class ShipmentOut(HeldMixin, metaclass=PoolMeta):
    __name__ = 'stock.shipment.out'


class ShipmentInternal(HeldMixin, metaclass=PoolMeta):
    __name__ = 'stock.shipment.internal'
