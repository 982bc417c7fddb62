# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from collections import defaultdict
from decimal import Decimal

from trytond.model import fields
from trytond.modules.product import price_digits, round_price
from trytond.pool import Pool
from trytond.transaction import Transaction

from .durability import DURABILITY_KINDS, DURABILITY_STARTS
from .product import ALLERGENS, FAMILIES, MONTHS
from .rows import write_grouped
from .table_row import TableRow, cell_error


class ProductRow(TableRow):
    __name__ = 'shortcircuit.table.product'

    _model = 'product.template'
    _columns = [
        'code', 'name', 'unit', 'account_category', 'piece_weight', 'family',
        'storage_class', 'temperature_min', 'temperature_max',
        'durability_kind', 'durability_days', 'durability_from', 'origin',
        'municipality', 'seasons', 'allergens']
    _key = ('code',)
    _positive = {'piece_weight'}
    _signed = {'temperature_min', 'temperature_max'}
    _lookups = {
        'unit': ['symbol', 'name'],
        'account_category': ['name'],
        'origin': ['code', 'name'],
        }

    code = fields.Char("Code", required=True)
    name = fields.Char("Name", required=True)
    unit = fields.Many2One('product.uom', "Unit", required=True)
    account_category = fields.Many2One(
        'product.category', "Account Category", required=True)
    piece_weight = fields.Float("Weight of a Piece")
    family = fields.Selection(FAMILIES, "Family")
    storage_class = fields.Selection([
            ('ambient', "Ambient"),
            ('chilled', "Chilled"),
            ('frozen', "Frozen"),
            ], "Storage Class")
    temperature_min = fields.Numeric("Minimal Temperature")
    temperature_max = fields.Numeric("Maximal Temperature")
    durability_kind = fields.Selection(DURABILITY_KINDS, "Date")
    durability_days = fields.Integer("Days to the Date")
    durability_from = fields.Selection(DURABILITY_STARTS, "Counted from")
    origin = fields.Many2One('country.country', "Country of Production")
    municipality = fields.Char("Municipality of Production")
    seasons = fields.MultiSelection(MONTHS, "Season")
    allergens = fields.MultiSelection(ALLERGENS, "Allergens")

    # The columns and the fields of the product they are
    _fields_of_template = {
        'name': 'name',
        'unit': 'default_uom',
        'account_category': 'account_category',
        'piece_weight': 'piece_weight',
        'family': 'shortcircuit_family',
        'storage_class': 'storage_class',
        'temperature_min': 'temperature_min',
        'temperature_max': 'temperature_max',
        'durability_kind': 'durability_kind',
        'durability_days': 'durability_days',
        'durability_from': 'durability_from',
        'origin': 'shortcircuit_origin',
        'municipality': 'shortcircuit_municipality',
        'seasons': 'seasons',
        'allergens': 'allergens',
        }

    @classmethod
    def _domain(cls, name):
        if name == 'account_category':
            return [('accounting', '=', True)]
        return super()._domain(name)

    @classmethod
    def complete(cls, changes, start):
        super().complete(changes, start)
        for change in changes:
            if change.values.get('durability_from', 'reception') is None:
                change.values['durability_from'] = 'reception'

    @classmethod
    def find(cls, values, start):
        pool = Pool()
        Product = pool.get('product.product')
        products = Product.search([
                ('code', 'in', [v['code'] for v in values]),
                ])
        return {(p.code,): p for p in products}

    @classmethod
    def get_current(cls, product):
        current = {
            n: getattr(product.template, f)
            for n, f in cls._fields_of_template.items()}
        for name in ['seasons', 'allergens']:
            current[name] = tuple(sorted(current[name] or ()))
        return {'code': product.code, **current}

    @classmethod
    def check(cls, change, start):
        yield from super().check(change, start)
        if 'unit' in change.names:
            # What is recorded of the product is counted in it
            yield cls.labels()['unit'], str(cell_error('unit'))
        yield from cls._check_piece(change)
        yield from cls._check_temperatures(change.values)

    @classmethod
    def _check_piece(cls, change):
        label, unit = cls.labels()['piece_weight'], change.values['unit']
        weight = change.values.get('piece_weight')
        if weight and unit.category != get_weight_category():
            yield label, str(cell_error('piece'))
        elif weight and unit.round(weight) != weight:
            yield label, str(cell_error(
                    'rounding', unit=unit.rec_name, rounding=unit.rounding))
        elif ('piece_weight' in change.names and bool(weight)
                != bool(change.record.template.piece_weight)):
            # What is recorded of the product is counted in pieces, or not
            yield label, str(cell_error('unit'))

    @classmethod
    def _check_temperatures(cls, values):
        names = ['temperature_min', 'temperature_max']
        for name in names:
            value = values.get(name)
            if value is not None and value != round(value, 1):
                yield cls.labels()[name], str(cell_error('digits', digits=1))
        low, high = map(values.get, names)
        if low is not None and high is not None and low > high:
            yield cls.labels()['temperature_max'], str(
                cell_error('temperatures'))

    @classmethod
    def save(cls, changes, start):
        pool = Pool()
        Template = pool.get('product.template')
        Template.create([
                cls._get_created(c.values) for c in changes if not c.record])
        grouped = defaultdict(list)
        for change in changes:
            if change.record:
                grouped[change.record.template].append(
                    cls._get_written(change.values, change.names))
        write_grouped(Template, {t: v[0] for t, v in grouped.items()})

    @classmethod
    def _get_created(cls, values):
        return {
            'code': values['code'],
            'type': 'goods',
            'salable': True,
            'sale_uom': values['unit'].id,
            'list_price': Decimal(0),
            'products': [('create', [{}])],
            **cls._get_written(values, values.keys() - {'code'}),
            }

    @classmethod
    def _get_written(cls, values, names):
        written = {}
        for name in names:
            value = values[name]
            written[cls._fields_of_template[name]] = (
                list(value) if isinstance(value, tuple)
                else getattr(value, 'id', value))
        return written


class PriceRow(TableRow):
    __name__ = 'shortcircuit.table.price'

    _model = 'shortcircuit.mercuriale.line'
    _columns = [
        'product', 'producer', 'unit_price', 'case_quantity', 'multiple',
        'minimum']
    _key = ('producer', 'product')
    _lookups = {
        'product': ['code', 'template.name'],
        'producer': ['party.code', 'party.name'],
        }
    _positive = {'case_quantity', 'multiple', 'minimum'}

    product = fields.Many2One('product.product', "Product", required=True)
    producer = fields.Many2One('shortcircuit.producer', "Producer")
    unit_price = fields.Numeric("Unit Price", required=True)
    case_quantity = fields.Float("Case Quantity")
    multiple = fields.Float("Multiple")
    minimum = fields.Float("Minimum")

    @classmethod
    def _domain(cls, name):
        if name == 'producer':
            return producer_domain()
        return [('salable', '=', True)]

    @classmethod
    def find(cls, values, start):
        return {
            (line.producer, line.product): line
            for line in start.mercuriale.lines}

    @classmethod
    def check(cls, change, start):
        yield from super().check(change, start)
        yield from check_quantities(
            cls, change.values, ['case_quantity', 'multiple', 'minimum'])
        if round_price(change.values['unit_price']) != (
                change.values['unit_price']):
            yield cls.labels()['unit_price'], str(cell_error(
                    'digits', digits=price_digits[1]))
        producer = change.values.get('producer')
        if producer and change.values['product'] not in {
                p.product for p in producer.products}:
            yield cls.labels()['producer'], str(cell_error(
                    'producer', producer=producer.rec_name))

    @classmethod
    def save(cls, changes, start):
        pool = Pool()
        Line = pool.get('shortcircuit.mercuriale.line')
        save_records(
            Line, changes, {'mercuriale': start.mercuriale.id})


class OfferRow(TableRow):
    __name__ = 'shortcircuit.table.offer'

    _model = 'shortcircuit.offer'
    _columns = ['producer', 'product', 'quantity']
    _key = ('producer', 'product')
    _lookups = {
        'producer': ['party.code', 'party.name'],
        'product': ['code', 'template.name'],
        }

    producer = fields.Many2One(
        'shortcircuit.producer', "Producer", required=True)
    product = fields.Many2One('product.product', "Product", required=True)
    quantity = fields.Float("Quantity", required=True)

    @classmethod
    def _domain(cls, name):
        if name == 'producer':
            return producer_domain()
        return super()._domain(name)

    @classmethod
    def find(cls, values, start):
        return {(o.producer, o.product): o for o in start.cycle.offers}

    @classmethod
    def check(cls, change, start):
        yield from super().check(change, start)
        yield from check_quantities(cls, change.values, ['quantity'])

    @classmethod
    def save(cls, changes, start):
        pool = Pool()
        Offer = pool.get('shortcircuit.offer')
        save_records(Offer, changes, {'cycle': start.cycle.id})


def get_weight_category():
    pool = Pool()
    Category = pool.get('product.uom.category')
    ModelData = pool.get('ir.model.data')
    return Category(ModelData.get_id('product', 'uom_cat_weight'))


def producer_domain():
    return [
        ('state', '=', 'active'),
        ('company', '=', Transaction().context.get('company')),
        ]


def check_quantities(Row, values, names):
    "Yield what the unit of order of the product cannot count"
    unit = values['product'].ordering_uom
    for name in names:
        quantity = values.get(name)
        if quantity and unit.round(quantity) != quantity:
            yield Row.labels()[name], str(cell_error(
                    'rounding', unit=unit.rec_name, rounding=unit.rounding))


def save_records(Model, changes, defaults):
    "Create and write the records of which the columns are the fields"
    def get_values(values, names):
        return {n: getattr(values[n], 'id', values[n]) for n in names}
    Model.create([
            {**defaults, **get_values(c.values, c.values)}
            for c in changes if not c.record])
    args = []
    for change in changes:
        if change.record:
            args.extend([
                    [change.record], get_values(change.values, change.names)])
    if args:
        Model.write(*args)
