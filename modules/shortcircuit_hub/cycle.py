# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from collections import defaultdict

from trytond.model import ModelView, Workflow, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval

from .sharing import from_steps, share, to_steps


class Cycle(metaclass=PoolMeta):
    __name__ = 'shortcircuit.cycle'

    warehouse = fields.Many2One(
        'stock.location', "Hub", required=True, ondelete='RESTRICT',
        domain=[
            ('type', '=', 'warehouse'),
            ],
        states={
            'readonly': Eval('state') != 'draft',
            },
        help="Where the producers deliver.")
    deliveries = fields.One2Many(
        'shortcircuit.delivery', 'cycle', "Deliveries", readonly=True)
    allocations = fields.One2Many(
        'shortcircuit.allocation', 'cycle', "Allocations", readonly=True)
    transfers = fields.One2Many(
        'stock.shipment.internal', 'cycle', "Transfers", readonly=True)
    shipments = fields.One2Many(
        'stock.shipment.out', 'cycle', "Customer Shipments", readonly=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'allocate': {
                    'invisible': Eval('state') != 'closed',
                    'icon': 'tryton-shortcircuit-allocation',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_warehouse(cls):
        pool = Pool()
        Location = pool.get('stock.location')
        return Location.get_default_warehouse()

    @classmethod
    @ModelView.button
    @Workflow.transition('closed')
    def close(cls, cycles):
        pool = Pool()
        Delivery = pool.get('shortcircuit.delivery')
        super().close(cycles)
        deliveries = [d for c in cycles for d in c.get_deliveries()]
        Delivery.set_lot_numbers(deliveries)
        Delivery.save(deliveries)
        Delivery.set_number(deliveries)

    @classmethod
    @ModelView.button_action('shortcircuit_hub.act_allocation_form_cycle')
    def allocate(cls, cycles):
        pool = Pool()
        Allocation = pool.get('shortcircuit.allocation')
        Allocation.allocate(cycles)

    def get_deliveries(self):
        "Return a delivery by producer with what he is expected to bring"
        pool = Pool()
        Delivery = pool.get('shortcircuit.delivery')
        Line = pool.get('shortcircuit.delivery.line')
        expected = self.get_expected()
        lines = defaultdict(list)
        for offer in self.offers:
            line = Line(
                product=offer.product,
                announced=offer.quantity,
                expected=expected[offer])
            line.set_rules(self.delivery_date)
            lines[offer.producer].append(line)
        deliveries = [
            Delivery(
                company=self.company,
                cycle=self,
                producer=producer,
                warehouse=self.warehouse,
                date=self.delivery_date,
                lines=producer_lines)
            for producer, producer_lines in lines.items()]
        prices = {l.product: l.order_price for l in self.mercuriale.lines}
        for delivery in deliveries:
            delivery.set_amount(prices)
        return deliveries

    def get_expected(self):
        """
        Share what is ordered between the producers that offer it.

        Return a dictionary of offer to the expected quantity in the unit of
        the offer, never more than it: first what is wished from its producer,
        then the others' orders in proportion to what is left of the offers.
        """
        ordered = self.get_ordered()
        wished, left = {}, defaultdict(dict)
        for offer in self.offers:
            rounding = offer.unit.rounding
            steps = to_steps(offer.quantity, rounding)
            wished[offer.id] = min(steps, to_steps(
                    ordered[offer.product, offer.producer], rounding))
            left[offer.product][offer.id] = steps - wished[offer.id]
        expected = {}
        for product, steps in left.items():
            rounding = product.order_uom.rounding
            expected.update(
                (id_, from_steps(wished[id_] + s.quantity, rounding))
                for id_, s in share(
                    steps, to_steps(ordered[product, None], rounding)).items())
        return {o: expected[o.id] for o in self.offers}

    def get_ordered(self):
        """
        Sum the ordered quantities in the unit of order of the products.

        Return a dictionary of tuple (product, wished producer or None).
        """
        ordered = defaultdict(float)
        for line in self.get_order_lines():
            key = (line.product, line.producer)
            ordered[key] = line.product.order_uom.round(
                ordered[key] + line.get_order_quantity())
        return ordered

    def get_order_lines(self):
        pool = Pool()
        Line = pool.get('sale.line')
        return Line.search([
                ('type', '=', 'line'),
                ('product', '!=', None),
                ('quantity', '>', 0),
                ('sale.cycle', '=', self.id),
                ('sale.state', 'in', ['confirmed', 'processing']),
                ], order=[('id', 'ASC')])
