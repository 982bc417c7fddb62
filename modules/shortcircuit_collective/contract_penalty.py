# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from collections import defaultdict

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, Unique, Workflow, fields
from trytond.model.exceptions import AccessError
from trytond.modules.currency.fields import Monetary
from trytond.modules.shortcircuit_catalog.today import today
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval, If, Or

from . import penalty
from .contract_shortfall import find_shortfalls
from .exceptions import PenaltyWarning
from .proportion import domain, proportion
from .warning import warn


class Contract(metaclass=PoolMeta):
    __name__ = 'shortcircuit.contract'

    penalty_delay = proportion(
        "Late", domain=domain('penalty_delay'),
        help="The part of the value of what is delivered after its day.\n"
        "Leave empty for no penalty.")
    penalty_daily = fields.Numeric(
        "By Day of Delay", digits=(1, 6), domain=domain('penalty_daily'),
        help="The part of the value of what is delivered after its day that "
        "each day of delay costs: 1 ‰ by the standard terms for supplies."
        "\nLeave empty for no penalty.")
    penalty_missing = proportion(
        "Not Delivered", domain=domain('penalty_missing'),
        help="The part of the value of what is ordered and never delivered, "
        "or comes back.\n"
        "Leave empty for no penalty.")
    penalty_cap = proportion(
        "At Most", domain=domain('penalty_cap'),
        help="The part of the order, excluding taxes, that its penalty does "
        "not pass.")
    penalty_floor = Monetary(
        "Not Due Until", currency='currency', digits='currency',
        domain=['OR',
            ('penalty_floor', '=', None),
            ('penalty_floor', '>=', 0),
            ],
        help="No penalty is due as long as those of the whole contract do "
        "not pass this amount.")
    penalty_answer_days = fields.Integer(
        "Days to Answer",
        domain=['OR',
            ('penalty_answer_days', '=', None),
            ('penalty_answer_days', '>=', 0),
            ],
        help="How long the cooperative can answer the letter by which the "
        "buyer announces penalties, before they apply.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        rates = ['penalty_delay', 'penalty_daily', 'penalty_missing']
        cls._buttons.update({
                'propose_penalties': {
                    'invisible': (~Eval('state').in_(['active', 'ended'])
                        | ~Or(*(Bool(Eval(r)) for r in rates))),
                    'depends': ['state', *rates],
                    },
                })

    @property
    def penalty_terms(self):
        return penalty.Terms(*(
                getattr(self, f'penalty_{n}') for n in penalty.Terms._fields))

    @classmethod
    @ModelView.button_action('shortcircuit_collective.act_penalty_contract')
    def propose_penalties(cls, contracts):
        pool = Pool()
        Penalty = pool.get('shortcircuit.contract.penalty')
        Penalty.propose(contracts)


class Penalty(Workflow, ModelSQL, ModelView):
    __name__ = 'shortcircuit.contract.penalty'

    contract = fields.Many2One(
        'shortcircuit.contract', "Contract", required=True, readonly=True,
        ondelete='RESTRICT')
    sale = fields.Many2One(
        'sale.sale', "Call-off", required=True, readonly=True,
        ondelete='RESTRICT')
    company = fields.Many2One(
        'company.company', "Company", required=True, readonly=True)
    party = fields.Function(
        fields.Many2One(
            'party.party', "Buyer",
            context={
                'company': Eval('company', -1),
                },
            depends={'company'}),
        'on_change_with_party')
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    date = fields.Date(
        "Date", required=True, readonly=True,
        help="When it was proposed.")
    ordered = Monetary(
        "Ordered", currency='currency', digits='currency', required=True,
        readonly=True, help="Excluding taxes.")
    delivered = Monetary(
        "Delivered", currency='currency', digits='currency', required=True,
        readonly=True, help="Less what came back, excluding taxes.")
    late = Monetary(
        "Late", currency='currency', digits='currency', required=True,
        readonly=True, help="What was delivered after its day.")
    days = fields.Integer(
        "Days of Delay", required=True, readonly=True,
        help="Of what was delivered last.")
    late_days = Monetary(
        "Late by its Days", currency='currency', digits='currency',
        required=True, readonly=True,
        help="The value of what was late, multiplied by its days of delay: "
        "V × R of the standard terms.")
    missing = Monetary(
        "Not Delivered", currency='currency', digits='currency',
        required=True, readonly=True,
        help="What was never delivered, or came back.")
    proposed_amount = Monetary(
        "Proposed", currency='currency', digits='currency', required=True,
        readonly=True, help="By the terms of the contract.")
    announcement_date = fields.Date(
        "Announced on",
        states={
            'readonly': Eval('state') != 'draft',
            },
        help="When the letter came by which the buyer announces the penalty.")
    answer_date = fields.Function(
        fields.Date(
            "Answer until",
            help="The last day on which the cooperative can answer the "
            "letter."),
        'on_change_with_answer_date')
    amount = Monetary(
        "Amount", currency='currency', digits='currency', required=True,
        domain=[
            ('amount', '>', 0),
            ],
        states={
            'readonly': Eval('state') != 'draft',
            },
        help="What is deducted from the invoice of the buyer.")
    reason = fields.Text(
        "Reason",
        states={
            'readonly': Eval('state') != 'draft',
            'required': Eval('state') == 'cancelled',
            },
        help="What the cooperative answers, and why the penalty is changed "
        "or cancelled.")
    invoice_line = fields.Many2One(
        'account.invoice.line', "Invoice Line", readonly=True,
        ondelete='SET NULL',
        states={
            'invisible': ~Eval('invoice_line'),
            })
    state = fields.Selection([
            ('draft', "Draft"),
            ('agreed', "Agreed"),
            ('cancelled', "Cancelled"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._order = [
            ('date', 'DESC'),
            ('id', 'DESC'),
            ]
        cls._sql_constraints += [
            ('sale_unique', Unique(t, t.sale),
                'shortcircuit_collective.msg_penalty_sale_unique'),
            ]
        cls._transitions |= {
            ('draft', 'agreed'),
            ('draft', 'cancelled'),
            ('agreed', 'draft'),
            ('cancelled', 'draft'),
            }
        cls._buttons.update({
                'agree': {
                    'invisible': Eval('state') != 'draft',
                    'depends': ['state'],
                    },
                'cancel': {
                    'invisible': Eval('state') != 'draft',
                    'depends': ['state'],
                    },
                'draft': {
                    # What is on an invoice is only changed there
                    'invisible': ((Eval('state') == 'draft')
                        | ((Eval('state') == 'agreed') & ~Eval('waiting'))),
                    'depends': ['state', 'waiting'],
                    },
                })

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual', If(
                    Eval('state') == 'cancelled', 'muted', '')),
            ]

    @classmethod
    def default_state(cls):
        return 'draft'

    @fields.depends('sale', '_parent_sale.party')
    def on_change_with_party(self, name=None):
        return self.sale.party if self.sale else None

    @fields.depends('contract', '_parent_contract.currency')
    def on_change_with_currency(self, name=None):
        return self.contract.currency if self.contract else None

    @fields.depends(
        'contract', 'announcement_date',
        '_parent_contract.penalty_answer_days')
    def on_change_with_answer_date(self, name=None):
        if (self.contract and self.announcement_date
                and self.contract.penalty_answer_days is not None):
            return self.announcement_date + dt.timedelta(
                days=self.contract.penalty_answer_days)

    def get_rec_name(self, name):
        return self.sale.rec_name

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('sale.rec_name', *clause[1:])]

    @classmethod
    def check_modification(
            cls, mode, penalties, values=None, external=False):
        super().check_modification(
            mode, penalties, values=values, external=external)
        if mode == 'delete' or (mode == 'write' and external):
            for record in penalties:
                if record.state != 'draft':
                    raise AccessError(gettext(
                            'shortcircuit_collective.msg_penalty_modify',
                            penalty=record.rec_name))

    @classmethod
    def propose(cls, contracts):
        """
        Draft the penalties of the call-offs that lack something.

        None is proposed twice, nor for a contract whose penalties together
        do not pass its floor: they wait for those to come. It costs two
        queries, whatever the number of call-offs.
        """
        totals = cls._get_totals(contracts)
        penalties = []
        for contract, shortfalls in find_shortfalls(contracts).items():
            terms, digits = contract.penalty_terms, contract.currency.digits
            amounts = {
                sale: amount for sale, shortfall in shortfalls.items()
                if (amount := penalty.compute(terms, shortfall, digits))}
            if penalty.is_due(terms, [totals[contract], *amounts.values()]):
                penalties.extend(
                    cls._get_proposed(contract, sale, shortfalls[sale], amount)
                    for sale, amount in amounts.items())
        cls.save(penalties)

    @classmethod
    def _get_totals(cls, contracts):
        totals = defaultdict(int)
        for record in cls.search([
                    ('contract', 'in', [c.id for c in contracts]),
                    ('state', '!=', 'cancelled'),
                    ]):
            totals[record.contract] += record.amount
        return totals

    @classmethod
    def _get_proposed(cls, contract, sale, shortfall, amount):
        return cls(
            contract=contract,
            sale=sale,
            company=contract.company,
            date=today(contract.company),
            proposed_amount=amount,
            amount=amount,
            **shortfall._asdict())

    @classmethod
    @ModelView.button
    @Workflow.transition('agreed')
    def agree(cls, penalties):
        cls.warn_answer(penalties)
        cls.deduct(penalties)

    @classmethod
    def warn_answer(cls, penalties):
        "Warn of those that the cooperative can still answer"
        answerable = [p for p in penalties if p.is_answerable]
        warn(PenaltyWarning, 'penalty_answer', answerable, gettext(
                'shortcircuit_collective.msg_penalty_answer'), [
                p.answer_text for p in answerable])

    @property
    def is_answerable(self):
        "If the buyer has not announced it, or its delay to answer runs"
        if self.contract.penalty_answer_days is None:
            return False
        return (not self.answer_date
            or self.answer_date >= today(self.company))

    @property
    def answer_text(self):
        pool = Pool()
        Lang = pool.get('ir.lang')
        if not self.answer_date:
            return gettext(
                'shortcircuit_collective.msg_penalty_not_announced',
                penalty=self.rec_name)
        return gettext(
            'shortcircuit_collective.msg_penalty_answer_until',
            penalty=self.rec_name,
            date=Lang.get().strftime(self.answer_date))

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, penalties):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def draft(cls, penalties):
        # It is on a cancelled invoice, if on any
        cls.write(penalties, {'invoice_line': None})
