# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import gc
from decimal import Decimal
from unittest.mock import patch

import trytond.config as config
from trytond.exceptions import UserError
from trytond.modules.shortcircuit_commission import invoice_report
from trytond.modules.shortcircuit_commission.tests.locked import LockedTestCase
from trytond.pool import Pool


class InvoicePrintTestCase(LockedTestCase):
    "Test the papers of several invoices, printed together"

    def post_invoices(self, count):
        "Return so many invoices of customers, which no task has printed"
        pool = Pool()
        Account = pool.get('account.account')
        Invoice = pool.get('account.invoice')
        Line = pool.get('account.invoice.line')
        Party = pool.get('party.party')
        account, *_ = Account.search([
                ('type.revenue', '=', True),
                ('closed', '!=', True),
                ])
        invoices = []
        for i in range(count):
            party, = Party.create([{
                        'name': f"Customer {i}",
                        'addresses': [('create', [{}])],
                        }])
            invoice = Invoice(
                type='out', company=self.company,
                currency=self.company.currency, party=party)
            invoice.on_change_type()
            invoice.on_change_party()
            invoice.lines = [Line(
                    type='line', account=account, quantity=1, taxes=[],
                    unit_price=Decimal(10))]
            invoices.append(invoice)
        Invoice.save(invoices)
        Invoice.post(invoices)
        self.find_tasks()
        return Invoice.browse(invoices)

    def find_tasks(self):
        "Return what is queued to be printed since the last time, as lists"
        pool = Pool()
        Queue = pool.get('ir.queue')
        tasks = Queue.search([], order=[('id', 'ASC')])
        instances = [
            t.data['instances'] for t in tasks
            if t.data['method'] == 'print_invoice']
        Queue.delete(tasks)
        return instances

    def fail(self, invoice):
        "Let the invoice not be printed"
        embed = invoice_report.embed

        def fail(pdf, document):
            if document.invoice == invoice:
                raise UserError("No paper")
            return embed(pdf, document)
        return patch.object(invoice_report, 'embed', fail)

    def test_together(self):
        "Test each invoice has its own paper, and keeps it"
        pool = Pool()
        Invoice = pool.get('account.invoice')
        Report = pool.get('account.invoice', type='report')
        invoices = self.post_invoices(3)
        Invoice.print_invoice(invoices)
        papers = {}
        for invoice in Invoice.browse(invoices):
            papers[invoice] = invoice.invoice_report_cache
            self.assertEqual(papers[invoice][:5], b'%PDF-')
            self.assertEqual(invoice.invoice_report_format, 'pdf')
            extension, paper, *_ = Report.execute([invoice.id], {})
            self.assertEqual((extension, paper), ('pdf', papers[invoice]))
        self.assertEqual(len(set(papers.values())), 3)

    def test_failure(self):
        "Test the one that can not be printed keeps no other from it"
        pool = Pool()
        Invoice = pool.get('account.invoice')
        invoices = self.post_invoices(4)
        failing = invoices[1]
        with self.fail(failing):
            Invoice.print_invoice(invoices)
            self.assertEqual(
                [bool(i.invoice_report_cache)
                    for i in Invoice.browse(invoices)],
                [True, False, True, True])
            self.assertEqual(self.find_tasks(), [[failing.id]])
            with self.assertRaises(UserError):
                Invoice.print_invoice([failing])
        Invoice.print_invoice(invoices)
        self.assertTrue(Invoice(failing.id).invoice_report_cache)

    def test_all_fail(self):
        "Test each is left to a task of its own if none can be printed"
        pool = Pool()
        Invoice = pool.get('account.invoice')
        invoices = self.post_invoices(3)
        with patch.object(
                invoice_report, 'embed', side_effect=UserError("No paper")):
            Invoice.print_invoice(invoices)
        self.assertEqual(self.find_tasks(), [[i.id] for i in invoices])

    def test_workers(self):
        "Test the workers share many papers, some to each task"
        pool = Pool()
        Invoice = pool.get('account.invoice')
        ids = [i.id for i in self.post_invoices(5)]
        self.addCleanup(
            config.set, 'queue', 'worker', config.get('queue', 'worker'))
        config.set('queue', 'worker', 'True')
        with patch.object(invoice_report, 'PAPERS', 2):
            Invoice.print_invoice(Invoice.browse(ids))
            tasks = self.find_tasks()
            self.assertEqual(tasks, [ids[:2], ids[2:4], ids[4:]])
            for task in tasks:
                Invoice.print_invoice(Invoice.browse(task))
        self.assertEqual(self.find_tasks(), [])
        for invoice in Invoice.browse(ids):
            self.assertTrue(invoice.invoice_report_cache)

    def test_memory(self):
        "Test nothing keeps what was printed"
        pool = Pool()
        Document = pool.get('edocument.uncefact.invoice')
        Invoice = pool.get('account.invoice')
        Invoice.print_invoice(self.post_invoices(3))
        gc.collect()
        self.assertEqual(
            [o for o in gc.get_objects() if isinstance(o, Document)], [])
