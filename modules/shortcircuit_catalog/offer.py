# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from collections import defaultdict, namedtuple

from sql import Null
from sql.aggregate import Sum

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, Unique, fields
from trytond.model.exceptions import AccessError
from trytond.pool import Pool
from trytond.pyson import Bool, Eval, If
from trytond.transaction import Transaction, without_check_access

from .exceptions import OrderError
from .offer_room import find_room, get_thresholds

# What a producer has to say about a product, and said the last time
Proposal = namedtuple('Proposal', ['product', 'last', 'quantity'])


class Offer(ModelSQL, ModelView):
    __name__ = 'shortcircuit.offer'

    cycle = fields.Many2One(
        'shortcircuit.cycle', "Cycle", required=True, ondelete='CASCADE',
        states={
            'readonly': ((Eval('cycle_state') != 'draft')
                & Bool(Eval('cycle'))),
            })
    producer = fields.Many2One(
        'shortcircuit.producer', "Producer", required=True,
        ondelete='RESTRICT',
        domain=[
            If(Eval('cycle_state').in_(['draft', 'open']),
                ('state', '=', 'active'),
                ()),
            ])
    product = fields.Many2One(
        'product.product', "Product", required=True, ondelete='RESTRICT')
    unit = fields.Function(
        fields.Many2One('product.uom', "Unit"), 'on_change_with_unit')
    quantity = fields.Float(
        "Quantity", digits='unit', required=True,
        domain=[
            ('quantity', '>=', 0),
            ],
        help="What the producer can bring.")
    cut_off = fields.Function(
        fields.DateTime(
            "Cut-Off",
            help="When the producer needs to know: his offer no longer "
            "changes and, if the cycle is limited, is no longer sold."),
        'on_change_with_cut_off')
    cycle_state = fields.Function(
        fields.Selection('get_cycle_states', "Cycle State"),
        'on_change_with_cycle_state')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            ('product_unique', Unique(t, t.cycle, t.producer, t.product),
                'shortcircuit_catalog.msg_offer_unique'),
            ]
        cls._order.insert(0, ('cycle', 'DESC'))
        cls._order.insert(1, ('producer', 'ASC'))

    @fields.depends('product')
    def on_change_with_unit(self, name=None):
        return self.product.ordering_uom if self.product else None

    @fields.depends(
        'cycle', 'producer', '_parent_cycle.closes_at',
        '_parent_producer.cut_off_hours')
    def on_change_with_cut_off(self, name=None):
        if self.cycle and self.cycle.closes_at and self.producer:
            return self.producer.get_cut_off(self.cycle.closes_at)

    @classmethod
    def get_cycle_states(cls):
        pool = Pool()
        Cycle = pool.get('shortcircuit.cycle')
        return Cycle.fields_get(['state'])['state']['selection']

    @fields.depends('cycle', '_parent_cycle.state')
    def on_change_with_cycle_state(self, name=None):
        return self.cycle.state if self.cycle else None

    def get_rec_name(self, name):
        return f'{self.producer.rec_name} - {self.product.rec_name}'

    @classmethod
    def check_modification(cls, mode, offers, values=None, external=False):
        super().check_modification(
            mode, offers, values=values, external=external)
        if external:
            for offer in offers:
                offer.check_changeable()

    def check_changeable(self):
        "Refuse to change what was already taken into account"
        if self.cycle.state not in {'draft', 'open'}:
            raise AccessError(gettext(
                    'shortcircuit_catalog.msg_offer_modify',
                    offer=self.get_rec_name(None),
                    cycle=self.cycle.rec_name))
        cut_off = self.producer.get_cut_off(self.cycle.closes_at)
        if dt.datetime.now() >= cut_off:
            raise AccessError(gettext(
                    'shortcircuit_catalog.msg_offer_cut_off',
                    offer=self.get_rec_name(None),
                    cycle=self.cycle.rec_name,
                    cut_off=self.cycle.format_time(cut_off)))

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('producer.rec_name', *clause[1:]),
            ('product.rec_name', *clause[1:]),
            ]

    @classmethod
    def propose(cls, cycle, producer):
        """
        Return what a producer can announce for a cycle.

        The result is a list of Proposal by name of product: the quantity he
        offered the last time by the channel and the one he already offers,
        None if there is none, in the unit of order of the product.
        """
        pool = Pool()
        ProducerProduct = pool.get('shortcircuit.producer.product')
        offered = {o.product: o.quantity for o in cls.search([
                    ('cycle', '=', cycle.id),
                    ('producer', '=', producer.id),
                    ])}
        last = {
            o.product: o.quantity for o in cls._get_last(cycle, producer)}
        products = {i.product for i in ProducerProduct.search([
                    ('producer', '=', producer.id),
                    ])} | offered.keys()
        return [
            Proposal(p, last.get(p), offered.get(p))
            for p in sorted(products, key=lambda p: (p.rec_name, p.id))]

    @classmethod
    def _get_last(cls, cycle, producer):
        last = cls.search([
                ('producer', '=', producer.id),
                ('cycle.channel', '=', cycle.channel.id),
                ('cycle.delivery_date', '<', cycle.delivery_date),
                ('cycle.state', '!=', 'cancelled'),
                ], order=[('cycle.delivery_date', 'DESC')], limit=1)
        return cls.search([
                ('producer', '=', producer.id),
                ('cycle', 'in', [o.cycle.id for o in last]),
                ])

    @classmethod
    def announce(cls, cycle, producer, quantities):
        """
        Replace what the producer offers of products in the cycle.

        quantities is a dictionary of product to what he can bring in its unit
        of order; what he cannot bring is no longer offered.
        Raise AccessError if it is too late.
        """
        offers = {o.product: o for o in cls.search([
                    ('cycle', '=', cycle.id),
                    ('producer', '=', producer.id),
                    ('product', 'in', [p.id for p in quantities]),
                    ])}
        to_create, to_write, to_delete = [], [], []
        for product, quantity in quantities.items():
            offer = offers.get(product) or cls(
                cycle=cycle, producer=producer, product=product)
            offer.check_changeable()
            quantity = product.ordering_uom.round(quantity)
            if not quantity:
                to_delete.extend([offer] if offer.id else [])
            elif offer.id:
                to_write.extend([[offer], {'quantity': quantity}])
            else:
                to_create.append({
                        'cycle': cycle.id,
                        'producer': producer.id,
                        'product': product.id,
                        'quantity': quantity,
                        })
        # These check the access of the user, which saving does not
        cls.create(to_create)
        if to_write:
            cls.write(*to_write)
        cls.delete(to_delete)

    @classmethod
    def check_orders(cls, sales):
        """
        Refuse the orders that take more than the limited offers.

        The sales must already be at least quoted: they are counted with all
        the other orders of their cycles.
        Raise OrderError for the first line that takes too much.
        """
        sales = [s for s in sales if s.cycle and s.cycle.limited]
        with without_check_access():
            # The buyers read neither the offers nor the other orders
            for cycle in {s.cycle for s in sales}:
                cls._check_orders(
                    cycle, [s for s in sales if s.cycle == cycle])

    @classmethod
    def _check_orders(cls, cycle, sales):
        lines = [l for s in sales for l in s.line_lines if l.product]
        products = {l.product for l in lines}
        offers = cls._lock_offers(cycle, products)
        thresholds = get_thresholds(
            # Who forces a late order has asked the producers
            [] if any(s.forced_by for s in sales)
            else [o.cut_off for o in offers], dt.datetime.now())
        ordered = {
            t: cls._get_ordered(cycle, products, sales, offers, since=t)
            for t in thresholds}
        for line in lines:
            # What is wished from one producer takes from all too
            for key in {(line.product, None), (line.product, line.producer)}:
                room = line.product.ordering_uom.round(find_room(
                        [(o.cut_off, o.quantity) for o in offers
                            if o.serves(*key)],
                        {t: o[key] for t, o in ordered.items()}))
                if room < 0:
                    cls._refuse(cycle, line, room)

    def serves(self, product, producer):
        return (self.product == product
            and (not producer or self.producer == producer))

    @classmethod
    def _lock_offers(cls, cycle, products):
        "Return the offers of products, that no order can take meanwhile"
        offers = cls.search([
                ('cycle', '=', cycle.id),
                ('product', 'in', [p.id for p in products]),
                ])
        cls.lock(offers)
        if offers:
            # Whoever has read the orders before this one ends must start
            # again, which a lock that is already released does not ensure
            table = cls.__table__()
            Transaction().connection.cursor().execute(*table.update(
                    [table.quantity], [table.quantity],
                    where=fields.SQL_OPERATORS['in'](
                        table.id, [o.id for o in offers])))
        return offers

    @classmethod
    def _get_ordered(cls, cycle, products, sales, offers, since=None):
        """
        Sum what the orders of the cycle take since a time.

        Return a dictionary of tuples (product, wished producer) to the
        quantity in the unit of order; without producer it is the sum of all.
        The quotations made after the sales come after them.
        What was wished before from who is not yet cut off is counted since
        any time, because nobody else can serve it.
        """
        pool = Pool()
        Line = pool.get('sale.line')
        Producer = pool.get('shortcircuit.producer')
        Product = pool.get('product.product')
        Sale = pool.get('sale.sale')
        cursor = Transaction().connection.cursor()
        sale, line = Sale.__table__(), Line.__table__()
        where = ((sale.cycle == cycle.id)
            & fields.SQL_OPERATORS['in'](
                line.product, [p.id for p in products])
            & (sale.state.in_(['confirmed', 'processing', 'done'])
                | ((sale.state == 'quotation')
                    & (sale.ordered_at <= max(s.ordered_at for s in sales)))))
        if since:
            late = {o.producer.id for o in offers if o.cut_off > since}
            where &= ((sale.ordered_at >= since)
                | fields.SQL_OPERATORS['in'](line.producer, list(late)))
        cursor.execute(*line.join(sale, condition=line.sale == sale.id).select(
                line.product, line.producer, line.unit, Sum(line.quantity),
                Sum(line.pieces),
                where=where,
                group_by=[
                    line.product, line.producer, line.unit,
                    line.pieces == Null]))
        ordered = defaultdict(float)
        for product, producer, *values in cursor:
            product = Product(product)
            quantity = Line(**dict(zip(
                        ['unit', 'quantity', 'pieces'], values)),
                product=product).get_order_quantity(round=False)
            ordered[product, None] += quantity
            if producer:
                ordered[product, Producer(producer)] += quantity
        return ordered

    @classmethod
    def _refuse(cls, cycle, line, room):
        pool = Pool()
        Lang = pool.get('ir.lang')
        unit = line.product.ordering_uom
        left = unit.round(room + line.get_order_quantity(round=False))
        raise OrderError(gettext(
                'shortcircuit_catalog.msg_order_limit',
                sale=line.sale.rec_name,
                product=line.product.rec_name,
                cycle=cycle.rec_name,
                left=Lang.get().format_number_symbol(
                    max(left, 0), unit, digits=unit.digits)))
