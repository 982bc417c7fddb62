# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from unittest.mock import patch

from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_producer, setup)
from trytond.modules.shortcircuit_commission.tests.locked import LockedTestCase
from trytond.modules.shortcircuit_commission.tests.test_settlement import TODAY
from trytond.pool import Pool


def create_farms(config=None):
    for name in ["Farm", "Orchard"]:
        create_producer(name, config=config)


class InvoiceSeriesTestCase(LockedTestCase):
    "Test the series of numbers of the invoices"
    setups = [setup, create_farms]

    def setUp(self):
        super().setUp()
        pool = Pool()
        self.InvoiceSequence = pool.get(
            'account.fiscalyear.invoice_sequence')
        self.usual, = self.InvoiceSequence.search([])
        self.parties = [
            p.party for p in pool.get('shortcircuit.producer').search([])]
        self.series = self.InvoiceSequence.get_series(
            self.company, self.parties, TODAY)

    def find(self, type_, sequence_type, mandate=None, party=None):
        Invoice = Pool().get('account.invoice')
        invoice = Invoice(
            company=self.company, type=type_, party=party, seller=None,
            sequence_type_cache=sequence_type, invoice_date=TODAY,
            accounting_date=None, mandate=mandate)
        return invoice._number_sequence()[0]

    def test_usual(self):
        "Test the series of the others is found once, until it is changed"
        Sequence = Pool().get('ir.sequence.strict')
        invoice = self.find('out', 'invoice')
        self.assertEqual(invoice, self.usual.out_invoice_sequence)
        with patch.object(self.InvoiceSequence, 'match') as match:
            self.assertEqual(self.find('out', 'invoice'), invoice)
        match.assert_not_called()
        self.assertEqual(
            self.find('in', 'invoice'), self.usual.in_invoice_sequence)
        self.assertEqual(
            self.find('out', 'credit_note'),
            self.usual.out_credit_note_sequence)
        other, = Sequence.copy([invoice])
        self.usual.out_invoice_sequence = other
        self.usual.save()
        self.assertEqual(self.find('out', 'invoice'), other)

    def test_self_billed(self):
        "Test each who is self-billed has his series"
        Mandate = Pool().get('shortcircuit.mandate')
        mandate = Mandate(id=-1)
        for party in self.parties:
            for sequence_type in ['invoice', 'credit_note']:
                self.assertEqual(
                    self.find('in', sequence_type, mandate, party),
                    self.series[party].in_invoice_sequence)
