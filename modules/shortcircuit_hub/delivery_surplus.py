# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

"What a producer brings that nobody ordered"

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .exceptions import DeliveryError


class Delivery(metaclass=PoolMeta):
    __name__ = 'shortcircuit.delivery'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'add_surplus': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-add',
                    'depends': ['state'],
                    },
                })

    @classmethod
    @ModelView.button_action('shortcircuit_hub.wizard_surplus')
    def add_surplus(cls, deliveries):
        pass


class DeliveryLine(metaclass=PoolMeta):
    __name__ = 'shortcircuit.delivery.line'

    surplus = fields.Boolean(
        "Not Ordered", readonly=True,
        states={
            'invisible': ~Eval('surplus'),
            },
        help="It is accepted beside what was offered and ordered.")

    @property
    def needs_offer(self):
        return super().needs_offer and not self.surplus

    @classmethod
    def check_receive(cls, lines):
        super().check_receive(lines)
        cls.check_surplus([l for l in lines if l.surplus and l.quantity])

    @classmethod
    def check_surplus(cls, lines):
        "Refuse what the producer could not have offered"
        pool = Pool()
        Offer = pool.get('shortcircuit.offer')
        Offer.check_sanitary([
                Offer(
                    cycle=l.delivery.cycle, producer=l.delivery.producer,
                    product=l.product, quantity=l.quantity)
                for l in lines])


class Surplus(Wizard):
    __name__ = 'shortcircuit.delivery.surplus'

    start = StateView(
        'shortcircuit.delivery.surplus.start',
        'shortcircuit_hub.surplus_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Refuse", 'refusal', 'tryton-close'),
            Button("Accept", 'accept', 'tryton-ok', default=True),
            ])
    accept = StateTransition()
    refusal = StateView(
        'shortcircuit.delivery.line.refuse.start',
        'shortcircuit_hub.refuse_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Refuse", 'refuse', 'tryton-ok', default=True),
            ])
    refuse = StateTransition()

    def default_start(self, fields):
        return {'delivery': self.record.id}

    def transition_accept(self):
        pool = Pool()
        Line = pool.get('shortcircuit.delivery.line')
        line = self.get_line()
        line.quantity = self.start.quantity
        Line.check_surplus([line])
        line.save()
        return 'end'

    def default_refusal(self, fields):
        return {
            'date': self.record.date,
            'product': self.start.product.id,
            'unit': self.start.unit.id,
            'refused_quantity': self.start.quantity,
            'quantity': 0,
            }

    def transition_refuse(self):
        self.refusal.refuse(self.get_line())
        return 'end'

    def get_line(self):
        "Return the line of the product, a new one if there is none"
        pool = Pool()
        Line = pool.get('shortcircuit.delivery.line')
        delivery, product = self.record, self.start.product
        if delivery.state != 'draft':
            raise DeliveryError(gettext(
                    'shortcircuit_hub.msg_delivery_surplus_received',
                    delivery=delivery.rec_name))
        for line in delivery.lines:
            if line.product == product:
                break
        else:
            line = Line(delivery=delivery, product=product, expected=0)
            line.on_change_product()
        if line.expected:
            raise DeliveryError(gettext(
                    'shortcircuit_hub.msg_delivery_surplus_ordered',
                    delivery=delivery.rec_name, product=product.rec_name))
        line.surplus = True
        return line

    def end(self):
        return 'reload'


class SurplusStart(ModelView):
    __name__ = 'shortcircuit.delivery.surplus.start'

    delivery = fields.Many2One(
        'shortcircuit.delivery', "Delivery", readonly=True)
    product = fields.Many2One(
        'product.product', "Product", required=True,
        domain=[
            ('type', '=', 'goods'),
            ('salable', '=', True),
            ])
    unit = fields.Function(
        fields.Many2One('product.uom', "Unit"), 'on_change_with_unit')
    quantity = fields.Float(
        "Quantity", digits='unit', required=True,
        domain=[
            ('quantity', '>', 0),
            ])

    @fields.depends('product')
    def on_change_with_unit(self, name=None):
        return self.product.ordering_uom if self.product else None
