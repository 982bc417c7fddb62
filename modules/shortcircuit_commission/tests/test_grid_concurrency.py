# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from proteus import Model, Wizard

from trytond import backend
from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_customer, create_producer, create_product, open_cycle, order,
    publish_mercuriale, setup)
from trytond.modules.shortcircuit_commission.tests.tools import create_agent
from trytond.modules.shortcircuit_hub.tests.tools import (
    allocate, create_hubs, create_point, deliver, receive)
from trytond.tests.test_tryton import drop_db
from trytond.tests.tools import activate_modules

pytestmark = pytest.mark.postgresql


def deliver_round():
    "Deliver a school by a round that a grid pays, and return it"
    today = dt.date.today()
    hub, _ = create_hubs()
    school = create_customer("School")
    create_point(school, hub)
    farm = create_producer("Farm")
    carrot = create_product("Carrot")
    publish_mercuriale([(carrot, Decimal('1.37'), None)])
    driver = Model.get('party.party')(name="Driver")
    driver.save()
    create_agent(driver)
    grid = Model.get('shortcircuit.grid')(
        name="Grid", start_date=today, decision="AG", vote_date=today)
    grid.lines.new(role='driver', base='hour', rate=Decimal(10))
    grid.lines.new(role='driver', base='stop', rate=Decimal(3))
    grid.save()
    grid.click('vote')
    cycle = open_cycle([(farm, carrot, 50)], warehouse=hub)
    order(school, [(carrot, 33.33)])
    cycle.click('close')
    receive(cycle)
    allocate(cycle)
    round_, = deliver(cycle, driver)
    return round_.id


class GridConcurrencyTestCase(unittest.TestCase):
    "Test what is owed for a round at the same time"

    def setUp(self):
        super().setUp()
        drop_db()
        self.addCleanup(drop_db)
        self.config = activate_modules('shortcircuit_commission', setup)
        self.round = deliver_round()

    def test_once(self):
        "Test corrections and computations at once add each difference once"
        with ThreadPoolExecutor(4) as executor:
            list(executor.map(
                    lambda call: self.retry(*call), [
                        (self.correct, '4'), (self.compute,),
                        (self.correct, '4'), (self.compute,)]))
        Commission = Model.get('commission', config=self.config)
        Due = Model.get('shortcircuit.round.due', config=self.config)
        Move = Model.get('stock.move', config=self.config)
        dues = Due.find([])
        self.assertEqual(
            sum(d.quantity for d in dues if d.line.base == 'hour'), 4)
        self.assertEqual(sum(d.amount for d in dues), Decimal('43.00'))
        self.assertEqual(
            sum(c.amount for c in Commission.find([])), Decimal('43.00'))
        move, = Move.find([('producer_due', '!=', None)])
        self.assertEqual(move.commission_due, Decimal('43.00'))
        self.assertEqual(
            move.producer_due + move.commission_due + move.cooperative_due,
            move.sale_amount)

    @staticmethod
    def retry(call, *args):
        "Call, trying again as the server does"
        while True:
            try:
                return call(*args)
            except backend.DatabaseOperationalError:
                time.sleep(.05)

    def correct(self, hours):
        Round = Model.get('shortcircuit.round', config=self.config)
        correct = Wizard(
            'shortcircuit.round.correct', [Round(self.round)],
            config=self.config)
        figure, = [f for f in correct.form.figures if f.base == 'hour']
        figure.quantity = Decimal(hours)
        correct.form.reason = "Counted again"
        correct.execute('correct')

    def compute(self):
        compute = Wizard('shortcircuit.round.due.create', config=self.config)
        compute.execute('create_')
