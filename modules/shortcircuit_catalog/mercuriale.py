# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from collections import defaultdict

from sql import Null
from sql.operators import Equal

from trytond.i18n import gettext
from trytond.model import (
    Exclude, ModelSQL, ModelView, Unique, Workflow, fields)
from trytond.model.exceptions import AccessError
from trytond.modules.account_product.exceptions import AccountError, TaxError
from trytond.modules.currency.fields import Monetary
from trytond.modules.product import price_digits, round_price
from trytond.pool import Pool
from trytond.pyson import Bool, Eval, If
from trytond.transaction import Transaction

from .exceptions import MercurialePublishError, OrderError


class Mercuriale(Workflow, ModelSQL, ModelView):
    __name__ = 'shortcircuit.mercuriale'
    _rec_name = 'number'

    _states = {
        'readonly': Eval('state') != 'draft',
        }

    number = fields.Char("Number", readonly=True)
    company = fields.Many2One(
        'company.company', "Company", required=True,
        states={
            'readonly': _states['readonly'] | Eval('lines', [0]),
            })
    channel = fields.Many2One(
        'shortcircuit.channel', "Channel", required=True,
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states=_states)
    start_date = fields.Date(
        "Start Date", required=True,
        domain=[
            If(Eval('start_date') & Eval('end_date'),
                ('start_date', '<=', Eval('end_date')),
                ()),
            ],
        states=_states,
        help="The first day of delivery the prices apply to.")
    end_date = fields.Date(
        "End Date", required=True,
        domain=[
            If(Eval('start_date') & Eval('end_date'),
                ('end_date', '>=', Eval('start_date')),
                ()),
            ],
        states=_states,
        help="The last day of delivery the prices apply to.")
    lines = fields.One2Many(
        'shortcircuit.mercuriale.line', 'mercuriale', "Lines", states=_states)
    state = fields.Selection([
            ('draft', "Draft"),
            ('published', "Published"),
            ('superseded', "Superseded"),
            ], "State", required=True, readonly=True, sort=False)

    del _states

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('start_date', 'DESC'),
            ('id', 'DESC'),
            ]
        cls._transitions |= {
            ('draft', 'published'),
            ('published', 'superseded'),
            }
        cls._buttons.update({
                'publish': {
                    'invisible': Eval('state') != 'draft',
                    'readonly': ~Eval('lines', []),
                    'depends': ['state', 'lines'],
                    },
                })

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_state(cls):
        return 'draft'

    def get_rec_name(self, name):
        pool = Pool()
        Lang = pool.get('ir.lang')
        lang = Lang.get()
        number = f'[{self.number}] ' if self.number else ''
        return (f'{number}{self.channel.rec_name} '
            f'{lang.strftime(self.start_date)}')

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('number', *clause[1:]),
            ('channel.rec_name', *clause[1:]),
            ]

    @classmethod
    def copy(cls, mercuriales, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('number', None)
        return super().copy(mercuriales, default=default)

    @classmethod
    def check_modification(
            cls, mode, mercuriales, values=None, external=False):
        super().check_modification(
            mode, mercuriales, values=values, external=external)
        if mode == 'delete' or (
                mode == 'write' and values.keys() - {'state'}):
            for mercuriale in mercuriales:
                mercuriale.check_draft()

    def check_draft(self):
        "Refuse to change what is published"
        if self.state != 'draft':
            raise AccessError(gettext(
                    'shortcircuit_catalog.msg_mercuriale_modify',
                    mercuriale=self.rec_name))

    @classmethod
    @ModelView.button
    def publish(cls, mercuriales):
        cls._publish(mercuriales)
        for mercuriale in mercuriales:
            mercuriale.update_cycles()

    @classmethod
    @Workflow.transition('published')
    def _publish(cls, mercuriales):
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        PriceListLine = pool.get('product.price_list.line')
        for mercuriale in mercuriales:
            mercuriale.check_publish()
            mercuriale.supersede_overlapped()
        Configuration.set_number(mercuriales, 'mercuriale_sequence')
        PriceListLine.save(
            [l.get_price_list_line() for m in mercuriales for l in m.lines])

    @classmethod
    @Workflow.transition('superseded')
    def supersede(cls, mercuriales):
        pass

    def check_publish(self):
        for line in self.lines:
            if line.unit_price is None:
                raise MercurialePublishError(gettext(
                        'shortcircuit_catalog.msg_mercuriale_no_price',
                        mercuriale=self.rec_name,
                        product=line.rec_name))
            if not line.has_taxes:
                raise MercurialePublishError(gettext(
                        'shortcircuit_catalog.msg_mercuriale_no_tax',
                        mercuriale=self.rec_name,
                        product=line.rec_name))

    def supersede_overlapped(self):
        "End the prices published before for the same days"
        pool = Pool()
        PriceListLine = pool.get('product.price_list.line')
        self.__class__.supersede(self.__class__.search([
                    ('channel', '=', self.channel.id),
                    ('state', '=', 'published'),
                    ('end_date', '>=', self.start_date),
                    ('start_date', '<=', self.end_date),
                    ('id', '!=', self.id),
                    ]))
        lines = PriceListLine.search([
                ('price_list', '=', self.channel.price_list.id),
                ('start_date', '<=', self.end_date),
                ('end_date', '>=', self.start_date),
                ])
        ended = [l for l in lines if l.start_date < self.start_date]
        PriceListLine.write(ended, {
                'end_date': self.start_date - dt.timedelta(days=1),
                })
        PriceListLine.delete([l for l in lines if l not in ended])

    def find_lines(self, products):
        "Return the lines of products by tuple of product and named producer"
        pool = Pool()
        Line = pool.get('shortcircuit.mercuriale.line')
        return {(l.product, l.producer): l for l in Line.search([
                    ('mercuriale', '=', self.id),
                    ('product', 'in', list({p.id for p in products})),
                    ])}

    def update_cycles(self):
        "Sell the running cycles by this mercuriale as its prices are theirs"
        pool = Pool()
        Cycle = pool.get('shortcircuit.cycle')
        cycles = Cycle.search([
                ('channel', '=', self.channel.id),
                ('mercuriale.state', '=', 'superseded'),
                ('state', 'in', ['draft', 'open']),
                ('delivery_date', '>=', self.start_date),
                ('delivery_date', '<=', self.end_date),
                ])
        Cycle.write(cycles, {'mercuriale': self.id})


class Line(ModelSQL, ModelView):
    __name__ = 'shortcircuit.mercuriale.line'

    _states = {
        'readonly': ((Eval('mercuriale_state') != 'draft')
            & Bool(Eval('mercuriale'))),
        }

    mercuriale = fields.Many2One(
        'shortcircuit.mercuriale', "Mercuriale", required=True,
        ondelete='CASCADE', states=_states)
    product = fields.Many2One(
        'product.product', "Product", required=True, ondelete='RESTRICT',
        domain=[
            ('salable', '=', True),
            ],
        context={
            'company': Eval('company', -1),
            },
        states=_states, depends={'company'})
    producer = fields.Many2One(
        'shortcircuit.producer', "Producer", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            If(Eval('mercuriale_state') == 'draft',
                ('products', 'where', [
                        ('product', '=', Eval('product', -1)),
                        ]),
                ()),
            ],
        states=_states,
        help="The only one that serves the line.\n"
        "Leave empty to let any producer that has the product serve it.")
    producer_names = fields.Function(
        fields.Char("Producers", help="Those that stand behind the line."),
        'get_producer_names')
    unit = fields.Function(
        fields.Many2One('product.uom', "Unit"), 'on_change_with_unit')
    order_unit = fields.Function(
        fields.Many2One('product.uom', "Unit of Order"),
        'on_change_with_order_unit')
    unit_price = Monetary(
        "Unit Price", currency='currency', digits=price_digits,
        domain=[
            ('unit_price', '>=', 0),
            ],
        states=_states,
        help="Excluding taxes.")
    case_quantity = fields.Float(
        "Case Quantity", digits='order_unit',
        domain=['OR',
            ('case_quantity', '=', None),
            ('case_quantity', '>', 0),
            ],
        states=_states,
        help="How much one case holds.")
    multiple = fields.Float(
        "Multiple", digits='order_unit',
        domain=['OR',
            ('multiple', '=', None),
            ('multiple', '>', 0),
            ],
        states=_states,
        help="The quantity is ordered by multiples of this, as a case.")
    minimum = fields.Float(
        "Minimum", digits='order_unit',
        domain=['OR',
            ('minimum', '=', None),
            ('minimum', '>', 0),
            ],
        states=_states,
        help="The least quantity that can be ordered.")
    company = fields.Function(
        fields.Many2One('company.company', "Company"),
        'on_change_with_company')
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    family = fields.Function(
        fields.Selection('get_families', "Family"),
        'on_change_with_family')
    mercuriale_state = fields.Function(
        fields.Selection('get_mercuriale_states', "Mercuriale State"),
        'on_change_with_mercuriale_state')

    del _states

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('mercuriale')
        cls._sql_constraints += [
            # Without parameters so that SQLite checks them by itself
            ('product_producer_unique',
                Unique(t, t.mercuriale, t.product, t.producer),
                'shortcircuit_catalog.msg_mercuriale_product_unique'),
            ('product_alone_unique',
                Exclude(
                    t, (t.mercuriale, Equal), (t.product, Equal),
                    where=t.producer == Null),
                'shortcircuit_catalog.msg_mercuriale_product_unique'),
            ]
        cls._order = [
            ('product.template.shortcircuit_family', 'ASC'),
            ('product.template.name', 'ASC'),
            ('id', 'ASC'),
            ]

    @fields.depends('product')
    def on_change_with_unit(self, name=None):
        return self.product.sale_uom if self.product else None

    @fields.depends('product')
    def on_change_with_order_unit(self, name=None):
        return self.product.ordering_uom if self.product else None

    @fields.depends('product', 'producer', 'case_quantity', 'multiple',
        'minimum')
    def on_change_producer(self):
        item = self._producer_product
        if item:
            for name in ['case_quantity', 'multiple', 'minimum']:
                setattr(self, name, getattr(item, name))

    @property
    def _producer_product(self):
        "How the producer of the line packs its product"
        if self.producer and self.product:
            for item in self.producer.products:
                if item.product == self.product:
                    return item

    @fields.depends('case_quantity', 'multiple')
    def on_change_case_quantity(self):
        if not self.multiple:
            self.multiple = self.case_quantity

    @fields.depends('mercuriale', '_parent_mercuriale.company')
    def on_change_with_company(self, name=None):
        return self.mercuriale.company if self.mercuriale else None

    @fields.depends('mercuriale', '_parent_mercuriale.company')
    def on_change_with_currency(self, name=None):
        if self.mercuriale and self.mercuriale.company:
            return self.mercuriale.company.currency

    @classmethod
    def get_families(cls):
        pool = Pool()
        Template = pool.get('product.template')
        return Template.fields_get(
            ['shortcircuit_family'])['shortcircuit_family']['selection']

    @fields.depends('product')
    def on_change_with_family(self, name=None):
        return self.product.shortcircuit_family if self.product else None

    @classmethod
    def get_mercuriale_states(cls):
        pool = Pool()
        Mercuriale = pool.get('shortcircuit.mercuriale')
        return Mercuriale.fields_get(['state'])['state']['selection']

    @fields.depends('mercuriale', '_parent_mercuriale.state')
    def on_change_with_mercuriale_state(self, name=None):
        return self.mercuriale.state if self.mercuriale else None

    @classmethod
    def get_producers(cls, lines):
        """
        Find the producers that stand behind lines.

        Return a dictionary of line to its list of producers: the one it
        names, else the active ones that have its product, by name. The
        number of queries does not depend on the number of lines.
        """
        pool = Pool()
        ProducerProduct = pool.get('shortcircuit.producer.product')
        owners = defaultdict(list)
        for item in ProducerProduct.search([
                    ('product', 'in', list(
                            {l.product.id for l in lines if not l.producer})),
                    ('producer.state', '=', 'active'),
                    ]):
            owners[item.product, item.producer.company].append(item.producer)
        return {
            l: [l.producer] if l.producer
            else owners[l.product, l.mercuriale.company]
            for l in lines}

    @classmethod
    def get_producer_names(cls, lines, name):
        return {
            line.id: ', '.join(p.rec_name for p in producers)
            for line, producers in cls.get_shown_producers(lines).items()}

    def get_rec_name(self, name):
        if self.producer:
            return f'{self.product.rec_name} - {self.producer.rec_name}'
        return self.product.rec_name

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('product.rec_name', *clause[1:])]

    @classmethod
    def check_modification(cls, mode, lines, values=None, external=False):
        super().check_modification(
            mode, lines, values=values, external=external)
        for mercuriale in {l.mercuriale for l in lines}:
            mercuriale.check_draft()

    @property
    def has_taxes(self):
        try:
            return bool(self.product.customer_taxes_used)
        except (AccountError, TaxError):
            return False

    def get_price_list_line(self):
        "Return the line that keeps the price per default unit of the product"
        pool = Pool()
        PriceListLine = pool.get('product.price_list.line')
        Uom = pool.get('product.uom')
        unit_price = Uom.compute_price(
            self.unit, self.unit_price, self.product.default_uom)
        return PriceListLine(
            # Any producer comes after those that are named
            sequence=None if self.producer else 1,
            price_list=self.mercuriale.channel.price_list,
            product=self.product,
            producer=self.producer,
            start_date=self.mercuriale.start_date,
            end_date=self.mercuriale.end_date,
            formula=str(round_price(unit_price)))

    def check_order_line(self, line):
        "Refuse a sale line that does not respect the published terms"
        pool = Pool()
        Lang = pool.get('ir.lang')
        line.check_pieces()
        if refusal := self.check_quantity(line.get_order_quantity()):
            raise OrderError(refusal)
        unit_price = self.get_order_price(line)
        if line.unit_price != unit_price:
            raise OrderError(gettext(
                    'shortcircuit_catalog.msg_order_price',
                    line=line.rec_name,
                    mercuriale=self.mercuriale.rec_name,
                    price=Lang.get().currency(unit_price, self.currency)))
        party = line.sale.invoice_party or line.sale.party
        if {t.id for t in line.taxes} != set(line.compute_taxes(party)):
            raise OrderError(gettext(
                    'shortcircuit_catalog.msg_order_taxes',
                    line=line.rec_name))

    def get_order_price(self, line):
        "Return the price that a sale line must have, excl. tax"
        pool = Pool()
        Uom = pool.get('product.uom')
        return round_price(
            Uom.compute_price(self.unit, self.unit_price, line.unit))
