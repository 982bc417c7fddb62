# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The invoices that the cooperative makes for who delivers"

import datetime as dt

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.modules.company import CompanyReport
from trytond.modules.shortcircuit_catalog.mail import has_email, send_email
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.tools import slugify
from trytond.transaction import Transaction, without_check_access

from .exceptions import MandateMissingError
from .factur_x import REQUIRED_NOTES


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

    @classmethod
    def default_vat_regime(cls):
        return 'normal'


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

    @classmethod
    def get_document(cls, commissions, names):
        "Return the invoice as it was made, and its name"
        documents = {n: {} for n in names}
        for commission in commissions:
            with without_check_access():
                line = cls(commission.id).invoice_line
                values = line.invoice.get_document() if line else {}
            for name in names:
                documents[name][commission.id] = values.get(name)
        return documents

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
        super().invoice(commissions)
        invoices = Invoice.browse({
                c.invoice_line.invoice for c in cls.browse(commissions)
                if c.agent.type_ == 'agent'})
        Invoice.validate_invoice(invoices)
        with Transaction().set_context(queue_batch=True):
            Invoice.__queue__.issue(invoices)

    @classmethod
    def check_mandates(cls, commissions):
        "Refuse to invoice for the agents who have not mandated the company"
        pool = Pool()
        Lang = pool.get('ir.lang')
        agents = {c.agent for c in commissions if c.agent.type_ == 'agent'}
        for company in {a.company for a in agents}:
            today, mandates = cls._get_mandates(
                company, {a.party for a in agents if a.company == company})
            missing = sorted(
                a.party.rec_name for a in agents
                if a.company == company and a.party not in mandates)
            if missing:
                raise MandateMissingError(gettext(
                        'shortcircuit_commission.msg_agent_no_mandate',
                        agents=', '.join(missing),
                        date=Lang.get().strftime(today)))

    @classmethod
    def _get_mandates(cls, company, parties):
        pool = Pool()
        Date = pool.get('ir.date')
        Mandate = pool.get('shortcircuit.mandate')
        with Transaction().set_context(company=company.id):
            today = Date.today()
        return today, Mandate.at(company, parties, today)

    @classmethod
    def _get_invoice(cls, key):
        pool = Pool()
        Mention = pool.get('shortcircuit.mention')
        invoice = super()._get_invoice(key)
        agent = key['agent']
        if agent.type_ == 'agent':
            today, mandates = cls._get_mandates(agent.company, [agent.party])
            invoice.invoice_date = today
            invoice.mandate = mandates[agent.party]
            invoice.mentions = Mention.get_text(today, [
                    'self_billing', agent.vat_regime, *REQUIRED_NOTES])
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


class Invoice(metaclass=PoolMeta):
    __name__ = 'account.invoice'

    sent_at = fields.Timestamp(
        "Sent at", readonly=True,
        states={
            'invisible': ~Eval('sent_at'),
            },
        help="When the invoice was sent to who it is made for.")

    @property
    def is_of_aidant(self):
        "If it is made for an agent, and no more changed"
        pool = Pool()
        Agent = pool.get('commission.agent')
        return (bool(self.mandate)
            and self.state in {'validated', 'posted', 'paid'}
            and any(isinstance(l.origin, Agent) for l in self.lines))

    @property
    def invoice_report_versioned(self):
        return super().invoice_report_versioned or self.is_of_aidant

    def get_document(self):
        if not (self.is_of_aidant and self.invoice_report_cache):
            return {}
        return {
            'document': self.invoice_report_cache,
            'document_name': (
                f'{slugify(self.number)}.{self.invoice_report_format}'),
            }

    @classmethod
    def issue(cls, invoices):
        "Freeze the invoices of agents as they are printed, and send them"
        cls.print_invoice(invoices)
        cls._send_invoices([
                i for i in cls.browse(invoices)
                if not i.sent_at and has_email(i.party)])

    @classmethod
    def _send_invoices(cls, invoices):
        pool = Pool()
        Email = pool.get('ir.email')
        if not invoices:
            return
        emails = []
        for invoice in invoices:
            document = invoice.get_document()
            emails.append(send_email(
                    'shortcircuit.aidant_invoice.mail', invoice, invoice.party,
                    attachments=[
                        (document['document_name'], document['document'])]))
        Email.save(emails)
        cls.write(invoices, {'sent_at': dt.datetime.now()})

    @classmethod
    def copy(cls, invoices, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('sent_at', None)
        return super().copy(invoices, default=default)


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
