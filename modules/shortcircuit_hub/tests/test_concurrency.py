# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from proteus import Model

from trytond import backend
from trytond.exceptions import UserError
from trytond.model.modelview import AccessButtonError
from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_customer, create_producer, create_product, open_cycle, order,
    publish_mercuriale, setup)
from trytond.modules.shortcircuit_hub.exceptions import (
    AllocationError, LotHeldError)
from trytond.modules.shortcircuit_hub.tests.tools import (
    allocate, create_hubs, create_point, receive)
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME, drop_db
from trytond.tests.tools import activate_modules
from trytond.transaction import Transaction

pytestmark = pytest.mark.postgresql

ORDERED = [3, 5, 7, 4]
RECEIVED = 14


class ConcurrencyTestCase(unittest.TestCase):
    "Test what two operators of the hub do at once"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        drop_db()
        cls.addClassCleanup(drop_db)
        cls.config = activate_modules('shortcircuit_hub', setup)
        Crate = Model.get('shortcircuit.crate')
        Crate(name="E2", storage_classes=['ambient']).save()
        cls.hub, _ = create_hubs()
        cls.customers = [
            create_customer(f"School {i}") for i in range(len(ORDERED))]
        for customer in cls.customers:
            create_point(customer, cls.hub)
        cls.driver = Model.get('party.party')(name="Driver")
        cls.driver.save()

    def setUp(self):
        super().setUp()
        self.farm = create_producer(self.id())
        self.product = create_product(self.id())
        publish_mercuriale([(self.product, Decimal('1.50'), None)])

    def open_cycle(self):
        return open_cycle(
            [(self.farm, self.product, sum(ORDERED))], warehouse=self.hub)

    def close_cycle(self):
        "Close the cycle of the orders, and receive less than ordered"
        cycle = self.open_cycle()
        for customer, quantity in zip(self.customers, ORDERED):
            order(customer, [(self.product, quantity)])
        cycle.click('close')
        receive(cycle, **{self.product.name: RECEIVED})
        return cycle

    def plan_round(self):
        "Plan the round of the allocated orders"
        cycle = self.close_cycle()
        allocate(cycle)
        Round = Model.get('shortcircuit.round')
        round_ = Round(
            date=cycle.delivery_date, warehouse=self.hub, driver=self.driver)
        round_.save()
        round_.click('plan')
        return round_

    def find(self, model, *domain):
        return Model.get(model, config=self.config).find(list(domain))

    def find_moves(self):
        "Find what is for the customers"
        return self.find(
            'stock.move', ('product', '=', self.product.id),
            ('to_location.type', '=', 'customer'))

    def find_shipments(self):
        return self.find(
            'stock.shipment.out', ('moves.product', '=', self.product.id))

    def at_once(self, *clicks):
        """
        Let each operator click at the same moment.

        clicks are lists of tuples (record, button). Return what each one is
        told: the error that ended his clicks, or None.
        """
        barrier = Barrier(len(clicks))

        def work(clicks):
            barrier.wait()
            for record, button in clicks:
                if error := self.click(record, button):
                    return error
        with ThreadPoolExecutor(len(clicks)) as executor:
            return list(executor.map(work, clicks))

    def click(self, record, button):
        Record = Model.get(record.__class__.__name__, config=self.config)
        while True:
            try:
                return Record(record.id).click(button)
            except UserError as error:
                return error
            except backend.DatabaseOperationalError:
                # The server would try again
                time.sleep(.05)

    def assertTold(self, told, *Errors):
        "Assert that those who were stopped were told why"
        for error in told:
            if error is not None:
                self.assertIsInstance(error, Errors)

    def assertPackedOnce(self):
        shipments = self.find_shipments()
        packages = [p for s in shipments for p in s.packages]
        moves = self.find_moves()
        self.assertEqual({s.state for s in shipments}, {'packed'})
        self.assertEqual({m.state for m in moves}, {'assigned'})
        self.assertEqual(sum(m.quantity for m in moves), RECEIVED)
        # Each order is small
        self.assertEqual(len(packages), len(shipments))
        self.assertEqual(len({p.number for p in packages}), len(packages))

    def test_allocate(self):
        "Test two who share a cycle at once give it once"
        cycle = self.close_cycle()
        allocations = []
        for _ in range(2):
            allocations.extend(cycle.click('allocate'))
        # The second one has cancelled the first, both are on a screen
        with Transaction().start(DB_NAME, 0) as transaction:
            Allocation = Pool().get('shortcircuit.allocation')
            Allocation.write(
                Allocation.browse([a.id for a in allocations]),
                {'state': 'draft'})
            for allocation in allocations:
                Allocation.compute([Allocation(allocation.id)])
            transaction.commit()

        told = self.at_once(*([(a, 'apply')] for a in allocations))

        self.assertEqual(len([e for e in told if e is None]), 1)
        self.assertTold(told, AllocationError)
        moves = self.find_moves()
        self.assertEqual(sum(m.quantity for m in moves), RECEIVED)
        self.assertEqual(len(moves), len({m.origin.id for m in moves}))

    def test_pack_round(self):
        "Test two who pack the same round at once pack it once"
        round_ = self.plan_round()

        told = self.at_once([(round_, 'pack')], [(round_, 'pack')])

        self.assertTold(told)
        self.assertPackedOnce()

    def test_pack_orders(self):
        "Test two who pack the orders from both ends meet without a clash"
        self.plan_round()
        shipments = self.find_shipments()

        told = self.at_once(
            [(s, 'pack') for s in shipments],
            [(s, 'pack') for s in shipments[::-1]])

        # Who comes too late for an order is told so
        self.assertTold(told, AccessButtonError)
        self.assertPackedOnce()

    def test_run(self):
        "Test a round that leaves twice at once takes its crates once"
        round_ = self.plan_round()
        round_.click('pack')

        told = self.at_once(
            [(round_, 'run'), (round_, 'do')],
            [(round_, 'run'), (round_, 'do')])

        self.assertTold(told, AccessButtonError)
        moves = self.find_moves()
        self.assertEqual({m.state for m in moves}, {'done'})
        self.assertEqual(sum(m.quantity for m in moves), RECEIVED)
        count = len(self.find_shipments())
        origins = {
            *(('shortcircuit.round.crate', c.id) for c in self.find(
                    'shortcircuit.round.crate', ('round', '=', round_.id))),
            *(('shortcircuit.round.stop.crate', c.id) for c in self.find(
                    'shortcircuit.round.stop.crate',
                    ('stop.round', '=', round_.id))),
            }
        self.assertEqual(
            sorted(
                (m.from_holder.kind, m.to_holder.kind, m.quantity)
                for m in self.find('shortcircuit.crate.move')
                if (m.origin.__class__.__name__, m.origin.id) in origins),
            [('aidant', 'point', 1)] * count + [('hub', 'aidant', count)])

    def test_hold(self):
        "Test a held lot does not leave, whoever packs it at that moment"
        round_ = self.plan_round()
        Recall = Model.get('shortcircuit.recall')
        recall = Recall(reason="Listeria", product=self.product)
        recall.click('find')

        held, packed = self.at_once([(recall, 'hold')], [(round_, 'pack')])

        self.assertIsNone(held)
        self.assertTold([packed], LotHeldError)
        for shipment in self.find_shipments():
            self.assertEqual(
                shipment.state, 'assigned' if packed else 'packed')
            self.assertIsInstance(
                self.click(shipment, 'pack' if packed else 'ship'),
                LotHeldError)
        self.assertEqual(
            sum(m.quantity for m in self.find_moves()), RECEIVED)

    def test_lot_numbers(self):
        "Test two who receive the same goods at once number them apart"
        cycle = self.open_cycle()
        cycle.click('close')
        delivery, = cycle.deliveries
        deliveries = [delivery, *delivery.duplicate()]
        for delivery in deliveries:
            line, = delivery.lines
            line.lot_number = None
            line.quantity = 5
            delivery.save()

        told = self.at_once(*([(d, 'receive')] for d in deliveries))

        self.assertTold(told)
        numbers = [lot.number for lot in self.find(
                'stock.lot', ('product', '=', self.product.id))]
        self.assertEqual(len(numbers), 2)
        self.assertEqual(len(set(numbers)), 2)

    def test_close(self):
        "Test two cycles closed at once number their lots apart"
        cycles = [self.open_cycle() for _ in range(2)]

        told = self.at_once(*([(c, 'close')] for c in cycles))

        self.assertTold(told)
        lines = self.find(
            'shortcircuit.delivery.line', ('product', '=', self.product.id))
        self.assertEqual(len(lines), 2)
        self.assertEqual(len({line.lot_number for line in lines}), 2)
