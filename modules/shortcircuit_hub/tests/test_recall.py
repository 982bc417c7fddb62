# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import unittest
from decimal import Decimal
from unittest.mock import patch

import psycopg
import pytest
from proteus import Model

from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_customer, create_producer, create_product, open_cycle, order,
    publish_mercuriale, setup)
from trytond.modules.shortcircuit_hub.tests.tools import (
    allocate, create_hubs, create_point, deliver, receive)
from trytond.tests.test_tryton import drop_db
from trytond.tests.tools import activate_modules

pytestmark = pytest.mark.postgresql


class RecallTestCase(unittest.TestCase):
    "Test what a recall costs"

    def setUp(self):
        super().setUp()
        drop_db()
        self.addCleanup(drop_db)
        activate_modules('shortcircuit_hub', setup)
        self.hub, _ = create_hubs()
        self.driver = Model.get('party.party')(name="Driver")
        self.driver.save()
        self.customers = []
        for number in range(9):
            customer = create_customer(f"Customer {number}")
            create_point(customer, self.hub)
            self.customers.append(customer)

    def deliver(self, product, producers, customers):
        "Deliver the product to the customers, then set it aside for them"
        publish_mercuriale([(product, Decimal('1.50'), None)])
        for leaves in [True, False]:
            cycle = open_cycle(
                [(p, product, 50) for p in producers], warehouse=self.hub)
            for customer in customers:
                order(customer, [(product, 5 * len(producers))])
            cycle.click('close')
            receive(cycle)
            allocate(cycle)
            if leaves:
                deliver(cycle, self.driver)

    def recall(self, product):
        "Return the number of statements of each step"
        Recall = Model.get('shortcircuit.recall')
        recall = Recall(reason="Stones", product=product)
        recall.save()
        counts = {}
        for button in ['find', 'hold', 'withdraw', 'notify']:
            execute = psycopg.Cursor.execute
            with patch.object(
                    psycopg.Cursor, 'execute', autospec=True,
                    side_effect=execute) as mock:
                Recall._proxy.__getattr__(button)(
                    [recall.id], Recall._config.context)
            counts[button] = mock.call_count
        recall.reload()
        return recall, counts

    def test_statements(self):
        "Test they do not grow with the lots and the customers"
        small, large = map(create_product, ["Carrot", "Leek"])
        farms = [create_producer(f"Farm {i}") for i in range(4)]
        self.deliver(small, farms[:1], self.customers[:2])
        self.deliver(large, farms, self.customers)
        # Let the caches of the server be as they are all day
        self.recall(small)[0].click('release')
        few, small_counts = self.recall(small)
        many, large_counts = self.recall(large)
        self.assertEqual(len(few.lots), 2)
        self.assertEqual(len(many.lots), 8)
        self.assertGreater(len(many.lines), 3 * len(few.lines))
        for button in ['find', 'hold', 'notify']:
            with self.subTest(button=button):
                # What is read is cached by blocks, here of less than one
                self.assertLessEqual(
                    large_counts[button], small_counts[button] + 5)
