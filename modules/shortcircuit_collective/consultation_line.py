# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What a buyer asks for, line by line, and what is answered"

import re
from collections import defaultdict

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, fields, sequence_ordered
from trytond.model.exceptions import AccessError
from trytond.modules.account_product.exceptions import AccountError, TaxError
from trytond.modules.currency.fields import Monetary
from trytond.modules.product import price_digits, round_price
from trytond.modules.shortcircuit_catalog import tabular
from trytond.modules.shortcircuit_catalog.order_fill import format_quantity
from trytond.modules.shortcircuit_catalog.today import today
from trytond.pool import Pool
from trytond.pyson import Eval, If

from .consultation_capacity import find_capacities, propose_volumes
from .contract_price import find_published_prices


class Line(sequence_ordered(), ModelSQL, ModelView):
    __name__ = 'shortcircuit.consultation.line'

    lot = fields.Many2One(
        'shortcircuit.consultation.lot', "Lot", required=True,
        ondelete='CASCADE')
    number = fields.Char(
        "Number", help="Of the line in the price schedule of the buyer.")
    name = fields.Char(
        "Specification", required=True, help="What the buyer asks for.")
    unit = fields.Many2One(
        'product.uom', "Unit", required=True, ondelete='RESTRICT')
    unit_category = fields.Function(
        fields.Many2One('product.uom.category', "Unit Category"),
        'on_change_with_unit_category')
    quantity = fields.Float(
        "Estimated Quantity", digits='unit',
        domain=['OR',
            ('quantity', '=', None),
            ('quantity', '>=', 0),
            ],
        help="What the buyer expects to order over the period.")
    labels = fields.Many2Many(
        'shortcircuit.consultation.line-shortcircuit.label', 'line', 'label',
        "Required Labels")
    products = fields.Many2Many(
        'shortcircuit.consultation.line-product.product', 'line', 'product',
        "Products",
        domain=[
            ('salable', '=', True),
            ('type', '=', 'goods'),
            ('default_uom_category', '=', Eval('unit_category', -1)),
            ],
        help="What the cooperative will deliver for it.")
    published_price = fields.Function(
        Monetary(
            "Published Price", currency='currency', digits=price_digits,
            help="The lowest of the products in the mercuriale, excluding "
            "taxes."),
        'get_published_price')
    unit_price = Monetary(
        "Unit Price", currency='currency', digits=price_digits,
        domain=['OR',
            ('unit_price', '=', None),
            ('unit_price', '>=', 0),
            ],
        help="What is answered, excluding taxes.")
    amount = fields.Function(
        Monetary("Amount", currency='currency', digits='currency'),
        'on_change_with_amount')
    supplies = fields.One2Many(
        'shortcircuit.consultation.supply', 'line', "Producers")
    capacity = fields.Function(
        fields.Float(
            "Capacity", digits='unit',
            help="What the producers have offered or delivered in the same "
            "months of the last year, as many times as the period has them."),
        'on_change_with_capacity')
    missing = fields.Function(
        fields.Float(
            "Missing", digits='unit',
            help="What is estimated and beyond the capacity."),
        'on_change_with_missing')
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    row = fields.Integer(
        "Row", readonly=True, help="In the file of the buyer.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('lot')

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(Eval('missing', 0) > 0, 'warning', '')),
            ]

    @fields.depends('unit')
    def on_change_with_unit_category(self, name=None):
        return self.unit.category if self.unit else None

    @fields.depends('products', 'name', 'unit')
    def on_change_products(self):
        if self.products:
            product = self.products[0]
            self.name = self.name or product.rec_name
            self.unit = self.unit or product.sale_uom

    @fields.depends('quantity', 'unit_price', 'currency')
    def on_change_with_amount(self, name=None):
        if self.quantity is None or self.unit_price is None:
            return None
        amount = tabular.number(repr(self.quantity)) * self.unit_price
        return self.currency.round(amount) if self.currency else amount

    @fields.depends('supplies')
    def on_change_with_capacity(self, name=None):
        return sum(s.capacity or 0 for s in self.supplies or [])

    @fields.depends('quantity', 'unit', methods=['on_change_with_capacity'])
    def on_change_with_missing(self, name=None):
        missing = max(
            (self.quantity or 0) - self.on_change_with_capacity(), 0)
        return self.unit.round(missing) if self.unit else missing

    @fields.depends('lot', '_parent_lot.currency')
    def on_change_with_currency(self, name=None):
        return self.lot.currency if self.lot else None

    @classmethod
    def get_published_price(cls, lines, name):
        prices = cls.find_published_prices(lines)
        return {
            l.id: round_price(prices[l]) if l in prices else None
            for l in lines}

    @classmethod
    def find_published_prices(cls, lines):
        by_mercuriale = defaultdict(list)
        for line in lines:
            if mercuriale := line.lot.consultation.mercuriale:
                by_mercuriale[mercuriale].append(line)
        prices = {}
        for mercuriale, lines in by_mercuriale.items():
            prices.update(find_published_prices(mercuriale, lines))
        return prices

    @classmethod
    def propose_products(cls, lines):
        "Set the published products that the specification names"
        for mercuriale in {l.lot.consultation.mercuriale for l in lines}:
            products = list({p.product for p in mercuriale.lines})
            words = {p: find_words(p.template.name) for p in products}
            for line in lines:
                if line.lot.consultation.mercuriale == mercuriale:
                    line.products = line.products or find_named(
                        line, words)
        cls.save(lines)

    @classmethod
    def propose_prices(cls, lines):
        "Set the published price on the lines that have none"
        prices = cls.find_published_prices(lines)
        for line in lines:
            if line.unit_price is None and line in prices:
                line.unit_price = round_price(prices[line])
        cls.save(lines)

    @classmethod
    def propose_supplies(cls, lines):
        "Renew the capacities and share the quantity of the lines without"
        pool = Pool()
        Supply = pool.get('shortcircuit.consultation.supply')
        known = {(s.line, s.producer): s for l in lines for s in l.supplies}
        supplies = defaultdict(list)
        for (line, producer), found in find_capacities(lines).items():
            supply = known.pop((line, producer), None) or Supply(
                line=line, producer=producer, quantity=None)
            supply.offered, supply.delivered, supply.capacity = (
                line.unit.floor(q) for q in found)
            supplies[line].append(supply)
        # What nobody offered any more is kept if somebody typed a volume
        Supply.delete([s for s in known.values() if not s.quantity])
        for line, line_supplies in supplies.items():
            if all(s.quantity is None for s in line_supplies):
                volumes = propose_volumes(
                    {s.producer.id: s.capacity for s in line_supplies},
                    line.quantity or 0, line.unit.rounding)
                for supply in line_supplies:
                    supply.quantity = volumes[supply.producer.id]
        Supply.save([s for group in supplies.values() for s in group])

    @classmethod
    def find_warnings(cls, lines):
        "Say what the producers can neither bring nor prove"
        proven = find_proven_labels([l for l in lines if l.labels])
        texts = []
        for line in lines:
            if line.missing:
                texts.append(gettext(
                        'shortcircuit_collective.msg_consultation_capacity',
                        line=line.rec_name,
                        quantity=format_quantity(line.quantity, line.unit),
                        capacity=format_quantity(line.capacity, line.unit)))
            unproven = [
                s.producer.rec_name for s in line.supplies
                if line.labels and s.quantity
                and not set(line.labels) <= proven[s]]
            if unproven:
                texts.append(gettext(
                        'shortcircuit_collective.msg_consultation_unproven',
                        line=line.rec_name,
                        labels=', '.join(l.rec_name for l in line.labels),
                        producers=', '.join(unproven)))
        return texts

    @property
    def tax_rate(self):
        "The part of the price that the taxes of the first product add"
        if self.products:
            try:
                taxes = self.products[0].customer_taxes_used
            except (AccountError, TaxError):
                return None
            return sum(t.rate for t in taxes if t.type == 'percentage')

    @classmethod
    def find_shown_labels(cls, lines):
        "Return by line the labels that all who supply it prove today"
        proven = find_proven_labels(lines)
        shown = {}
        for line in lines:
            sets = [proven[s] for s in line.supplies if s.quantity]
            shown[line] = sorted(
                set.intersection(*sets) if sets else [],
                key=lambda l: l.rec_name)
        return shown

    def get_rec_name(self, name):
        return ' '.join(filter(None, [self.number, self.name]))

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('number', *clause[1:]),
            ('name', *clause[1:]),
            ]

    @classmethod
    def check_modification(cls, mode, lines, values=None, external=False):
        super().check_modification(
            mode, lines, values=values, external=external)
        for consultation in {l.lot.consultation for l in lines}:
            if consultation.state not in {'draft', 'answering', 'declined'}:
                raise AccessError(gettext(
                        'shortcircuit_collective.msg_consultation_modify',
                        consultation=consultation.rec_name))


def find_words(text):
    "Return the words of a text as they are compared, without plural"
    return {
        tabular.fold(w).rstrip('sx') for w in re.findall(r'\w+', text)}


def find_named(line, words):
    """
    Return the products whose name has the most words of the specification.

    words is by product the set of its words. All of them must be in the
    specification; a product of other units is none.
    """
    asked = find_words(line.name)
    named = defaultdict(list)
    for product, own in words.items():
        if (own and own <= asked
                and product.default_uom.category == line.unit.category):
            named[len(own)].append(product)
    return named[max(named)] if named else []


def find_proven_labels(lines):
    "Return by supply of lines the labels it proves today of all its products"
    pool = Pool()
    Certificate = pool.get('shortcircuit.certificate')
    ProducerProduct = pool.get('shortcircuit.producer.product')
    supplies = [s for l in lines for s in l.supplies]
    had = {(i.producer, i.product) for i in ProducerProduct.search([
                ('producer', 'in', [s.producer.id for s in supplies]),
                ])}
    keys = defaultdict(set)
    for supply in supplies:
        line = supply.line
        date = today(line.lot.consultation.company)
        producer = supply.producer
        products = [
            p for p in line.products if (producer, p) in had] or line.products
        keys[supply] = {(producer.id, p.id, date) for p in products}
    proofs = Certificate.proofs(set().union(*keys.values()))
    return {
        supply: set.intersection(*(
                {c.label for c in proofs[k]} for k in of_supply))
        if of_supply else set()
        for supply, of_supply in keys.items()}


class LineLabel(ModelSQL):
    __name__ = 'shortcircuit.consultation.line-shortcircuit.label'

    line = fields.Many2One(
        'shortcircuit.consultation.line', "Line", required=True,
        ondelete='CASCADE')
    label = fields.Many2One(
        'shortcircuit.label', "Label", required=True, ondelete='RESTRICT')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('line')


class LineProduct(ModelSQL):
    __name__ = 'shortcircuit.consultation.line-product.product'

    line = fields.Many2One(
        'shortcircuit.consultation.line', "Line", required=True,
        ondelete='CASCADE')
    product = fields.Many2One(
        'product.product', "Product", required=True, ondelete='RESTRICT')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('line')


class Supply(ModelSQL, ModelView):
    __name__ = 'shortcircuit.consultation.supply'

    line = fields.Many2One(
        'shortcircuit.consultation.line', "Line", required=True,
        ondelete='CASCADE')
    unit = fields.Function(
        fields.Many2One('product.uom', "Unit"), 'on_change_with_unit')
    producer = fields.Many2One(
        'shortcircuit.producer', "Producer", required=True,
        ondelete='RESTRICT')
    offered = fields.Float(
        "Offered", digits='unit', readonly=True,
        help="In the same months of the last year, as many times as the "
        "period has them.")
    delivered = fields.Float(
        "Delivered", digits='unit', readonly=True,
        help="In the same months of the last year, as many times as the "
        "period has them.")
    capacity = fields.Float(
        "Capacity", digits='unit', readonly=True,
        help="The most of what was offered and delivered in each month. Some "
        "of it may be promised to others.")
    quantity = fields.Float(
        "Volume", digits='unit',
        domain=['OR',
            ('quantity', '=', None),
            ('quantity', '>=', 0),
            ],
        help="What the producer will bring over the period.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('line')

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual', If(
                    Eval('quantity', 0) > Eval('capacity', 0), 'warning',
                    '')),
            ]

    @fields.depends('line', '_parent_line.unit')
    def on_change_with_unit(self, name=None):
        return self.line.unit if self.line else None

    def get_rec_name(self, name):
        return f'{self.line.rec_name} - {self.producer.rec_name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('line.rec_name', *clause[1:]),
            ('producer.rec_name', *clause[1:]),
            ]
