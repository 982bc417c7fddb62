# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What is received by the piece is weighed once, each piece being a lot"

from decimal import Decimal, InvalidOperation

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval

from .exceptions import DeliveryError, WeightError


class WeightsMixin:
    "What the pieces of the product weigh"
    __slots__ = ()

    weights = fields.Text(
        "Weights",
        help="What each piece weighs in the unit of sale of the product, "
        "typed or pasted, with a space or a new line between them.")
    weight = fields.Function(
        fields.Float(
            "Weight", digits='weight_unit',
            help="What all the pieces weigh."),
        'on_change_with_weight')
    weight_unit = fields.Function(
        fields.Many2One('product.uom', "Unit of Weight"),
        'on_change_with_weight_unit')

    @fields.depends('product')
    def on_change_with_weight_unit(self, name=None):
        return self.product.sale_uom if self.product else None

    @fields.depends(methods=['_read_weights'])
    def on_change_with_weight(self, name=None):
        return float(sum(self._read_weights()))

    @fields.depends('weights', 'product')
    def _read_weights(self):
        "Return the weights, as Decimals, none if one cannot be read"
        try:
            return read_weights(self.weights or '', self.product.sale_uom)
        except (AttributeError, WeightError):
            return []


class DeliveryLine(WeightsMixin, metaclass=PoolMeta):
    __name__ = 'shortcircuit.delivery.line'

    piece_weight = fields.Function(
        fields.Float("Weight of a Piece", digits='weight_unit'),
        'on_change_with_piece_weight')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.weights.states = {
            'readonly': Eval('delivery_state') != 'draft',
            'invisible': ~Eval('piece_weight', None),
            }
        cls.weight.states['invisible'] = ~Eval('piece_weight', None)
        cls._buttons.update({
                'weigh': {
                    'invisible': ((Eval('delivery_state') != 'draft')
                        | ~Eval('piece_weight', None)),
                    'depends': ['delivery_state', 'piece_weight'],
                    },
                })

    @fields.depends('product')
    def on_change_with_piece_weight(self, name=None):
        return self.product.piece_weight if self.product else None

    @fields.depends(
        'weights', 'quantity',
        methods=['_read_weights', 'on_change_with_case'])
    def on_change_weights(self):
        if self.weights:
            self.quantity = float(len(self._read_weights()))
            self.case = self.on_change_with_case()

    @classmethod
    @ModelView.button_action('shortcircuit_hub.wizard_weigh')
    def weigh(cls, lines):
        pass

    def set_weights(self, weights):
        """
        Set what the pieces weigh, and how many they are.

        DeliveryError is raised if a weight cannot be read or is not that of a
        piece.
        """
        self.weights = weights
        self.quantity = float(len(self._read_weights()))
        self.get_weights()

    def get_weights(self):
        """
        Return what each received piece weighs in the unit of sale, as floats.

        DeliveryError is raised if a weight cannot be read or is not that of a
        piece, or if there are more or less of them than pieces.
        """
        product = self.product
        values = {
            'delivery': self.delivery.rec_name,
            'product': product.rec_name,
            'unit': product.sale_uom.symbol,
            }
        try:
            weights = read_weights(self.weights or '', product.sale_uom)
        except WeightError as error:
            raise DeliveryError(gettext(
                    'shortcircuit_hub.msg_delivery_weight',
                    weight=error, **values)) from error
        if len(weights) != self.quantity:
            raise DeliveryError(gettext(
                    'shortcircuit_hub.msg_delivery_weights',
                    pieces=int(self.quantity), weights=len(weights),
                    **values))
        return [float(w) for w in weights]

    def get_lots(self):
        pool = Pool()
        Uom = pool.get('product.uom')
        if not self.product.piece_weight:
            return super().get_lots()
        lots = []
        for number, weight in enumerate(self.get_weights(), 1):
            lot = self.get_lot()
            lot.number = f'{lot.number}-{number}'
            lot.piece_weight = Uom.compute_qty(
                self.product.sale_uom, weight, self.product.default_uom)
            lots.append(lot)
        return lots

    def get_move(self, lot, to_location):
        move = super().get_move(lot, to_location)
        if lot.piece_weight:
            move.unit, move.quantity = lot.get_moved(self.unit, 1)
        return move

    @classmethod
    def copy(cls, lines, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('weights', None)
        return super().copy(lines, default=default)


class Lot(metaclass=PoolMeta):
    __name__ = 'stock.lot'

    piece_weight = fields.Float(
        "Weight of the Piece", digits='default_uom', readonly=True,
        states={
            'invisible': ~Eval('piece_weight', None),
            },
        help="What the only piece of the lot weighs, in the default unit of "
        "the product.")

    def get_order_quantity(self, quantity):
        """
        Count in the unit of order of the product what is left of the lot.

        quantity is in the default unit. A piece counts only if it is whole,
        what was never weighed by the piece does not.
        """
        product = self.product
        if product.piece_weight:
            return float(bool(
                    self.piece_weight and quantity >= self.piece_weight))
        return product.get_order_quantity(quantity, product.default_uom)

    def get_moved(self, unit, quantity):
        """
        Return the unit and the quantity to move of an ordered quantity.

        A piece moves by its weight, in the default unit of the product.
        """
        default_uom = self.product.default_uom
        if self.piece_weight and unit.category != default_uom.category:
            return default_uom, default_uom.round(
                quantity * self.piece_weight)
        return unit, quantity


class AllocationLine(metaclass=PoolMeta):
    __name__ = 'shortcircuit.allocation.line'

    def get_order_values(self):
        pool = Pool()
        Uom = pool.get('product.uom')
        product, sale_line = self.product, self.sale_line
        if not product.piece_weight:
            return super().get_order_values()
        unit = sale_line.unit
        weight = sum(
            Uom.compute_qty(*l.get_moved(), unit, round=False)
            for l in self.lots)
        values = {'allocated_quantity': unit.round(weight)}
        if sale_line.pieces is not None:
            # What nobody has weighed yet keeps its nominal weight
            missing = product.get_sale_quantity(
                sale_line.pieces - self.quantity)
            values['quantity'] = unit.round(weight + Uom.compute_qty(
                    product.sale_uom, missing, unit, round=False))
        return values


class SaleLine(metaclass=PoolMeta):
    __name__ = 'sale.line'

    def get_invoice_line(self):
        lines = super().get_invoice_line()
        for line in lines:
            pieces = sum(
                bool(m.lot and m.lot.piece_weight) for m in line.stock_moves)
            if pieces:
                line.description = '\n'.join(filter(None, [
                            line.description, gettext(
                                'shortcircuit_hub.msg_invoice_pieces',
                                pieces=pieces)]))
        return lines


def read_weights(text, unit):
    """
    Read the weights of pieces that are separated by blanks or semicolons.

    The decimals are after a point or a comma. Return the list of Decimals.
    Raise WeightError with the text that is no weight of the unit.
    """
    weights = []
    for word in text.replace(';', ' ').split():
        try:
            weight = Decimal(word.strip(',').replace(',', '.'))
        except InvalidOperation as error:
            raise WeightError(word) from error
        if not (weight.is_finite() and weight > 0
                and weight % Decimal(repr(unit.rounding)) == 0):
            raise WeightError(word)
        weights.append(weight)
    return weights
