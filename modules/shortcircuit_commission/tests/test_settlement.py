# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import unittest
from collections import Counter
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from proteus import Model

from trytond.model import ModelSQL
from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_customer, create_producer, create_product, open_cycle, order,
    publish_mercuriale, setup)
from trytond.modules.shortcircuit_commission.tests.tools import (
    allow_mandate_sales, create_agent, sign_mandates)
from trytond.modules.shortcircuit_hub.tests.tools import (
    allocate, create_hubs, create_point, deliver, receive)
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME, drop_db
from trytond.tests.tools import activate_modules
from trytond.transaction import Transaction

TODAY = dt.date.today()
FARMS = ["Farm", "Flat-Rate Farm", "Bees"]
BEARERS = ['producer', 'cooperative', 'carrier']

events = st.lists(st.one_of(
        st.tuples(st.just('give_back'), st.integers(0, 5), st.integers(1, 90)),
        st.tuples(
            st.just('lose'), st.integers(0, 2), st.integers(1, 50),
            st.sampled_from(BEARERS)),
        st.tuples(st.just('settle')),
        st.tuples(st.just('validate'), st.integers(0, 3)),
        st.tuples(st.just('cancel'), st.integers(0, 3)),
        st.tuples(st.just('credit'), st.integers(0, 3)),
        ), min_size=6, max_size=10)


def deliver_day(config=None):
    "Deliver two schools of three farms, one of which sells, and invoice them"
    hub, _ = create_hubs()
    farms = [
        create_producer(FARMS[0]),
        create_producer(FARMS[1], vat_regime='flat_rate'),
        create_producer(FARMS[2], regime='mandate')]
    products = [create_product(n) for n in ["Carrot", "Leek", "Honey"]]
    publish_mercuriale([
            (p, price, None) for p, price in zip(products, [
                    Decimal('1.3737'), Decimal('0.99'), Decimal('7.77')])])
    cycle = open_cycle(
        [(f, p, 200) for f, p in zip(farms, products)], warehouse=hub)
    for i in range(2):
        school = create_customer(f"School {i}")
        create_point(school, hub)
        order(school, [(p, 33 + i) for p in products])
    cycle.click('close')
    receive(cycle, Carrot=150, Leek=150, Honey=150)
    allocate(cycle)
    driver = create_producer("Driver")
    create_agent(driver.party)
    deliver(cycle, driver.party)
    sign_mandates([f.party for f in farms])
    allow_mandate_sales()
    configuration = Model.get('shortcircuit.configuration')(1)
    configuration.mandate_settled = 'posted'
    configuration.save()
    Invoice = Model.get('account.invoice')
    Invoice.click(Invoice.find([('type', '=', 'out')]), 'post')


class SettlementTestCase(unittest.TestCase):
    "Test settlements in any order of events"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        drop_db()
        activate_modules('shortcircuit_commission', setup, deliver_day)
        cls.addClassCleanup(drop_db)

    @settings(max_examples=6)
    @given(events)
    def test_events(self, events):
        "Test the split closes and all is settled once, whatever happens"
        # What is issued, once committed, is not: each example is undone
        with Transaction().start(
                DB_NAME, 1, _lock_tables=tables()) as transaction:
            company, = Pool().get('company.company').search([])
            with transaction.set_context(
                    company=company.id, start_date=TODAY, end_date=TODAY):
                day = Day(company)
                for name, *arguments in events:
                    getattr(day, name)(*arguments)
                    self.check(day)
                self.assertEqual(day.unbalanced(), [])
                day.finish()
                self.check(day)
                self.assertEqual(day.unbalanced(), [])
                self.assertEqual(
                    sum(l.amount for l in day.settled_lines),
                    sum(m.producer_due for m in day.split_moves))
                self.assertEqual(day.settle(), [])
            transaction.rollback()

    def check(self, day):
        for move in day.split_moves:
            self.assertEqual(
                move.producer_due + move.commission_due
                + move.cooperative_due, move.sale_amount)
        self.assertEqual(
            set(Counter(l.move for l in day.settled_lines).values()) - {1},
            set())
        for settlement in day.find('validated'):
            invoiced = settlement.amount
            if settlement.regime == 'mandate':
                invoiced = settlement.sale_amount - settlement.amount
            self.assertEqual(
                settlement.invoice.untaxed_amount if settlement.invoice else 0,
                invoiced)
        for settlement in day.find('credited'):
            if settlement.invoice:
                self.assertEqual(
                    settlement.credit_note.total_amount,
                    -settlement.invoice.total_amount)


def tables():
    "The tables of all the models, locked as a request would one by one"
    return [
        model._table for _, model in Pool(DB_NAME).iterobject()
        if issubclass(model, ModelSQL) and not callable(model.table_query)]


class Day:
    "What may happen to what was delivered, by name of event"

    def __init__(self, company):
        self.company = company

    @property
    def split_moves(self):
        return Pool().get('stock.move').search([('producer_due', '!=', None)])

    @property
    def settled_lines(self):
        return Pool().get('shortcircuit.settlement.line').search(
            [('credited', '=', False)])

    @staticmethod
    def find(state):
        return Pool().get('shortcircuit.settlement').search(
            [('state', '=', state)], order=[('id', 'ASC')])

    @staticmethod
    def unbalanced():
        "The steps of the reconciliation that do not show zero"
        return [
            (s.step, [(l.record, l.difference) for l in s.wrong_lines])
            for s in Pool().get('shortcircuit.reconciliation').search([])
            if s.differences]

    def give_back(self, index, percent):
        pool = Pool()
        Move = pool.get('stock.move')
        Sale = pool.get('sale.sale')
        move = [
            m for m in self.split_moves if m.to_location.type == 'customer'
            ][index]
        given_back = sum(m.quantity for m in Move.search([
                    ('from_location', '=', move.to_location.id),
                    ('origin', '=', str(move.origin)),
                    ]))
        quantity = move.unit.round(
            (move.quantity - given_back) * percent / 100)
        if quantity > 0:
            back, = Move.copy([move], default={
                    'quantity': quantity,
                    'from_location': move.to_location.id,
                    'to_location': move.from_location.id,
                    'effective_date': None,
                    'shipment': None,
                    })
            Move.do([back])
            # It is credited by a task
            Sale.process([move.origin.sale])

    def lose(self, index, percent, borne_by):
        pool = Pool()
        Cycle = pool.get('shortcircuit.cycle')
        Party = pool.get('party.party')
        Producer = pool.get('shortcircuit.producer')
        Reason = pool.get('shortcircuit.loss_reason')
        Unsold = pool.get('shortcircuit.unsold')
        producer, = Producer.search([('party.name', '=', FARMS[index])])
        driver, = Party.search([('name', '=', "Driver")])
        lost = Unsold(
            kind='write_off', company=self.company, producer=producer,
            warehouse=Cycle.search([])[0].warehouse, date=TODAY,
            reason=Reason.search([])[0], borne_by=borne_by,
            carrier=driver if borne_by == 'carrier' else None)
        lost.save()
        Unsold.fill([lost])
        for line in lost.lines:
            line.quantity = line.lot.product.sale_uom.round(
                line.quantity * percent / 100)
            line.save()
        Unsold.do([Unsold(lost.id)])

    def settle(self):
        pool = Pool()
        Invoice = pool.get('account.invoice')
        Settlement = pool.get('shortcircuit.settlement')
        # Who sells is settled for what is invoiced
        Invoice.post(Invoice.search(
                [('type', '=', 'out'), ('state', '=', 'draft')]))
        return Settlement.settle(self.company, TODAY, TODAY)

    def validate(self, index):
        self.click('draft', 'validate_settlement', index)

    def cancel(self, index):
        self.click('draft', 'cancel', index)

    def credit(self, index):
        self.click('validated', 'credit', index)

    def click(self, state, button, index):
        Settlement = Pool().get('shortcircuit.settlement')
        if settlements := self.find(state):
            getattr(Settlement, button)(
                [settlements[index % len(settlements)]])

    def finish(self):
        "Settle and validate what is left"
        Settlement = Pool().get('shortcircuit.settlement')
        self.settle()
        Settlement.validate_settlement(self.find('draft'))
