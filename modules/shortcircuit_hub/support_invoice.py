# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Invoice the partners of the solidarity channels for what they pay"

import datetime as dt
from collections import defaultdict

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import Transaction, check_access
from trytond.wizard import Button, StateAction, StateView, Wizard

from .exceptions import SupportInvoiceError


class InvoiceLine(metaclass=PoolMeta):
    __name__ = 'account.invoice.line'

    @classmethod
    def find_support(cls, company, from_date, to_date):
        "Return what the partners pay of a period and is not invoiced yet"
        pool = Pool()
        Channel = pool.get('shortcircuit.channel')
        channels = Channel.search([
                ('company', '=', company),
                ('kind', '=', 'solidarity'),
                ])
        return cls.search([
                ('company', '=', company),
                ('invoice', '=', None),
                ('invoice_type', '=', 'out'),
                ('party', 'in', [c.partner.id for c in channels]),
                ('origin.effective_date', '>=', from_date, 'stock.move'),
                ('origin.effective_date', '<=', to_date, 'stock.move'),
                ])

    @classmethod
    def invoice_support(cls, lines, description):
        "Put the lines on an invoice for each partner, return the invoices"
        pool = Pool()
        Invoice = pool.get('account.invoice')
        cls.lock(lines)
        groups = defaultdict(list)
        for line in lines:
            groups[line._support_invoice_key].append(line)
        invoices = [
            cls._get_support_invoice(description, **dict(key))
            for key in groups]
        Invoice.save(invoices)
        args = []
        for invoice, group in zip(invoices, groups.values()):
            args.extend([group, {'invoice': invoice.id}])
        cls.write(*args)
        Invoice.update_taxes(invoices)
        return invoices

    @property
    def _support_invoice_key(self):
        "The values of the invoice that it shares with others"
        return (
            ('company', self.company),
            ('party', self.party),
            ('currency', self.currency),
            )

    @classmethod
    def _get_support_invoice(cls, description, party, **values):
        pool = Pool()
        Invoice = pool.get('account.invoice')
        invoice = Invoice(
            type='out', party=party,
            invoice_address=party.address_get(type='invoice'),
            account=party.account_receivable_used,
            payment_term=party.customer_payment_term,
            description=description, **values)
        invoice.set_journal()
        return invoice


class SupportInvoiceStart(ModelView):
    __name__ = 'shortcircuit.support.invoice.start'

    from_date = fields.Date(
        "From", required=True,
        domain=[
            ('from_date', '<=', Eval('to_date', None)),
            ],
        help="The first day of delivery to invoice.")
    to_date = fields.Date(
        "To", required=True,
        domain=[
            ('to_date', '>=', Eval('from_date', None)),
            ],
        help="The last day of delivery to invoice.")

    @classmethod
    def default_from_date(cls):
        return cls.default_to_date().replace(day=1)

    @classmethod
    def default_to_date(cls):
        "The end of the last month"
        pool = Pool()
        Date = pool.get('ir.date')
        return Date.today().replace(day=1) - dt.timedelta(days=1)


class SupportInvoice(Wizard):
    __name__ = 'shortcircuit.support.invoice'

    start = StateView(
        'shortcircuit.support.invoice.start',
        'shortcircuit_hub.support_invoice_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Invoice", 'invoice', 'tryton-ok', default=True),
            ])
    invoice = StateAction('account_invoice.act_invoice_out_form')

    def do_invoice(self, action):
        pool = Pool()
        InvoiceLine = pool.get('account.invoice.line')
        Lang = pool.get('ir.lang')
        ModelAccess = pool.get('ir.model.access')
        lang = Lang.get()
        with check_access():
            ModelAccess.check('account.invoice', 'create')
        period = {
            'from_date': lang.strftime(self.start.from_date),
            'to_date': lang.strftime(self.start.to_date),
            }
        lines = InvoiceLine.find_support(
            Transaction().context.get('company'),
            self.start.from_date, self.start.to_date)
        if not lines:
            raise SupportInvoiceError(gettext(
                    'shortcircuit_hub.msg_support_invoice_none', **period))
        invoices = InvoiceLine.invoice_support(lines, gettext(
                'shortcircuit_hub.msg_support_invoice', **period))
        return action, {'res_id': [i.id for i in invoices]}
