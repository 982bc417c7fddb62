# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from proteus import Model

from trytond import backend
from trytond.model.modelview import AccessButtonError
from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_customer, create_producer, create_product, open_cycle, order,
    publish_mercuriale, setup)
from trytond.modules.shortcircuit_commission.exceptions import SettlementError
from trytond.modules.shortcircuit_commission.tests.tools import (
    settle, sign_mandates)
from trytond.modules.shortcircuit_hub.tests.tools import (
    allocate, create_hubs, create_point, deliver, receive)
from trytond.tests.test_tryton import drop_db
from trytond.tests.tools import activate_modules

pytestmark = pytest.mark.postgresql


def deliver_week(count=2):
    "Deliver a school from as many farms and return them"
    hub, _ = create_hubs()
    school = create_customer("School")
    create_point(school, hub)
    farms = [create_producer(f"Farm {i}") for i in range(count)]
    sign_mandates([f.party for f in farms])
    carrot = create_product("Carrot")
    publish_mercuriale([(carrot, Decimal('1.37'), None)])
    cycle = open_cycle([(farm, carrot, 10) for farm in farms], warehouse=hub)
    for quantity in [3, 7.5, 4.25]:
        order(school, [(carrot, quantity * count / 2)])
    cycle.click('close')
    receive(cycle)
    allocate(cycle)
    driver = Model.get('party.party')(name="Driver")
    driver.save()
    deliver(cycle, driver)
    return farms


class ConcurrencyTestCase(unittest.TestCase):
    "Test settlements at the same time"

    def setUp(self):
        super().setUp()
        drop_db()
        self.addCleanup(drop_db)
        self.config = activate_modules('shortcircuit_commission', setup)
        self.farms = deliver_week()

    def test_once(self):
        "Test all is settled and invoiced once"
        farm1, farm2 = self.farms
        with ThreadPoolExecutor(4) as executor:
            settlements = sum(executor.map(
                    self.settle, [[], [farm1], [], [farm2]]), [])
            list(executor.map(self.validate, settlements * 2))
        assert_settled_once(self, self.farms, self.config)

    def settle(self, producers):
        "Settle today, trying again as the server does"
        Producer = Model.get('shortcircuit.producer', config=self.config)
        today = dt.date.today()
        while True:
            try:
                return settle(
                    today, today, [Producer(p.id) for p in producers],
                    config=self.config)
            except SettlementError:
                return []
            except backend.DatabaseOperationalError:
                time.sleep(.05)

    def validate(self, settlement):
        Settlement = Model.get('shortcircuit.settlement', config=self.config)
        while True:
            try:
                return Settlement(settlement.id).click('validate_settlement')
            except AccessButtonError:
                # Already validated
                return
            except backend.DatabaseOperationalError:
                time.sleep(.05)


def assert_settled_once(test, farms, config):
    "Assert that all that is delivered is settled and invoiced once"
    Invoice = Model.get('account.invoice', config=config)
    Line = Model.get('shortcircuit.settlement.line', config=config)
    Move = Model.get('stock.move', config=config)
    Settlement = Model.get('shortcircuit.settlement', config=config)
    settlements = Settlement.find([('state', '=', 'validated')])
    moves = Move.find([('producer_due', '!=', None)])
    invoices = Invoice.find([('type', '=', 'in')])
    test.assertEqual(
        {s.producer.id for s in settlements}, {f.id for f in farms})
    test.assertEqual(
        sorted(line.move.id for line in Line.find([])),
        sorted(m.id for m in moves))
    test.assertEqual(
        sorted(i.reference for i in invoices),
        sorted(s.number for s in settlements))
    test.assertEqual(
        sum(i.untaxed_amount for i in invoices),
        sum(m.producer_due for m in moves))
