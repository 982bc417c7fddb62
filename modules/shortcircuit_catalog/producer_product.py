# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from bisect import bisect_right
from collections import defaultdict

from trytond.model import DeactivableMixin, ModelSQL, ModelView, Unique, fields
from trytond.modules.currency.fields import Monetary
from trytond.modules.product import price_digits
from trytond.pool import Pool


class ProducerProduct(DeactivableMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.producer.product'

    producer = fields.Many2One(
        'shortcircuit.producer', "Producer", required=True,
        ondelete='CASCADE')
    product = fields.Many2One(
        'product.product', "Product", required=True, ondelete='RESTRICT',
        domain=[
            ('salable', '=', True),
            ])
    unit = fields.Function(
        fields.Many2One('product.uom', "Unit",
            help="The unit in which the product is ordered."),
        'on_change_with_unit')
    code = fields.Char("Code", help="How the producer calls the product.")
    case_quantity = fields.Float(
        "Case Quantity", digits='unit',
        domain=['OR',
            ('case_quantity', '=', None),
            ('case_quantity', '>', 0),
            ],
        help="How much one case holds.")
    multiple = fields.Float(
        "Multiple", digits='unit',
        domain=['OR',
            ('multiple', '=', None),
            ('multiple', '>', 0),
            ],
        help="The producer brings multiples of this quantity.")
    minimum = fields.Float(
        "Minimum", digits='unit',
        domain=['OR',
            ('minimum', '=', None),
            ('minimum', '>', 0),
            ],
        help="The least that the producer brings.")
    prices = fields.One2Many(
        'shortcircuit.producer.product.price', 'producer_product', "Prices",
        help="What the producer asks, from which day on.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('producer')
        cls._sql_constraints += [
            ('producer_product_unique', Unique(t, t.producer, t.product),
                'shortcircuit_catalog.msg_producer_product_unique'),
            ]
        cls._order.insert(0, ('producer.party.name', 'ASC'))
        cls._order.insert(1, ('product.template.name', 'ASC'))

    @fields.depends('product', '_parent_product.sale_uom')
    def on_change_with_unit(self, name=None):
        return self.product.ordering_uom if self.product else None

    @fields.depends('case_quantity', 'multiple')
    def on_change_case_quantity(self):
        if not self.multiple:
            self.multiple = self.case_quantity

    def get_rec_name(self, name):
        return f'{self.product.rec_name} @ {self.producer.rec_name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('product.rec_name', *clause[1:]),
            ('producer.rec_name', *clause[1:]),
            ('code', *clause[1:]),
            ]


class ProducerProductPrice(ModelSQL, ModelView):
    __name__ = 'shortcircuit.producer.product.price'

    producer_product = fields.Many2One(
        'shortcircuit.producer.product', "Producer's Product", required=True,
        ondelete='CASCADE')
    start_date = fields.Date(
        "Start Date", required=True,
        help="The first day of delivery the price applies to.")
    unit_price = Monetary(
        "Unit Price", currency='currency', digits=price_digits,
        required=True,
        domain=[
            ('unit_price', '>=', 0),
            ],
        help="What the producer is to be paid, excluding taxes.")
    unit = fields.Function(
        fields.Many2One('product.uom', "Unit"), 'on_change_with_unit')
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('producer_product')
        cls._sql_constraints += [
            ('start_date_unique',
                Unique(t, t.producer_product, t.start_date),
                'shortcircuit_catalog.msg_producer_price_date_unique'),
            ]
        cls._order.insert(0, ('start_date', 'DESC'))

    @fields.depends(
        'producer_product', '_parent_producer_product.product')
    def on_change_with_unit(self, name=None):
        if self.producer_product and self.producer_product.product:
            return self.producer_product.product.sale_uom

    @fields.depends(
        'producer_product', '_parent_producer_product.producer')
    def on_change_with_currency(self, name=None):
        if self.producer_product and self.producer_product.producer:
            return self.producer_product.producer.company.currency

    def get_rec_name(self, name):
        pool = Pool()
        Lang = pool.get('ir.lang')
        start_date = Lang.get().strftime(self.start_date)
        return f'{self.producer_product.rec_name} {start_date}'

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('producer_product.rec_name', *clause[1:])]

    @classmethod
    def at(cls, keys):
        """
        Find what producers ask for products on given dates.

        keys is an iterable of tuples (producer id, product id, date).
        Return a dictionary of key to the price in EUR excl. tax per unit of
        sale of the product; keys without price are missing.
        """
        keys = set(keys)
        prices = defaultdict(list)
        for price in cls.search([
                    ('producer_product.producer', 'in',
                        list({k[0] for k in keys})),
                    ('producer_product.product', 'in',
                        list({k[1] for k in keys})),
                    ], order=[('start_date', 'ASC')]):
            item = price.producer_product
            prices[item.producer.id, item.product.id].append(
                (price.start_date, price.unit_price))
        result = {}
        for producer, product, date in keys:
            dated = prices[producer, product]
            index = bisect_right([d for d, _ in dated], date)
            if index:
                result[producer, product, date] = dated[index - 1][1]
        return result
