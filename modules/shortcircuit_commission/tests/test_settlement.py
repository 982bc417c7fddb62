# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import unittest
from collections import Counter
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from proteus import Model

from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_customer, create_producer, create_product, open_cycle, order,
    publish_mercuriale, setup)
from trytond.modules.shortcircuit_commission.exceptions import SettlementError
from trytond.modules.shortcircuit_commission.tests.tools import (
    create_agent, settle)
from trytond.modules.shortcircuit_hub.tests.tools import (
    allocate, create_hubs, create_point, deliver, receive)
from trytond.tests.test_tryton import drop_db
from trytond.tests.tools import activate_modules

BEARERS = ['producer', 'cooperative', 'carrier']

events = st.lists(st.one_of(
        st.tuples(st.just('give_back'), st.integers(0, 3), st.integers(1, 90)),
        st.tuples(
            st.just('lose'), st.integers(0, 1), st.integers(1, 50),
            st.sampled_from(BEARERS)),
        st.tuples(st.just('settle')),
        st.tuples(st.just('validate'), st.integers(0, 3)),
        st.tuples(st.just('cancel'), st.integers(0, 3)),
        st.tuples(st.just('credit'), st.integers(0, 3)),
        ), min_size=4, max_size=6)


def deliver_day(config=None):
    "Deliver two schools of two farms, more than they have ordered"
    hub, _ = create_hubs()
    farms = [
        create_producer("Farm"),
        create_producer("Flat-Rate Farm", vat_regime='flat_rate')]
    products = [create_product("Carrot"), create_product("Leek")]
    publish_mercuriale([
            (p, price, None) for p, price in zip(
                products, [Decimal('1.3737'), Decimal('0.99')])])
    cycle = open_cycle(
        [(f, p, 200) for f, p in zip(farms, products)], warehouse=hub)
    for i in range(2):
        school = create_customer(f"School {i}")
        create_point(school, hub)
        order(school, [(p, 33.33 + i) for p in products])
    cycle.click('close')
    receive(cycle, Carrot=150, Leek=150)
    allocate(cycle)
    driver = create_producer("Driver")
    create_agent(driver.party)
    deliver(cycle, driver.party)


class SettlementTestCase(unittest.TestCase):
    "Test settlements in any order of events"

    def setUp(self):
        super().setUp()
        self.addCleanup(drop_db)

    @settings(
        max_examples=3, deadline=None,
        suppress_health_check=[HealthCheck.too_slow])
    @given(events)
    def test_events(self, events):
        "Test the split closes and all is settled once, whatever happens"
        drop_db()
        activate_modules('shortcircuit_commission', setup, deliver_day)
        for name, *arguments in events:
            getattr(self, name)(*arguments)
            self.check()
        self.settle()
        for settlement in self.find('shortcircuit.settlement', 'draft'):
            settlement.click('validate_settlement')
        self.check()
        self.assertEqual(
            sum(l.amount for l in self.settled_lines),
            sum(m.producer_due for m in self.split_moves))
        with self.assertRaises(SettlementError):
            settle(dt.date.today(), dt.date.today())

    def find(self, name, state):
        return Model.get(name).find(
            [('state', '=', state)], order=[('id', 'ASC')])

    @property
    def split_moves(self):
        return Model.get('stock.move').find([('producer_due', '!=', None)])

    @property
    def settled_lines(self):
        return Model.get('shortcircuit.settlement.line').find(
            [('credit_note', '=', None)])

    def check(self):
        for move in self.split_moves:
            self.assertEqual(
                move.producer_due + move.commission_due
                + move.cooperative_due, move.sale_amount)
        self.assertEqual(
            set(Counter(l.move.id for l in self.settled_lines).values())
            - {1}, set())
        for settlement in self.find('shortcircuit.settlement', 'validated'):
            self.assertEqual(
                settlement.invoice.untaxed_amount if settlement.invoice else 0,
                settlement.amount)
        for settlement in self.find('shortcircuit.settlement', 'credited'):
            self.assertEqual(
                settlement.credit_note.total_amount,
                -settlement.invoice.total_amount)

    # The events

    def give_back(self, index, percent):
        Move = Model.get('stock.move')
        delivered = [
            m for m in self.split_moves if m.to_location.type == 'customer']
        move = delivered[index]
        given_back = sum(m.quantity for m in Move.find([
                    ('from_location', '=', move.to_location.id),
                    ('origin', '=', f'sale.line,{move.origin.id}'),
                    ]))
        quantity = round((move.quantity - given_back) * percent / 100, 2)
        if quantity > 0:
            back = Move(product=move.product, quantity=quantity)
            back.from_location = move.to_location
            back.to_location = move.from_location
            back.lot = move.lot
            back.origin = move.origin
            back.save()
            back.click('do')

    def lose(self, index, percent, borne_by):
        Party = Model.get('party.party')
        Producer = Model.get('shortcircuit.producer')
        Unsold = Model.get('shortcircuit.unsold')
        lost = Unsold(kind='write_off')
        names = ["Farm", "Flat-Rate Farm"]
        lost.producer, = Producer.find([('party.name', '=', names[index])])
        cycle, = Model.get('shortcircuit.cycle').find([])
        lost.warehouse = cycle.warehouse
        lost.reason = Model.get('shortcircuit.loss_reason').find([])[0]
        lost.borne_by = borne_by
        if borne_by == 'carrier':
            lost.carrier, = Party.find([('name', '=', "Driver")])
        lost.save()
        lost.click('fill')
        for line in lost.lines:
            line.quantity = round(line.quantity * percent / 100, 2)
        lost.click('do')

    def settle(self):
        today = dt.date.today()
        try:
            settle(today, today)
        except SettlementError:
            pass

    def validate(self, index):
        self.click('draft', 'validate_settlement', index)

    def cancel(self, index):
        self.click('draft', 'cancel', index)

    def credit(self, index):
        self.click('validated', 'credit', index)

    def click(self, state, button, index):
        settlements = [
            s for s in self.find('shortcircuit.settlement', state)
            if button != 'credit' or s.invoice]
        if settlements:
            settlements[index % len(settlements)].click(button)
