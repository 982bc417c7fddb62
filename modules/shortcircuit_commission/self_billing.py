# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

"The invoices that the cooperative makes for those who mandate it"

from collections import defaultdict
from functools import partial

from trytond.cache import Cache
from trytond.i18n import gettext
from trytond.model import ModelView, Workflow, fields
from trytond.modules.company import CompanyReport
from trytond.modules.shortcircuit_catalog.document import DocumentMixin
from trytond.modules.shortcircuit_catalog.today import today
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval
from trytond.tools import grouped_slice, slugify
from trytond.transaction import Transaction, without_check_access

from .contest import ContestMixin
from .exceptions import SettlementError
from .factur_x import required_notes
from .invoice_report import PAPERS, FacturXMixin
from .issue import IssueMixin


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

    @classmethod
    def set_number(cls, invoices):
        pool = Pool()
        InvoiceSequence = pool.get('account.fiscalyear.invoice_sequence')
        parties = defaultdict(set)
        for invoice in invoices:
            if invoice.mandate and not invoice.number:
                parties[invoice.company, invoice.date_used].add(
                    invoice.series_party)
        for (company, date), sub_parties in parties.items():
            InvoiceSequence.lock_series(company, sub_parties, date)
        super().set_number(invoices)

    @classmethod
    def lock_self_billing(cls, company, journal, parties):
        """
        Lock all that invoicing for parties today in a journal needs.

        Each lock restarts the transaction: none is left for when the
        invoices are made.
        """
        pool = Pool()
        InvoiceSequence = pool.get('account.fiscalyear.invoice_sequence')
        MoveLine = pool.get('account.move.line')
        Period = pool.get('account.period')
        date = today(company)
        InvoiceSequence.lock_series(company, parties, date)
        if journal:
            MoveLine.check_journal_period_modify(
                Period.find(company, date=date), journal)

    def _number_sequence(self, pattern=None):
        pool = Pool()
        InvoiceSequence = pool.get('account.fiscalyear.invoice_sequence')
        Period = pool.get('account.period')
        date = self.accounting_date or self.invoice_date
        period = Period.find(
            self.company, date=date, test_state=self.type != 'in')
        if self.mandate:
            party = self.series_party
            series = InvoiceSequence.get_series(self.company, [party], date)
            return getattr(series[party], self._sequence_field), date
        # The series of the self-billed are of nobody else
        pattern = {**(pattern or {}), 'self_billed': None}
        return InvoiceSequence.get_usual(
            (period.id, self._sequence_field, frozenset(pattern.items())),
            partial(super()._number_sequence, pattern=pattern)), date

    def get_allow_cancel(self, name):
        # What has a number in the series of another is credited
        return (super().get_allow_cancel(name)
            and not (self.mandate and self.number))

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

    _series_cache = Cache(
        'account.fiscalyear.invoice_sequence.series', context=False)
    _usual_cache = Cache(
        'account.fiscalyear.invoice_sequence.usual', context=False)

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
        series = cls._find_series(fiscalyear, parties)
        missing = [p for p in dict.fromkeys(parties) if p not in series]
        if missing:
            # Two processes must not create the series of the same party
            FiscalYear.lock([fiscalyear])
            created = cls._create_series(fiscalyear, missing)
            series.update(zip(missing, created))
        return series

    @classmethod
    def _find_series(cls, fiscalyear, parties):
        found = {p: cls._series_cache.get((fiscalyear.id, p.id))
            for p in parties}
        if None in found.values():
            for series in cls.search([
                        ('fiscalyear', '=', fiscalyear.id),
                        ('self_billed', 'in', [p.id for p in parties]),
                        ]):
                found[series.self_billed] = series.id
                cls._series_cache.set(
                    (fiscalyear.id, series.self_billed.id), series.id)
        found = {p: id_ for p, id_ in found.items() if id_}
        return dict(zip(found, cls.browse(found.values())))

    @classmethod
    def get_usual(cls, key, find):
        """
        Return the sequence of the invoices that are not self-billed.

        Core looks for it among the series of all who are: find is called, as
        Invoice._number_sequence, only if the key was never asked for.
        """
        pool = Pool()
        Sequence = pool.get('ir.sequence.strict')
        sequence = cls._usual_cache.get(key)
        if sequence is None:
            sequence = find()[0].id
            cls._usual_cache.set(key, sequence)
        return Sequence(sequence)

    @classmethod
    def on_modification(cls, mode, series, field_names=None):
        super().on_modification(mode, series, field_names=field_names)
        cls._series_cache.clear()
        cls._usual_cache.clear()

    @classmethod
    def lock_series(cls, company, parties, date):
        """
        Lock at once the series of numbers of parties.

        Each one that is not locked restarts the transaction when it numbers.
        """
        pool = Pool()
        Sequence = pool.get('ir.sequence.strict')
        series = cls.get_series(company, parties, date)
        Sequence.lock([s.in_invoice_sequence for s in series.values()])

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


class Settlement(
        ContestMixin, IssueMixin, DocumentMixin, metaclass=PoolMeta):
    __name__ = 'shortcircuit.settlement'
    mail_report = 'shortcircuit.self_billing.mail'

    credit_document = fields.Function(
        fields.Binary("Credit Note", filename='credit_document_name',
            states={
                'invisible': ~Eval('credit_document_name'),
                }),
        'get_credit_document')
    credit_document_name = fields.Function(
        fields.Char("Name of the Credit Note"), 'get_credit_document')

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
                        ~Eval('document_name') | ~Eval('contest_until')
                        | Bool(Eval('contested_at'))),
                    'depends': [
                        'document_name', 'contest_until', 'contested_at'],
                    },
                })

    @property
    def contested_invoice(self):
        # What is credited is settled again
        return self.invoice if self.state == 'validated' else None

    @property
    def recipient(self):
        return self.producer.party

    @classmethod
    def get_credit_document(cls, settlements, names):
        pool = Pool()
        Invoice = pool.get('account.invoice')
        return Invoice.get_documents(
            {s: s.credit_note for s in settlements}, {
                'credit_document': 'document',
                'credit_document_name': 'document_name',
                }, names)

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
        cls.lock_to_invoice(settlements)
        super().validate_settlement(settlements)
        with Transaction().set_context(queue_batch=True):
            cls.__queue__.issue([
                    s for s in settlements if s.invoice and s.invoice.mandate])

    @classmethod
    @ModelView.button
    @Workflow.transition('credited')
    def credit(cls, settlements):
        pool = Pool()
        Invoice = pool.get('account.invoice')
        super().credit(settlements)
        with Transaction().set_context(queue_batch=True):
            Invoice.__queue__.issue([
                    s.credit_note for s in settlements
                    if s.credit_note and s.credit_note.mandate])

    @classmethod
    def lock_to_invoice(cls, settlements):
        """
        Lock all that invoicing the producers of settlements needs.
        """
        pool = Pool()
        Invoice = pool.get('account.invoice')
        Journal = pool.get('account.journal')
        cls.lock(settlements)
        bought = [s for s in settlements if s.regime == 'deposit_sale']
        for company in {s.company for s in bought}:
            Invoice.lock_self_billing(
                company, Journal.find({'type': 'expense'}),
                {s.producer.party for s in bought if s.company == company})

    @classmethod
    def check_mandates(cls, settlements):
        "Refuse to invoice for those who have not mandated the cooperative"
        for company in {s.company for s in settlements}:
            cls.get_mandates(
                [s for s in settlements if s.company == company],
                today(company))

    @classmethod
    def get_mandates(cls, settlements, date):
        pool = Pool()
        Mandate = pool.get('shortcircuit.mandate')
        return Mandate.require(
            settlements[0].company, {s: s.producer.party for s in settlements},
            date, cls._refuse_without_mandate)

    @classmethod
    def _refuse_without_mandate(cls, settlements, date):
        settlement, *_ = settlements
        return SettlementError(gettext(
                'shortcircuit_commission.msg_settlement_no_mandate',
                settlement=settlement.rec_name,
                producer=settlement.producer.rec_name,
                date=date))

    @classmethod
    def set_mandates(cls, settlements):
        pool = Pool()
        Mention = pool.get('shortcircuit.mention')
        super().set_mandates(settlements)
        for company in {s.company for s in settlements}:
            date = today(company)
            mandates = cls.get_mandates(
                [s for s in settlements if s.company == company], date)
            for settlement, mandate in mandates.items():
                settlement.invoice.mandate = mandate
                settlement.invoice.mentions = Mention.get_text(date, [
                        'self_billing', settlement.producer.vat_regime,
                        *required_notes(settlement.invoice)])

    @classmethod
    def keep(cls, settlements):
        new = [s for s in settlements if not s.document_name]
        for some in grouped_slice(new, PAPERS):
            cls._keep_papers(list(some))

    @classmethod
    def _keep_papers(cls, settlements):
        pool = Pool()
        Report = pool.get('shortcircuit.self_billing', type='report')
        papers = {}
        Report.print_papers([s.id for s in settlements], papers)
        for settlement in settlements:
            extension, settlement.document = papers[settlement.id]
            settlement.document_name = (
                f'{slugify(settlement.invoice.number)}.{extension}')
        cls.save(settlements)

    @classmethod
    @ModelView.button
    def send(cls, settlements):
        cls.check_emails(settlements)
        cls.mail(settlements)

    @classmethod
    @ModelView.button_action(
        'shortcircuit_commission.wizard_settlement_contest')
    def contest(cls, settlements):
        pass


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
    def get_invoices(cls, ids):
        pool = Pool()
        Settlement = pool.get('shortcircuit.settlement')
        return [s.invoice for s in Settlement.browse(ids)]

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
