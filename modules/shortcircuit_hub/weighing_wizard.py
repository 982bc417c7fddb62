# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The weights of the pieces of a line, typed or pasted beside the scales"

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.model.exceptions import AccessError
from trytond.pyson import Eval
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .exceptions import WeightError
from .weighing import WeightsMixin, read_weights


class Weigh(Wizard):
    __name__ = 'shortcircuit.delivery.line.weigh'

    start = StateView(
        'shortcircuit.delivery.line.weigh.start',
        'shortcircuit_hub.weigh_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Weigh", 'weigh', 'tryton-ok', default=True),
            ])
    weigh = StateTransition()

    def default_start(self, fields):
        line = self.record
        return {
            'product': line.product.id,
            'unit': line.unit.id,
            'expected': line.expected,
            'weights': line.weights,
            }

    def transition_weigh(self):
        line = self.record
        if line.delivery_state != 'draft':
            raise AccessError(gettext(
                    'shortcircuit_hub.msg_delivery_line_modify',
                    line=line.rec_name))
        line.set_weights(self.start.weights)
        line.save()
        return 'end'

    def end(self):
        return 'reload'


class WeighStart(WeightsMixin, ModelView):
    __name__ = 'shortcircuit.delivery.line.weigh.start'

    product = fields.Many2One('product.product', "Product", readonly=True)
    unit = fields.Many2One('product.uom', "Unit", readonly=True)
    expected = fields.Float("Expected", digits='unit', readonly=True)
    pieces = fields.Function(
        fields.Integer("Pieces", help="How many weights are read."),
        'on_change_with_pieces')
    unread = fields.Function(
        fields.Char(
            "Not Read",
            states={
                'invisible': ~Eval('unread'),
                },
            help="What is not the weight of a piece."),
        'on_change_with_unread')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.weights.required = True

    @fields.depends(methods=['_read_weights'])
    def on_change_with_pieces(self, name=None):
        return len(self._read_weights())

    @fields.depends('weights', 'product')
    def on_change_with_unread(self, name=None):
        if not self.product:
            return None
        try:
            read_weights(self.weights or '', self.product.sale_uom)
        except WeightError as error:
            return str(error)
