# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Pay by credit transfer what the self-billed invoices owe"

from collections import defaultdict
from decimal import Decimal

from sql import Null
from sql.aggregate import Count, Min
from sql.conditionals import Case

from trytond import backend
from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.modules.shortcircuit_catalog.today import today
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.tools import sqlite_apply_types
from trytond.transaction import Transaction
from trytond.wizard import Button, StateAction, StateView, Wizard

from .exceptions import PaymentError

# What a bank carries of a reference
REFERENCE_SIZE = 140


class Settlement(metaclass=PoolMeta):
    __name__ = 'shortcircuit.settlement'

    due_date = fields.Function(fields.Date(
            "Due Date",
            states={
                'invisible': ~Eval('due_date'),
                }),
        'get_payment')
    payment_state = fields.Function(fields.Selection([
                (None, ""),
                ('to_pay', "To Pay"),
                ('late', "Late"),
                ('paying', "Being Paid"),
                ('paid', "Paid"),
                ], "Payment", sort=False,
            states={
                'invisible': ~Eval('payment_state'),
                }),
        'get_payment', searcher='search_payment_state')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'pay': {
                    'invisible': ~Eval('payment_state').in_(
                        ['to_pay', 'late']),
                    'depends': ['payment_state'],
                    },
                'unblock_payment': {
                    'invisible': (~Eval('contested_at')
                        | ~Eval('payment_state').in_(['to_pay', 'late'])),
                    'depends': ['contested_at', 'payment_state'],
                    },
                })

    @classmethod
    def _query_payment(cls):
        "Return the query of the due dates and of the states of payment"
        pool = Pool()
        Date = pool.get('ir.date')
        Invoice = pool.get('account.invoice')
        Line = pool.get('account.move.line')
        Payment = pool.get('account.payment')
        Reconciliation = pool.get('account.move.reconciliation')
        settlement, invoice, line, payment, reconciliation = [
            m.__table__()
            for m in [cls, Invoice, Line, Payment, Reconciliation]]
        delegate = Line.__table__()
        due_date = Min(line.maturity_date)
        reconciled = Case((
                (line.reconciliation != Null)
                & ((reconciliation.delegate_to == Null)
                    | (delegate.reconciliation != Null)), line.id))
        state = Case(
            (Count(line.id, distinct=True)
                == Count(reconciled, distinct=True), 'paid'),
            (Count(payment.id) > 0, 'paying'),
            (due_date < Date.today(), 'late'),
            else_='to_pay')
        # What is netted is paid by the line it is delegated to
        paid = ((payment.line == line.id)
            | (payment.line == reconciliation.delegate_to))
        return (settlement
            .join(invoice, 'LEFT', condition=settlement.invoice == invoice.id)
            .join(line, condition=cls._owes(settlement, invoice, line))
            .join(reconciliation, 'LEFT',
                condition=line.reconciliation == reconciliation.id)
            .join(delegate, 'LEFT',
                condition=reconciliation.delegate_to == delegate.id)
            .join(payment, 'LEFT',
                condition=paid & (payment.state != 'failed'))
            .select(
                settlement.id.as_('settlement'),
                due_date.as_('due_date'),
                state.as_('payment_state'),
                where=settlement.state == 'validated',
                group_by=settlement.id))

    @staticmethod
    def _owes(settlement, invoice, line):
        "If the line is what the producer is owed for the settlement"
        # Who sells is owed what is given to him, and owes his invoice
        return (
            ((settlement.regime != 'mandate')
                & (line.move == invoice.move)
                & (line.account == invoice.account))
            | ((line.move == settlement.transfer)
                & (line.maturity_date != Null)))

    @classmethod
    def get_payment(cls, settlements, names):
        query = cls._query_payment()
        query = query.select(
            query.settlement, query.due_date.as_('due_date'),
            query.payment_state,
            where=fields.SQL_OPERATORS['in'](
                query.settlement, [s.id for s in settlements]))
        if backend.name == 'sqlite':
            sqlite_apply_types(query, [None, 'DATE', None])
        values = {n: dict.fromkeys([s.id for s in settlements]) for n in names}
        cursor = Transaction().connection.cursor()
        cursor.execute(*query)
        for id_, due_date, state in cursor:
            row = {'due_date': due_date, 'payment_state': state}
            for name in names:
                values[name][id_] = row[name]
        return values

    @classmethod
    def search_payment_state(cls, name, clause):
        _, operator, value = clause
        query = cls._query_payment()
        Operator = fields.SQL_OPERATORS[operator]
        return [('id', 'in', query.select(
                    query.settlement,
                    where=Operator(query.payment_state, value)))]

    @classmethod
    @ModelView.button_action('shortcircuit_commission.wizard_settlement_pay')
    def pay(cls, settlements):
        pass

    @classmethod
    @ModelView.button
    def unblock_payment(cls, settlements):
        pool = Pool()
        MoveLine = pool.get('account.move.line')
        MoveLine.payment_unblock([
                line for s in settlements for line in s.invoice.lines_to_pay
                if line.payment_blocked])


class Payment(metaclass=PoolMeta):
    __name__ = 'account.payment'

    settled_lines = fields.Function(fields.Many2Many(
            'account.move.line', None, None, "Settles",
            help="What the payment settles, once netted."),
        'get_settled_lines')

    def get_settled_lines(self, name):
        if not self.line:
            return []
        netted = [
            line.id for reconciliation in self.line.reconciliations_delegated
            for line in reconciliation.lines if line.move != self.line.move]
        return netted or [self.line.id]


class MoveLine(metaclass=PoolMeta):
    __name__ = 'account.move.line'

    @classmethod
    def find_due(cls, company, date, settlements=()):
        """
        Find what is due on a date with those who are self-billed.

        It is only with the producers of the settlements, if any. What is
        blocked or already being paid is left out. Return the lines by party,
        those that are not owed to the party included.
        """
        domain = cls._domain_due(company, date)
        if settlements:
            parties = {s.producer.party.id for s in settlements}
        else:
            parties = {
                l.party.id for l in cls.search([
                        domain,
                        ['OR', [
                                ('move.origin.type', '=', 'in',
                                    'account.invoice'),
                                ('move.origin.mandate', '!=', None,
                                    'account.invoice'),
                                ],
                            ('move.origin.id', '>', 0,
                                'shortcircuit.settlement'),
                            ],
                        ])}
        due = defaultdict(list)
        for line in cls.search([domain, ('party', 'in', list(parties))]):
            if not line.payment_amount_cache:
                due[line.party].append(line)
        return due

    @classmethod
    def _domain_due(cls, company, date):
        return [
            ('move.company', '=', company.id),
            # The VAT is payable too in the French chart
            ('party', '!=', None),
            ('reconciliation', '=', None),
            ('payment_blocked', '!=', True),
            ['OR',
                ('account.type.payable', '=', True),
                ('account.type.receivable', '=', True),
                ],
            ['OR',
                ('maturity_date', '=', None),
                ('maturity_date', '<=', date),
                ],
            ['OR',
                ('move_state', '=', 'posted'),
                ('move.origin.state', '=', 'validated', 'account.invoice'),
                ],
            ]

    @property
    def settled_name(self):
        "How who is paid knows the line"
        pool = Pool()
        Invoice = pool.get('account.invoice')
        Settlement = pool.get('shortcircuit.settlement')
        if isinstance(self.move.origin, Settlement):
            return self.move.origin.number
        if isinstance(self.move.origin, Invoice):
            return self.move.origin.reference or self.move.origin.number
        return (self.description_used or self.move.description
            or self.move.number)


class Pay(Wizard):
    __name__ = 'shortcircuit.settlement.pay'

    start = StateView(
        'shortcircuit.settlement.pay.start',
        'shortcircuit_commission.settlement_pay_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Pay", 'pay', 'tryton-ok', default=True),
            ])
    pay = StateAction('account_payment.act_payment_group_form')

    def default_start(self, fields):
        pool = Pool()
        Settlement = pool.get('shortcircuit.settlement')
        if isinstance(self.model, type) and self.model == Settlement:
            return {'settlements': [r.id for r in self.records]}
        return {}

    def do_pay(self, action):
        due = self.start.find_due()
        self._lock(due)
        # Another accountant may have paid meanwhile
        due = {
            party: lines for party, lines in self.start.find_due().items()
            if balance(lines) > 0}
        if not due:
            raise PaymentError(gettext(
                    'shortcircuit_commission.msg_payment_nothing'))
        self._check_bank_accounts(due)
        self._post(due)
        payments = [
            self._get_payment(party, lines) for party, lines in due.items()]
        group = self._process(payments)
        # Its form has the file for the bank
        action['views'].reverse()
        return action, {'res_id': [group.id]}

    def _lock(self, due):
        pool = Pool()
        Line = pool.get('account.move.line')
        if lines := [line for lines in due.values() for line in lines]:
            Line.lock(lines)

    def _check_bank_accounts(self, parties):
        "Refuse to pay who has no bank account, and name him"
        missing = [
            party.rec_name for party in parties
            if not any(a.iban and a.bank for a in party.bank_accounts_used)]
        if missing and self.start.journal.process_method == 'sepa':
            raise PaymentError(gettext(
                    'shortcircuit_commission.msg_payment_no_iban',
                    parties=', '.join(sorted(missing))))

    def _post(self, due):
        pool = Pool()
        Invoice = pool.get('account.invoice')
        Invoice.post(list({
                    line.move.origin for lines in due.values()
                    for line in lines if line.move.state == 'draft'}))

    def _get_payment(self, party, lines):
        pool = Pool()
        Payment = pool.get('account.payment')
        return Payment(
            company=self.start.company,
            journal=self.start.journal,
            kind='payable',
            party=party,
            date=self.start.date,
            amount=balance(lines),
            line=self._net(lines),
            reference=get_reference(lines))

    def _net(self, lines):
        "Return the line that is left to pay of the lines"
        pool = Pool()
        GroupLines = pool.get('account.move.line.group', type='wizard')
        Journal = pool.get('account.journal')
        if len(lines) == 1:
            line, = lines
        else:
            journal = self.start.journal.clearing_journal or Journal.search(
                [('type', '=', 'general')], limit=1)[0]
            move, line = GroupLines.group_lines(
                lines, journal, date=self.start.accounting_date)
            move.description = get_reference(lines)
            move.save()
            move.post()
        if not line.maturity_date:
            line.maturity_date = self.start.date
            line.save()
        return line

    def _process(self, payments):
        pool = Pool()
        Group = pool.get('account.payment.group')
        Payment = pool.get('account.payment')

        def group():
            group = Group(
                company=self.start.company, journal=self.start.journal,
                kind='payable')
            group.save()
            return group

        Payment.save(payments)
        Payment.submit(payments)
        Payment.approve(payments)
        return Payment.process(payments, group)


def balance(lines):
    "Return what is owed to the party of the lines, netted"
    return sum((line.credit - line.debit for line in lines), Decimal(0))


def get_reference(lines):
    "Name what the lines are of, as far as a bank carries it"
    # What is paid, then what is deducted from it
    lines = sorted(lines, key=lambda line: bool(line.debit))
    names = list(dict.fromkeys(line.settled_name for line in lines))
    reference = ', '.join(names)
    while len(reference) > REFERENCE_SIZE:
        names.pop()
        reference = ', '.join(names) + ', …'
    return reference


class PayStart(ModelView):
    __name__ = 'shortcircuit.settlement.pay.start'

    company = fields.Many2One('company.company', "Company", required=True)
    settlements = fields.Many2Many(
        'shortcircuit.settlement', None, None, "Settlements", readonly=True,
        states={
            'invisible': ~Eval('settlements'),
            })
    journal = fields.Many2One(
        'account.payment.journal', "Journal", required=True,
        domain=[
            ('company', '=', Eval('company', -1)),
            ])
    date = fields.Date(
        "Date", required=True, help="When the bank executes the transfers.")
    due_until = fields.Date(
        "Due until", required=True,
        help="What is due until this day is paid, and netted with what the "
        "producers owe.")
    transfers = fields.One2Many(
        'shortcircuit.settlement.pay.transfer', None, "Transfers",
        readonly=True)
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    amount = fields.Function(Monetary(
            "Amount", currency='currency', digits='currency'),
        'on_change_with_amount')

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_journal(cls):
        pool = Pool()
        Journal = pool.get('account.payment.journal')
        journals = Journal.search([
                ('company', '=', cls.default_company()),
                ('process_method', '=', 'sepa'),
                ], limit=2)
        if len(journals) == 1:
            return journals[0].id

    @classmethod
    def default_date(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        return Date.today()

    default_due_until = default_date

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None

    # The web client does not follow what the change of another field changes
    @fields.depends(methods=['on_change_with_transfers'])
    def on_change_with_amount(self, name=None):
        return sum(
            (t.amount for t in self.on_change_with_transfers()
                if t.amount > 0),
            Decimal(0))

    @fields.depends('company', 'due_until', 'settlements')
    def on_change_with_transfers(self):
        pool = Pool()
        Transfer = pool.get('shortcircuit.settlement.pay.transfer')
        if not self.company or not self.due_until:
            return []
        return [
            Transfer(
                party=party, currency=self.company.currency,
                amount=balance(lines), reference=get_reference(lines))
            for party, lines in sorted(
                self.find_due().items(), key=lambda i: i[0].name or '')]

    def find_due(self):
        pool = Pool()
        Line = pool.get('account.move.line')
        return Line.find_due(self.company, self.due_until, self.settlements)

    @property
    def accounting_date(self):
        return today(self.company)


class PayTransfer(ModelView):
    __name__ = 'shortcircuit.settlement.pay.transfer'

    party = fields.Many2One('party.party', "Party", readonly=True)
    reference = fields.Char(
        "Settles", readonly=True,
        help="What is due to the producer and what he owes.")
    currency = fields.Many2One('currency.currency', "Currency", readonly=True)
    amount = Monetary(
        "Amount", currency='currency', digits='currency', readonly=True,
        help="Nothing is paid to who owes more than he is due.")
