# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

"The settlements of the producers in whose name the cooperative sells"

import datetime as dt
from collections import defaultdict
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import ModelView, Workflow, fields
from trytond.modules.currency.fields import Monetary
from trytond.modules.shortcircuit_catalog.today import today
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval

from .exceptions import SettlementError
from .payment import balance


class Settlement(metaclass=PoolMeta):
    __name__ = 'shortcircuit.settlement'

    _mandate = {
        'invisible': Eval('regime') != 'mandate',
        }

    customer_invoices = fields.One2Many(
        'account.invoice', 'settlement', "Customers' Invoices", readonly=True,
        states=_mandate,
        help="What was invoiced in the name of the producer.")
    collected_amount = Monetary(
        "Collected", currency='currency', digits='currency', readonly=True,
        states=_mandate,
        help="What is owed to the producer for what was invoiced in his name, "
        "including taxes.")
    transfer = fields.Many2One(
        'account.move', "Transfer", readonly=True, ondelete='RESTRICT',
        states={
            'invisible': ~Eval('transfer'),
            },
        help="What gives the producer what was invoiced in his name.")
    transfer_back = fields.Many2One(
        'account.move', "Transfer Taken Back", readonly=True,
        ondelete='RESTRICT',
        states={
            'invisible': ~Eval('transfer_back'),
            },
        help="What takes back what was given, to settle it again.")

    del _mandate

    @classmethod
    def copy(cls, settlements, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('customer_invoices', None)
        default.setdefault('collected_amount', None)
        default.setdefault('transfer', None)
        default.setdefault('transfer_back', None)
        return super().copy(settlements, default=default)

    @classmethod
    def _modifiable_fields(cls):
        return super()._modifiable_fields() | {
            'collected_amount', 'transfer', 'transfer_back'}

    @classmethod
    def settle(cls, company, start_date, end_date, producers=None):
        pool = Pool()
        Invoice = pool.get('account.invoice')
        settlements = super().settle(
            company, start_date, end_date, producers=producers)
        domain = cls._domain_customer_invoices(company, end_date)
        if producers:
            domain.append(('seller', 'in', [p.id for p in producers]))
        invoices = defaultdict(list)
        for invoice in Invoice.search(domain):
            invoices[invoice.seller].append(invoice)
        mandated = {
            s.producer: s for s in settlements if s.regime == 'mandate'}
        # What is collected once the goods are settled is given too
        mandated.update((s.producer, s) for s in cls._start(
                company, start_date, end_date, [
                    (p, 'mandate') for p in invoices if p not in mandated]))
        args = []
        for seller, sub_invoices in invoices.items():
            args.extend([sub_invoices, {'settlement': mandated[seller].id}])
        if args:
            Invoice.write(*args)
        settlements += [s for s in mandated.values() if s not in settlements]
        settlements = cls.browse(settlements)
        cls._set_collected(s for s in settlements if s.regime == 'mandate')
        return settlements

    @classmethod
    def _set_collected(cls, settlements):
        "Set what is owed for the customers' invoices, return these lines"
        lines = {s: s.get_collected_lines() for s in settlements}
        for settlement, collected in lines.items():
            settlement.collected_amount = balance(collected)
        cls.save(list(lines))
        return lines

    @classmethod
    def _domains_regime(cls, company, end_date):
        # Also what he sells is lost in the hands of the cooperative
        return super()._domains_regime(company, end_date) + [[
                ('agreement.regime', '=', 'mandate'),
                ['OR', [
                        ('unsold_kind', '=', 'write_off'),
                        ('effective_date', '<=', end_date),
                        ],
                    ('invoice_lines', 'where', [
                            ('invoice', 'where',
                                cls._domain_customer_invoices(
                                    company, end_date)),
                            ('invoice.state', '!=', 'cancelled'),
                            ]),
                    ],
                ]]

    @classmethod
    def _domain_customer_invoices(cls, company, end_date):
        """
        Return the domain of the invoices of customers that are to settle.

        The cancelled ones that had been posted are with their credit note.
        """
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        settled = Configuration(1).get_multivalue(
            'mandate_settled', company=company.id)
        states = ['paid', 'posted'] if settled == 'posted' else ['paid']
        return [
            ('company', '=', company.id),
            ('type', '=', 'out'),
            ('seller', '!=', None),
            ('settlement', '=', None),
            ('invoice_date', '<=', end_date),
            ['OR',
                ('state', 'in', states),
                [
                    ('state', '=', 'cancelled'),
                    ('cancel_move', '!=', None),
                    ],
                ],
            ]

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, settlements):
        pool = Pool()
        Invoice = pool.get('account.invoice')
        super().cancel(settlements)
        # The invoices can be settled again
        Invoice.write(
            [i for s in settlements for i in s.customer_invoices],
            {'settlement': None})

    @classmethod
    @ModelView.button
    @Workflow.transition('validated')
    def validate_settlement(cls, settlements):
        super().validate_settlement(settlements)
        if sold := [s for s in settlements if s.regime == 'mandate']:
            cls._give_collected(sold)

    @classmethod
    def _give_collected(cls, settlements):
        "Invoice the producers the commission, and owe them what is collected"
        pool = Pool()
        Invoice = pool.get('account.invoice')
        Move = pool.get('account.move')
        MoveLine = pool.get('account.move.line')
        SettlementLine = pool.get('shortcircuit.settlement.line')
        agreements = SettlementLine.get_last_agreements(settlements)
        invoices, transfers, to_reconcile = [], [], []
        for settlement, lines in cls._set_collected(settlements).items():
            if settlement.amount != settlement.sale_amount:
                settlement.invoice = settlement.get_commission_invoice()
                invoices.append(settlement.invoice)
            if lines:
                # Without goods it is what was collected late
                agreement = agreements.get(settlement.id)
                settlement.transfer = settlement.get_transfer(
                    lines, agreement.payment_term if agreement else None)
                transfers.append(settlement.transfer)
                to_reconcile.append((settlement, lines))
        Invoice.save(invoices)
        Invoice.update_taxes(invoices)
        with Invoice.generated():
            Invoice.post(invoices)
        Move.save(transfers)
        Move.post(transfers)
        cls.save(settlements)
        if to_reconcile:
            MoveLine.reconcile(*(
                    [*lines, *(
                        l for l in settlement.transfer.lines
                        if l.account == lines[0].account)]
                    for settlement, lines in to_reconcile))

    @classmethod
    @ModelView.button
    @Workflow.transition('credited')
    def credit(cls, settlements):
        super().credit(settlements)
        if given := [s for s in settlements if s.transfer]:
            cls._take_back(given)

    @classmethod
    def _take_back(cls, settlements):
        "Owe what was given to the account of who sells, to give it again"
        pool = Pool()
        Invoice = pool.get('account.invoice')
        Move = pool.get('account.move')
        MoveLine = pool.get('account.move.line')
        Reconciliation = pool.get('account.move.reconciliation')
        for settlement in settlements:
            settlement.transfer_back = settlement.get_transfer_back()
        moves = [s.transfer_back for s in settlements]
        Move.save(moves)
        Move.post(moves)
        cls.save(settlements)
        # The lines of the customers' invoices are open again
        Reconciliation.delete({
                l.reconciliation for s in settlements
                for l in s.transfer.lines
                if l.reconciliation and not l.maturity_date})
        to_reconcile = []
        for settlement in cls.browse(settlements):
            to_reconcile.extend(settlement._get_taken_back())
        MoveLine.reconcile(*to_reconcile)
        Invoice.write(
            [i for s in settlements for i in s.customer_invoices],
            {'settlement': None})

    def get_transfer_back(self):
        "Return the entry that takes back what the transfer gives"
        pool = Pool()
        Move = pool.get('account.move')
        MoveLine = pool.get('account.move.line')
        Period = pool.get('account.period')
        date = today(self.company)
        return Move(
            company=self.company,
            journal=self.transfer.journal,
            period=Period.find(self.company, date=date),
            date=date,
            origin=self,
            lines=[
                MoveLine(
                    account=l.account, party=l.party,
                    maturity_date=l.maturity_date,
                    debit=l.credit, credit=l.debit)
                for l in self.transfer.lines])

    def _get_taken_back(self):
        "Return the pairs of lines given and taken back, unless paid"
        for line, back in zip(
                self._sorted_lines(self.transfer),
                self._sorted_lines(self.transfer_back)):
            # He owes what he is paid until his next payment
            if not line.reconciliation and not line.payment_amount_cache:
                yield [line, back]

    @staticmethod
    def _sorted_lines(move):
        return sorted(move.lines, key=lambda l: (
                l.account.id, l.maturity_date or dt.date.min,
                l.debit + l.credit))

    def get_commission_invoice(self):
        """
        Return the invoice of the producer for what the cooperative keeps.

        Its untaxed amount is what is sold less what the producer is owed, in
        EUR; it is a credit note if the cooperative owes him for his losses.
        """
        pool = Pool()
        Invoice = pool.get('account.invoice')
        product = self._get_setting('mandate_product')
        amount = self.sale_amount - self.amount
        invoice = Invoice(
            company=self.company,
            type='out',
            party=self.producer.party,
            currency=self.currency,
            reference=self.number,
            description=gettext(
                'shortcircuit_commission.msg_settlement_commission',
                settlement=self.rec_name))
        invoice.set_journal()
        invoice.on_change_party()
        self._check_address(invoice)
        line = self._get_invoice_line()
        line.invoice_type = 'out'
        line.product = product
        line.quantity = 1 if amount > 0 else -1
        line.on_change_product()
        line.unit_price = abs(amount)
        invoice.lines = [line]
        return invoice

    def get_collected_lines(self):
        "Return what is owed to the producer for the customers' invoices"
        pool = Pool()
        MoveLine = pool.get('account.move.line')
        if not self.customer_invoices:
            return []
        return MoveLine.search([
                ('account', '=', self._get_setting('mandate_account').id),
                ('party', '=', self.producer.party.id),
                ('move.origin', 'in', [
                        str(i) for i in self.customer_invoices]),
                ('move.state', '=', 'posted'),
                ('reconciliation', '=', None),
                ])

    def get_transfer(self, lines, payment_term=None):
        """
        Return the entry that makes what is collected payable to the producer.

        lines are what he is owed on the account of the producers who sell.
        Without payment term the one of the party is used; without any it is
        payable today.
        """
        pool = Pool()
        Move = pool.get('account.move')
        MoveLine = pool.get('account.move.line')
        Period = pool.get('account.period')
        party = self.producer.party
        day = today(self.company)
        payment_term = payment_term or party.supplier_payment_term
        amount = balance(lines)
        terms = [(day, amount)]
        if payment_term and amount > 0:
            terms = payment_term.compute(amount, self.currency, day)

        def get_line(account, amount, date=None):
            return MoveLine(
                account=account, party=party, maturity_date=date,
                debit=max(-amount, Decimal(0)), credit=max(amount, Decimal(0)))
        return Move(
            company=self.company,
            journal=self._get_setting('mandate_journal'),
            period=Period.find(self.company, date=day),
            date=day,
            origin=self,
            lines=[get_line(lines[0].account, -amount)] + [
                get_line(party.account_payable_used, amount, date)
                for date, amount in terms])

    def _get_setting(self, name):
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        setting = Configuration(1).get_multivalue(
            name, company=self.company.id)
        if not setting:
            raise SettlementError(gettext(
                    f'shortcircuit_commission.msg_settlement_no_{name}',
                    settlement=self.rec_name))
        return setting


class AccountMove(metaclass=PoolMeta):
    __name__ = 'account.move'

    @classmethod
    def _get_origin(cls):
        return super()._get_origin() + ['shortcircuit.settlement']
