# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval, If

# The eight families of the State's platform ma cantine
# (famille_produits of its import schema of purchases)
FAMILIES = [
    ('VIANDES_VOLAILLES', "Meat and Poultry"),
    ('CHARCUTERIE', "Cured Meats"),
    ('PRODUITS_DE_LA_MER', "Seafood"),
    ('FRUITS_ET_LEGUMES', "Fruit and Vegetables"),
    ('PRODUITS_LAITIERS', "Dairy and Eggs"),
    ('BOULANGERIE', "Bakery"),
    ('BOISSONS', "Beverages"),
    ('AUTRES', "Other"),
    ]

# The substances of annex II of the regulation (EU) 1169/2011
ALLERGENS = [
    ('gluten', "Gluten"),
    ('crustaceans', "Crustaceans"),
    ('eggs', "Eggs"),
    ('fish', "Fish"),
    ('peanuts', "Peanuts"),
    ('soybeans', "Soybeans"),
    ('milk', "Milk"),
    ('nuts', "Nuts"),
    ('celery', "Celery"),
    ('mustard', "Mustard"),
    ('sesame', "Sesame"),
    ('sulphites', "Sulphites"),
    ('lupin', "Lupin"),
    ('molluscs', "Molluscs"),
    ]

MONTHS = [
    ('01', "January"),
    ('02', "February"),
    ('03', "March"),
    ('04', "April"),
    ('05', "May"),
    ('06', "June"),
    ('07', "July"),
    ('08', "August"),
    ('09', "September"),
    ('10', "October"),
    ('11', "November"),
    ('12', "December"),
    ]


class Template(metaclass=PoolMeta):
    __name__ = 'product.template'

    shortcircuit_family = fields.Selection(
        [(None, "")] + FAMILIES, "Family", sort=False,
        help="The family the product is declared in for EGAlim.")
    shortcircuit_origin = fields.Many2One(
        'country.country', "Country of Production", ondelete='RESTRICT')
    shortcircuit_subdivision = fields.Many2One(
        'country.subdivision', "Region of Production", ondelete='RESTRICT',
        domain=[
            ('country', '=', Eval('shortcircuit_origin', -1)),
            ],
        states={
            'invisible': ~Eval('shortcircuit_origin'),
            })
    shortcircuit_municipality = fields.Char("Municipality of Production")
    seasons = fields.MultiSelection(
        MONTHS, "Season", sort=False,
        help="The months in which the product is to be had.\n"
        "Leave empty for the whole year.")
    allergens = fields.MultiSelection(
        ALLERGENS, "Allergens", sort=False,
        help="What the product contains, among the 14 allergens that must "
        "be declared.")
    storage_class = fields.Selection([
            ('ambient', "Ambient"),
            ('chilled', "Chilled"),
            ('frozen', "Frozen"),
            ], "Storage Class", sort=False,
        states={
            'invisible': Eval('type') == 'service',
            })
    temperature_min = fields.Numeric(
        "Minimal Temperature", digits=(3, 1),
        domain=[
            If(Bool(Eval('temperature_min', None))
                & Bool(Eval('temperature_max', None)),
                ('temperature_min', '<=', Eval('temperature_max', None)),
                ()),
            ],
        states={
            'invisible': Eval('type') == 'service',
            },
        help="In degrees Celsius, from the reception to the delivery.")
    temperature_max = fields.Numeric(
        "Maximal Temperature", digits=(3, 1),
        states={
            'invisible': Eval('type') == 'service',
            },
        help="In degrees Celsius, from the reception to the delivery.")

    @classmethod
    def default_storage_class(cls):
        return 'ambient'

    def is_in_season(self, date):
        return not self.seasons or date.strftime('%m') in self.seasons


class Product(metaclass=PoolMeta):
    __name__ = 'product.product'

    mercuriale_lines = fields.One2Many(
        'shortcircuit.mercuriale.line', 'product', "Mercuriale Lines",
        readonly=True)
    producers = fields.One2Many(
        'shortcircuit.producer.product', 'product', "Producers")

    @classmethod
    def copy(cls, products, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('mercuriale_lines', None)
        default.setdefault('producers', None)
        return super().copy(products, default=default)

    def measure_of(self, name, unit, measure):
        """
        Return the weight or the volume of a unit of the product.

        name is 'weight' or 'volume', measure is the unit of what is returned.
        Return None if nobody has measured it.
        """
        pool = Pool()
        Uom = pool.get('product.uom')
        if unit.category == measure.category:
            return Uom.compute_qty(unit, 1, measure, round=False)
        if quantity := getattr(self, name):
            units = Uom.compute_qty(unit, 1, self.default_uom, round=False)
            return units * Uom.compute_qty(
                getattr(self, f'{name}_uom'), quantity, measure, round=False)
