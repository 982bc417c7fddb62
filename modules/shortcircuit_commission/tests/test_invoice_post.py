# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from decimal import Decimal

from trytond.model.modelstorage import (
    DomainValidationError, RequiredValidationError)
from trytond.modules.shortcircuit_commission.tests.locked import LockedTestCase
from trytond.pool import Pool


class InvoicePostTestCase(LockedTestCase):
    "Test what is refused when an invoice is posted"

    def enter_invoice(self):
        "Return the draft of an invoice of a supplier, without its date"
        pool = Pool()
        Account = pool.get('account.account')
        Invoice = pool.get('account.invoice')
        Line = pool.get('account.invoice.line')
        Party = pool.get('party.party')
        party, = Party.create([{
                    'name': "Supplier",
                    'addresses': [('create', [{}])],
                    }])
        account, *_ = Account.search([('type.expense', '=', True)])
        invoice = Invoice(
            type='in', company=self.company, currency=self.company.currency,
            party=party)
        invoice.on_change_type()
        invoice.on_change_party()
        invoice.lines = [Line(
                type='line', account=account, quantity=1, taxes=[],
                unit_price=Decimal(10))]
        invoice.save()
        return invoice

    def test_no_date(self):
        "Test the invoice of a supplier is not posted without its date"
        pool = Pool()
        Invoice = pool.get('account.invoice')
        with self.assertRaises(RequiredValidationError):
            Invoice.post([self.enter_invoice()])

    def test_ended_account(self):
        "Test nothing is posted on an account that is no longer in use"
        pool = Pool()
        Account = pool.get('account.account')
        Date = pool.get('ir.date')
        Invoice = pool.get('account.invoice')
        invoice = self.enter_invoice()
        invoice.invoice_date = Date.today()
        invoice.save()
        account = invoice.lines[0].account
        Account.write([account], {
                'end_date': Date.today() - dt.timedelta(days=1)})
        with self.assertRaises(DomainValidationError):
            Invoice.post([invoice])
