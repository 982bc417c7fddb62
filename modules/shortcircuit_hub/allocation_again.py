# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.i18n import gettext
from trytond.model import ModelView, Workflow, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval

from .exceptions import AllocationError


class Allocation(metaclass=PoolMeta):
    __name__ = 'shortcircuit.allocation'

    again = fields.Boolean(
        "Share Again",
        states={
            'readonly': Eval('state') != 'draft',
            },
        help="Share also what was short and is not packed yet, with what has "
        "arrived since. Compute again once it is changed.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._transitions.add(('applied', 'draft'))
        cls._buttons.update({
                'undo': {
                    'invisible': Eval('state') != 'applied',
                    'icon': 'tryton-undo',
                    'depends': ['state'],
                    },
                })

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def undo(cls, allocations):
        pool = Pool()
        Line = pool.get('shortcircuit.allocation.line')
        Sale = pool.get('sale.sale')
        Transfer = pool.get('stock.shipment.internal')
        lines = Line.search_all([
                ('allocation', 'in', [a.id for a in allocations]),
                ('replaced_by', '=', None),
                ])
        cls.lock(allocations)
        cls._check_open(lines)
        Transfer.plan(cls._release(lines))
        sales = sorted({l.sale_line.sale for l in lines})
        if withdrawn := {l.allocation for l in lines if l.withdrawn}:
            # It would be given again, without its lots; the orders that had
            # nothing left are to share too
            Sale.process(sales)
            cls.compute(sorted(withdrawn))
        else:
            Sale.__queue__.process(sales)

    @classmethod
    def find_again(cls, allocations):
        """
        Return the applied lines that are to share again.

        They are those of the products of which an order lacks some or waits,
        in the orders of which nothing is packed or has left for another hub.
        """
        pool = Pool()
        Line = pool.get('shortcircuit.allocation.line')
        SaleLine = pool.get('sale.line')
        cycles = [a.cycle.id for a in allocations if a.again]
        if not cycles:
            return []
        lines = Line.search_all([
                ('allocation.cycle', 'in', cycles),
                ('allocation.state', '=', 'applied'),
                ('replaced_by', '=', None),
                ])
        closed = cls._find_closed(lines)
        lines = [l for l in lines if l.sale_line.sale not in closed]
        products = {l.product for l in lines if l.short}
        products.update(l.product for l in SaleLine.search([
                    ('sale.cycle', 'in', cycles),
                    ('allocated_quantity', '=', None),
                    ('type', '=', 'line'),
                    ('product', 'in', list({l.product.id for l in lines})),
                    ]))
        chosen = [
            l for l in lines
            if l.product in products and not l.substitute_for]
        originals = {l.sale_line for l in chosen}
        return chosen + [l for l in lines if l.substitute_for in originals]

    @classmethod
    def _find_closed(cls, lines):
        "Return the orders of which something is packed or has left"
        pool = Pool()
        Sale = pool.get('sale.sale')
        Transfer = pool.get('stock.shipment.internal')
        cycles = list({l.allocation.cycle.id for l in lines})
        closed = set(Sale.search([
                    ('cycle', 'in', cycles),
                    ('lines.moves.shipment.state', 'in', [
                            'picked', 'packed', 'shipped', 'done'],
                        'stock.shipment.out'),
                    ]))
        left = {
            (t.cycle, t.leg)
            for t in Transfer.search([
                    ('cycle', 'in', cycles),
                    ('state', 'in', ['packed', 'shipped', 'done']),
                    ])}
        if left:
            closed.update(
                lot.line.sale_line.sale
                for lot, legs in cls._find_legs(
                    [lot for l in lines for lot in l.lots])
                if legs & left)
        return closed

    @classmethod
    def _find_legs(cls, lots):
        """
        Return the lots that travel and the legs that they do.

        It is a list of tuples (lot, set of tuples (cycle, leg)).
        """
        pool = Pool()
        LeadTime = pool.get('stock.location.lead_time')
        lots = [l for l in lots if l.route]
        legs = LeadTime.get_legs(l.route for l in lots)
        return [
            (l, {(l.line.allocation.cycle, leg) for leg in legs[l.route]})
            for l in lots]

    @classmethod
    def _check_open(cls, lines):
        closed = cls._find_closed(lines)
        for line in lines:
            if line.sale_line.sale in closed:
                raise AllocationError(gettext(
                        'shortcircuit_hub.msg_allocation_packed',
                        allocation=line.allocation.rec_name,
                        sale=line.sale_line.sale.rec_name))

    @classmethod
    def release_again(cls, allocations):
        """
        Take back what the allocations share again.

        Return the lots of other orders whose transfers are to make again.
        """
        pool = Pool()
        Line = pool.get('shortcircuit.allocation.line')
        replaced, args = [], []
        for allocation in allocations:
            if allocation.again:
                lines = Line.search_all([
                        ['OR',
                            ('sale_line.allocation_lines.allocation', '=',
                                allocation.id),
                            ('substitute_for.allocation_lines.allocation',
                                '=', allocation.id),
                            ],
                        ('allocation.state', '=', 'applied'),
                        ('replaced_by', '=', None),
                        ])
                replaced.extend(lines)
                args.extend([lines, {'replaced_by': allocation.id}])
        if not replaced:
            return []
        cls._check_open(replaced)
        Line.write(*args)
        return cls._release(replaced)

    @classmethod
    def _release(cls, lines):
        """
        Take back what applied lines gave to orders that are not packed.

        Return the lots of other orders whose transfers are to make again.
        """
        pool = Pool()
        Move = pool.get('stock.move')
        SaleLine = pool.get('sale.line')
        ShipmentOut = pool.get('stock.shipment.out')
        sale_lines = sorted({l.sale_line for l in lines})
        moves = Move.search([
                ('origin.id', 'in', [l.id for l in sale_lines], 'sale.line'),
                ('state', 'in', ['draft', 'assigned']),
                ])
        shipments = ShipmentOut.browse(sorted({m.shipment.id for m in moves}))
        ShipmentOut.wait(shipments)
        Move.delete(Move.browse([m.id for m in moves]))
        empty = ShipmentOut.search([
                ('id', 'in', [s.id for s in shipments]),
                ('moves', '=', None),
                ])
        ShipmentOut.draft(empty)
        ShipmentOut.delete(empty)
        ShipmentOut.assign_arrived(ShipmentOut.browse(sorted(
                    {s.id for s in shipments} - {s.id for s in empty})))
        SaleLine.write(sale_lines, {'allocated_quantity': None})
        cls._reset_pieces([l for l in sale_lines if l.pieces is not None])
        return cls._cancel_transfers(lines)

    @classmethod
    def _reset_pieces(cls, sale_lines):
        "Order again about what the pieces weigh, which are taken back"
        pool = Pool()
        Sale = pool.get('sale.sale')
        SaleLine = pool.get('sale.line')
        for line in sale_lines:
            line.quantity = line.get_pieces_quantity()
        SaleLine.save(sale_lines)
        Sale.store_cache(sorted({l.sale for l in sale_lines}))

    @classmethod
    def _cancel_transfers(cls, lines):
        "Cancel the transfers of lines, return the lots of the other lines"
        pool = Pool()
        Lot = pool.get('shortcircuit.allocation.line.lot')
        Transfer = pool.get('stock.shipment.internal')
        released = {lot for l in lines for lot in l.lots if lot.route}
        if not released:
            return []
        cycles = list({l.allocation.cycle.id for l in lines})
        travels = cls._find_legs(Lot.search([
                    ('line.allocation.cycle', 'in', cycles),
                    ('line.allocation.state', '=', 'applied'),
                    ('line.replaced_by', '=', None),
                    ]) + list(released))
        again, legs = _find_linked(travels, released)
        Transfer.cancel([
                t for t in Transfer.search([
                        ('cycle', 'in', cycles),
                        ('state', 'in', ['draft', 'waiting', 'assigned']),
                        ])
                if (t.cycle, t.leg) in legs])
        lines = set(lines)
        return [lot for lot in again if lot.line not in lines]


class Line(metaclass=PoolMeta):
    __name__ = 'shortcircuit.allocation.line'

    replaced_by = fields.Many2One(
        'shortcircuit.allocation', "Shared Again by", readonly=True,
        ondelete='RESTRICT',
        states={
            'invisible': ~Eval('replaced_by'),
            })


class SaleLine(metaclass=PoolMeta):
    __name__ = 'sale.line'

    allocation_lines = fields.One2Many(
        'shortcircuit.allocation.line', 'sale_line', "Allocation Lines",
        readonly=True)

    @classmethod
    def copy(cls, lines, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('allocation_lines', None)
        return super().copy(lines, default=default)


def _find_linked(travels, lots):
    """
    Return all that shares a leg with lots, from one to the next.

    travels is a list of tuples (lot, set of its legs). Return the list of the
    lots and the set of their legs.
    """
    legs, count = set(), -1
    for lot, lot_legs in travels:
        if lot in lots:
            legs |= lot_legs
    while len(legs) != count:
        count = len(legs)
        for _, lot_legs in travels:
            if lot_legs & legs:
                legs |= lot_legs
    return [lot for lot, lot_legs in travels if lot_legs & legs], legs
