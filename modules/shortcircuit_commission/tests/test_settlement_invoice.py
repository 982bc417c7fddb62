# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import unittest
from contextlib import ExitStack, nullcontext
from unittest.mock import patch

from trytond.modules.shortcircuit_catalog.tests.tools import setup
from trytond.modules.shortcircuit_commission import settlement_invoice
from trytond.modules.shortcircuit_commission.tests.test_settlement import (
    TODAY, deliver_day, tables)
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME, drop_db
from trytond.tests.tools import activate_modules
from trytond.transaction import Transaction

INVOICE = [
    'type', 'party', 'invoice_address', 'currency', 'number',
    'invoice_date', 'accounting_date', 'reference', 'description', 'journal',
    'account', 'payment_term', 'payment_term_date', 'mandate', 'mentions',
    'tax_identifier', 'party_tax_identifier', 'untaxed_amount', 'tax_amount',
    'total_amount', 'source_untaxed_amount', 'number_alnum', 'number_digit',
    'state']
LINE = [
    'type', 'product', 'unit', 'quantity', 'unit_price', 'amount', 'account',
    'taxes', 'taxes_deductible_rate', 'description', 'origin', 'currency',
    'company']
TAX = [
    'description', 'account', 'base', 'amount', 'tax', 'legal_notice',
    'manual']
# They are numbered in the order in which they are posted
MOVE = ['journal', 'period', 'date', 'company', 'state']
MOVE_LINE = [
    'account', 'party', 'debit', 'credit', 'maturity_date', 'description',
    'state', 'amount_second_currency']
TAX_LINE = ['tax', 'type', 'amount']


class SettlementInvoiceTestCase(unittest.TestCase):
    "Test what is made at once is what core makes one by one"
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        drop_db()
        activate_modules('shortcircuit_commission', setup, deliver_day)
        cls.addClassCleanup(drop_db)

    def test_same(self):
        "Test the invoices and their moves are those of core"
        at_once = self.invoice(self.validate_at_once)
        self.assertEqual(at_once, self.invoice(self.validate_as_core))
        self.assertEqual([i['type'] for i in at_once], ['in', 'in', 'out'])
        self.assertTrue(all(
                i['lines'] and i['move']['lines'] for i in at_once))
        self.assertTrue(any(i['taxes'] for i in at_once))

    def invoice(self, validate):
        "Settle and invoice, return what is made and undo it"
        with Transaction().start(
                DB_NAME, 1, _lock_tables=tables()) as transaction:
            pool = Pool()
            company, = pool.get('company.company').search([])
            Settlement = pool.get('shortcircuit.settlement')
            try:
                with transaction.set_context(company=company.id):
                    settlements = Settlement.settle(company, TODAY, TODAY)
                    validate(sorted(settlements, key=lambda s: s.id))
                    return [
                        describe_invoice(s.invoice) for s in sorted(
                            Settlement.search([]), key=lambda s: s.id)]
            finally:
                transaction.rollback()

    @staticmethod
    def validate_at_once(settlements):
        pool = Pool()
        Invoice = pool.get('account.invoice')
        Settlement = pool.get('shortcircuit.settlement')
        Settlement.validate_settlement(settlements)
        Invoice.post([
                s.invoice for s in settlements
                if s.invoice.state == 'validated'])

    def validate_as_core(self, settlements):
        with ExitStack() as stack:
            # Core computes and compares at each step, and reads each tax
            stack.enter_context(patch.object(
                    settlement_invoice.Invoice, 'generated', nullcontext))
            stack.enter_context(patch.object(
                    settlement_invoice.Tax, '_get_parents', Every))
            for settlement in settlements:
                self.validate_at_once([settlement])


class Every:
    "Contain everything"

    def __contains__(self, other):
        return True


def describe(record, names):
    return {name: as_value(getattr(record, name)) for name in names}


def as_value(value):
    if isinstance(value, (tuple, list)):
        return sorted(map(as_value, value))
    return str(value) if hasattr(value, '__name__') else value


def describe_invoice(invoice):
    move = invoice.move
    return describe(invoice, INVOICE) | {
        'lines': [describe(l, LINE) for l in invoice.lines],
        'taxes': [describe(t, TAX) for t in invoice.taxes],
        'move': describe(move, MOVE) | {
            'lines': sorted((
                    describe(l, MOVE_LINE) | {
                        'tax_lines': [
                            describe(t, TAX_LINE) for t in l.tax_lines]}
                    for l in move.lines), key=str)},
        }
