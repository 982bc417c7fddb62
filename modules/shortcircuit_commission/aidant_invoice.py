# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The invoices that the cooperative makes for who delivers"

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.modules.company import CompanyReport
from trytond.modules.shortcircuit_catalog.moment import Moment
from trytond.modules.shortcircuit_catalog.today import today
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval
from trytond.tools import slugify
from trytond.transaction import Transaction, without_check_access

from .contest import ContestMixin, get_contest_until
from .exceptions import MandateMissingError
from .factur_x import required_notes
from .issue import IssueMixin


class Agent(metaclass=PoolMeta):
    __name__ = 'commission.agent'

    vat_regime = fields.Selection([
            ('normal', "Normal"),
            ('franchise', "Franchise"),
            ], "VAT Regime of Services", required=True, sort=False,
        states={
            'invisible': Eval('type_') != 'agent',
            },
        help="How the commissions are taxed: the flat-rate compensation of a "
        "farmer is for his products, not for his services.")
    mandate = fields.Function(
        fields.Many2One(
            'shortcircuit.mandate', "Self-Billing Mandate",
            states={
                'invisible': Eval('type_') != 'agent',
                },
            help="By which he is invoiced for today."),
        'get_mandates')

    @classmethod
    def default_vat_regime(cls):
        return 'normal'

    @classmethod
    def get_mandates(cls, agents, name):
        pool = Pool()
        Mandate = pool.get('shortcircuit.mandate')
        mandates = dict.fromkeys(map(int, agents))
        for company in {a.company for a in agents}:
            of_company = [a for a in agents if a.company == company]
            by_party = Mandate.at(
                company, {a.party for a in of_company}, today(company))
            for agent in of_company:
                if mandate := by_party.get(agent.party):
                    mandates[agent.id] = mandate.id
        return mandates


class Commission(metaclass=PoolMeta):
    __name__ = 'commission'

    document = fields.Function(
        fields.Binary("Invoice", filename='document_name',
            states={
                'invisible': ~Eval('document_name'),
                }),
        'get_document')
    document_name = fields.Function(
        fields.Char("Name of the Invoice"), 'get_document')

    contest_until = fields.Function(
        fields.Date("Contest Until",
            states={
                'invisible': ~Eval('contest_until'),
                },
            help="The last day to contest the invoice."),
        'get_document')
    contested_at = fields.Function(
        Moment("Contested at",
            states={
                'invisible': ~Eval('contested_at'),
                }),
        'get_document')
    contest_reason = fields.Function(
        fields.Text("Why it is Contested",
            states={
                'invisible': ~Eval('contested_at'),
                }),
        'get_document')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'contest': {
                    'invisible': (
                        ~Eval('document_name') | Bool(Eval('contested_at'))),
                    'depends': ['document_name', 'contested_at'],
                    },
                })

    @classmethod
    def get_document(cls, commissions, names):
        "Return what is told of the invoice, as it was made"
        pool = Pool()
        Invoice = pool.get('account.invoice')
        with without_check_access():
            invoices = {
                c: c.invoice_line.invoice if c.invoice_line else None
                for c in cls.browse(commissions)}
        return Invoice.get_documents(invoices, {n: n for n in names}, names)

    @classmethod
    @ModelView.button_action(
        'shortcircuit_commission.wizard_commission_contest')
    def contest(cls, commissions):
        pass

    def set_contest(self, reason):
        "Contest the invoice, which may be of other commissions too"
        get_contest_until(self)
        self.invoice_line.invoice.set_contest(reason)

    @classmethod
    @ModelView.button
    def invoice(cls, commissions):
        pool = Pool()
        Invoice = pool.get('account.invoice')
        # Two wizards at once must not invoice the same
        cls.lock(commissions)
        commissions = [
            c for c in cls.browse(commissions) if not c.invoice_line]
        cls.check_mandates(commissions)
        cls.lock_to_invoice(commissions)
        super().invoice(commissions)
        invoices = Invoice.browse({
                c.invoice_line.invoice for c in cls.browse(commissions)
                if c.agent.type_ == 'agent'})
        with Invoice.generated():
            Invoice.validate_invoice(invoices)
        with Transaction().set_context(queue_batch=True):
            Invoice.__queue__.issue(invoices)

    @classmethod
    def lock_to_invoice(cls, commissions):
        pool = Pool()
        Invoice = pool.get('account.invoice')
        agents = {c.agent for c in commissions if c.agent.type_ == 'agent'}
        for company in {a.company for a in agents}:
            Invoice.lock_self_billing(company, cls.get_journal(), {
                    a.party for a in agents if a.company == company})

    @classmethod
    def check_mandates(cls, commissions):
        "Refuse to invoice for the agents who have not mandated the company"
        pool = Pool()
        Lang = pool.get('ir.lang')
        missing = {
            c.agent for c in commissions
            if c.agent.type_ == 'agent' and not c.agent.mandate}
        if missing:
            company = next(iter(missing)).company
            raise MandateMissingError(gettext(
                    'shortcircuit_commission.msg_agent_no_mandate',
                    agents=', '.join(sorted(
                            a.party.rec_name for a in missing)),
                    date=Lang.get().strftime(today(company))))

    @classmethod
    def _get_invoice(cls, key):
        pool = Pool()
        Mention = pool.get('shortcircuit.mention')
        invoice = super()._get_invoice(key)
        agent = key['agent']
        if agent.type_ == 'agent':
            invoice.invoice_date = today(agent.company)
            invoice.mandate = agent.mandate
            invoice.mentions = Mention.get_text(invoice.invoice_date, [
                    'self_billing', agent.vat_regime,
                    *required_notes(invoice)])
        return invoice

    @classmethod
    def _get_invoice_line(cls, key, invoice, commissions):
        line = super()._get_invoice_line(key, invoice, commissions)
        agent = commissions[0].agent
        if agent.type_ == 'agent':
            line.origin = agent
            # For the VAT regime of the agent
            price = line.unit_price
            line.on_change_product()
            line.unit_price = price
        return line


class Invoice(ContestMixin, IssueMixin, metaclass=PoolMeta):
    __name__ = 'account.invoice'
    mail_report = 'shortcircuit.aidant_invoice.mail'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._check_modify_exclude |= {
            'sent_at', 'contested_at', 'contest_reason'}

    @property
    def contested_invoice(self):
        return self if self.is_kept else None

    @property
    def recipient(self):
        return self.party

    @property
    def is_kept(self):
        """
        If it is made for who is paid, no more changed, and kept as printed

        What a settlement makes is kept on the settlement.
        """
        pool = Pool()
        Settlement = pool.get('shortcircuit.settlement')
        return (self.type == 'in' and bool(self.mandate)
            and self.state in {'validated', 'posted', 'paid'}
            and not any(isinstance(l.origin, Settlement) for l in self.lines))

    @property
    def invoice_report_versioned(self):
        return super().invoice_report_versioned or self.is_kept

    @property
    def document_name(self):
        if self.is_kept and self.invoice_report_cache:
            return f'{slugify(self.number)}.{self.invoice_report_format}'

    @property
    def document(self):
        if self.document_name:
            return self.invoice_report_cache

    @classmethod
    def get_documents(cls, invoices, sources, names):
        """
        Tell of the invoices what their records tell.

        invoices is a dictionary of record to invoice or None, sources the one
        of name to the name of what an invoice has. Who reads the records may
        not read the invoices. Return the values by name.
        """
        values = {n: {} for n in names}
        for record, invoice in invoices.items():
            with without_check_access():
                invoice = cls(invoice.id) if invoice else None
                kept = invoice and invoice.is_kept
                for name in names:
                    values[name][record.id] = (
                        getattr(invoice, sources[name]) if kept else None)
        return values

    @classmethod
    def keep(cls, invoices):
        for some in cls.find_unprinted(invoices):
            cls.print_together(some, {})


class InvoiceLine(metaclass=PoolMeta):
    __name__ = 'account.invoice.line'

    @classmethod
    def _get_origin(cls):
        return super()._get_origin() + ['commission.agent']

    @fields.depends('origin')
    def _charges_vat(self):
        pool = Pool()
        Agent = pool.get('commission.agent')
        if isinstance(self.origin, Agent):
            return self.origin.vat_regime != 'franchise'
        return super()._charges_vat()


class AidantInvoiceMail(CompanyReport):
    __name__ = 'shortcircuit.aidant_invoice.mail'
