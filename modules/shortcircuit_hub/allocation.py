# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from collections import defaultdict
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, Workflow, fields
from trytond.pool import Pool
from trytond.pyson import Eval, If
from trytond.transaction import Transaction

from .exceptions import AllocationError
from .sharing import from_steps, serve, share, to_steps


class Allocation(Workflow, ModelSQL, ModelView):
    __name__ = 'shortcircuit.allocation'
    _rec_name = 'number'

    number = fields.Char("Number", readonly=True)
    company = fields.Many2One(
        'company.company', "Company", required=True, readonly=True)
    cycle = fields.Many2One(
        'shortcircuit.cycle', "Cycle", required=True, ondelete='RESTRICT',
        readonly=True)
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
        allocations = [cls(company=c.company, cycle=c) for c in cycles]
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
    def compute(cls, allocations):
        pool = Pool()
        Line = pool.get('shortcircuit.allocation.line')
        Line.delete([l for a in allocations for l in a.lines])
        for allocation in allocations:
            Line.save(allocation.get_lines())

    @classmethod
    @ModelView.button
    @Workflow.transition('applied')
    def apply(cls, allocations):
        pool = Pool()
        Location = pool.get('stock.location')
        Sale = pool.get('sale.sale')
        lines = [l for a in allocations for l in a.lines]
        # Two operators may apply at once, also for two cycles
        Location.lock(sorted(
                {l.location for line in lines for l in line.lots}))
        for allocation in allocations:
            allocation.check_apply()
        cls.check_stock(lines)
        cls._set_allocated_quantity(lines)
        cls._create_shipments(lines)
        cls._create_transfers(lines)
        # What gets nothing has nothing to wait for
        with Transaction().set_context(queue_batch=True):
            Sale.__queue__.process(list({l.sale_line.sale for l in lines}))

    def check_apply(self):
        for line in self.lines:
            if line.sale_line.allocated_quantity is not None:
                raise AllocationError(gettext(
                        'shortcircuit_hub.msg_allocation_already',
                        allocation=self.rec_name,
                        sale=line.sale_line.sale.rec_name,
                        product=line.product.rec_name))

    @classmethod
    def check_stock(cls, lines):
        "Refuse to give what another allocation took in the meantime"
        pool = Pool()
        Location = pool.get('stock.location')
        Uom = pool.get('product.uom')
        left = defaultdict(float, Location.consignment_quantities(
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
    def _set_allocated_quantity(cls, lines):
        pool = Pool()
        Sale = pool.get('sale.sale')
        SaleLine = pool.get('sale.line')
        by_values = defaultdict(list)
        for line in lines:
            by_values[tuple(line.get_order_values().items())].append(
                line.sale_line)
        args = []
        for values, sale_lines in by_values.items():
            args.extend([sale_lines, dict(values)])
        if args:
            SaleLine.write(*args)
        Sale.store_cache(list({
                    l.sale for values, sale_lines in by_values.items()
                    for l in sale_lines if 'quantity' in dict(values)}))

    @classmethod
    def _create_shipments(cls, lines):
        "Create the shipments of the orders, assigned where the goods lie"
        pool = Pool()
        Location = pool.get('stock.location')
        ShipmentOut = pool.get('stock.shipment.out')
        locations = Location.get_consignment(
            (l.line.warehouse.id, l.lot.producer.party.id)
            for line in lines for l in line.lots)
        moves = defaultdict(list)
        distant = set()
        for line in lines:
            sale = line.sale_line.sale
            for lot in line.lots:
                moves[sale].append(lot.get_customer_move(locations[
                            line.warehouse.id, lot.lot.producer.party.id]))
                if lot.location.warehouse != line.warehouse:
                    distant.add(sale)
        sales = list(moves)
        shipments = [s.get_cycle_shipment(moves[s]) for s in sales]
        ShipmentOut.save(shipments)
        ShipmentOut.wait(shipments)
        ShipmentOut.assign([
                s for s, sale in zip(shipments, sales)
                if sale not in distant])

    @classmethod
    def _create_transfers(cls, lines):
        "Create the assigned transfers of the lots needed at other hubs"
        pool = Pool()
        ShipmentInternal = pool.get('stock.shipment.internal')
        quantities = defaultdict(lambda: defaultdict(float))
        for line in lines:
            for lot in line.lots:
                if lot.location.warehouse != line.warehouse:
                    key = (line.allocation.cycle, lot.location.warehouse,
                        line.warehouse)
                    quantities[key][lot.lot, lot.location] += lot.quantity
        transfers = [
            ShipmentInternal.get_transfer(*key, lots)
            for key, lots in quantities.items()]
        ShipmentInternal.save(transfers)
        ShipmentInternal.wait(transfers)
        ShipmentInternal.assign(transfers)

    def get_lines(self):
        """
        Share what lies at the hubs between the lines of the orders.

        The lines that wish a producer come first because only his lots can
        serve them, the others share what is left.
        """
        pool = Pool()
        Line = pool.get('shortcircuit.allocation.line')
        by_producer = defaultdict(list)
        for sale_line in self.cycle.get_order_lines():
            if sale_line.allocated_quantity is None:
                by_producer[sale_line.product, sale_line.producer].append(
                    sale_line)
        published = self.cycle.mercuriale.find_lines(
            p for p, _ in by_producer)
        stocks = self._get_stocks({p for p, _ in by_producer})
        lines = []
        for (product, producer), sale_lines in sorted(
                by_producer.items(), key=lambda item: not item[0][1]):
            key = (product, producer)
            shared = Line.share(
                self, product, sale_lines,
                [s for s in stocks[product]
                    if not producer or s[0].producer == producer],
                published[key].multiple if key in published else None)
            if producer:
                stocks[product] = Line.take(shared, stocks[product])
            lines.extend(shared)
        return lines

    def _get_stocks(self, products):
        """
        Return by product the list of (lot, location, steps), oldest first,
        the steps being of the rounding of the unit of order.
        """
        pool = Pool()
        Location = pool.get('stock.location')
        Lot = pool.get('stock.lot')
        Product = pool.get('product.product')
        stocks = defaultdict(list)
        quantities = Location.consignment_quantities(products)
        sold = {
            l.id: l for l in Lot.browse([k[2] for k in quantities if k[2]])
            if l.can_be_sold(self.cycle.delivery_date)}
        for key in sorted(
                (k for k, q in quantities.items() if k[2] in sold and q > 0),
                key=lambda k: (k[2], k[0])):
            location, product, lot = key
            product, lot = Product(product), sold[lot]
            stocks[product].append((
                    lot, Location(location), to_steps(
                        lot.get_order_quantity(quantities[key]),
                        product.order_uom.rounding)))
        return stocks


class Line(ModelSQL, ModelView):
    __name__ = 'shortcircuit.allocation.line'

    allocation = fields.Many2One(
        'shortcircuit.allocation', "Allocation", required=True,
        ondelete='CASCADE')
    sale_line = fields.Many2One(
        'sale.line', "Order Line", required=True, ondelete='CASCADE')
    sale = fields.Function(
        fields.Many2One('sale.sale', "Order"), 'on_change_with_sale')
    party = fields.Function(
        fields.Many2One('party.party', "Customer"), 'on_change_with_party')
    product = fields.Many2One(
        'product.product', "Product", required=True, ondelete='RESTRICT')
    unit = fields.Many2One(
        'product.uom', "Unit", required=True, ondelete='RESTRICT')
    ordered = fields.Float("Ordered", digits='unit', required=True)
    quantity = fields.Float("Allocated", digits='unit', required=True)
    short = fields.Function(
        fields.Boolean("Short"), 'on_change_with_short')
    reason = fields.Text("Reason", required=True)
    warehouse = fields.Many2One(
        'stock.location', "Hub", required=True, ondelete='RESTRICT')
    lots = fields.One2Many(
        'shortcircuit.allocation.line.lot', 'line', "Lots")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('allocation')
        cls._order.insert(0, ('product.template.name', 'ASC'))
        cls._order.insert(1, ('sale_line', 'ASC'))

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual', If(Eval('short', False), 'warning', '')),
            ]

    @fields.depends('sale_line')
    def on_change_with_sale(self, name=None):
        return self.sale_line.sale if self.sale_line else None

    @fields.depends('sale_line')
    def on_change_with_party(self, name=None):
        return self.sale_line.sale.party if self.sale_line else None

    @fields.depends('ordered', 'quantity')
    def on_change_with_short(self, name=None):
        return (self.quantity or 0) < (self.ordered or 0)

    def get_rec_name(self, name):
        return f'{self.allocation.rec_name} - {self.sale_line.rec_name}'

    @classmethod
    def share(cls, allocation, product, sale_lines, stocks, multiple=None):
        """
        Return the allocation lines of a product.

        stocks is a list of (lot, location, steps of the rounding of the unit
        of order), the quantities of sale_lines are shared by multiple (in the
        unit of order), by the rounding of the unit if None.
        """
        uom = product.order_uom
        multiple = multiple or uom.rounding
        available = from_steps(sum(s for _, _, s in stocks), uom.rounding)
        ordered = {l.id: to_steps(l.get_order_quantity(), multiple)
            for l in sale_lines}
        shares = share(ordered, to_steps(available, multiple))
        served = cls._serve(sale_lines, shares, stocks, multiple)
        return [
            cls(
                allocation=allocation,
                sale_line=sale_line,
                product=product,
                unit=uom,
                ordered=sale_line.get_order_quantity(),
                quantity=from_steps(shares[sale_line.id].quantity, multiple),
                reason=cls.explain(
                    shares[sale_line.id], sum(ordered.values()), multiple,
                    available, uom),
                warehouse=sale_line.warehouse,
                lots=served[sale_line.id])
            for sale_line in sale_lines]

    @classmethod
    def _serve(cls, sale_lines, shares, stocks, multiple):
        pool = Pool()
        Lot = pool.get('shortcircuit.allocation.line.lot')
        rounding = sale_lines[0].product.order_uom.rounding
        lots = defaultdict(list)
        for id_, index, steps in serve(
                [(l.id, to_steps(
                            from_steps(shares[l.id].quantity, multiple),
                            rounding), l.warehouse)
                    for l in sale_lines],
                [(i, steps, location.warehouse)
                    for i, (_, location, steps) in enumerate(stocks)]):
            lot, location, _ = stocks[index]
            lots[id_].append(Lot(
                    lot=lot, location=location,
                    quantity=from_steps(steps, rounding)))
        return lots

    def get_order_values(self):
        "Return the values that tell the order line what it gets"
        pool = Pool()
        Uom = pool.get('product.uom')
        return {
            'allocated_quantity': Uom.compute_qty(
                self.unit, self.quantity, self.sale_line.unit),
            }

    @classmethod
    def take(cls, lines, stocks):
        "Return what lines of a product leave of its stocks"
        taken = defaultdict(int)
        for line in lines:
            for lot in line.lots:
                taken[lot.lot, lot.location] += to_steps(
                    lot.quantity, line.unit.rounding)
        return [
            (lot, location, steps - taken[lot, location])
            for lot, location, steps in stocks]

    @classmethod
    def explain(cls, share, total, multiple, available, uom):
        "Tell in words and numbers how the share was found"
        pool = Pool()
        Lang = pool.get('ir.lang')
        lang = Lang.get()

        def quantity(steps):
            return lang.format_number_symbol(
                from_steps(steps, multiple), uom, digits=uom.digits)
        values = {
            'ordered': quantity(share.ordered),
            'quantity': quantity(share.quantity),
            'total': quantity(total),
            'available': lang.format_number_symbol(
                available, uom, digits=uom.digits),
            'rank': share.rank,
            }
        if share.exact == share.ordered:
            return gettext('shortcircuit_hub.msg_allocation_full', **values)
        values['exact'] = lang.format_number(
            share.exact * Decimal(repr(multiple)), 2)
        return gettext(
            'shortcircuit_hub.msg_allocation_share' if share.rank is None
            else 'shortcircuit_hub.msg_allocation_remainder', **values)


class Lot(ModelSQL, ModelView):
    __name__ = 'shortcircuit.allocation.line.lot'

    line = fields.Many2One(
        'shortcircuit.allocation.line', "Line", required=True,
        ondelete='CASCADE')
    lot = fields.Many2One(
        'stock.lot', "Lot", required=True, ondelete='RESTRICT')
    location = fields.Many2One(
        'stock.location', "From", required=True, ondelete='RESTRICT')
    unit = fields.Function(
        fields.Many2One('product.uom', "Unit"), 'on_change_with_unit')
    quantity = fields.Float("Quantity", digits='unit', required=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('line')

    @fields.depends('line', '_parent_line.unit')
    def on_change_with_unit(self, name=None):
        return self.line.unit if self.line else None

    def get_rec_name(self, name):
        return self.lot.rec_name

    def get_moved(self):
        "Return the unit and the quantity to move"
        return self.lot.get_moved(self.line.unit, self.quantity)

    def get_customer_move(self, from_location):
        pool = Pool()
        Move = pool.get('stock.move')
        sale_line = self.line.sale_line
        unit, quantity = self.get_moved()
        return Move(
            product=self.line.product,
            lot=self.lot,
            unit=unit,
            quantity=quantity,
            from_location=from_location,
            to_location=sale_line.to_location,
            pack_warehouse=self.location.warehouse,
            company=self.line.allocation.company,
            planned_date=self.line.allocation.cycle.delivery_date,
            origin=sale_line)
