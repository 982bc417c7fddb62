# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import random
import signal
import subprocess
import sys
import unittest

import pytest

from trytond.modules.shortcircuit_catalog.tests.tools import setup
from trytond.modules.shortcircuit_commission.tests.test_concurrency import (
    assert_settled_once, deliver_week)
from trytond.tests.test_tryton import drop_db
from trytond.tests.tools import activate_modules

pytestmark = pytest.mark.postgresql

# Before all is done, and the tasks begin: what is left has more statements
LAST = 350
# Settles, validates all at once, and dies at the statement it is told
RUN = '''
import datetime as dt, itertools, os, signal, sys
import psycopg
from proteus import Model, Wizard, config
from trytond.modules.shortcircuit_commission.exceptions import SettlementError

config.set_trytond(os.environ['DB_NAME'])
statements, execute = itertools.count(), psycopg.Cursor.execute


def execute_or_die(*args, **kwargs):
    if next(statements) == int(sys.argv[1]):
        os.kill(os.getpid(), signal.SIGKILL)
    return execute(*args, **kwargs)


psycopg.Cursor.execute = execute_or_die
create = Wizard('shortcircuit.settlement.create')
create.form.start_date = create.form.end_date = dt.date.today()
try:
    create.execute('settle')
except SettlementError:
    pass
Settlement = Model.get('shortcircuit.settlement')
Settlement.click(
    Settlement.find([('state', '=', 'draft')]), 'validate_settlement')
print(next(statements))
'''


class InterruptionTestCase(unittest.TestCase):
    "Test a settlement whose process is killed"

    def setUp(self):
        super().setUp()
        drop_db()
        self.addCleanup(drop_db)
        self.config = activate_modules('shortcircuit_commission', setup)
        self.farms = deliver_week(12)

    def test_killed(self):
        "Test what ten killed processes leave is finished, without a double"
        moments = random.Random(5)
        for _ in range(10):
            killed = self.run_until(moments.randrange(20, LAST))
            self.assertEqual(killed.returncode, -signal.SIGKILL, killed.stderr)
        finished = self.run_until(-1)
        self.assertEqual(finished.returncode, 0, finished.stderr)
        self.assertGreater(int(finished.stdout.split()[-1]), LAST)
        assert_settled_once(self, self.farms, self.config)

    def run_until(self, statement):
        return subprocess.run(
            [sys.executable, '-c', RUN, str(statement)],
            capture_output=True, text=True)
