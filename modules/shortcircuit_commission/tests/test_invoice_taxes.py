# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import unittest
from unittest.mock import patch

from trytond.modules.account_invoice.exceptions import InvoiceTaxesWarning
from trytond.modules.shortcircuit_catalog.tests.tools import setup
from trytond.modules.shortcircuit_commission.tests.test_settlement import (
    deliver_day)
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME, drop_db
from trytond.tests.tools import activate_modules
from trytond.transaction import Transaction


class InvoiceTaxesTestCase(unittest.TestCase):
    "Test what is taxed otherwise than its product is told"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        drop_db()
        activate_modules('shortcircuit_commission', setup, deliver_day)
        cls.addClassCleanup(drop_db)

    def setUp(self):
        super().setUp()
        transaction = Transaction().start(DB_NAME, 1)
        self.addCleanup(transaction.stop)
        pool = Pool()
        company, = pool.get('company.company').search([])
        self.enterContext(transaction.set_context(company=company.id))
        Invoice = pool.get('account.invoice')
        self.invoice, = Invoice.copy(
            Invoice.search([('type', '=', 'out')], limit=1))
        line, *_ = self.invoice.lines
        self.assertTrue(line.taxes)
        Invoice.write([self.invoice], {
                'lines': [('copy', [line.id] * 3, {})],
                })

    def check(self):
        pool = Pool()
        Invoice = pool.get('account.invoice')
        Line = pool.get('account.invoice.line')
        with patch.object(
                Line, 'on_change_product', autospec=True,
                side_effect=Line.on_change_product) as compute:
            try:
                Invoice._check_taxes([Invoice(self.invoice.id)])
            finally:
                self.computed = compute.call_count

    def test_same(self):
        "Test lines of a product are computed once"
        self.check()
        self.assertEqual(
            self.computed, len({l.product for l in self.invoice.lines}))

    def test_changed(self):
        "Test the line that was changed among its like is named"
        Line = Pool().get('account.invoice.line')
        *_, line = Pool().get('account.invoice')(self.invoice.id).lines
        Line.write([line], {
                'quantity': 17,
                'taxes': [('remove', [t.id for t in line.taxes])],
                })
        with self.assertRaisesRegex(InvoiceTaxesWarning, r"for 17\.00"):
            self.check()
