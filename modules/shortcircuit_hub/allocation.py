# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from collections import defaultdict

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, Workflow, fields
from trytond.modules.shortcircuit_catalog.computed import computed
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from .exceptions import AllocationError

# How many are computed at once: as many as have some 2,000 lines, of which the
# ORM keeps what it has read
SHIPMENTS = 250


class Allocation(Workflow, ModelSQL, ModelView):
    __name__ = 'shortcircuit.allocation'
    _rec_name = 'number'

    number = fields.Char("Number", readonly=True)
    company = fields.Many2One(
        'company.company', "Company", required=True, readonly=True)
    cycle = fields.Many2One(
        'shortcircuit.cycle', "Cycle", required=True, ondelete='RESTRICT',
        readonly=True)
    policy = fields.Many2One(
        'shortcircuit.allocation.policy', "Policy", required=True,
        ondelete='RESTRICT',
        states={
            'readonly': Eval('state') != 'draft',
            },
        help="Compute again once it is changed.")
    computed_at = fields.DateTime("Computed at", readonly=True)
    lines = fields.One2Many(
        'shortcircuit.allocation.line', 'allocation', "Lines", readonly=True)
    state = fields.Selection([
            ('draft', "Draft"),
            ('applied', "Applied"),
            ('cancelled', "Cancelled"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order.insert(0, ('id', 'DESC'))
        cls._transitions |= {
            ('draft', 'applied'),
            ('draft', 'cancelled'),
            }
        cls._buttons.update({
                'cancel': {
                    'invisible': Eval('state') != 'draft',
                    'depends': ['state'],
                    },
                'compute': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-refresh',
                    'depends': ['state'],
                    },
                'apply': {
                    'invisible': Eval('state') != 'draft',
                    'readonly': ~Eval('lines', []),
                    'icon': 'tryton-forward',
                    'depends': ['state', 'lines'],
                    },
                })

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_state(cls):
        return 'draft'

    @classmethod
    def allocate(cls, cycles):
        "Return the draft allocations of what is not yet allocated on cycles"
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        cls.cancel(cls.search([
                    ('cycle', 'in', [c.id for c in cycles]),
                    ('state', '=', 'draft'),
                    ]))
        allocations = [
            cls(company=c.company, cycle=c, policy=c.allocation_policy_used)
            for c in cycles]
        cls.save(allocations)
        Configuration.set_number(allocations, 'allocation_sequence')
        cls.compute(allocations)
        return allocations

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, allocations):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('applied')
    def apply(cls, allocations):
        pool = Pool()
        Line = pool.get('shortcircuit.allocation.line')
        Transfer = pool.get('stock.shipment.internal')

        def find_lines():
            # Again for each step: what it has read of a large cycle is not
            # kept in memory for the next
            return Line.search_all([
                    ('allocation', 'in', [a.id for a in allocations]),
                    ])
        cls._lock_hubs(find_lines())
        transferred = cls.release_again(allocations)
        cls._allocate(find_lines())
        with computed():
            cls._create_shipments(cls._get_shipments(find_lines()))
            Transfer.plan([
                    *(l for line in find_lines() for l in line.lots),
                    *transferred])
            cls._process_orders(find_lines())

    @classmethod
    def _lock_hubs(cls, lines):
        "Two operators may apply at once, also for two cycles"
        pool = Pool()
        Location = pool.get('stock.location')
        lots = [l for line in lines for l in line.lots]
        Location.lock(sorted(
                {l.location for l in lots} | {l.line.warehouse for l in lots}))

    @classmethod
    def _allocate(cls, lines):
        "Give the orders what the lines tell, if it may still be given"
        pool = Pool()
        Line = pool.get('shortcircuit.allocation.line')
        cls.check_allocated(lines)
        cls.check_stock(lines)
        cls._order_substitutes(lines)
        Line.set_allocated_quantity(lines)

    @classmethod
    def _process_orders(cls, lines):
        "Set the states of the orders: what gets nothing has nothing to wait"
        pool = Pool()
        Sale = pool.get('sale.sale')
        given = {l.sale_line.sale for l in lines if l.lots}
        waiting, others = [], []
        for sale in sorted({l.sale_line.sale for l in lines}):
            if (sale in given and sale.state == 'processing'
                    and sale.shipment_state in {'none', 'waiting'}):
                waiting.append(sale)
            else:
                others.append(sale)
        # Processing an order costs more than allocating it, for this only
        Sale.write(waiting, {'shipment_state': 'waiting'})
        with Transaction().set_context(queue_batch=True):
            Sale.__queue__.process(others)

    @classmethod
    def check_allocated(cls, lines):
        "Refuse to give again what another allocation gave in the meantime"
        for line in lines:
            if line.sale_line.allocated_quantity is not None:
                raise AllocationError(gettext(
                        'shortcircuit_hub.msg_allocation_already',
                        allocation=line.allocation.rec_name,
                        sale=line.sale_line.sale.rec_name,
                        product=line.product.rec_name))

    @classmethod
    def check_stock(cls, lines):
        "Refuse to give what another allocation took in the meantime"
        pool = Pool()
        Location = pool.get('stock.location')
        Uom = pool.get('product.uom')
        left = defaultdict(float, Location.free_quantities(
                {l.product for l in lines}))
        for line in lines:
            for lot in line.lots:
                key = (lot.location.id, line.product.id, lot.lot.id)
                uom = line.product.default_uom
                left[key] = uom.round(left[key] - Uom.compute_qty(
                        *lot.get_moved(), uom, round=False))
                if left[key] < 0:
                    raise AllocationError(gettext(
                            'shortcircuit_hub.msg_allocation_stock',
                            allocation=line.allocation.rec_name,
                            lot=lot.lot.rec_name,
                            product=line.product.rec_name))

    @classmethod
    def _create_shipments(cls, shipments):
        """
        Create what the shipments take, assigned where the goods lie.

        shipments is a dictionary of shipment id to the ids of its lines.
        """
        pool = Pool()
        Line = pool.get('shortcircuit.allocation.line')
        Move = pool.get('stock.move')
        ShipmentOut = pool.get('stock.shipment.out')
        for some in grouped_slice(sorted(shipments), SHIPMENTS):
            some = ShipmentOut.browse(list(some))
            by_line = {l: s for s in some for l in shipments[s.id]}
            # Those of some are computed before any is saved: a write makes the
            # records that were read be read again. They are so in the order
            # in which the ORM reads ahead, not order by order
            moves = cls._get_moves({
                    l: by_line[l.id] for l in Line.browse(sorted(by_line))})
            # Core's work on a move grows with the number of those done at once
            for ids in grouped_slice(sorted(moves), 50):
                ids = list(ids)
                Move.save([m for id_ in ids for m in moves[id_]])
                ShipmentOut.wait(ShipmentOut.browse(ids))
                ShipmentOut.assign_arrived(ShipmentOut.browse(ids))

    @classmethod
    def _get_moves(cls, shipments):
        "Return the moves by id of shipment, from the shipments by line"
        pool = Pool()
        Location = pool.get('stock.location')
        locations = Location.get_consignment(
            (l.line.warehouse.id, l.lot.producer.party.id)
            for line in shipments for l in line.lots)
        moves = defaultdict(list)
        for line, shipment in shipments.items():
            for lot in line.lots:
                moves[shipment.id].append(lot.get_customer_move(
                        shipment, locations[
                            lot.line.warehouse.id,
                            lot.lot.producer.party.id]))
        return moves

    @classmethod
    def _get_shipments(cls, lines):
        """
        Return the ids of the lines by id of the shipment of their order.

        It is created if the order has none; what gets nothing has none.
        """
        pool = Pool()
        ShipmentOut = pool.get('stock.shipment.out')
        lines = {l.id: l.sale_line.sale for l in lines if l.lots}
        sales = sorted(set(lines.values()))
        found = cls._find_shipments(sales)
        created = {s: s.get_cycle_shipment() for s in sales if s not in found}
        ShipmentOut.save(created.values())
        shipments = defaultdict(list)
        for line, sale in lines.items():
            shipment = found.get(sale) or created[sale]
            shipments[shipment.id].append(line)
        return shipments

    @classmethod
    def _find_shipments(cls, sales):
        "Return by order its shipment that is not packed yet"
        pool = Pool()
        ShipmentOut = pool.get('stock.shipment.out')
        return {
            s.cycle_sale: s for s in ShipmentOut.search([
                    ('cycle', 'in', list({s.cycle.id for s in sales})),
                    ('state', 'in', ['waiting', 'assigned']),
                    ('moves', '!=', None),
                    ])}
