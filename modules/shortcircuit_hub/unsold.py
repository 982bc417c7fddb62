# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from collections import defaultdict
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, Workflow, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import without_check_access

from .draft_done import GoodsMovedMixin
from .exceptions import UnsoldError
from .loss import BEARERS

KINDS = [
    ('return', "Returned to the Producer"),
    ('gift', "Given"),
    ('write_off', "Written Off"),
    ]


class Unsold(GoodsMovedMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.unsold'
    _rec_name = 'number'

    _states = {
        'readonly': Eval('state') != 'draft',
        }
    _written_off = {
        'invisible': Eval('kind') != 'write_off',
        'required': Eval('kind') == 'write_off',
        'readonly': _states['readonly'],
        }

    kind = fields.Selection(
        KINDS, "Kind", required=True, sort=False, states=_states)
    kind_string = kind.translated('kind')
    producer = fields.Many2One(
        'shortcircuit.producer', "Producer", required=True,
        ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states={
            'readonly': _states['readonly'] | Eval('lines', [0]),
            })
    warehouse = fields.Many2One(
        'stock.location', "Hub", required=True, ondelete='RESTRICT',
        domain=[
            ('type', '=', 'warehouse'),
            ],
        states={
            'readonly': _states['readonly'] | Eval('lines', [0]),
            })
    recipient = fields.Many2One(
        'party.party', "Recipient", ondelete='RESTRICT',
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        states={
            'invisible': (Eval('kind') != 'gift') | _states['readonly'],
            'required': Eval('kind') == 'gift',
            },
        help="The food-aid body that receives the gift.")
    recipient_name = fields.Function(
        fields.Char("Recipient",
            states={
                'invisible': (
                    (Eval('kind') != 'gift') | ~_states['readonly']),
                }),
        'get_recipient_name')
    reason = fields.Many2One(
        'shortcircuit.loss_reason', "Reason", ondelete='RESTRICT',
        states=_written_off)
    borne_by = fields.Selection(
        [(None, "")] + BEARERS, "Borne by", sort=False, states=_written_off,
        help="Whose loss it is.")
    borne_by_string = borne_by.translated('borne_by')
    carrier = fields.Many2One(
        'party.party', "Carrier", ondelete='RESTRICT',
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        states={
            'invisible': Eval('borne_by') != 'carrier',
            'required': Eval('borne_by') == 'carrier',
            'readonly': _states['readonly'],
            })
    note = fields.Text("Note", states=_states)
    lines = fields.One2Many(
        'shortcircuit.unsold.line', 'unsold', "Lines",
        states={
            'readonly': (_states['readonly']
                | ~Eval('producer') | ~Eval('warehouse')),
            })
    amount = fields.Function(
        Monetary("Value", currency='currency', digits='currency'),
        'on_change_with_amount')
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')

    del _states, _written_off

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'fill': {
                    'invisible': Eval('state') != 'draft',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_kind(cls):
        return 'return'

    @classmethod
    def default_warehouse(cls):
        pool = Pool()
        Location = pool.get('stock.location')
        return Location.get_default_warehouse()

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None

    @fields.depends('lines')
    def on_change_with_amount(self, name=None):
        return sum((l.amount or 0 for l in self.lines or []), Decimal(0))

    @classmethod
    def get_recipient_name(cls, records, name):
        # A producer knows to whom he gives but does not read its record
        with without_check_access():
            return {
                r.id: r.recipient.name if r.recipient else None
                for r in cls.browse(records)}

    @fields.depends('producer', 'reason', 'date')
    def on_change_with_borne_by(self):
        pool = Pool()
        Loss = pool.get('shortcircuit.agreement.loss')
        if self.producer and self.reason and self.date:
            return Loss.find_bearer(self.producer, self.reason, self.date)

    @classmethod
    def get_write_off(
            cls, producer, warehouse, reason, lines, carrier=None, **values):
        "Return what writes off lines, borne by carrier if it is his loss"
        unsold = cls(
            kind='write_off',
            company=producer.company,
            producer=producer,
            warehouse=warehouse,
            date=values.pop('date', cls.default_date()),
            reason=reason,
            lines=lines,
            **values)
        unsold.borne_by = unsold.on_change_with_borne_by()
        if unsold.borne_by == 'carrier':
            unsold.carrier = carrier
        return unsold

    @classmethod
    @ModelView.button
    def fill(cls, records):
        "Take all that is left of the producers at the hubs"
        pool = Pool()
        Line = pool.get('shortcircuit.unsold.line')
        left = defaultdict(list)
        for lot, warehouse, quantity in cls.get_left():
            left[lot.producer, warehouse].append((lot, quantity))
        Line.delete([l for r in records for l in r.lines])
        lines = [
            Line(unsold=r, lot=lot, quantity=quantity)
            for r in records
            for lot, quantity in left[r.producer, r.warehouse]]
        Line.set_values(lines)
        Line.save(lines)

    @classmethod
    def get_left(cls):
        """
        Return what nobody has ordered at the hubs.

        It is a list of (lot, warehouse, quantity in the unit of sale).
        """
        pool = Pool()
        Location = pool.get('stock.location')
        Lot = pool.get('stock.lot')
        Uom = pool.get('product.uom')
        lots = {l.id: l for l in Lot.search([('producer', '!=', None)])}
        left = []
        for (location, _, lot), quantity in sorted(
                Location.consignment_quantities(
                    {l.product for l in lots.values()}).items(),
                key=lambda item: (item[0][2] or 0, item[0][0])):
            if lot in lots and quantity > 0:
                product = lots[lot].product
                left.append((
                        lots[lot], Location(location).warehouse,
                        Uom.compute_qty(
                            product.default_uom, quantity,
                            product.sale_uom)))
        return left

    @classmethod
    @ModelView.button
    @Workflow.transition('done')
    def do(cls, records):
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        Line = pool.get('shortcircuit.unsold.line')
        Location = pool.get('stock.location')
        Lot = pool.get('stock.lot')
        Move = pool.get('stock.move')
        Configuration.set_number(records, 'unsold_sequence')
        lines = [l for r in records for l in r.lines]
        locations = Location.get_consignment(
            (r.warehouse.id, r.producer.party.id) for r in records)
        Lot.check_held(
            {l.lot for l in lines if l.unsold.kind == 'gift'})
        Line.set_values(lines)
        Line.save(lines)
        moves = [
            l.get_move(locations[
                    l.unsold.warehouse.id, l.unsold.producer.party.id])
            for l in lines if l.quantity]
        cls.check_stock(moves)
        Move.save(moves)
        Move.do(moves)
        cls.set_done(records)

    @classmethod
    def check_stock(cls, moves):
        "Refuse to take more than what is left, orders apart"
        pool = Pool()
        Location = pool.get('stock.location')
        Uom = pool.get('product.uom')
        Location.lock(sorted({m.from_location for m in moves}))
        left = defaultdict(float, Location.consignment_quantities(
                {m.product for m in moves}))
        for move in moves:
            key = (move.from_location.id, move.product.id, move.lot.id)
            uom = move.product.default_uom
            left[key] = uom.round(left[key] - Uom.compute_qty(
                    move.unit, move.quantity, uom, round=False))
            if left[key] < 0:
                raise UnsoldError(gettext(
                        'shortcircuit_hub.msg_unsold_stock',
                        unsold=move.origin.unsold.rec_name,
                        lot=move.lot.rec_name,
                        product=move.product.rec_name,
                        producer=move.lot.producer.rec_name))
