# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from collections import defaultdict

from trytond.model import ModelView, Workflow, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval

from .expected import ask_in_time, sum_in_time
from .sharing import from_steps, to_steps


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
        deliveries = [d for c in cycles for d in c.get_deliveries()]
        # It locks, which may start the transaction again
        Delivery.set_lot_numbers(deliveries)
        super().close(cycles)
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
        prices = {l.product: l.ordering_price for l in self.mercuriale.lines}
        for delivery in deliveries:
            delivery.set_amount(prices)
        return deliveries

    def get_expected(self):
        """
        Share what is ordered between the producers that offer it.

        Return a dictionary of offer to the expected quantity in the unit of
        the offer, never more than it nor than what was ordered before the
        cut-off of the producer: first what is wished from him, then the
        others' orders as the policy asks the producers, first for what they
        will bring if they do as in the last weeks.
        """
        ordered, rates = self.get_ordered(), self._get_rates()
        wished, cut_offs = {}, {}
        left, likely = defaultdict(dict), defaultdict(dict)
        for offer in self.offers:
            key = (offer.producer.id, offer.product.id)
            offered = to_steps(offer.quantity, offer.unit.rounding)
            cut_offs[key] = offer.cut_off
            wished[key] = min(offered, sum_in_time(
                    ordered[offer.product, offer.producer], offer.cut_off))
            left[offer.product][key] = offered - wished[key]
            likely[offer.product][key] = max(
                0, int(offered * rates.get(key, 1)) - wished[key])
        given = self._get_given(left)
        expected = {}
        for product, steps in left.items():
            expected.update(
                (key, from_steps(
                        wished[key] + asked, product.ordering_uom.rounding))
                for key, asked in ask_in_time(
                    steps, likely[product], cut_offs,
                    ordered[product, None], given[product]).items())
        return {
            o: expected[o.producer.id, o.product.id] for o in self.offers}

    def _get_rates(self):
        "Return how much producers bring of what is expected from them"
        pool = Pool()
        Reliability = pool.get('shortcircuit.reliability')
        return Reliability.get_rates(
            {(o.producer.id, o.product.id) for o in self.offers},
            self.delivery_date)

    def _get_given(self, products):
        """
        Return by product what each has given in the season, in steps.

        The keys are tuples of the ids of the producer and the product; it is
        None if the policy asks the producers in proportion to their offers.
        """
        pool = Pool()
        Allocation = pool.get('shortcircuit.allocation')
        policy = self.allocation_policy_used
        if policy.asking != 'even':
            return dict.fromkeys(products)
        given = Allocation.find_given(
            policy, [self], {p.id: p for p in products})
        return {
            p: {(k, p.id): steps for k, steps in given[p.id].items()}
            for p in products}

    def get_ordered(self):
        """
        Find what is ordered in steps of the units of order, and when.

        Return a dictionary of tuple (product, wished producer or None) to the
        list of tuples (time, steps). Who has let a late order in has asked
        the producers: it has no time.
        """
        quantities = defaultdict(float)
        for line in self.get_order_lines():
            sale = line.sale
            time = None if sale.forced_by else sale.ordered_at
            quantities[line.product, line.producer, time] += (
                line.get_order_quantity())
        ordered = defaultdict(list)
        for (product, producer, time), quantity in quantities.items():
            unit = product.ordering_uom
            ordered[product, producer].append(
                (time, to_steps(unit.round(quantity), unit.rounding)))
        return ordered

    def get_remembered(self, count):
        "Return the last cycles of the channel delivered before"
        return self.__class__.search([
                ('channel', '=', self.channel.id),
                ('id', '!=', self.id),
                ('delivery_date', '<=', self.delivery_date),
                ('allocations.state', '=', 'applied'),
                ], order=[('delivery_date', 'DESC'), ('id', 'DESC')],
            limit=count)

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
