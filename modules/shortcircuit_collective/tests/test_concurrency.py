# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from proteus import Model

from trytond import backend
from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_customer, create_product, setup)
from trytond.modules.shortcircuit_collective.exceptions import CeilingError
from trytond.modules.shortcircuit_collective.tests.tools import (
    call_off, create_contract)
from trytond.tests.test_tryton import drop_db
from trytond.tests.tools import activate_modules

pytestmark = pytest.mark.postgresql

PRICE = Decimal('1.50')


class ConcurrencyTestCase(unittest.TestCase):
    "Test call-offs at the same time"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        drop_db()
        cls.addClassCleanup(drop_db)
        cls.config = activate_modules('shortcircuit_collective', setup)
        cls.carrot = create_product("Carrot")
        cls.buyers = [create_customer(f"School {i}") for i in range(4)]

    def create_contract(self, members=None, **ceilings):
        return create_contract([{
                    'prices': [(self.carrot, PRICE)],
                    'members': members,
                    } | ceilings], self.buyers)

    def quote(self, contract, orders):
        """
        Quote at once orders, tuples of buyer and quantity.

        Return what each has got: its quantity, or zero if it is refused.
        """
        sales = [
            call_off(contract, buyer, [(self.carrot, q)], confirm=False)
            for buyer, q in orders]
        barrier = Barrier(len(sales))

        def quote(sale):
            Sale = Model.get('sale.sale', config=self.config)
            barrier.wait()
            while True:
                try:
                    Sale(sale.id).click('quote')
                    return sale.lines[0].quantity
                except CeilingError:
                    return 0
                except backend.DatabaseOperationalError:
                    # The server would try again
                    time.sleep(.05)
        with ThreadPoolExecutor(len(sales)) as executor:
            return list(executor.map(quote, sales))

    def test_last_unit(self):
        "Test one of two buyers gets what is left, the other a refusal"
        for ceilings in [
                {'max_amount': 10 * PRICE},
                {'max_quantity': 10, 'unit': self.carrot.default_uom},
                ]:
            with self.subTest(ceilings):
                contract = self.create_contract(**ceilings)
                got = self.quote(contract, [(b, 10) for b in self.buyers[:2]])
                self.assertEqual(sorted(got), [0, 10])

    def test_member(self):
        "Test two orders of a member do not pass his own maximum together"
        first, second, *_ = self.buyers
        contract = self.create_contract(
            max_amount=Decimal(1000),
            members={first: {'max_amount': 10 * PRICE}, second: {}})
        got = self.quote(contract, [(first, 6), (first, 6), (second, 50)])
        self.assertEqual(sorted(got), [0, 6, 50])

    @settings(max_examples=8)
    @given(
        st.lists(st.tuples(st.integers(0, 3), st.integers(1, 20)),
            min_size=2, max_size=4),
        st.integers(5, 40))
    def test_never_passed(self, orders, maximum):
        "Test whoever orders at once, what is taken is the most that fits"
        contract = self.create_contract(max_amount=maximum * PRICE)
        got = self.quote(
            contract, [(self.buyers[i], q) for i, q in orders])
        lot, = contract.lots
        self.assertLessEqual(sum(got), maximum)
        self.assertEqual(lot.used_amount, sum(map(Decimal, got)) * PRICE)
        for (_, quantity), taken in zip(orders, got):
            if not taken:
                # The order would not fit after the others
                self.assertGreater(sum(got) + quantity, maximum)
