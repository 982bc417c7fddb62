# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import unittest
from decimal import Decimal

from trytond.model.exceptions import DomainValidationError
from trytond.modules.shortcircuit_catalog.computed import computed
from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_customer, create_product, setup)
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME, drop_db
from trytond.tests.tools import activate_modules
from trytond.transaction import Transaction


def create_records(config=None):
    create_customer("School", config=config)
    create_product("Carrot", config=config)


class InvoiceMoveTestCase(unittest.TestCase):
    "Test the moves that new invoice lines invoice"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        drop_db()
        activate_modules('shortcircuit_hub', setup, create_records)
        cls.addClassCleanup(drop_db)

    def setUp(self):
        super().setUp()
        transaction = Transaction().start(DB_NAME, 1)
        self.addCleanup(transaction.stop)
        self.addCleanup(transaction.rollback)
        pool = Pool()
        Location = pool.get('stock.location')
        self.company, = pool.get('company.company').search([])
        self.enterContext(transaction.set_context(company=self.company.id))
        self.product, = pool.get('product.product').search([])
        self.locations = {
            type_: Location.search([('type', '=', type_)])[0]
            for type_ in ['supplier', 'storage', 'customer']}

    def create_line(self, from_, to):
        "Create the line that invoices what goes to a customer, of a move"
        pool = Pool()
        Line = pool.get('account.invoice.line')
        Move = pool.get('stock.move')
        Party = pool.get('party.party')
        party, = Party.search([('name', '=', "School")])
        move, = Move.create([{
                    'product': self.product.id,
                    'unit': self.product.default_uom.id,
                    'quantity': 1,
                    'from_location': self.locations[from_].id,
                    'to_location': self.locations[to].id,
                    'company': self.company.id,
                    'currency': self.company.currency.id,
                    'unit_price': Decimal(1),
                    }])
        line, = Line.create([{
                    'type': 'line',
                    'invoice_type': 'out',
                    'company': self.company.id,
                    'currency': self.company.currency.id,
                    'party': party.id,
                    'product': self.product.id,
                    'account': self.product.account_revenue_used.id,
                    'quantity': 1,
                    'unit': self.product.default_uom.id,
                    'unit_price': Decimal(1),
                    'stock_moves': [('add', [move.id])],
                    }])
        self.assertEqual(line.stock_moves, (move,))

    def test_linked(self):
        "Test the moves are linked, typed or computed"
        self.create_line('storage', 'customer')
        with computed():
            self.create_line('storage', 'customer')

    def test_checked(self):
        "Test a customer is not invoiced what comes from a supplier"
        with self.assertRaises(DomainValidationError):
            self.create_line('supplier', 'storage')
