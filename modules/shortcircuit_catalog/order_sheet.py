# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The screen on which a whole order is typed"

import json
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.model.exceptions import AccessError
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.tools import slugify
from trytond.transaction import check_access, without_check_access

FILTERS = ['show', 'family', 'label', 'producer', 'search']


class OrderSheet(ModelView):
    __name__ = 'shortcircuit.order_sheet'

    party = fields.Many2One('party.party', "Customer", readonly=True)
    cycle = fields.Many2One('shortcircuit.cycle', "Cycle", readonly=True)
    order = fields.Many2One('sale.sale', "Order", readonly=True)
    last_cycle = fields.Many2One(
        'shortcircuit.cycle', "Last Cycle", readonly=True)
    closes_at = fields.DateTime("Closes at", format='%H:%M', readonly=True)
    currency = fields.Many2One(
        'currency.currency', "Currency", readonly=True)
    show = fields.Selection([
            (None, "Everything"),
            ('quantity', "My Order"),
            ('last_quantity', "Last Time"),
            ('favorite', "Favorites"),
            ], "Show", sort=False)
    family = fields.Selection('get_families', "Family", sort=False)
    label = fields.Selection('get_labels', "Label")
    producer = fields.Selection('get_producers', "Producer")
    search = fields.Char(
        "Search", help="A part of the name of the product.")
    # No context: the client would evaluate it on each line for each key
    lines = fields.One2Many(
        'shortcircuit.order_sheet.line', None, "Lines")
    # What is ordered, also of the lines that are not shown: by the id of the
    # line its quantity, its amount and its classes for EGAlim
    basket = fields.Text("Basket")
    # The ids of the lines of the favorites, also if they are not shown
    favorites = fields.Text("Favorites")
    untaxed_amount = Monetary(
        "Untaxed", currency='currency', digits='currency', readonly=True)
    missing_amount = Monetary(
        "Still to Reach", currency='currency', digits='currency',
        readonly=True,
        states={
            'invisible': ~Eval('missing_amount'),
            },
        help="What is missing to reach the minimum of an order.")
    organic_share = fields.Numeric(
        "Organic", digits=(1, 3), readonly=True,
        help="The part of the amount that counts as organic for EGAlim.")
    quality_share = fields.Numeric(
        "Quality", digits=(1, 3), readonly=True,
        help="The part of the amount that counts for EGAlim, organic "
        "included.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'repeat': {
                    'readonly': ~Eval('last_cycle'),
                    'depends': ['last_cycle'],
                    },
                })

    @classmethod
    def get_families(cls):
        pool = Pool()
        Line = pool.get('shortcircuit.mercuriale.line')
        return Line.get_families()

    @fields.depends('party', 'cycle', methods=['find_rows'])
    def get_labels(self):
        return self._get_choices('label_choices')

    @fields.depends('party', 'cycle', methods=['find_rows'])
    def get_producers(self):
        return self._get_choices('producer_choices')

    def _get_choices(self, name):
        choices = set()
        if self.party and self.cycle:
            self.check_access()
            choices.update(*(r[name] for r in self.find_rows()))
        return [(None, ''), *((str(id_), name) for id_, name in choices)]

    @fields.depends('party', 'cycle', 'order')
    def check_access(self):
        "Refuse what the user cannot read, or an order that is not theirs"
        with check_access():
            allowed = all(
                r and r.search([('id', '=', r.id)])
                for r in [self.party, self.cycle])
        if not allowed or (self.order and (
                    self.order.party != self.party
                    or self.order.cycle != self.cycle)):
            raise AccessError(gettext(
                    'shortcircuit_catalog.msg_order_sheet_access'))

    @fields.depends('party', 'cycle', methods=['check_access', '_get_rows'])
    def get_rows(self):
        """
        Return the rows of the lines as the sheet shows them, in their order.

        See get_rows of the lines. The number of queries does not depend on
        the number of lines. AccessError is raised if the user may not order.
        """
        if not self.party or not self.cycle:
            return []
        self.check_access()
        return self._get_rows()

    @fields.depends('cycle')
    def find_rows(self):
        "Return the rows that can be ordered, see get_rows of the lines"
        pool = Pool()
        Line = pool.get('shortcircuit.order_sheet.line')
        return Line.get_rows(self.cycle)

    @fields.depends(
        'last_cycle', 'favorites',
        methods=['find_rows', 'get_order_domain', '_get_basket'])
    def _get_rows(self):
        with without_check_access():
            last = self.get_last_quantities()
        basket = self._get_basket()
        favorites = set(json.loads(self.favorites or '[]'))
        rows = []
        for row in self.find_rows():
            quantity, amount, *_ = basket.get(str(row['id']), [None, None])
            rows.append(dict(
                    row, quantity=quantity,
                    amount=Decimal(amount) if amount else None,
                    last_quantity=last.get(row['key']),
                    favorite=row['id'] in favorites))
        return rows

    def get_last_quantities(self):
        "Return by key what was ordered in the last cycle"
        pool = Pool()
        Line = pool.get('sale.line')
        if not self.last_cycle:
            return {}
        return Line.sum_quantities(Line.search([
                    ('sale', 'where', [
                            self.get_order_domain(),
                            ('cycle', '=', self.last_cycle.id),
                            ('state', 'in', [
                                    'confirmed', 'processing', 'done']),
                            ]),
                    ('type', '=', 'line'),
                    ]))

    @fields.depends('party')
    def get_order_domain(self):
        "Return the domain of the orders for the same destination"
        return [('party', '=', self.party.id)]

    def load(self):
        """
        Set what the order, the previous one and the favorites say.

        AccessError is raised if the user may not order.
        """
        pool = Pool()
        Favorite = pool.get('shortcircuit.favorite')
        SaleLine = pool.get('sale.line')
        self.check_access()
        self.closes_at = self.cycle.closes_at
        self.currency = self.cycle.company.currency
        self.order = self.order or self._find_order()
        self.last_cycle = self._find_last_cycle()
        quantities = SaleLine.sum_quantities(
            self.order.line_lines if self.order else [])
        products = {p.id for p in Favorite.get_products(self.party)}
        basket, favorites = {}, []
        for row in self.find_rows():
            if quantity := quantities.get(row['key']):
                basket.update([self._get_basket_item(row, quantity)])
            if row['product'] in products:
                favorites.append(row['id'])
        self._set_basket(basket)
        self.favorites = json.dumps(favorites)
        self._set_totals()

    def _find_order(self):
        "Return the last order of the cycle that can still change"
        pool = Pool()
        Sale = pool.get('sale.sale')
        orders = Sale.find_changeable([
                self.get_order_domain(),
                ('cycle', '=', self.cycle.id),
                ])
        return orders[0] if orders else None

    def _find_last_cycle(self):
        "Return the cycle of the previous order of the channel"
        pool = Pool()
        Sale = pool.get('sale.sale')
        orders = Sale.search([
                self.get_order_domain(),
                ('cycle.channel', '=', self.cycle.channel.id),
                ('cycle.delivery_date', '<', self.cycle.delivery_date),
                ('state', 'in', ['confirmed', 'processing', 'done']),
                ],
            order=[('cycle.delivery_date', 'DESC'), ('id', 'DESC')], limit=1)
        return orders[0].cycle if orders else None

    def _get_basket_item(self, row, quantity):
        amount = self.cycle.company.currency.round(
            Decimal(str(quantity)) * row['ordering_price'])
        return str(row['id']), [quantity, str(amount), *row['egalim']]

    @fields.depends('basket')
    def _get_basket(self):
        return json.loads(self.basket or '{}')

    def _set_basket(self, basket):
        self.basket = json.dumps(basket)

    @fields.depends(
        'cycle', methods=['check_access', 'find_rows', '_get_basket'])
    def _put(self, quantities):
        "Put quantities by the id of their line in the basket and return it"
        basket = self._get_basket()
        if quantities:
            self.check_access()
            for row in self.find_rows():
                if row['id'] in quantities:
                    if quantity := quantities[row['id']]:
                        basket.update([self._get_basket_item(row, quantity)])
                    else:
                        basket.pop(str(row['id']), None)
            self._set_basket(basket)
        return basket

    @fields.depends(
        'lines', 'favorites', methods=['_put', '_set_totals'])
    def on_change_lines(self):
        typed = get_typed(self.lines, 'quantity')
        basket = self._put(typed)
        for line in self.lines:
            if line.id in typed:
                _, amount, *_ = basket.get(str(line.id), [None, None])
                line.amount = Decimal(amount) if amount else None
        favorites = set(json.loads(self.favorites or '[]'))
        for id_, favorite in get_typed(self.lines, 'favorite').items():
            (favorites.add if favorite else favorites.discard)(id_)
        self.favorites = json.dumps(sorted(favorites))
        self._set_totals()

    @fields.depends('cycle', 'currency', methods=['_get_basket'])
    def _set_totals(self):
        total = organic = quality = Decimal(0)
        for _, amount, is_organic, is_quality in self._get_basket().values():
            amount = Decimal(amount)
            total += amount
            organic += amount * is_organic
            quality += amount * is_quality
        minimum = self.cycle.minimum if self.cycle else None
        self.untaxed_amount = total
        self.missing_amount = max((minimum or 0) - total, Decimal(0))
        self.organic_share = round(organic / total, 3) if total else None
        self.quality_share = round(quality / total, 3) if total else None

    def get_own_fields(self):
        "Return the fields of the lines that depend on who orders"
        return ['quantity', 'amount', 'last_quantity', 'favorite']

    @fields.depends(
        'lines', *FILTERS, methods=['get_rows', 'get_own_fields'])
    def _set_lines(self):
        pool = Pool()
        Line = pool.get('shortcircuit.order_sheet.line')
        shown = {l.id for l in self.lines or []}
        lines = []
        for row in filter(self.shows, self.get_rows()):
            line = Line(row['id'])
            if row['id'] not in shown:
                # The rest is read with the line
                for name in self.get_own_fields():
                    if row[name]:
                        setattr(line, name, row[name])
            lines.append(line)
        self.lines = lines

    def shows(self, row):
        "Test if the filters show the row"
        words = slugify(self.search or '').lower().split('-')
        text = slugify(row['product.']['rec_name']).lower()
        return (
            (not self.show or row[self.show])
            and self.family in {None, row['family']}
            and all(
                value is None or value in {str(id_) for id_, _ in row[name]}
                for value, name in [
                    (self.label, 'label_choices'),
                    (self.producer, 'producer_choices'),
                    ])
            and all(w in text for w in words))

    @fields.depends(methods=['_set_lines'])
    def on_change_show(self):
        self._set_lines()

    @fields.depends(methods=['_set_lines'])
    def on_change_family(self):
        self._set_lines()

    @fields.depends(methods=['_set_lines'])
    def on_change_label(self):
        self._set_lines()

    @fields.depends(methods=['_set_lines'])
    def on_change_producer(self):
        self._set_lines()

    @fields.depends(methods=['_set_lines'])
    def on_change_search(self):
        self._set_lines()

    @ModelView.button_change(
        'lines', methods=['get_rows', '_put', '_set_totals'])
    def repeat(self):
        "Order what was ordered last time and is not ordered yet"
        basket = self._get_basket()
        basket = self._put({
                r['id']: r['last_quantity'] for r in self.get_rows()
                if r['last_quantity'] and str(r['id']) not in basket})
        for line in self.lines:
            quantity, amount, *_ = basket.get(str(line.id), [None, None])
            if amount:
                line.quantity = quantity
                line.amount = Decimal(amount)
        self._set_totals()

    def save_order(self):
        "Write the basket on the order and the favorites on the customer"
        pool = Pool()
        Favorite = pool.get('shortcircuit.favorite')
        MercurialeLine = pool.get('shortcircuit.mercuriale.line')
        ModelAccess = pool.get('ir.model.access')
        Sale = pool.get('sale.sale')
        if self.order:
            # The transaction restarts at the first lock
            Sale.lock([self.order])
        self.check_access()
        with check_access():
            ModelAccess.check('sale.sale', 'create')
        if not self.order:
            self.order = Sale.get_order(
                self.party, self.cycle, **self.get_order_values())
        basket = self._get_basket()
        favorites = json.loads(self.favorites or '[]')
        lines = {l.id: l for l in MercurialeLine.search([
                    ('id', 'in', [*map(int, basket), *favorites]),
                    ])}
        Sale.fill([(self.order, {
                        lines[int(id_)]: quantity
                        for id_, (quantity, *_) in basket.items()})])
        # What the sheet does not sell stays a favorite
        Favorite.set_products(
            self.party,
            {lines[id_].product for id_ in favorites if id_ in lines},
            {r['product'] for r in self.find_rows()})

    def get_order_values(self):
        return {}


def get_typed(lines, name):
    "Return by id the value of the lines that the user changed"
    return {
        l.id: getattr(l, name) for l in lines
        if l.id > 0 and l._values and name in l._values}
