# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import fields
from trytond.pool import PoolMeta
from trytond.pyson import Eval

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


class Template(metaclass=PoolMeta):
    __name__ = 'product.template'

    shortcircuit_family = fields.Selection(
        [(None, "")] + FAMILIES, "Family", sort=False,
        help="The family the product is declared in for EGAlim.")
    shortcircuit_origin = fields.Many2One(
        'country.country', "Country of Production", ondelete='RESTRICT')
    storage_class = fields.Selection([
            ('ambient', "Ambient"),
            ('chilled', "Chilled"),
            ('frozen', "Frozen"),
            ], "Storage Class", sort=False,
        states={
            'invisible': Eval('type') == 'service',
            })

    @classmethod
    def default_storage_class(cls):
        return 'ambient'


class Product(metaclass=PoolMeta):
    __name__ = 'product.product'

    mercuriale_lines = fields.One2Many(
        'shortcircuit.mercuriale.line', 'product', "Mercuriale Lines",
        readonly=True)

    @classmethod
    def copy(cls, products, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('mercuriale_lines', None)
        return super().copy(products, default=default)
