# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"How the penalties of call-offs are deducted from the invoices of the buyers"

from trytond.i18n import gettext
from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval, If
from trytond.transaction import without_check_access

from .exceptions import PenaltyError


class Penalty(metaclass=PoolMeta):
    __name__ = 'shortcircuit.contract.penalty'

    waiting = fields.Function(
        fields.Char("Deduction",
            states={
                'invisible': ~Eval('waiting'),
                }),
        'get_waiting')

    @classmethod
    @without_check_access
    def get_waiting(cls, penalties, name):
        "Tell of those that no invoice has that they wait for one"
        waiting = dict.fromkeys([p.id for p in penalties])
        for penalty in cls.search([
                    ('id', 'in', list(waiting)),
                    *cls._get_waiting_domain(),
                    ]):
            waiting[penalty.id] = gettext(
                'shortcircuit_collective.msg_penalty_waiting',
                party=penalty.sale.payer.rec_name)
        return waiting

    @classmethod
    def deduct(cls, penalties):
        """
        Deduct penalties from the draft invoices of who pays their call-offs.

        Each is a line of the first invoice of the contract that stays above
        zero, rather one of the engagement of the call-off. Without any it
        waits for the next invoice. It has no tax: a penalty pays for no
        delivery.
        """
        pool = Pool()
        Line = pool.get('account.invoice.line')
        cls.lock(penalties)
        accounts = {p: p.invoice_account for p in penalties}
        left = {
            i: i.untaxed_amount for i in cls._find_invoices(penalties)}
        deducted = {}
        for penalty in penalties:
            if invoice := penalty.choose_invoice(left):
                left[invoice] -= penalty.amount
                deducted[penalty] = penalty.get_invoice_line(
                    invoice, accounts[penalty])
        Line.save(list(deducted.values()))
        for penalty, line in deducted.items():
            penalty.invoice_line = line
        cls.save(list(deducted))

    @classmethod
    def find_waiting(cls, contracts):
        "Return the agreed penalties of contracts that no invoice has"
        return cls.search([
                ('contract', 'in', [c.id for c in contracts]),
                *cls._get_waiting_domain(),
                ])

    @classmethod
    def _get_waiting_domain(cls):
        return [
            ('state', '=', 'agreed'),
            ['OR',
                ('invoice_line', '=', None),
                ('invoice_line.invoice.state', '=', 'cancelled'),
                ],
            ]

    @classmethod
    def _find_invoices(cls, penalties):
        pool = Pool()
        Invoice = pool.get('account.invoice')
        return Invoice.search(cls._get_invoice_domain(penalties),
            order=[('invoice_date', 'ASC'), ('id', 'ASC')])

    @classmethod
    def _get_invoice_domain(cls, penalties):
        return [
            ('type', '=', 'out'),
            ('state', '=', 'draft'),
            ('contract', 'in', list({p.contract.id for p in penalties})),
            ('party', 'in', list({p.sale.payer.id for p in penalties})),
            ]

    def choose_invoice(self, left):
        """
        Return the invoice that the penalty is deducted from, None without.

        left is a dictionary of invoice to what is left of it, excluding
        taxes.
        """
        invoices = [
            i for i, amount in left.items()
            if i.contract == self.contract and i.party == self.sale.payer
            and i.currency == self.currency and amount >= self.amount]
        engagement = self.sale.engagement_number
        return min(
            invoices, default=None, key=lambda i: (
                (i.engagement_number or None) != (engagement or None)))

    def get_invoice_line(self, invoice, account):
        pool = Pool()
        Line = pool.get('account.invoice.line')
        return Line(
            invoice=invoice,
            type='line',
            company=self.company,
            currency=self.currency,
            origin=self,
            description=gettext(
                'shortcircuit_collective.msg_penalty_line',
                invoice.party_lang, sale=self.sale.rec_name),
            account=account,
            quantity=-1,
            unit_price=self.amount,
            taxes=[])

    @property
    def invoice_account(self):
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        account = Configuration(1).get_multivalue(
            'penalty_account', company=self.company.id)
        if not account:
            raise PenaltyError(gettext(
                    'shortcircuit_collective.msg_penalty_no_account',
                    penalty=self.rec_name))
        return account


class PenaltyOfSellers(metaclass=PoolMeta):
    __name__ = 'shortcircuit.contract.penalty'

    @classmethod
    def _get_invoice_domain(cls, penalties):
        # What a producer sells in his name does not pay for the cooperative
        return super()._get_invoice_domain(penalties) + [
            ('seller', '=', None)]


class Sale(metaclass=PoolMeta):
    __name__ = 'sale.sale'

    @classmethod
    def _process_invoice(cls, sales):
        pool = Pool()
        Penalty = pool.get('shortcircuit.contract.penalty')
        super()._process_invoice(sales)
        contracts = {s.contract for s in sales if s.contract}
        if not contracts:
            return
        with without_check_access():
            if penalties := Penalty.find_waiting(contracts):
                Penalty.deduct(penalties)


class InvoiceLine(metaclass=PoolMeta):
    __name__ = 'account.invoice.line'

    is_penalty = fields.Function(
        fields.Boolean("Penalty"), 'on_change_with_is_penalty')

    @fields.depends('origin')
    def on_change_with_is_penalty(self, name=None):
        pool = Pool()
        Penalty = pool.get('shortcircuit.contract.penalty')
        return isinstance(self.origin, Penalty)

    @classmethod
    def _get_origin(cls):
        return super()._get_origin() + ['shortcircuit.contract.penalty']

    @classmethod
    def _account_domain(cls, type_):
        domain = super()._account_domain(type_)
        if type_ == 'out':
            # A penalty is an expense that customers deduct, and nothing else
            domain = domain + [
                If(Eval('is_penalty', False),
                    ('type.expense', '=', True),
                    ('type.revenue', '=', True)),
                ]
        return domain
