# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

"The invoices that the cooperative makes for those who mandate it"

import datetime as dt

from trytond.i18n import gettext
from trytond.model import ModelView, Workflow, fields
from trytond.modules.company import CompanyReport
from trytond.modules.shortcircuit_catalog.document import DocumentMixin
from trytond.modules.shortcircuit_catalog.mail import has_email, send_email
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval
from trytond.tools import slugify
from trytond.transaction import Transaction, check_access, without_check_access
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .exceptions import ContestError, SettlementError
from .factur_x import REQUIRED_NOTES
from .invoice_report import FacturXMixin


class Invoice(metaclass=PoolMeta):
    __name__ = 'account.invoice'

    mandate = fields.Many2One(
        'shortcircuit.mandate', "Self-Billing Mandate", readonly=True,
        ondelete='RESTRICT',
        states={
            'invisible': ~Eval('mandate'),
            })
    mentions = fields.Text(
        "Mentions", readonly=True,
        states={
            'invisible': ~Eval('mentions'),
            })

    def _number_sequence(self, pattern=None):
        pool = Pool()
        InvoiceSequence = pool.get('account.fiscalyear.invoice_sequence')
        pattern = pattern.copy() if pattern is not None else {}
        # The series of the self-billed are of nobody else
        pattern['self_billed'] = None
        sequence, date = super()._number_sequence(pattern=pattern)
        if self.mandate:
            party = self.series_party
            series = InvoiceSequence.get_series(
                self.company, [party], date or self.invoice_date)
            sequence = getattr(series[party], self._sequence_field)
        return sequence, date

    @property
    def series_party(self):
        "Who the series of numbers of a self-billed invoice is of"
        return self.party

    def _credit(self, **values):
        credit = super()._credit(**values)
        credit.mandate = self.mandate
        credit.mentions = self.mentions
        return credit

    @classmethod
    def copy(cls, invoices, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('mandate', None)
        default.setdefault('mentions', None)
        return super().copy(invoices, default=default)


class InvoiceSequence(metaclass=PoolMeta):
    __name__ = 'account.fiscalyear.invoice_sequence'

    self_billed = fields.Many2One(
        'party.party', "Self-Billed", ondelete='RESTRICT',
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="Who the series of numbers is of.\n"
        "Leave empty for the invoices that are not self-billed.")

    @classmethod
    def get_series(cls, company, parties, date):
        """
        Find the series of numbers of parties in the fiscal year of a date.

        Each has one, for its invoices and its credit notes (CGI annex II
        art. 242 nonies A). Return a dictionary of party to the record whose
        sequences are its own; those that are missing are created.
        """
        pool = Pool()
        FiscalYear = pool.get('account.fiscalyear')
        fiscalyear = FiscalYear.find(company, date=date, test_state=False)
        # Two processes must not create the series of the same party
        FiscalYear.lock([fiscalyear])
        series = {s.self_billed: s for s in cls.search([
                    ('fiscalyear', '=', fiscalyear.id),
                    ('self_billed', 'in', [p.id for p in parties]),
                    ])}
        missing = [p for p in dict.fromkeys(parties) if p not in series]
        created = cls._create_series(fiscalyear, missing)
        return series | dict(zip(missing, created))

    @classmethod
    def _create_series(cls, fiscalyear, parties):
        pool = Pool()
        ModelData = pool.get('ir.model.data')
        Sequence = pool.get('ir.sequence.strict')
        sequences = Sequence.create([{
                    'name': gettext(
                        'shortcircuit_commission.msg_self_billing_series',
                        party=party.rec_name,
                        fiscalyear=fiscalyear.rec_name),
                    'company': fiscalyear.company.id,
                    'sequence_type': ModelData.get_id(
                        'account_invoice', 'sequence_type_account_invoice'),
                    'prefix': f'AF{party.code}-{fiscalyear.end_date:%y}-',
                    'padding': 4,
                    } for party in parties])
        return cls.create([{
                    'company': fiscalyear.company.id,
                    'fiscalyear': fiscalyear.id,
                    'self_billed': party.id,
                    'in_invoice_sequence': sequence.id,
                    'in_credit_note_sequence': sequence.id,
                    'out_invoice_sequence': sequence.id,
                    'out_credit_note_sequence': sequence.id,
                    } for party, sequence in zip(parties, sequences)])


class Settlement(DocumentMixin, metaclass=PoolMeta):
    __name__ = 'shortcircuit.settlement'

    sent_at = fields.Timestamp(
        "Sent at", readonly=True,
        states={
            'invisible': ~Eval('sent_at'),
            },
        help="When the invoice was sent to who it is made for.")
    contest_until = fields.Function(fields.Date(
            "Contest Until",
            states={
                'invisible': ~Eval('contest_until'),
                },
            help="The last day the producer may contest the invoice."),
        'on_change_with_contest_until')
    contested_at = fields.Timestamp(
        "Contested at", readonly=True,
        states={
            'invisible': ~Eval('contested_at'),
            })
    contest_reason = fields.Text(
        "Why it is Contested", readonly=True,
        states={
            'invisible': ~Eval('contested_at'),
            })

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.document.readonly = True
        cls.document.states['invisible'] = ~Eval('document_name')
        cls.document_name.readonly = True
        cls._buttons.update({
                'send': {
                    'invisible': (
                        ~Eval('document_name') | Bool(Eval('sent_at'))),
                    'depends': ['document_name', 'sent_at'],
                    },
                'contest': {
                    'invisible': (
                        ~Eval('document_name') | Bool(Eval('contested_at'))),
                    'depends': ['document_name', 'contested_at'],
                    },
                })

    @fields.depends('invoice', 'sent_at')
    def on_change_with_contest_until(self, name=None):
        if self.invoice and self.invoice.mandate:
            sent = self.sent_at.date() if self.sent_at else (
                self.invoice.invoice_date)
            return sent + dt.timedelta(days=self.invoice.mandate.contest_days)

    @classmethod
    def copy(cls, settlements, default=None):
        default = default.copy() if default is not None else {}
        for name in ['sent_at', 'contested_at', 'contest_reason']:
            default.setdefault(name, None)
        return super().copy(settlements, default=default)

    @classmethod
    def _modifiable_fields(cls):
        return super()._modifiable_fields() | {
            'document', 'document_id', 'document_name', 'sent_at',
            'contested_at', 'contest_reason'}

    @classmethod
    @ModelView.button
    @Workflow.transition('validated')
    def validate_settlement(cls, settlements):
        cls.check_mandates(settlements)
        super().validate_settlement(settlements)
        with Transaction().set_context(queue_batch=True):
            cls.__queue__.issue([
                    s for s in settlements if s.invoice and s.invoice.mandate])

    @classmethod
    def check_mandates(cls, settlements):
        "Refuse to invoice for those who have not mandated the cooperative"
        pool = Pool()
        Date = pool.get('ir.date')
        Lang = pool.get('ir.lang')
        for company in {s.company for s in settlements}:
            with Transaction().set_context(company=company.id):
                today = Date.today()
            settled = [s for s in settlements if s.company == company]
            mandates = cls.get_mandates(settled, today)
            for settlement in settled:
                if settlement.producer.party not in mandates:
                    raise SettlementError(gettext(
                            'shortcircuit_commission'
                            '.msg_settlement_no_mandate',
                            settlement=settlement.rec_name,
                            producer=settlement.producer.rec_name,
                            date=Lang.get().strftime(today)))

    @classmethod
    def get_mandates(cls, settlements, date):
        pool = Pool()
        Mandate = pool.get('shortcircuit.mandate')
        company = settlements[0].company
        return Mandate.at(
            company, {s.producer.party for s in settlements}, date)

    def get_invoice(self, payment_term=None):
        pool = Pool()
        Mention = pool.get('shortcircuit.mention')
        invoice = super().get_invoice(payment_term=payment_term)
        date = invoice.invoice_date
        invoice.mandate = self.get_mandates([self], date)[self.producer.party]
        invoice.mentions = Mention.get_text(date, [
                'self_billing', self.producer.vat_regime, *REQUIRED_NOTES])
        return invoice

    @classmethod
    def issue(cls, settlements):
        "Freeze the invoices as they are printed, and send them"
        for settlement in settlements:
            if not settlement.document_name:
                settlement.document_name, settlement.document = (
                    settlement.print_invoice())
        cls.save(settlements)
        cls._send([
                s for s in settlements
                if not s.sent_at and has_email(s.producer.party)])

    def print_invoice(self):
        "Return the name and the content of the file of the invoice"
        pool = Pool()
        Report = pool.get('shortcircuit.self_billing', type='report')
        extension, content, *_ = Report.execute([self.id], {})
        return f'{slugify(self.invoice.number)}.{extension}', content

    @classmethod
    @ModelView.button
    def send(cls, settlements):
        for settlement in settlements:
            if not has_email(settlement.producer.party):
                raise SettlementError(gettext(
                        'shortcircuit_commission.msg_settlement_no_email',
                        settlement=settlement.rec_name,
                        producer=settlement.producer.rec_name))
        cls._send(settlements)

    @classmethod
    def _send(cls, settlements):
        pool = Pool()
        Email = pool.get('ir.email')
        if not settlements:
            return
        Email.save([
                send_email(
                    'shortcircuit.self_billing.mail', s, s.producer.party,
                    attachments=[(s.document_name, s.document)])
                for s in settlements])
        cls.write(settlements, {'sent_at': dt.datetime.now()})

    @classmethod
    @ModelView.button_action(
        'shortcircuit_commission.wizard_settlement_contest')
    def contest(cls, settlements):
        pass

    def set_contest(self, reason):
        """
        Record why the producer contests the invoice made for him.

        ContestError is raised once the delay of his mandate is over.
        """
        pool = Pool()
        Date = pool.get('ir.date')
        Lang = pool.get('ir.lang')
        until = self.contest_until
        with Transaction().set_context(company=self.company.id):
            today = Date.today()
        if not until or today > until:
            raise ContestError(gettext(
                    'shortcircuit_commission.msg_settlement_contest_late',
                    settlement=self.rec_name,
                    date=Lang.get().strftime(until) if until else ''))
        self.contested_at = dt.datetime.now()
        self.contest_reason = reason
        self.save()


class SettlementContest(Wizard):
    __name__ = 'shortcircuit.settlement.contest'

    start = StateView(
        'shortcircuit.settlement.contest.start',
        'shortcircuit_commission.settlement_contest_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Contest", 'contest', 'tryton-ok', default=True),
            ])
    contest = StateTransition()

    def transition_contest(self):
        # A wizard does not check what its user may read
        with check_access():
            self.record.__class__.read([self.record.id], ['id'])
        with without_check_access():
            self.record.set_contest(self.start.reason)
        return 'end'

    def end(self):
        return 'reload'


class SettlementContestStart(ModelView):
    __name__ = 'shortcircuit.settlement.contest.start'

    reason = fields.Text(
        "Reason", required=True, help="What is wrong, and what is right.")


class SettlementReport(CompanyReport):
    __slots__ = ()

    @classmethod
    def get_context(cls, records, header, data):
        pool = Pool()
        Settlement = pool.get('shortcircuit.settlement')
        # A producer reads neither the accounts nor the taxes
        with without_check_access():
            records = Settlement.browse([int(r) for r in records])
            return super().get_context(records, header, data)


class SelfBillingReport(FacturXMixin, SettlementReport):
    __name__ = 'shortcircuit.self_billing'

    @classmethod
    def get_invoice(cls, record):
        return record.invoice

    @classmethod
    def _execute(cls, records, header, data, action):
        pool = Pool()
        Settlement = pool.get('shortcircuit.settlement')
        settlement = Settlement(int(records[0]))
        if settlement.document_name:
            return 'pdf', settlement.document
        return super()._execute(records, header, data, action)


class SelfBillingMail(SettlementReport):
    __name__ = 'shortcircuit.self_billing.mail'
