# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import Transaction


class Sale(metaclass=PoolMeta):
    __name__ = 'sale.sale'

    distribution_point = fields.Many2One(
        'shortcircuit.distribution_point', "Distribution Point",
        ondelete='RESTRICT',
        states={
            'readonly': Eval('state') != 'draft',
            'invisible': ~Eval('cycle'),
            })

    @fields.depends('party', methods=['on_change_distribution_point'])
    def on_change_party(self):
        super().on_change_party()
        self.distribution_point = (
            self.party.distribution_point if self.party else None)
        self.on_change_distribution_point()

    @fields.depends('distribution_point', 'warehouse')
    def on_change_distribution_point(self):
        if self.distribution_point:
            self.warehouse = self.distribution_point.warehouse

    @classmethod
    def preprocess_values(cls, mode, values):
        pool = Pool()
        Party = pool.get('party.party')
        Point = pool.get('shortcircuit.distribution_point')
        values = super().preprocess_values(mode, values)
        if mode == 'create' and values.get('cycle') and values.get('party'):
            # The hub follows from the point whoever creates the order
            point = values.get('distribution_point')
            point = (Point(point) if point
                else Party(values['party']).distribution_point)
            if point:
                values['distribution_point'] = point.id
                values['warehouse'] = point.warehouse.id
        return values

    @property
    def destination(self):
        return (*super().destination, self.distribution_point)

    @classmethod
    @ModelView.button
    def process(cls, sales):
        # Core has the orders of what a round takes along processed
        if not Transaction().context.get('_leaving'):
            super().process(sales)

    def get_cycle_shipment(self):
        "Return the shipment of what is allocated to the order"
        pool = Pool()
        ShipmentOut = pool.get('stock.shipment.out')
        shipment = self._get_shipment_sale(ShipmentOut, (
                ('planned_date', self.cycle.delivery_date),
                ('origin_planned_date', self.cycle.delivery_date),
                ('warehouse', self.warehouse),
                ('cycle', self.cycle),
                ('distribution_point', self.distribution_point),
                ))
        # The goods go straight from where the producer left them
        shipment.warehouse_storage = self.warehouse.storage_location
        shipment.warehouse_output = self.warehouse.storage_location
        return shipment


class Line(metaclass=PoolMeta):
    __name__ = 'sale.line'

    allocated_quantity = fields.Float(
        "Allocated Quantity", digits='unit', readonly=True,
        states={
            'invisible': ((Eval('type') != 'line')
                | Eval('sale_state').in_(['draft', 'quotation'])),
            },
        help="What the allocation of the cycle gives to the line.")

    def get_support_invoice_line(self, move, quantity):
        """
        Return the invoice line of what the partner pays, without invoice.

        quantity is in the unit of the line, negative for what comes back;
        move is one of those that deliver it.
        """
        pool = Pool()
        InvoiceLine = pool.get('account.invoice.line')
        partner = self.support_partner
        return InvoiceLine(
            type='line',
            invoice_type='out',
            company=self.company,
            currency=self.currency,
            party=partner,
            origin=move,
            product=self.product,
            account=self.product.account_revenue_used,
            quantity=self.unit.round(quantity),
            unit=self.unit,
            unit_price=self.support_price,
            taxes=self.compute_taxes(partner))

    @property
    def _short_quantity(self):
        "What the allocation does not give to the line"
        if self.allocated_quantity is None:
            return 0
        return self.quantity - self.allocated_quantity

    @property
    def _move_remaining_quantity(self):
        quantity = super()._move_remaining_quantity
        return quantity - self._short_quantity if quantity else quantity

    @property
    def _invoice_remaining_quantity(self):
        quantity = super()._invoice_remaining_quantity
        return quantity - self._short_quantity if quantity else quantity

    def _get_move_quantity(self, shipment_type):
        quantity = super()._get_move_quantity(shipment_type)
        if self.sale.cycle and shipment_type == 'out':
            # What is shipped is decided by the allocation of the cycle
            quantity = self.allocated_quantity or 0
        return quantity

    @classmethod
    def copy(cls, lines, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('allocated_quantity', None)
        return super().copy(lines, default=default)
