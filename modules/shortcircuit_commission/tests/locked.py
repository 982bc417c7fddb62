# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import unittest

from trytond.modules.shortcircuit_catalog.tests.tools import setup
from trytond.modules.shortcircuit_commission.tests.test_settlement import (
    tables)
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME, drop_db
from trytond.tests.tools import activate_modules
from trytond.transaction import Transaction


class LockedTestCase(unittest.TestCase):
    """
    Each test is in a transaction of the company, undone, that may lock all.

    setups are what fills the database.
    """
    setups = [setup]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        drop_db()
        activate_modules('shortcircuit_commission', *cls.setups)
        cls.addClassCleanup(drop_db)

    def setUp(self):
        super().setUp()
        transaction = Transaction().start(DB_NAME, 1, _lock_tables=tables())
        self.addCleanup(transaction.stop)
        self.company, = Pool().get('company.company').search([])
        self.enterContext(transaction.set_context(company=self.company.id))
