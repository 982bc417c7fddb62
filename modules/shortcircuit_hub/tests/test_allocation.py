# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import unittest
from decimal import Decimal

from proteus import Model

from trytond.modules.shortcircuit_catalog.tests.test_certificate import (
    count_statements)
from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_customer, create_producer, create_product, open_cycle, order,
    publish_mercuriale, setup)
from trytond.modules.shortcircuit_hub.tests.tools import (
    allocate, create_hubs, create_point, receive)
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME, USER, drop_db
from trytond.tests.tools import activate_modules
from trytond.transaction import Transaction

PRODUCTS = 6


class AllocationTestCase(unittest.TestCase):
    "Test what sharing a whole cycle costs"

    def setUp(self):
        super().setUp()
        drop_db()
        self.addCleanup(drop_db)
        self.config = activate_modules('shortcircuit_hub', setup)
        self.hubs = create_hubs()
        self.farms = [create_producer(f"Farm {i}") for i in range(2)]
        self.products = [
            create_product(f"Product {i}") for i in range(PRODUCTS)]
        publish_mercuriale(
            [(p, Decimal('1.50'), None) for p in self.products])
        self.customers = []
        for i in range(12):
            customer = create_customer(f"Customer {i}")
            create_point(customer, self.hubs[i % 2])
            self.customers.append(customer)

    def count(self, customers, products):
        "Return the lines of a cycle and the statements that share it"
        cycle = open_cycle(
            [(f, p, 50) for f in self.farms for p in products],
            warehouse=self.hubs[0])
        for customer in customers:
            order(customer, [(p, 9) for p in products])
        cycle.click('close')
        # Two of the products are short
        receive(cycle, **{p.name: 3 for p in products[:2]})
        allocation, = cycle.click('allocate')
        with Transaction().start(DB_NAME, USER, context=self.config.context):
            Allocation = Pool().get('shortcircuit.allocation')
            allocations = Allocation.browse([allocation.id])
            lines = len(allocations[0].lines)
            statements = count_statements(Allocation.compute, allocations)
        allocation.click('cancel')
        return lines, statements

    def test_used_up(self):
        "Test a lot that is given to the last gram is there for all of them"
        product = self.products[0]
        cycle = open_cycle(
            [(self.farms[0], product, 19)], warehouse=self.hubs[0])
        for customer, quantity in zip(self.customers[::2], [3, 5, 7, 4]):
            order(customer, [(product, quantity)])
        cycle.click('close')
        receive(cycle, **{product.name: 14})
        allocate(cycle)

        self.assertEqual(
            [s.state for s in cycle.shipments], ['assigned'] * 4)

    def test_statements(self):
        "Test they depend neither on the orders nor on the products"
        # Let the caches of the server be as they are all day
        self.count(self.customers[:2], self.products[:3])

        few, statements = self.count(self.customers[:2], self.products[:3])
        many, more = self.count(self.customers, self.products)

        self.assertEqual((few, many), (6, 12 * PRODUCTS))
        self.assertLessEqual(more, statements)


class WithdrawTestCase(unittest.TestCase):
    "Test what a recall takes out of the orders and lets go again"

    def setUp(self):
        super().setUp()
        drop_db()
        self.addCleanup(drop_db)
        activate_modules('shortcircuit_hub', setup)
        self.hub, _ = create_hubs()
        self.farm = create_producer("Farm")
        self.cheese = create_product("Cheese", 'PRODUITS_LAITIERS', "Unit")
        publish_mercuriale([(self.cheese, Decimal('4.00'), None)])
        self.customers = [create_customer(n) for n in ["School", "Club"]]
        for customer in self.customers:
            create_point(customer, self.hub)
        self.cycle = self.run_cycle(9)
        self.allocation = allocate(self.cycle)
        Recall = Model.get('shortcircuit.recall')
        self.recall = Recall(reason="Test", product=self.cheese)
        for button in ['find', 'hold', 'withdraw']:
            self.recall.click(button)

    def run_cycle(self, received):
        "The school orders 8 and the club 4"
        cycle = open_cycle(
            [(self.farm, self.cheese, 12)], warehouse=self.hub)
        for customer, quantity in zip(self.customers, [8, 4]):
            order(customer, [(self.cheese, quantity)])
        cycle.click('close')
        receive(cycle, Cheese=received)
        return cycle

    def share_again(self):
        again, = self.cycle.click('allocate')
        again.again = True
        again.save()
        again.click('compute')
        again.reload()
        return again

    def quantities(self, allocation):
        allocation.reload()
        return {l.party.name: l.quantity for l in allocation.lines}

    def test_share_again(self):
        "Test what is let go is there once"
        self.assertEqual(
            self.quantities(self.allocation), {"School": 6, "Club": 3})
        self.recall.click('release')

        again = self.share_again()
        again.click('apply')

        self.assertEqual(self.quantities(again), {"School": 6, "Club": 3})
        self.cycle.reload()
        self.assertEqual(
            sum(m.quantity for s in self.cycle.shipments for m in s.moves), 9)

    def test_memory(self):
        "Test who lacked is owed once what he lacked"
        self.recall.click('release')
        self.share_again().click('apply')
        Policy = Model.get('shortcircuit.allocation.policy')
        allocation, = self.run_cycle(6).click('allocate')
        allocation.policy, = Policy.find([('memory', '>', 0)])
        allocation.save()

        allocation.click('compute')

        for line, lacked in zip(allocation.lines, [2, 1]):
            self.assertIn(
                f"{lacked} u lacked before", line.reason.replace('\xa0', ' '))

    def test_undo(self):
        "Test what is undone gives nothing of what is held"
        self.allocation.click('undo')
        self.allocation.click('apply')

        self.assertEqual(
            self.quantities(self.allocation), {"School": 0, "Club": 0})
        self.assertEqual({
                l.allocated_quantity for s in self.cycle.sales
                for l in s.lines}, {0})
