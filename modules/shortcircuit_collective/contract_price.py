# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.


from collections import defaultdict

from trytond.cache import Cache
from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, Unique, fields
from trytond.model.exceptions import AccessError
from trytond.modules.currency.fields import Monetary
from trytond.modules.product import price_digits, round_price
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import without_check_access


def find_published_prices(mercuriale, lines):
    """
    Find what lines of a price schedule cost by the mercuriale.

    Return a dictionary of the line to the lowest price of its products, excl.
    tax by its unit, as the cooperative chooses which one it delivers. Those of
    which no product is published have none.
    """
    pool = Pool()
    Uom = pool.get('product.uom')
    lines = [l for l in lines if l.unit]
    prices = defaultdict(list)
    for (product, _), published in mercuriale.find_lines(
            p for l in lines for p in l.products).items():
        prices[product].append(published)
    found = {}
    for line in lines:
        price = min((
                Uom.compute_price(p.unit, p.unit_price, line.unit)
                for product in line.products for p in prices[product]),
            default=None)
        if price is not None:
            found[line] = price
    return found


class ScheduleMixin:
    "What the price schedules of the contracts are made of"
    __slots__ = ()

    @classmethod
    def on_modification(cls, mode, records, field_names=None):
        pool = Pool()
        Price = pool.get('shortcircuit.contract.price')
        super().on_modification(mode, records, field_names=field_names)
        Price._schedules_cache.clear()


class Price(ScheduleMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.contract.price'

    lot = fields.Many2One(
        'shortcircuit.contract.lot', "Lot", required=True,
        ondelete='CASCADE')
    number = fields.Char(
        "Number", help="Of the line in the price schedule of the buyer.")
    name = fields.Char(
        "Specification", required=True,
        help="What the price schedule asks for.")
    products = fields.Many2Many(
        'shortcircuit.contract.price-product.product', 'price', 'product',
        "Products",
        domain=[
            ('salable', '=', True),
            ('type', '=', 'goods'),
            ('default_uom_category', '=', Eval('unit_category', -1)),
            ],
        help="What the cooperative delivers for it.")
    labels = fields.Many2Many(
        'shortcircuit.contract.price-shortcircuit.label', 'price', 'label',
        "Required Labels",
        help="What is delivered must carry all of them.")
    unit = fields.Many2One(
        'product.uom', "Unit", required=True, ondelete='RESTRICT')
    unit_category = fields.Function(
        fields.Many2One('product.uom.category', "Unit Category"),
        'on_change_with_unit_category')
    estimated_quantity = fields.Float(
        "Estimated Quantity", digits='unit',
        help="What the buyer expects to order over the contract.")
    versions = fields.One2Many(
        'shortcircuit.contract.price.version', 'price', "Versions",
        help="The price from each date.")
    unit_price = fields.Function(
        Monetary(
            "Unit Price", currency='currency', digits=price_digits,
            help="Excluding taxes, today."),
        'get_unit_price')
    contract = fields.Function(
        fields.Many2One('shortcircuit.contract', "Contract"),
        'on_change_with_contract', searcher='search_contract')
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')

    _schedules_cache = Cache(
        'shortcircuit.contract.price.schedules', context=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('lot')
        cls._order = [
            ('lot', 'ASC'),
            ('number', 'ASC NULLS LAST'),
            ('name', 'ASC'),
            ('id', 'ASC'),
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

    @fields.depends('lot', '_parent_lot.contract')
    def on_change_with_contract(self, name=None):
        return self.lot.contract if self.lot else None

    @classmethod
    def search_contract(cls, name, clause):
        return [('lot.' + clause[0], *clause[1:])]

    @fields.depends('lot', '_parent_lot.contract')
    def on_change_with_currency(self, name=None):
        if self.lot and self.lot.contract:
            return self.lot.contract.currency

    def get_unit_price(self, name):
        pool = Pool()
        Date = pool.get('ir.date')
        version = self.get_version(Date.today())
        return version.unit_price if version else None

    def get_version(self, date):
        "Return the price that applies on the date, None before the first"
        versions = [v for v in self.versions if v.start_date <= date]
        return max(versions, key=lambda v: v.start_date, default=None)

    @classmethod
    def find_versions(cls, keys):
        """
        Find the prices that apply to products on dates.

        keys are tuples (contract, product, date). Return a dictionary of the
        key to the version, None if the schedules of the contract do not have
        the product or it has no price yet. It costs no query per key.
        """
        pool = Pool()
        Version = pool.get('shortcircuit.contract.price.version')
        schedules = {c: cls._get_schedule(c) for c in {k[0] for k in keys}}
        found = {}
        for key in keys:
            contract, product, date = key
            found[key] = max((
                    v for v in schedules[contract].get(product.id, [])
                    if v[0] <= date), default=(None, None))[1]
        versions = {
            v.id: v for v in Version.browse(set(found.values()) - {None})}
        return {k: versions.get(id_) for k, id_ in found.items()}

    @classmethod
    @without_check_access
    def _get_schedule(cls, contract):
        "Return by id of product the dates and the ids of its prices"
        schedule = cls._schedules_cache.get(contract.id)
        if schedule is None:
            schedule = defaultdict(list)
            for price in cls.search([('lot.contract', '=', contract.id)]):
                for product in price.products:
                    schedule[product.id].extend(
                        (v.start_date, v.id) for v in price.versions)
            cls._schedules_cache.set(contract.id, dict(schedule))
        return schedule

    def get_rec_name(self, name):
        return ' '.join(filter(None, [self.number, self.name]))

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('number', *clause[1:]),
            ('name', *clause[1:]),
            ]


class PriceVersion(ScheduleMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.contract.price.version'

    price = fields.Many2One(
        'shortcircuit.contract.price', "Price", required=True,
        ondelete='CASCADE')
    start_date = fields.Date(
        "Start Date", required=True,
        help="The first day of delivery the price applies to.")
    unit_price = Monetary(
        "Unit Price", currency='currency', digits=price_digits, required=True,
        domain=[
            ('unit_price', '>=', 0),
            ],
        help="Excluding taxes.")
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('price')
        cls._sql_constraints += [
            ('start_date_unique', Unique(t, t.price, t.start_date),
                'shortcircuit_collective.msg_contract_price_version_unique'),
            ]
        cls._order = [
            ('start_date', 'DESC'),
            ('id', 'DESC'),
            ]

    @fields.depends('price', '_parent_price.lot')
    def on_change_with_currency(self, name=None):
        if self.price and self.price.lot and self.price.lot.contract:
            return self.price.lot.contract.currency

    def get_sale_price(self, unit):
        "Return the price of the unit excl. tax, as the lines of sale have it"
        pool = Pool()
        Uom = pool.get('product.uom')
        return round_price(Uom.compute_price(
                self.price.unit, self.unit_price, unit))

    def get_rec_name(self, name):
        pool = Pool()
        Lang = pool.get('ir.lang')
        return (f'{self.price.rec_name} '
            f'({Lang.get().strftime(self.start_date)})')

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('price.rec_name', *clause[1:])]

    @classmethod
    def check_modification(cls, mode, versions, values=None, external=False):
        pool = Pool()
        Line = pool.get('sale.line')
        super().check_modification(
            mode, versions, values=values, external=external)
        if mode in {'write', 'delete'}:
            lines = Line.search([
                    ('contract_price_version', 'in', [v.id for v in versions]),
                    ], limit=1)
            if lines:
                line, = lines
                raise AccessError(gettext(
                        'shortcircuit_collective'
                        '.msg_contract_price_version_used',
                        version=line.contract_price_version.rec_name,
                        sale=line.sale.rec_name))


class PriceProduct(ScheduleMixin, ModelSQL):
    __name__ = 'shortcircuit.contract.price-product.product'

    price = fields.Many2One(
        'shortcircuit.contract.price', "Price", required=True,
        ondelete='CASCADE')
    product = fields.Many2One(
        'product.product', "Product", required=True, ondelete='RESTRICT')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('price')


class PriceLabel(ModelSQL):
    __name__ = 'shortcircuit.contract.price-shortcircuit.label'

    price = fields.Many2One(
        'shortcircuit.contract.price', "Price", required=True,
        ondelete='CASCADE')
    label = fields.Many2One(
        'shortcircuit.label', "Label", required=True, ondelete='RESTRICT')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('price')


class Product(metaclass=PoolMeta):
    __name__ = 'product.product'

    contract_prices = fields.One2Many(
        'shortcircuit.contract.price-product.product', 'product',
        "Contract Prices", readonly=True)

    @classmethod
    def copy(cls, products, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('contract_prices', None)
        return super().copy(products, default=default)
