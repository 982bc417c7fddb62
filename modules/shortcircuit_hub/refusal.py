# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

"What of a delivery is refused, with the reason and a photo"

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.shortcircuit_catalog.period import PeriodMixin
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Date, Eval
from trytond.transaction import without_check_access
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .exceptions import DeliveryError


class RefusalReason(PeriodMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.refusal.reason'

    name = fields.Char("Name", required=True, translate=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('name', 'ASC'), ('id', 'ASC')]

    @classmethod
    def default_start_date(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        return Date.today()


class DeliveryLine(metaclass=PoolMeta):
    __name__ = 'shortcircuit.delivery.line'

    _states = {
        'invisible': ~Eval('refused_quantity'),
        }

    refused_quantity = fields.Float(
        "Refused", digits='unit', readonly=True, states=_states)
    refusal_reason = fields.Many2One(
        'shortcircuit.refusal.reason', "Reason of the Refusal",
        readonly=True, ondelete='RESTRICT', states=_states)
    refusal_note = fields.Char(
        "Note on the Refusal", readonly=True,
        states={
            'invisible': ~Eval('refusal_note'),
            })
    photo = fields.Function(
        fields.Binary("Photo", states=_states), 'get_photo')

    del _states

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'refuse': {
                    'invisible': ~Eval('delivery_state').in_(
                        ['draft', 'received']),
                    'icon': 'tryton-cancel',
                    'depends': ['delivery_state'],
                    },
                })

    @fields.depends('refused_quantity')
    def on_change_with_case(self, name=None):
        if self.refused_quantity:
            return 'refused'
        return super().on_change_with_case(name=name)

    def get_photo(self, name):
        pool = Pool()
        Attachment = pool.get('ir.attachment')
        # Who reads the line reads its photos
        with without_check_access():
            photos = Attachment.search([
                    ('resource', '=', str(self)),
                    ('type', '=', 'data'),
                    ], limit=1)
            return photos[0].data if photos else None

    @classmethod
    @ModelView.button_action('shortcircuit_hub.wizard_refuse')
    def refuse(cls, lines):
        pass

    @classmethod
    def copy(cls, lines, default=None):
        default = default.copy() if default is not None else {}
        for name in ['refused_quantity', 'refusal_reason', 'refusal_note']:
            default.setdefault(name, None)
        return super().copy(lines, default=default)


class Refuse(Wizard):
    __name__ = 'shortcircuit.delivery.line.refuse'

    start = StateView(
        'shortcircuit.delivery.line.refuse.start',
        'shortcircuit_hub.refuse_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Refuse", 'refuse', 'tryton-ok', default=True),
            ])
    refuse = StateTransition()

    def default_start(self, fields):
        line = self.record
        brought = line.expected if line.quantity is None else line.quantity
        return {
            'date': line.delivery.date,
            'product': line.product.id,
            'unit': line.unit.id,
            'quantity': line.quantity if line.refused_quantity else 0,
            'refused_quantity': line.refused_quantity or brought or None,
            'reason': line.refusal_reason.id if line.refusal_reason else None,
            'note': line.refusal_note,
            }

    def transition_refuse(self):
        self.start.refuse(self.record)
        return 'end'

    def end(self):
        return 'reload'


class RefuseStart(ModelView):
    __name__ = 'shortcircuit.delivery.line.refuse.start'

    date = fields.Date("Date", readonly=True)
    product = fields.Many2One('product.product', "Product", readonly=True)
    unit = fields.Many2One('product.uom', "Unit", readonly=True)
    refused_quantity = fields.Float(
        "Refused", digits='unit', required=True,
        domain=[
            ('refused_quantity', '>', 0),
            ])
    quantity = fields.Float(
        "Accepted", digits='unit', required=True,
        domain=[
            ('quantity', '>=', 0),
            ],
        help="What is received nevertheless.")
    reason = fields.Many2One(
        'shortcircuit.refusal.reason', "Reason", required=True,
        domain=[
            ('start_date', '<=', Eval('date', Date())),
            ['OR',
                ('end_date', '=', None),
                ('end_date', '>=', Eval('date', Date())),
                ],
            ])
    note = fields.Char("Note")
    photo = fields.Binary("Photo", filename='photo_name')
    photo_name = fields.Char("Name of the Photo")

    def refuse(self, line):
        """
        Write the refusal on the line and attach its photo.

        What is refused once it is received goes back by a correction.
        """
        pool = Pool()
        Attachment = pool.get('ir.attachment')
        if line.delivery_state == 'received':
            line.apply_correction(
                {'quantity': self.quantity}, self.reason.rec_name)
        elif line.delivery_state != 'draft':
            raise DeliveryError(gettext(
                    'shortcircuit_hub.msg_delivery_refuse_received',
                    line=line.rec_name))
        line = line.__class__(line.id)
        line.quantity = self.quantity
        line.refused_quantity = self.refused_quantity
        line.refusal_reason = self.reason
        line.refusal_note = self.note
        line.save()
        if self.photo:
            Attachment(
                resource=line, type='data', data=self.photo,
                name=self.photo_name or self.reason.rec_name).save()
