# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt

from dateutil.relativedelta import relativedelta

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, Workflow, fields
from trytond.model.exceptions import AccessError
from trytond.modules.shortcircuit_catalog.today import today
from trytond.pool import Pool
from trytond.pyson import Bool, Eval, Id, If, Or
from trytond.transaction import Transaction, without_check_access

from .contract_member import find_member
from .exceptions import ContractError


class Contract(Workflow, ModelSQL, ModelView):
    __name__ = 'shortcircuit.contract'

    _states = {
        'readonly': Eval('state') != 'draft',
        }

    number = fields.Char("Number", readonly=True)
    reference = fields.Char(
        "Reference", help="The number that the buyer gives to the contract.")
    name = fields.Char("Title", required=True)
    company = fields.Many2One(
        'company.company', "Company", required=True,
        states={
            'readonly': _states['readonly'] | Bool(Eval('members', [0])),
            })
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    notification_date = fields.Date(
        "Notification Date", states=_states,
        help="When the buyer told the cooperative that it holds the "
        "contract.")
    start_date = fields.Date(
        "Start Date", required=True,
        domain=[
            If(Eval('start_date') & Eval('end_date'),
                ('start_date', '<=', Eval('end_date')),
                ()),
            ],
        states=_states, help="The first day on which it can be ordered.")
    end_date = fields.Date(
        "End Date", required=True, states=_states,
        help="The last day on which it can be ordered without renewal.")
    renewals = fields.One2Many(
        'shortcircuit.contract.renewal', 'contract', "Renewals")
    last_date = fields.Function(
        fields.Date(
            "Last Date", help="The end date with the renewals decided."),
        'on_change_with_last_date')
    duration_reason = fields.Text(
        "Reason of the Duration",
        help="Why the contract lasts longer than the law lets it.")
    change_days = fields.Integer(
        "Days to Change",
        domain=['OR',
            ('change_days', '=', None),
            ('change_days', '>=', 0),
            ],
        help="Until how many days before its delivery a call-off can be "
        "changed or cancelled by the buyer.\n"
        "Leave empty to let only its cycle decide.")
    members = fields.One2Many(
        'shortcircuit.contract.member', 'contract', "Members",
        states={
            'readonly': Eval('state').in_(['ended', 'cancelled']),
            },
        help="The buyers, one of them coordinates.")
    lots = fields.One2Many(
        'shortcircuit.contract.lot', 'contract', "Lots",
        states={
            'readonly': Eval('state').in_(['ended', 'cancelled']),
            })
    note = fields.Text("Note")
    state = fields.Selection([
            ('draft', "Draft"),
            ('active', "Active"),
            ('ended', "Ended"),
            ('cancelled', "Cancelled"),
            ], "State", required=True, readonly=True, sort=False)

    del _states

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('start_date', 'DESC'),
            ('id', 'DESC'),
            ]
        cls._transitions |= {
            ('draft', 'active'),
            ('draft', 'cancelled'),
            ('active', 'ended'),
            ('ended', 'active'),
            ('cancelled', 'draft'),
            }
        cls._buttons.update({
                'activate': {
                    'invisible': ~Eval('state').in_(['draft', 'ended']),
                    'depends': ['state'],
                    },
                'end': {
                    'invisible': Eval('state') != 'active',
                    'depends': ['state'],
                    },
                'cancel': {
                    'invisible': Eval('state') != 'draft',
                    'depends': ['state'],
                    },
                'draft': {
                    'invisible': Eval('state') != 'cancelled',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def view_attributes(cls):
        groups = Eval('context', {}).get('groups', [])
        managers = ['group_admin', 'group_accountant']
        return super().view_attributes() + [
            # The others would see buttons that they cannot press
            (f'//group[@id="{id_}"]', 'states', {
                    'invisible': ~Or(*(
                            Id('shortcircuit_catalog', group).in_(groups)
                            for group in pressing)),
                    })
            for id_, pressing in [
                ('decisions', managers),
                ('propose_penalties', managers),
                ('orders', ['group_buyer', 'group_operator'])]]

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_state(cls):
        return 'draft'

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None

    @fields.depends('end_date', 'renewals')
    def on_change_with_last_date(self, name=None):
        dates = [self.end_date] + [
            r.end_date for r in self.renewals or [] if r.decision_date]
        return max(filter(None, dates), default=None)

    def get_rec_name(self, name):
        return f'[{self.reference or self.number}] {self.name}' if (
            self.reference or self.number) else self.name

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('number', *clause[1:]),
            ('reference', *clause[1:]),
            ('name', *clause[1:]),
            ]

    @classmethod
    def copy(cls, contracts, default=None):
        default = default.copy() if default is not None else {}
        for name in ['number', 'reference', 'notification_date', 'renewals']:
            default.setdefault(name, None)
        return super().copy(contracts, default=default)

    @classmethod
    def check_modification(
            cls, mode, contracts, values=None, external=False):
        super().check_modification(
            mode, contracts, values=values, external=external)
        if mode == 'delete':
            for contract in contracts:
                if contract.state not in {'draft', 'cancelled'}:
                    raise AccessError(gettext(
                            'shortcircuit_collective.msg_contract_delete',
                            contract=contract.rec_name))

    @classmethod
    @ModelView.button
    @Workflow.transition('active')
    def activate(cls, contracts):
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        for contract in contracts:
            contract.check_activation()
        Configuration.set_number(contracts, 'contract_sequence')

    @classmethod
    @ModelView.button
    @Workflow.transition('ended')
    def end(cls, contracts):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, contracts):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def draft(cls, contracts):
        pass

    def check_activation(self):
        "Refuse a contract on which nothing could be ordered by the rules"
        if not self.members or not self.lots:
            raise ContractError(gettext(
                    'shortcircuit_collective.msg_contract_empty',
                    contract=self.rec_name))
        self.check_duration()
        self.check_products()
        for lot in self.lots:
            lot.check_activation()

    def check_duration(self):
        pool = Pool()
        Threshold = pool.get('shortcircuit.threshold')
        years = Threshold.get_values(self.start_date).get('duration')
        last = max([self.end_date, *(r.end_date for r in self.renewals)])
        if (years and not self.duration_reason
                and last >= self.start_date + relativedelta(
                    months=int(years * 12))):
            raise ContractError(gettext(
                    'shortcircuit_collective.msg_contract_duration',
                    contract=self.rec_name,
                    years=years.normalize()))

    def check_products(self):
        "Refuse a product whose price would depend on the line"
        seen = {}
        for lot in self.lots:
            for price in lot.prices:
                for product in price.products:
                    if product in seen:
                        raise ContractError(gettext(
                                'shortcircuit_collective'
                                '.msg_contract_product',
                                contract=self.rec_name,
                                product=product.rec_name,
                                first=seen[product].rec_name,
                                second=price.rec_name))
                    seen[product] = price

    def get_member(self, party):
        return find_member(self.members, party)

    @classmethod
    def find_active(cls, party, company):
        "Return the contracts that the party can order on today"
        date = today(company)
        return [
            c for c in cls.search([
                    ('company', '=', company.id),
                    ('state', '=', 'active'),
                    ('start_date', '<=', date),
                    ('members.party', '=', party.id),
                    ])
            if date <= c.last_date]

    @without_check_access
    def get_left(self, party):
        "Say what the party can still order of each lot"
        date = today(self.company)
        lots = [
            l for l in self.__class__(self.id).lots
            if l.is_open(date) and (not l.members or l.get_member(party))]
        return '\n'.join(filter(None, (
                    c.get_left_text()
                    for l in lots for c in l.get_ceilings(party))))

    def get_period(self, date):
        "Return the dates of the part of the contract that has the date"
        period = (self.start_date, self.end_date)
        for renewal in self.renewals:
            if renewal.start_date <= date and renewal.decision_date:
                period = (renewal.start_date, renewal.end_date)
        return period

    def check_order_date(self, sale):
        "Refuse what is ordered out of the dates of the contract"
        pool = Pool()
        Lang = pool.get('ir.lang')
        if self.state != 'active' or not (
                self.start_date <= today(self.company) <= self.last_date):
            lang = Lang.get()
            raise ContractError(gettext(
                    'shortcircuit_collective.msg_contract_dates',
                    sale=sale.rec_name,
                    contract=self.rec_name,
                    start=lang.strftime(self.start_date),
                    end=lang.strftime(self.last_date)))


class Renewal(ModelSQL, ModelView):
    __name__ = 'shortcircuit.contract.renewal'

    contract = fields.Many2One(
        'shortcircuit.contract', "Contract", required=True,
        ondelete='CASCADE')
    start_date = fields.Date(
        "Start Date", required=True,
        domain=[
            If(Eval('start_date') & Eval('end_date'),
                ('start_date', '<=', Eval('end_date')),
                ()),
            ])
    end_date = fields.Date("End Date", required=True)
    decision_date = fields.Date(
        "Decided on",
        help="Leave empty as long as the buyer has not decided to renew.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('contract')
        cls._order = [
            ('start_date', 'ASC'),
            ('id', 'ASC'),
            ]

    @fields.depends(
        'contract', '_parent_contract.end_date',
        '_parent_contract.start_date')
    def on_change_contract(self):
        if self.contract and self.contract.end_date:
            self.start_date = self.contract.end_date + dt.timedelta(days=1)
            self.end_date = self.start_date + relativedelta(years=1, days=-1)

    @classmethod
    def validate_fields(cls, renewals, field_names):
        super().validate_fields(renewals, field_names)
        for contract in {r.contract for r in renewals}:
            if contract.state == 'active':
                contract.check_duration()

    def get_rec_name(self, name):
        pool = Pool()
        Lang = pool.get('ir.lang')
        return f'{self.contract.rec_name} - ' + Lang.get().strftime(
            self.start_date)

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('contract.rec_name', *clause[1:])]
