# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import unittest
from decimal import Decimal

from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_producer, record_statements, setup)
from trytond.modules.shortcircuit_commission.tests.test_settlement import (
    TODAY, tables)
from trytond.modules.shortcircuit_commission.tests.tools import (
    create_agent, sign_mandates)
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME, drop_db
from trytond.tests.tools import activate_modules
from trytond.transaction import Transaction

AGENTS = ["Driver", "Keeper"]


def create_agents(config=None):
    parties = [create_producer(name, config=config).party for name in AGENTS]
    sign_mandates(parties, config=config)
    for party in parties:
        create_agent(party, config=config)


class AidantInvoiceTestCase(unittest.TestCase):
    "Test the invoices of who delivers"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        drop_db()
        activate_modules('shortcircuit_commission', setup, create_agents)
        cls.addClassCleanup(drop_db)

    def test_statements(self):
        "Test the statements depend on who is invoiced, not on the rounds"
        few, many = self.invoice(3), self.invoice(60)
        self.assertEqual(
            sum('UPDATE "commission"' in s for s in many), len(AGENTS))
        self.assertLessEqual(len(many), len(few))

    def invoice(self, count):
        "Invoice as many commissions by agent, return what is executed"
        with Transaction().start(
                DB_NAME, 1, _lock_tables=tables()) as transaction:
            pool = Pool()
            Agent = pool.get('commission.agent')
            Commission = pool.get('commission')
            company, = pool.get('company.company').search([])
            with transaction.set_context(company=company.id):
                commissions = Commission.create([{
                            'agent': agent.id,
                            'product': agent.plan.commission_product.id,
                            'date': TODAY,
                            'base_amount': Decimal(100),
                            'amount': Decimal(5),
                            } for agent in Agent.search([])
                        for _ in range(count)])
                transaction.cache.clear()
                with record_statements() as statements:
                    Commission.invoice(Commission.browse(commissions))
                invoices = {c.invoice_line.invoice
                    for c in Commission.browse(commissions)}
                self.assertEqual(
                    [i.untaxed_amount for i in invoices],
                    [Decimal(5 * count)] * len(AGENTS))
            transaction.rollback()
        return statements
