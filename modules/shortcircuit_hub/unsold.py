# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from collections import defaultdict
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, Workflow, fields
from trytond.model.exceptions import AccessError
from trytond.modules.company import CompanyReport
from trytond.modules.currency.fields import Monetary
from trytond.modules.product import price_digits, round_price
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import Transaction, without_check_access

from .delivery_call import format_quantity
from .exceptions import UnsoldError
from .loss import BEARERS

KINDS = [
    ('return', "Returned to the Producer"),
    ('gift', "Given"),
    ('write_off', "Written Off"),
    ]


class Unsold(Workflow, ModelSQL, ModelView):
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

    number = fields.Char("Number", readonly=True)
    company = fields.Many2One(
        'company.company', "Company", required=True, states=_states)
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
    date = fields.Date("Date", required=True, states=_states)
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
    done_at = fields.Timestamp("Done at", readonly=True)
    done_by = fields.Many2One(
        'res.user', "Done by", readonly=True, ondelete='RESTRICT')
    state = fields.Selection([
            ('draft', "Draft"),
            ('done', "Done"),
            ('cancelled', "Cancelled"),
            ], "State", required=True, readonly=True, sort=False)

    del _states, _written_off

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('date', 'DESC'), ('id', 'DESC')]
        cls._transitions |= {
            ('draft', 'done'),
            ('draft', 'cancelled'),
            ('cancelled', 'draft'),
            }
        cls._buttons.update({
                'cancel': {
                    'invisible': Eval('state') != 'draft',
                    'depends': ['state'],
                    },
                'draft': {
                    'invisible': Eval('state') != 'cancelled',
                    'icon': 'tryton-undo',
                    'depends': ['state'],
                    },
                'fill': {
                    'invisible': Eval('state') != 'draft',
                    'depends': ['state'],
                    },
                'do': {
                    'invisible': Eval('state') != 'draft',
                    'readonly': ~Eval('lines', []),
                    'icon': 'tryton-ok',
                    'depends': ['state', 'lines'],
                    },
                })

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_kind(cls):
        return 'return'

    @classmethod
    def default_warehouse(cls):
        pool = Pool()
        Location = pool.get('stock.location')
        return Location.get_default_warehouse()

    @classmethod
    def default_date(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        return Date.today()

    @classmethod
    def default_state(cls):
        return 'draft'

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
    def check_modification(cls, mode, records, values=None, external=False):
        super().check_modification(
            mode, records, values=values, external=external)
        if mode == 'delete':
            for record in records:
                if record.state == 'done':
                    raise AccessError(gettext(
                            'shortcircuit_hub.msg_unsold_delete',
                            unsold=record.rec_name))

    @classmethod
    def copy(cls, records, default=None):
        default = default.copy() if default is not None else {}
        for name in ['number', 'done_at', 'done_by']:
            default.setdefault(name, None)
        return super().copy(records, default=default)

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, records):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def draft(cls, records):
        pass

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
        cls.write(records, {
                'done_at': dt.datetime.now(),
                'done_by': Transaction().user or None,
                })

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


class Line(ModelSQL, ModelView):
    __name__ = 'shortcircuit.unsold.line'

    _states = {
        'readonly': Eval('unsold_state') != 'draft',
        }
    # The value of a gift is the donor's word, which may come later
    _value = {
        'readonly': _states['readonly'] & (Eval('kind') != 'gift'),
        'invisible': Eval('kind') == 'return',
        }

    unsold = fields.Many2One(
        'shortcircuit.unsold', "Unsold Goods", required=True,
        ondelete='CASCADE', states=_states)
    producer = fields.Function(
        fields.Many2One('shortcircuit.producer', "Producer"),
        'on_change_with_producer')
    lot = fields.Many2One(
        'stock.lot', "Lot", required=True, ondelete='RESTRICT',
        domain=[
            ('producer', '=', Eval('producer', -1)),
            ],
        states=_states)
    product = fields.Function(
        fields.Many2One('product.product', "Product"),
        'on_change_with_product')
    quantity = fields.Float(
        "Quantity", digits='unit', required=True,
        domain=[
            ('quantity', '>=', 0),
            ],
        states=_states)
    unit = fields.Function(
        fields.Many2One('product.uom', "Unit"), 'on_change_with_unit')
    unit_value = Monetary(
        "Unit Value", currency='currency', digits=price_digits,
        states=_value,
        help="Excluding taxes, per unit of sale.\n"
        "Of a loss: what the producer would have been owed.\n"
        "Of a gift: his cost, for which he alone answers.")
    reduced = fields.Boolean(
        "Reduced",
        states={
            'readonly': _value['readonly'],
            'invisible': Eval('kind') != 'gift',
            },
        help="Given in the last days before its date, or no longer fit for "
        "the usual sale: only a share of its cost counts.")
    share = fields.Numeric(
        "Counted", digits=(1, 4), required=True,
        domain=[
            ('share', '>=', 0),
            ('share', '<=', 1),
            ],
        states={
            'readonly': _value['readonly'],
            'invisible': Eval('kind') != 'gift',
            },
        help="The part of the value that counts.")
    amount = fields.Function(
        Monetary("Value", currency='currency', digits='currency',
            states={
                'invisible': Eval('kind') == 'return',
                }),
        'on_change_with_amount')
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    moves = fields.One2Many(
        'stock.move', 'origin', "Moves", readonly=True)
    kind = fields.Function(
        fields.Selection(KINDS, "Kind"), 'on_change_with_kind')
    unsold_state = fields.Function(
        fields.Selection('get_unsold_states', "State"),
        'on_change_with_unsold_state')

    del _states, _value

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('unsold')

    @classmethod
    def default_share(cls):
        return Decimal(1)

    @fields.depends('reduced', methods=['on_change_with_amount'])
    def on_change_reduced(self):
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        self.share = (Configuration(1).gift_reduced_share
            if self.reduced else Decimal(1))
        self.amount = self.on_change_with_amount()

    @fields.depends('unsold', '_parent_unsold.producer')
    def on_change_with_producer(self, name=None):
        return self.unsold.producer if self.unsold else None

    @fields.depends('lot')
    def on_change_with_product(self, name=None):
        return self.lot.product if self.lot else None

    @fields.depends('lot')
    def on_change_with_unit(self, name=None):
        return self.lot.product.sale_uom if self.lot else None

    @fields.depends('unsold', '_parent_unsold.currency')
    def on_change_with_currency(self, name=None):
        return self.unsold.currency if self.unsold else None

    @fields.depends('unsold', '_parent_unsold.kind')
    def on_change_with_kind(self, name=None):
        return self.unsold.kind if self.unsold else None

    @classmethod
    def get_unsold_states(cls):
        pool = Pool()
        Unsold = pool.get('shortcircuit.unsold')
        return Unsold.fields_get(['state'])['state']['selection']

    @fields.depends('unsold', '_parent_unsold.state')
    def on_change_with_unsold_state(self, name=None):
        return self.unsold.state if self.unsold else 'draft'

    @fields.depends(
        'quantity', 'unit_value', 'share', 'unsold',
        '_parent_unsold.currency')
    def on_change_with_amount(self, name=None):
        if (self.unit_value is None or self.quantity is None
                or not (self.unsold and self.unsold.currency)):
            return None
        return self.unsold.currency.round(
            Decimal(repr(self.quantity)) * self.unit_value
            * (1 if self.share is None else self.share))

    def get_rec_name(self, name):
        return f'{self.unsold.rec_name} - {self.lot.rec_name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('unsold.rec_name', *clause[1:]),
            ('lot.rec_name', *clause[1:]),
            ]

    @classmethod
    def copy(cls, lines, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('moves', None)
        return super().copy(lines, default=default)

    @classmethod
    def set_values(cls, lines):
        """
        Set the missing unit values of what is written off or given.

        A loss is worth what the producer would have been owed, a gift the
        part of it that the configuration takes for his cost, if any.
        """
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        cost_share = Configuration(1).gift_cost_share
        lines = [
            l for l in lines if getattr(l, 'unit_value', None) is None
            and l.unsold.kind != 'return']
        prices = cls.get_prices(
            {(l.lot, l.unsold.date) for l in lines}) if lines else {}
        for line in lines:
            price = prices.get((line.lot, line.unsold.date))
            if line.unsold.kind == 'write_off':
                line.unit_value = price
            elif price is not None and cost_share is not None:
                line.unit_value = round_price(price * cost_share)

    @classmethod
    def get_prices(cls, keys):
        """
        Find what the producers would be owed of their lots.

        keys is a set of (lot, date). Return a dictionary of key to the price
        in EUR excl. tax per unit of sale, by the mercuriale of the cycle for
        which the lot was brought and the agreement on the date; keys without
        mercuriale or agreement are missing.
        """
        pool = Pool()
        Agreement = pool.get('shortcircuit.agreement')
        Price = pool.get('shortcircuit.producer.product.price')
        agreements = Agreement.at({(l.producer.id, d) for l, d in keys})
        asked = Price.at({(l.producer.id, l.product.id, d) for l, d in keys})
        listed = {}
        for cycle in {l.cycle for l, _ in keys if l.cycle}:
            listed[cycle] = cycle.mercuriale.find_lines(
                {l.product for l, _ in keys if l.cycle == cycle})
        prices = {}
        for lot, date in keys:
            agreement = agreements.get((lot.producer.id, date))
            lines = listed.get(lot.cycle, {})
            line = lines.get((lot.product, lot.producer)) or lines.get(
                (lot.product, None))
            if agreement and agreement.pricing == 'net':
                price = asked.get((lot.producer.id, lot.product.id, date))
            elif agreement and line:
                share, *_ = agreement.get_shares(lot.cycle.channel)
                price = round_price(line.unit_price * share)
            else:
                price = None
            if price is not None:
                prices[lot, date] = price
        return prices

    def get_move(self, from_location):
        pool = Pool()
        Move = pool.get('stock.move')
        unsold = self.unsold
        return Move(
            product=self.product,
            lot=self.lot,
            unit=self.unit,
            quantity=self.quantity,
            from_location=from_location,
            to_location=self._to_location,
            company=unsold.company,
            effective_date=unsold.date,
            origin=self,
            unsold_kind=unsold.kind,
            borne_by=unsold.borne_by,
            unsold_amount=self.amount)

    @property
    def _to_location(self):
        pool = Pool()
        Location = pool.get('stock.location')
        ModelData = pool.get('ir.model.data')
        if self.unsold.kind == 'return':
            return self.producer.party.supplier_location
        elif self.unsold.kind == 'gift':
            return self.unsold.recipient.customer_location
        return Location(ModelData.get_id(
                'shortcircuit_hub', 'location_write_off'))


class Lot(metaclass=PoolMeta):
    __name__ = 'stock.lot'

    @property
    def cycle(self):
        "The cycle for which the lot was brought"
        if self.delivery_line:
            return self.delivery_line.delivery.cycle


class Move(metaclass=PoolMeta):
    __name__ = 'stock.move'

    _states = {
        'invisible': ~Eval('unsold_kind', None),
        }

    unsold_kind = fields.Selection(
        [(None, "")] + KINDS, "Unsold", sort=False, readonly=True,
        states=_states)
    borne_by = fields.Selection(
        [(None, "")] + BEARERS, "Borne by", sort=False, readonly=True,
        states=_states, help="Whose loss it is.")
    unsold_amount = Monetary(
        "Value", currency='company_currency', digits='company_currency',
        readonly=True, states=_states,
        help="What the producer would have been owed of a loss, excluding "
        "taxes.")

    del _states

    @classmethod
    def _get_origin(cls):
        return super()._get_origin() + ['shortcircuit.unsold.line']

    @classmethod
    def copy(cls, moves, default=None):
        default = default.copy() if default is not None else {}
        for name in ['unsold_kind', 'borne_by', 'unsold_amount']:
            default.setdefault(name, None)
        return super().copy(moves, default=default)


class UnsoldReport(CompanyReport):
    __name__ = 'shortcircuit.unsold'

    @classmethod
    def execute(cls, ids, data):
        pool = Pool()
        Unsold = pool.get('shortcircuit.unsold')
        # A producer may print his own but does not read the recipient
        Unsold.read(ids, ['id'])
        with without_check_access():
            return super().execute(ids, data)

    @classmethod
    def get_context(cls, records, header, data):
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        context = super().get_context(records, header, data)
        context['format_quantity'] = format_quantity
        context['gift_mention'] = Configuration(1).gift_mention
        return context
