# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from collections import defaultdict

from trytond.i18n import gettext
from trytond.model import ModelView, Workflow, fields
from trytond.model.exceptions import AccessError
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval, If
from trytond.transaction import Transaction, without_check_access

from .computed import computed
from .exceptions import OrderError
from .rows import GroupedMixin
from .today import today


class Sale(metaclass=PoolMeta):
    __name__ = 'sale.sale'

    cycle = fields.Many2One(
        'shortcircuit.cycle', "Cycle", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            If(Eval('state') == 'draft',
                ('state', 'in', ['open', 'closed']),
                ()),
            ],
        states={
            'readonly': ((Eval('state') != 'draft')
                | Bool(Eval('lines', [0]))),
            })

    forced_by = fields.Many2One(
        'res.user', "Forced by", readonly=True,
        states={
            'invisible': ~Eval('forced_by'),
            },
        help="Who let the order in after the closing of the cycle.")
    forced_reason = fields.Text(
        "Forced Reason", readonly=True,
        states={
            'invisible': ~Eval('forced_by'),
            })
    ordered_at = fields.Timestamp(
        "Ordered at", readonly=True,
        help="When the order took its part of the offers.")

    late = fields.Function(
        fields.Boolean("Late"), 'on_change_with_late')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        # What only the server writes
        cls._order_traces = {'forced_by', 'forced_reason', 'ordered_at'}
        cls._buttons.update({
                'force': {
                    'invisible': ((Eval('state') != 'draft')
                        | ~Eval('late')
                        | Bool(Eval('forced_by'))),
                    'depends': ['state', 'late', 'forced_by'],
                    },
                })

    @fields.depends('cycle')
    def on_change_with_late(self, name=None):
        return bool(self.cycle) and self.cycle.takes_late_orders

    @classmethod
    def default_party(cls):
        pool = Pool()
        User = pool.get('res.user')
        parties = User.get_parties()
        if len(parties) == 1:
            return parties[0]

    @fields.depends(methods=['_set_cycle'])
    def on_change_party(self):
        super().on_change_party()
        self._set_cycle()

    @fields.depends('party', 'cycle', methods=['on_change_cycle'])
    def _set_cycle(self):
        pool = Pool()
        Cycle = pool.get('shortcircuit.cycle')
        channel = self.party.shortcircuit_channel if self.party else None
        if channel and not self.cycle:
            cycles = Cycle.search([
                    ('channel', '=', channel.id),
                    ('state', '=', 'open'),
                    ], order=[('delivery_date', 'ASC')], limit=1)
            if cycles:
                self.cycle, = cycles
        self.on_change_cycle()

    @fields.depends('cycle')
    def on_change_cycle(self):
        if self.cycle:
            for name, value in self._cycle_values(self.cycle).items():
                setattr(self, name, value)

    @classmethod
    def _cycle_values(cls, cycle):
        "Return what an order takes from its cycle whoever creates it"
        return {
            'price_list': cycle.channel.price_list.id,
            'shipping_date': cycle.delivery_date,
            # What is short is neither owed nor shipped later
            'shipment_method': 'order',
            'invoice_method': 'fulfillment',
            }

    @classmethod
    def preprocess_values(cls, mode, values):
        pool = Pool()
        Cycle = pool.get('shortcircuit.cycle')
        values = super().preprocess_values(mode, values)
        if values.get('cycle'):
            values.update(cls._cycle_values(Cycle(values['cycle'])))
        return values

    def check_for_quotation(self):
        super().check_for_quotation()
        self.check_cycle()
        self.check_wishes()
        self.check_minimum()

    @classmethod
    @ModelView.button
    @Workflow.transition('quotation')
    def quote(cls, sales):
        # An order that is changed may keep its place
        places = Transaction().context.get('ordered_at', {})
        now = dt.datetime.now()
        for sale in sales:
            if sale.cycle:
                sale.ordered_at = places.get(sale.id) or now
                # As core does, to be saved with the place
                if not sale.quotation_date:
                    sale.quotation_date = today(sale.company)
        with computed():
            super().quote(sales)
        # Once for all that quoting writes
        if not Transaction().context.get('_ordering'):
            cls.check_ordered(sales)

    @classmethod
    @ModelView.button
    @Workflow.transition('confirmed')
    def confirm(cls, sales):
        for sale in sales:
            # Since it was quoted it may have expired
            if not Transaction().context.get('_ordering'):
                sale.check_cycle()
            # As core does, to be saved with the amounts
            if sale.state == 'quotation' and not sale.sale_date:
                sale.sale_date = today(sale.company)
        with computed(), Transaction().set_context(_confirming=True):
            super().confirm(sales)
        # It may lack what an order that is confirmed needs
        cls.check_ordered(sales)

    @classmethod
    def order(cls, sales):
        """
        Quote and confirm draft sales, and check once what both check.

        What is held on the way stays a quotation.
        """
        with Transaction().set_context(_ordering=True):
            cls.quote(sales)
            cls.confirm(sales)
        cls.check_ordered([s for s in sales if s.state == 'quotation'])

    @classmethod
    def check_ordered(cls, sales):
        "Refuse what an order of its state lacks, or more than is offered"
        pool = Pool()
        Offer = pool.get('shortcircuit.offer')
        if sales:
            cls._validate(sales, {'state'})
            Offer.check_orders(sales)

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def draft(cls, sales):
        for sale in sales:
            sale.check_draftable()
        super().draft(sales)

    def check_draftable(self):
        "Refuse to change an order that could not be confirmed again"
        if (self.state == 'confirmed' and self.cycle
                and not self.cycle.takes_orders):
            raise AccessError(gettext(
                    'shortcircuit_catalog.msg_order_draft',
                    sale=self.rec_name,
                    cycle=self.cycle.rec_name))

    @classmethod
    @ModelView.button
    def process(cls, sales):
        sales = cls.find_processable(sales)
        if closed := [s for s in sales if s.cycle]:
            with computed():
                super().process(closed)
        if others := [s for s in sales if not s.cycle]:
            super().process(others)

    @classmethod
    def find_processable(cls, sales):
        "Return those that do not change until their cycle is closed"
        return [s for s in sales if not s.cycle or s.cycle.state != 'open']

    @classmethod
    def _process_invoice(cls, sales):
        # The context of the product has the company, which is computed: once
        # it is for all the lines, the ORM reads the product of each alone
        for sale in sales:
            for line in sale.lines:
                line.product
        super()._process_invoice(sales)

    def check_cycle(self):
        "Refuse what the cycle and its mercuriale do not sell"
        if self.cycle:
            self.check_cycle_window()
            self.check_mercuriale()

    def check_cycle_window(self):
        pool = Pool()
        User = pool.get('res.user')
        channel = self.party.shortcircuit_channel
        if channel and channel != self.cycle.channel:
            raise OrderError(gettext(
                    'shortcircuit_catalog.msg_order_channel',
                    sale=self.rec_name,
                    cycle=self.cycle.rec_name,
                    channel=channel.rec_name))
        elif not channel and User.get_parties():
            # Only who works for the cooperative chooses the prices
            raise OrderError(gettext(
                    'shortcircuit_catalog.msg_order_no_channel',
                    sale=self.rec_name,
                    party=self.party.rec_name))
        if not self.cycle.takes_orders and not self.forced_by:
            raise OrderError(self.cycle.explain_window(self))

    def check_wishes(self):
        "Refuse to wish for a producer who could no longer know of it"
        if not self.cycle or self.forced_by:
            return
        with without_check_access():
            # The buyers do not read the terms of the producers
            for line in self.line_lines:
                if not line.producer:
                    continue
                cut_off = line.producer.get_cut_off(self.cycle.closes_at)
                if self.ordered_at >= cut_off:
                    raise OrderError(gettext(
                            'shortcircuit_catalog.msg_order_cut_off',
                            line=line.rec_name,
                            producer=line.producer.rec_name,
                            cut_off=self.cycle.format_time(cut_off)))

    def check_minimum(self):
        pool = Pool()
        Lang = pool.get('ir.lang')
        if not self.cycle or not self.cycle.minimum:
            return
        missing = self.cycle.minimum - self.untaxed_amount
        if missing > 0:
            lang = Lang.get()
            raise OrderError(gettext(
                    'shortcircuit_catalog.msg_order_amount',
                    sale=self.rec_name,
                    minimum=lang.currency(
                        self.cycle.minimum, self.cycle.currency),
                    missing=lang.currency(missing, self.cycle.currency)))

    def check_mercuriale(self):
        mercuriale = self.cycle.mercuriale
        published = mercuriale.find_lines(
            l.product for l in self.line_lines if l.product)
        for line in self.line_lines:
            key = (line.product, line.producer)
            if key not in published:
                raise OrderError(gettext(
                        'shortcircuit_catalog.%s' % (
                            'msg_order_producer'
                            if line.product in {p for p, _ in published}
                            else 'msg_order_not_published'),
                        line=line.rec_name,
                        mercuriale=mercuriale.rec_name))
            published[key].check_order_line(line)

    @classmethod
    def check_modification(cls, mode, sales, values=None, external=False):
        super().check_modification(
            mode, sales, values=values, external=external)
        if (mode == 'write' and external
                and values.keys() & {'party', 'cycle', 'lines'}):
            for sale in sales:
                sale.check_draft()
        traces = cls._order_traces
        if external and (
                (mode == 'write' and values.keys() & traces)
                or (mode == 'create' and any(
                        getattr(s, n) for s in sales for n in traces))):
            raise AccessError(gettext(
                    'shortcircuit_catalog.msg_order_trace',
                    sale=sales[0].rec_name))

    @classmethod
    @ModelView.button_action('shortcircuit_catalog.wizard_sale_force')
    def force(cls, sales):
        pass

    def check_draft(self):
        "Refuse to modify an order of a cycle that was already quoted"
        if self.cycle and self.state != 'draft':
            raise AccessError(gettext(
                    'shortcircuit_catalog.msg_order_modify',
                    sale=self.rec_name))

    @classmethod
    def copy(cls, sales, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('cycle', None)
        for name in ['ordered_at', 'forced_by', 'forced_reason']:
            default.setdefault(name, None)
        return super().copy(sales, default=default)


class Line(GroupedMixin, metaclass=PoolMeta):
    __name__ = 'sale.line'

    mercuriale = fields.Function(
        fields.Many2One('shortcircuit.mercuriale', "Mercuriale"),
        'on_change_with_mercuriale')
    mercuriale_line = fields.Function(
        fields.Many2One(
            'shortcircuit.mercuriale.line', "Mercuriale Line",
            domain=[
                If(Eval('mercuriale') & (Eval('sale_state') == 'draft'),
                    ('mercuriale', '=', Eval('mercuriale', -1)),
                    ()),
                ],
            states={
                'invisible': ~Eval('mercuriale'),
                'readonly': Eval('sale_state') != 'draft',
                },
            help="The product, and who it is wished from."),
        'get_mercuriale_line', setter='set_mercuriale_line')
    producer = fields.Many2One(
        'shortcircuit.producer', "Producer", readonly=True,
        ondelete='RESTRICT',
        states={
            'invisible': ~Eval('producer'),
            },
        help="The only one that serves the line.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.product.domain = [
            cls.product.domain,
            If(Eval('mercuriale') & (Eval('sale_state') == 'draft'),
                ('mercuriale_lines', 'where', [
                        ('mercuriale', '=', Eval('mercuriale', -1)),
                        ]),
                ()),
            ]

    @fields.depends('sale', '_parent_sale.cycle')
    def on_change_with_mercuriale(self, name=None):
        if self.sale and self.sale.cycle:
            return self.sale.cycle.mercuriale

    @classmethod
    def get_mercuriale_line(cls, lines, name):
        products = defaultdict(list)
        for line in lines:
            if line.mercuriale and line.product:
                products[line.mercuriale].append(line.product)
        published = {m: m.find_lines(p) for m, p in products.items()}
        return {
            l.id: published.get(l.mercuriale, {}).get((l.product, l.producer))
            for l in lines}

    @classmethod
    def set_mercuriale_line(cls, lines, name, value):
        pool = Pool()
        MercurialeLine = pool.get('shortcircuit.mercuriale.line')
        values = {'producer': None}
        if value:
            published = MercurialeLine(value)
            values['product'] = published.product.id
            if published.producer:
                values['producer'] = published.producer.id
        cls.write(lines, values)

    @fields.depends('mercuriale_line', methods=['on_change_product'])
    def on_change_mercuriale_line(self):
        if self.mercuriale_line:
            self.product = self.mercuriale_line.product
            self.producer = self.mercuriale_line.producer
            self.on_change_product()

    @fields.depends(methods=['_set_mercuriale_line'])
    def on_change_product(self):
        self._set_mercuriale_line()
        super().on_change_product()

    @fields.depends(
        'product', 'producer', 'mercuriale_line',
        methods=['on_change_with_mercuriale'])
    def _set_mercuriale_line(self):
        "Keep the chosen line of the product, or take the only one"
        mercuriale = self.on_change_with_mercuriale()
        if not mercuriale or not self.product:
            self.mercuriale_line = self.producer = None
        elif (not self.mercuriale_line
                or self.mercuriale_line.product != self.product):
            published = mercuriale.find_lines([self.product])
            if len(published) == 1:
                self.mercuriale_line, = published.values()
            else:
                self.mercuriale_line = published.get((self.product, None))
            self.producer = (self.mercuriale_line.producer
                if self.mercuriale_line else None)

    @fields.depends(
        'sale', 'producer', 'mercuriale_line', '_parent_sale.cycle')
    def _get_context_sale_price(self):
        context = super()._get_context_sale_price()
        if self.sale and self.sale.cycle:
            # The published price is the one of the day of delivery
            context['date'] = self.sale.cycle.delivery_date
            # Who may not read the producers only has the line
            producer = (self.mercuriale_line or self).producer
            context['producer'] = producer.id if producer else None
        return context

    @classmethod
    def check_modification(cls, mode, lines, values=None, external=False):
        super().check_modification(
            mode, lines, values=values, external=external)
        if mode == 'write' and external:
            for sale in {l.sale for l in lines}:
                sale.check_draft()
