# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The monthly invoices of the canteens"

import datetime as dt

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.modules.shortcircuit_catalog.today import today
from trytond.pool import Pool
from trytond.transaction import Transaction, check_access
from trytond.wizard import Button, StateAction, StateView, Wizard

from .exceptions import PublicInvoiceError


class PublicInvoiceStart(ModelView):
    __name__ = 'shortcircuit.public.invoice.start'

    company = fields.Many2One('company.company', "Company", required=True)
    date = fields.Date(
        "Until", required=True,
        help="The last date of the invoices to post.")
    invoices = fields.Many2Many(
        'account.invoice', None, None, "Invoices", readonly=True,
        help="What is posted: the draft invoices of canteens.")

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_date(cls):
        "The end of the last month"
        pool = Pool()
        Company = pool.get('company.company')
        company = Company(cls.default_company())
        return today(company).replace(day=1) - dt.timedelta(days=1)

    @fields.depends('company', 'date')
    def on_change_with_invoices(self):
        pool = Pool()
        Canteen = pool.get('shortcircuit.canteen')
        Invoice = pool.get('account.invoice')
        if not self.company or not self.date:
            return []
        canteens = Canteen.search([('company', '=', self.company.id)])
        return Invoice.search([
                ('company', '=', self.company.id),
                ('type', '=', 'out'),
                ('state', 'in', ['draft', 'validated']),
                ('invoice_date', '<=', self.date),
                ('party', 'in', [c.party.id for c in canteens]),
                ])


class PublicInvoice(Wizard):
    __name__ = 'shortcircuit.public.invoice'

    start = StateView(
        'shortcircuit.public.invoice.start',
        'shortcircuit_collective.public_invoice_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Post", 'post', 'tryton-ok', default=True),
            ])
    post = StateAction('account_invoice.act_invoice_out_form')

    def do_post(self, action):
        pool = Pool()
        Invoice = pool.get('account.invoice')
        Lang = pool.get('ir.lang')
        ModelAccess = pool.get('ir.model.access')
        with check_access():
            ModelAccess.check('account.invoice', 'write')
        invoices = Invoice.browse(self.start.on_change_with_invoices())
        if not invoices:
            raise PublicInvoiceError(gettext(
                    'shortcircuit_collective.msg_public_invoice_none',
                    date=Lang.get().strftime(self.start.date)))
        Invoice.post(invoices)
        return action, {'res_id': [i.id for i in invoices]}
