# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

"What was received by mistake is corrected, with a trace"

import datetime as dt

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import Transaction
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .exceptions import CorrectionError

FIELDS = [
    'quantity', 'weights', 'lot_number', 'production_date', 'durability_date']


class Correction(ModelSQL, ModelView):
    __name__ = 'shortcircuit.delivery.correction'

    line = fields.Many2One(
        'shortcircuit.delivery.line', "Line", required=True, readonly=True,
        ondelete='CASCADE')
    field = fields.Selection(
        'get_fields', "Corrected", required=True, readonly=True)
    field_string = field.translated('field')
    old_value = fields.Char("From", readonly=True)
    new_value = fields.Char("To", readonly=True)
    reason = fields.Char("Reason", required=True, readonly=True)
    user = fields.Many2One(
        'res.user', "User", required=True, readonly=True,
        ondelete='RESTRICT')
    date = fields.DateTime("Date", required=True, readonly=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('date', 'DESC'), ('id', 'DESC')]

    @classmethod
    def get_fields(cls):
        pool = Pool()
        Line = pool.get('shortcircuit.delivery.line')
        definitions = Line.fields_get(FIELDS)
        return [(n, definitions[n]['string']) for n in FIELDS]

    def get_rec_name(self, name):
        return f'{self.line.rec_name} - {self.field_string}'

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('line.rec_name', *clause[1:])]


class DeliveryLine(metaclass=PoolMeta):
    __name__ = 'shortcircuit.delivery.line'

    corrections = fields.One2Many(
        'shortcircuit.delivery.correction', 'line', "Corrections",
        readonly=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'correct': {
                    'invisible': Eval('delivery_state') != 'received',
                    'icon': 'tryton-edit',
                    'depends': ['delivery_state'],
                    },
                })

    @classmethod
    @ModelView.button_action('shortcircuit_hub.wizard_correct')
    def correct(cls, lines):
        pass

    def apply_correction(self, values, reason):
        """
        Correct what was received.

        values is a dictionary of the corrected fields to their new values.
        Raise CorrectionError if something of it can no longer be corrected.
        """
        pool = Pool()
        Lot = pool.get('stock.lot')
        changed = {
            n: v for n, v in values.items() if (getattr(self, n) or None)
            != (v or None)}
        if not changed:
            return
        self.check_correction(changed)
        self._trace(changed, reason)
        before = self.quantity or 0
        self._set_corrected(changed)
        self.save()
        if self.lots:
            Lot.write(list(self.lots), self._get_lot_values())
        elif self.quantity:
            Lot.save(self.get_lots())
        self._move_correction(before)

    def check_correction(self, values):
        if self.delivery_state != 'received':
            raise CorrectionError(gettext(
                    'shortcircuit_hub.msg_correction_not_received',
                    line=self.rec_name))

    def _set_corrected(self, values):
        for name, value in values.items():
            setattr(self, name, value)

    def _trace(self, values, reason):
        pool = Pool()
        Correction = pool.get('shortcircuit.delivery.correction')
        now = dt.datetime.now()
        Correction.save([
                Correction(
                    line=self, field=name, reason=reason, date=now,
                    user=Transaction().user,
                    old_value=self._format(name, getattr(self, name)),
                    new_value=self._format(name, value))
                for name, value in values.items()])

    def _format(self, name, value):
        pool = Pool()
        Lang = pool.get('ir.lang')
        lang = Lang.get()
        if name == 'quantity':
            return lang.format_number_symbol(
                value or 0, self.unit, digits=self.unit.digits)
        elif isinstance(value, dt.date):
            return lang.strftime(value)
        elif name == 'weights':
            return ' '.join((value or '').split())
        return value

    def _get_lot_values(self):
        lot = self.get_lot()
        values = {
            'durability_kind': lot.durability_kind,
            'durability_date': lot.durability_date,
            'production_date': lot.production_date,
            }
        if len(self.lots) == 1:
            values['number'] = lot.number
        return values

    def _move_correction(self, before):
        "Move the difference between the producer and his location"
        pool = Pool()
        Date = pool.get('ir.date')
        Move = pool.get('stock.move')
        difference = self.unit.round((self.quantity or 0) - before)
        if not difference:
            return
        line = self.__class__(self.id)
        lot, = line.lots
        move, = line.get_moves({line: [lot]})
        move.quantity = abs(difference)
        # What was counted on the past days stays counted
        move.effective_date = move.planned_date = Date.today()
        if difference < 0:
            line._check_left(lot, move.to_location, abs(difference))
            move.from_location, move.to_location = (
                move.to_location, move.from_location)
        move.save()
        Move.do([move])

    def _check_left(self, lot, location, quantity):
        "Refuse to take back what has left, or is promised to an order"
        pool = Pool()
        Lang = pool.get('ir.lang')
        Location = pool.get('stock.location')
        Uom = pool.get('product.uom')
        Location.lock([location])
        left = Location.consignment_quantities([self.product]).get(
            (location.id, self.product.id, lot.id), 0)
        left = Uom.compute_qty(
            self.product.default_uom, left, self.unit)
        if self.unit.round(left - quantity) < 0:
            raise CorrectionError(gettext(
                    'shortcircuit_hub.msg_correction_left',
                    line=self.rec_name, lot=lot.rec_name,
                    quantity=Lang.get().format_number_symbol(
                        max(left, 0), self.unit, digits=self.unit.digits),
                    location=location.rec_name))

    @classmethod
    def copy(cls, lines, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('corrections', None)
        return super().copy(lines, default=default)


class Correct(Wizard):
    __name__ = 'shortcircuit.delivery.line.correct'

    start = StateView(
        'shortcircuit.delivery.line.correct.start',
        'shortcircuit_hub.correct_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Correct", 'correct', 'tryton-ok', default=True),
            ])
    correct = StateTransition()

    def default_start(self, fields):
        line = self.record
        return {
            'product': line.product.id,
            'unit': line.unit.id,
            'durability_kind': line.durability_kind,
            'piece_weight': line.piece_weight,
            **{n: getattr(line, n) for n in FIELDS},
            }

    def transition_correct(self):
        reason = (self.start.reason or '').strip()
        if not reason:
            raise CorrectionError(gettext(
                    'shortcircuit_hub.msg_correction_reason',
                    line=self.record.rec_name))
        self.record.apply_correction(
            {n: getattr(self.start, n) for n in FIELDS}, reason)
        return 'end'

    def end(self):
        return 'reload'


class CorrectStart(ModelView):
    __name__ = 'shortcircuit.delivery.line.correct.start'

    product = fields.Many2One('product.product', "Product", readonly=True)
    unit = fields.Many2One('product.uom', "Unit", readonly=True)
    durability_kind = fields.Char("Date")
    quantity = fields.Float(
        "Received", digits='unit',
        domain=['OR',
            ('quantity', '=', None),
            ('quantity', '>=', 0),
            ])
    lot_number = fields.Char("Lot Number", required=True)
    production_date = fields.Date(
        "Production Date",
        states={
            'invisible': ~Eval('durability_kind'),
            })
    durability_date = fields.Date(
        "Use-by / Best-before Date",
        states={
            'invisible': ~Eval('durability_kind'),
            })
    reason = fields.Char("Reason", required=True)
