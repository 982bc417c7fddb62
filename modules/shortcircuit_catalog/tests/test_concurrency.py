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
from trytond.modules.shortcircuit_catalog.exceptions import OrderError
from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_customer, create_producer, create_product, open_cycle, order,
    publish_mercuriale, setup)
from trytond.tests.test_tryton import drop_db
from trytond.tests.tools import activate_modules

pytestmark = pytest.mark.postgresql


class ConcurrencyTestCase(unittest.TestCase):
    "Test orders at the same time"

    def setUp(self):
        super().setUp()
        drop_db()
        self.addCleanup(drop_db)
        self.config = activate_modules('shortcircuit_catalog', setup)
        farms = [create_producer(f"Farm {i}") for i in range(2)]
        self.carrot = create_product("Carrot")
        publish_mercuriale([(self.carrot, Decimal('1.50'), None)])
        Channel = Model.get('shortcircuit.channel')
        channel, = Channel.find([])
        channel.limited = True
        channel.save()
        open_cycle([(farm, self.carrot, 5) for farm in farms])

    def order(self, quantities):
        "Return the draft orders of as many customers"
        return [
            order(
                create_customer(f"School {i}"), [(self.carrot, quantity)],
                confirm=False)
            for i, quantity in enumerate(quantities)]

    def quote(self, sales):
        "Quote all at once and return the refusals"
        barrier = Barrier(len(sales))

        def quote(sale):
            Sale = Model.get('sale.sale', config=self.config)
            barrier.wait()
            while True:
                try:
                    return Sale(sale.id).click('quote')
                except OrderError as error:
                    return error
                except backend.DatabaseOperationalError:
                    # The server would try again
                    time.sleep(.05)
        with ThreadPoolExecutor(len(sales)) as executor:
            return [e for e in executor.map(quote, sales) if e]

    def get_quoted(self):
        Sale = Model.get('sale.sale', config=self.config)
        return sum(
            line.quantity for sale in Sale.find([('state', '=', 'quotation')])
            for line in sale.lines)

    def test_last_unit(self):
        "Test one of two buyers gets the last unit, the other a refusal"
        sales = self.order([10, 10])

        refusals = self.quote(sales)

        self.assertEqual(len(refusals), 1)
        self.assertIn("only 0", str(refusals[0]))
        self.assertEqual(self.get_quoted(), 10)

    def test_many(self):
        "Test many buyers never take more than the offers"
        sales = self.order([3, 3, 3, 3, 3, 3])

        refusals = self.quote(sales)

        self.assertEqual(len(refusals), 3)
        self.assertEqual(self.get_quoted(), 9)
