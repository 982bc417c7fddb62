# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, Unique, fields
from trytond.modules.currency.fields import Monetary
from trytond.modules.shortcircuit_catalog.today import today
from trytond.pool import Pool
from trytond.pyson import Bool, Eval, If
from trytond.transaction import Transaction, without_check_access

from .contract_member import find_member
from .contract_price import ScheduleMixin
from .contract_use import Use, find_uses
from .exceptions import CeilingError, ContractError
from .proportion import computed

# The labels that come from how the lot was bought, not from its products
PROCEDURES = [
    ('EXTERNALITES', "Externalities"),
    ('PERFORMANCE', "Environmental Performance"),
    ]


class CeilingMixin:
    "A maximum in value, in quantity, or in both, and what is left of it"
    __slots__ = ()

    max_amount = Monetary(
        "Maximum Amount", currency='currency', digits='currency',
        domain=['OR',
            ('max_amount', '=', None),
            ('max_amount', '>', 0),
            ],
        help="What can be ordered at most, excluding taxes.")
    max_quantity = fields.Float(
        "Maximum Quantity", digits='unit',
        domain=['OR',
            ('max_quantity', '=', None),
            ('max_quantity', '>', 0),
            ],
        states={
            'readonly': ~Eval('unit'),
            })
    used_amount = fields.Function(
        Monetary(
            "Used Amount", currency='currency', digits='currency',
            help="What is ordered, or delivered once all is shipped, less "
            "what came back."),
        'get_use')
    left_amount = fields.Function(
        Monetary("Amount Left", currency='currency', digits='currency'),
        'get_use')
    used_quantity = fields.Function(
        fields.Float("Used Quantity", digits='unit'), 'get_use')
    left_quantity = fields.Function(
        fields.Float("Quantity Left", digits='unit'), 'get_use')
    used_share = fields.Function(
        computed('used_share', "Used",
            "The part of the maximum that is used, of the amount or of the "
            "quantity whichever is the most."),
        'get_use')

    @classmethod
    def get_use(cls, records, names):
        values = {n: {} for n in names}
        for record, use in cls.find_uses(records).items():
            for name in names:
                values[name][record.id] = getattr(record, f'_{name}')(use)
        return values

    @classmethod
    def find_uses(cls, records):
        "Return by record its use, an amount and a quantity in its unit"
        raise NotImplementedError

    def _used_amount(self, use):
        return use.amount

    def _left_amount(self, use):
        if self.max_amount is not None:
            return self.max_amount - use.amount

    def _used_quantity(self, use):
        return use.quantity if self.unit else None

    def _left_quantity(self, use):
        if self.max_quantity is not None:
            return self.unit.round(self.max_quantity - use.quantity)

    def _used_share(self, use):
        parts = []
        if self.max_amount:
            parts.append(use.amount / self.max_amount)
        if self.max_quantity:
            parts.append(Decimal(repr(use.quantity))
                / Decimal(repr(self.max_quantity)))
        return max((round(p, 4) for p in parts), default=None)

    def get_left_text(self):
        "Say what is left of the maximums, if there are some"
        pool = Pool()
        Lang = pool.get('ir.lang')
        lang = Lang.get()
        left = []
        if self.left_amount is not None:
            left.append(lang.currency(
                    self.left_amount, self.currency, grouping=True))
        if self.left_quantity is not None:
            left.append(lang.format_number_symbol(
                    self.left_quantity, self.unit))
        if left:
            return gettext(
                'shortcircuit_collective.msg_contract_left',
                ceiling=self.short_name,
                left=', '.join(left))

    def check_ceiling(self, use, sales):
        "Refuse the orders that take more than the maximum"
        pool = Pool()
        Lang = pool.get('ir.lang')
        lang = Lang.get()
        left = self._left_amount(use)
        if left is not None and left < 0:
            self._refuse(
                sales, lang.currency(self.max_amount, self.currency),
                lang.currency(-left, self.currency))
        left = self._left_quantity(use)
        if left is not None and left < 0:
            self._refuse(
                sales, lang.format_number_symbol(self.max_quantity, self.unit),
                lang.format_number_symbol(-left, self.unit))

    def _refuse(self, sales, maximum, excess):
        raise CeilingError(gettext(
                'shortcircuit_collective.msg_contract_ceiling',
                sales=', '.join(s.rec_name for s in sales),
                ceiling=self.rec_name,
                maximum=maximum,
                excess=excess))


class Lot(CeilingMixin, ScheduleMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.contract.lot'

    contract = fields.Many2One(
        'shortcircuit.contract', "Contract", required=True,
        ondelete='CASCADE')
    number = fields.Char("Number", required=True)
    name = fields.Char("Title", required=True)
    cpv = fields.Char(
        "CPV", size=10,
        help="The code of the common procurement vocabulary: 8 digits, with "
        "or without the check digit.")
    start_date = fields.Date(
        "Start Date",
        domain=[
            If(Bool(Eval('start_date')) & Bool(Eval('end_date')),
                ('start_date', '<=', Eval('end_date')),
                ()),
            ],
        help="The first day on which it can be ordered.\n"
        "Leave empty for the one of the contract.")
    end_date = fields.Date(
        "End Date",
        help="The last day on which it can be ordered, even if the contract "
        "is renewed.\n"
        "Leave empty for the one of the contract.")
    unit = fields.Many2One(
        'product.uom', "Unit", ondelete='RESTRICT',
        states={
            'required': Bool(Eval('max_quantity')),
            },
        help="Of the maximum and the minimum quantity.")
    min_amount = Monetary(
        "Minimum Amount", currency='currency', digits='currency',
        domain=['OR',
            ('min_amount', '=', None),
            [
                ('min_amount', '>=', 0),
                If(Eval('max_amount'),
                    ('min_amount', '<=', Eval('max_amount')),
                    ()),
                ],
            ],
        help="What the buyers order at least, excluding taxes.")
    min_quantity = fields.Float(
        "Minimum Quantity", digits='unit',
        domain=['OR',
            ('min_quantity', '=', None),
            [
                ('min_quantity', '>=', 0),
                If(Eval('max_quantity'),
                    ('min_quantity', '<=', Eval('max_quantity')),
                    ()),
                ],
            ],
        states={
            'readonly': ~Eval('unit'),
            })
    ceiling_by = fields.Selection([
            ('contract', "Contract"),
            ('period', "Period"),
            ], "Maximum by", required=True, sort=False,
        help="If the maximum is for the whole contract, or starts again with "
        "each renewal.")
    minimum_order = Monetary(
        "Minimum Order", currency='currency', digits='currency',
        domain=['OR',
            ('minimum_order', '=', None),
            ('minimum_order', '>=', 0),
            ],
        help="The least amount of the lot in a call-off, excluding taxes.")
    exclusive = fields.Boolean(
        "Exclusive",
        help="The buyers have committed to order the products of the lot on "
        "it only: an order of one of them without contract is warned of.")
    procedures = fields.MultiSelection(
        PROCEDURES, "Procedure", sort=False,
        help="What the way the lot was bought makes of all its products for "
        "EGAlim.")
    prices = fields.One2Many(
        'shortcircuit.contract.price', 'lot', "Price Schedule")
    members = fields.One2Many(
        'shortcircuit.contract.lot.member', 'lot', "Members",
        help="Those who can order, with their own maximums.\n"
        "Leave empty to let all the members of the contract order.")
    alarms = fields.One2Many(
        'shortcircuit.contract.lot.alarm', 'lot', "Alarms")
    alarmed_on = fields.Function(
        fields.Date("Last Alarm"), 'get_alarmed_on')
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('contract')
        cls._sql_constraints += [
            ('number_unique', Unique(t, t.contract, t.number),
                'shortcircuit_collective.msg_contract_lot_unique'),
            ]
        cls._order = [
            ('contract', 'DESC'),
            ('number', 'ASC'),
            ('id', 'ASC'),
            ]

    @classmethod
    def default_ceiling_by(cls):
        return 'contract'

    @classmethod
    def default_alarms(cls):
        return [{'percentage': p} for p in map(Decimal, ['.8', '.9', '1'])]

    @fields.depends('contract', '_parent_contract.currency')
    def on_change_with_currency(self, name=None):
        return self.contract.currency if self.contract else None

    def get_alarmed_on(self, name):
        return max(
            (a.reached_on for a in self.alarms if a.reached_on), default=None)

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual', If(
                    Eval('used_share', 0) >= 1, 'danger',
                    If(Bool(Eval('alarmed_on')), 'warning', ''))),
            ]

    def get_rec_name(self, name):
        return f'{self.short_name} - {self.contract.rec_name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('number', *clause[1:]),
            ('name', *clause[1:]),
            ('contract.rec_name', *clause[1:]),
            ]

    @property
    def short_name(self):
        return f'{self.number} {self.name}'

    @classmethod
    def find_uses(cls, lots):
        uses = find_uses(lots)
        return {lot: sum(uses[lot].values(), Use()) for lot in lots}

    def get_period(self):
        "Return the dates between which what is ordered is counted"
        if self.ceiling_by == 'period':
            return self.contract.get_period(today(self.contract.company))

    def is_open(self, date):
        "If it can be ordered on that day, as far as its own dates tell"
        return (
            (not self.start_date or self.start_date <= date)
            and (not self.end_date or date <= self.end_date))

    def get_member(self, party):
        return find_member(self.members, party)

    def get_ceilings(self, party):
        "Return what limits the party: the lot, and its own maximums on it"
        return [c for c in [self, self.get_member(party)] if c]

    def check_activation(self):
        if self.max_amount is None and self.max_quantity is None:
            raise ContractError(gettext(
                    'shortcircuit_collective.msg_contract_lot_maximum',
                    lot=self.rec_name))
        if not self.prices:
            raise ContractError(gettext(
                    'shortcircuit_collective.msg_contract_lot_prices',
                    lot=self.rec_name))
        for price in self.prices:
            if not price.versions or not price.products:
                raise ContractError(gettext(
                        'shortcircuit_collective.msg_contract_price_empty',
                        price=price.rec_name,
                        lot=self.rec_name))
            if self.unit and price.unit.category != self.unit.category:
                raise ContractError(gettext(
                        'shortcircuit_collective.msg_contract_price_unit',
                        price=price.rec_name,
                        lot=self.rec_name,
                        unit=self.unit.rec_name))

    @classmethod
    def lock_ceilings(cls, lots):
        "Let nobody else order on the lots until the transaction ends"
        cls.lock(lots)
        if lots:
            # Whoever has read what is used before this one ends must start
            # again, which a lock that is already released does not ensure
            table = cls.__table__()
            Transaction().connection.cursor().execute(*table.update(
                    [table.number], [table.number],
                    where=fields.SQL_OPERATORS['in'](
                        table.id, [l.id for l in lots])))

    @classmethod
    @without_check_access
    def check_ceilings(cls, lots, sales):
        """
        Refuse the orders with which the lots pass one of their maximums.

        sales are at least quoted, and the lots locked. CeilingError is raised
        for the first lot, or the first of its members, that is passed. It
        costs one query whatever the number of orders.
        """
        pool = Pool()
        Alarm = pool.get('shortcircuit.contract.lot.alarm')
        uses = find_uses(lots)
        reached = []
        for lot in lots:
            lot_sales = [s for s in sales if lot in s.contract_lots_ordered]
            for member in lot.members:
                member.check_ceiling(
                    uses[lot][member.party.id],
                    [s for s in lot_sales if s.party == member.party])
            use = sum(uses[lot].values(), Use())
            lot.check_ceiling(use, lot_sales)
            share = lot._used_share(use)
            reached.extend(
                a for a in lot.alarms
                if not a.reached_on and share >= a.percentage)
        if reached:
            Alarm.ring(reached)


class LotMember(CeilingMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.contract.lot.member'

    lot = fields.Many2One(
        'shortcircuit.contract.lot', "Lot", required=True,
        ondelete='CASCADE')
    contract = fields.Function(
        fields.Many2One('shortcircuit.contract', "Contract"),
        'on_change_with_contract')
    member = fields.Many2One(
        'shortcircuit.contract.member', "Member", required=True,
        ondelete='CASCADE',
        domain=[
            ('contract', '=', Eval('contract', -1)),
            ])
    unit = fields.Function(
        fields.Many2One('product.uom', "Unit"), 'on_change_with_unit')
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            ('member_unique', Unique(t, t.lot, t.member),
                'shortcircuit_collective.msg_contract_lot_member_unique'),
            ]

    @fields.depends('lot', '_parent_lot.contract')
    def on_change_with_contract(self, name=None):
        return self.lot.contract if self.lot else None

    @fields.depends('lot', '_parent_lot.unit')
    def on_change_with_unit(self, name=None):
        return self.lot.unit if self.lot else None

    @fields.depends('lot', '_parent_lot.currency')
    def on_change_with_currency(self, name=None):
        return self.lot.currency if self.lot else None

    @fields.depends(
        'member', 'max_amount', 'max_quantity', 'lot',
        '_parent_lot.max_amount', '_parent_lot.max_quantity',
        methods=['on_change_with_currency', 'on_change_with_unit'])
    def on_change_member(self):
        "Propose the share of the member"
        if not self.member or not self.member.share or not self.lot:
            return
        currency = self.on_change_with_currency()
        if self.max_amount is None and self.lot.max_amount and currency:
            self.max_amount = currency.round(
                self.lot.max_amount * self.member.share)
        unit = self.on_change_with_unit()
        if self.max_quantity is None and self.lot.max_quantity and unit:
            self.max_quantity = unit.floor(
                self.lot.max_quantity * float(self.member.share))

    @property
    def party(self):
        return self.member.party

    @property
    def short_name(self):
        return f'{self.lot.short_name}, {self.member.rec_name}'

    @classmethod
    def find_uses(cls, members):
        uses = find_uses({m.lot for m in members})
        return {m: uses[m.lot][m.party.id] for m in members}

    def get_rec_name(self, name):
        return f'{self.lot.rec_name} - {self.member.rec_name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('lot.rec_name', *clause[1:]),
            ('member.rec_name', *clause[1:]),
            ]
