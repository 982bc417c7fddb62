# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What is ordered by the piece and invoiced by weight"

from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval, Id, If

from .exceptions import OrderError
from .order_fill import format_quantity


class Template(metaclass=PoolMeta):
    __name__ = 'product.template'

    piece_weight = fields.Float(
        "Weight of a Piece", digits='sale_uom',
        domain=[
            If(Bool(Eval('piece_weight', None)),
                ('piece_weight', '>', 0),
                ()),
            If(Eval('default_uom_category', -1) != Id(
                    'product', 'uom_cat_weight'),
                ('piece_weight', '=', None),
                ()),
            ],
        states={
            'invisible': (~Eval('salable', False)
                | (Eval('default_uom_category', -1)
                    != Id('product', 'uom_cat_weight'))),
            },
        depends={'default_uom_category'},
        help="The nominal weight in the unit of sale. When it is set the "
        "product is ordered by the piece and invoiced by what each piece "
        "weighs.")

    @property
    def ordering_uom(self):
        "The unit in which the product is offered and ordered"
        pool = Pool()
        ModelData = pool.get('ir.model.data')
        Uom = pool.get('product.uom')
        if self.piece_weight:
            return Uom(ModelData.get_id('shortcircuit_catalog', 'uom_piece'))
        return self.sale_uom

    def get_order_quantity(self, quantity, unit, round=True):
        "Convert a quantity of the unit to the unit of order"
        pool = Pool()
        Uom = pool.get('product.uom')
        quantity = Uom.compute_qty(unit, quantity, self.sale_uom, round=False)
        if self.piece_weight:
            quantity /= self.piece_weight
        return self.ordering_uom.round(quantity) if round else quantity

    def get_sale_quantity(self, quantity):
        "Convert a quantity of the unit of order to the unit of sale"
        if self.piece_weight:
            quantity *= self.piece_weight
        return self.sale_uom.round(quantity)

    def get_order_values(self, quantity):
        "Return the values of the line that orders so much in the unit of sale"
        return {
            'pieces': int(quantity) if self.piece_weight else None,
            'quantity': self.get_sale_quantity(quantity),
            }


class Product(metaclass=PoolMeta):
    __name__ = 'product.product'

    @property
    def ordering_uom(self):
        return self.template.ordering_uom

    def get_order_quantity(self, quantity, unit, round=True):
        return self.template.get_order_quantity(quantity, unit, round=round)

    def get_sale_quantity(self, quantity):
        return self.template.get_sale_quantity(quantity)

    def get_order_values(self, quantity):
        return self.template.get_order_values(quantity)


class MercurialeLine(metaclass=PoolMeta):
    __name__ = 'shortcircuit.mercuriale.line'

    @property
    def ordering_price(self):
        "The price of the unit of order, about if it is invoiced by weight"
        weight = self.product.template.piece_weight
        return self.unit_price * Decimal(repr(weight or 1))

    @property
    def piece_name(self):
        "Say what a piece weighs, None if it is not invoiced by weight"
        template = self.product.template
        if template.piece_weight:
            return gettext(
                'shortcircuit_catalog.msg_piece_weight',
                weight=format_quantity(
                    template.piece_weight, template.sale_uom),
                unit=template.sale_uom.symbol)


class SaleLine(metaclass=PoolMeta):
    __name__ = 'sale.line'

    pieces = fields.Integer(
        "Pieces",
        domain=[
            'OR',
            ('pieces', '=', None),
            ('pieces', '>', 0),
            ],
        states={
            'invisible': ~Eval('piece_weight', None),
            'readonly': Eval('sale_state') != 'draft',
            },
        help="What is ordered; the quantity is what they weigh, about until "
        "they are weighed.")
    piece_weight = fields.Function(
        fields.Float("Weight of a Piece", digits='unit'),
        'on_change_with_piece_weight')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.quantity.states['readonly'] = (
            cls.quantity.states.get('readonly', False)
            | Bool(Eval('piece_weight', None)))

    @fields.depends('product', 'mercuriale')
    def on_change_with_piece_weight(self, name=None):
        # What comes back, or is sold apart, is already weighed
        if self.product and self.mercuriale:
            return self.product.piece_weight

    @fields.depends('pieces',
        methods=[
            'on_change_with_piece_weight', 'get_pieces_quantity',
            'on_change_quantity'])
    def on_change_pieces(self):
        if self.on_change_with_piece_weight():
            self.quantity = self.get_pieces_quantity()
            self.on_change_quantity()

    @fields.depends('pieces', 'quantity',
        methods=['on_change_with_piece_weight', 'on_change_pieces'])
    def on_change_product(self):
        super().on_change_product()
        self.piece_weight = self.on_change_with_piece_weight()
        if not self.piece_weight:
            self.pieces = None
        elif self.pieces or self.quantity:
            # What was typed before the product is what is ordered
            self.pieces = self.pieces or int(self.quantity)
            self.on_change_pieces()

    @fields.depends('pieces', 'product', 'unit')
    def get_pieces_quantity(self):
        "Return in the unit of the line what the pieces weigh about"
        pool = Pool()
        Uom = pool.get('product.uom')
        if self.pieces is None:
            return
        product = self.product
        return Uom.compute_qty(
            product.sale_uom, product.get_sale_quantity(self.pieces),
            self.unit or product.sale_uom)

    def set_order_quantity(self, quantity):
        "Order a quantity of the unit of order, the unit being that of sale"
        for name, value in self.product.get_order_values(quantity).items():
            setattr(self, name, value)

    def get_order_quantity(self, round=True):
        "Return the quantity in the unit of order of the product"
        if self.product.piece_weight and self.pieces is not None:
            return float(self.pieces)
        return self.product.get_order_quantity(
            self.quantity, self.unit, round=round)

    def check_pieces(self):
        "Refuse what is ordered by weight instead of by the piece"
        if not self.product.piece_weight:
            return
        if (self.pieces is None
                or self.quantity != self.get_pieces_quantity()):
            raise OrderError(gettext(
                    'shortcircuit_catalog.msg_order_pieces',
                    line=self.rec_name))

    @classmethod
    def copy(cls, lines, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('pieces', None)
        return super().copy(lines, default=default)
