# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import unittest

from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.shortcircuit_hub.sharing import (
    Share, from_steps, serve, share, to_steps)

orders = st.dictionaries(
    st.integers(min_value=1, max_value=1000),
    st.integers(min_value=0, max_value=200), max_size=40)
available = st.integers(min_value=0, max_value=4000)


class ShareTestCase(unittest.TestCase):
    "Test the sharing of a shortage"

    def test_largest_remainder(self):
        "Each gets its part, the largest remainders are rounded up"
        shares = share({'a': 3, 'b': 7, 'c': 10}, 16)

        self.assertEqual(
            {k: s.quantity for k, s in shares.items()},
            {'a': 2, 'b': 6, 'c': 8})
        self.assertEqual(
            {k: str(s.exact) for k, s in shares.items()},
            {'a': '2.4', 'b': '5.6', 'c': '8'})
        self.assertEqual(
            {k: s.rank for k, s in shares.items()},
            {'a': None, 'b': 1, 'c': None})

    def test_enough(self):
        "All are served when there is enough"
        self.assertEqual(share({'a': 3}, 5), {'a': Share(3, 3, 3, None)})

    def test_equal_remainders(self):
        "The largest order then the first key gets the step left"
        shares = share({'b': 1, 'a': 1}, 1)
        self.assertEqual(
            {k: s.quantity for k, s in shares.items()}, {'a': 1, 'b': 0})
        shares = share({'a': 1, 'b': 3}, 2)
        self.assertEqual(
            {k: s.quantity for k, s in shares.items()}, {'a': 0, 'b': 2})

    def test_negative(self):
        "Negative quantities are refused"
        with self.assertRaises(ValueError):
            share({'a': -1}, 1)
        with self.assertRaises(ValueError):
            share({'a': 1}, -1)

    @given(orders, available)
    def test_bounds(self, orders, available):
        "Never more than ordered nor, in total, than available is shared"
        shares = share(orders, available)

        self.assertEqual(
            sum(s.quantity for s in shares.values()),
            min(available, sum(orders.values())))
        for key, share_ in shares.items():
            self.assertLessEqual(share_.quantity, orders[key])
            self.assertLess(abs(share_.quantity - share_.exact), 1)

    @given(orders, available)
    def test_monotonic(self, orders, available):
        "Who orders more never gets less"
        shares = sorted(
            share(orders, available).values(),
            key=lambda s: (s.ordered, s.quantity))
        for less, more in zip(shares, shares[1:]):
            if less.ordered < more.ordered:
                self.assertLessEqual(less.quantity, more.quantity)

    @given(orders, available, st.randoms())
    def test_order_of_rows(self, orders, available, rand):
        "The result does not depend on the order of the rows"
        rows = list(orders.items())
        rand.shuffle(rows)
        self.assertEqual(
            share(dict(rows), available), share(orders, available))

    @given(
        st.integers(min_value=0, max_value=10 ** 6),
        st.sampled_from([1., .1, .01, .001, .5, 6., 2.5]))
    def test_steps(self, steps, step):
        "Steps and quantities convert both ways"
        self.assertEqual(to_steps(from_steps(steps, step), step), steps)

    def test_steps_floor(self):
        "An incomplete step does not count"
        self.assertEqual(to_steps(16., 6.), 2)
        self.assertEqual(to_steps(.3, .1), 3)


class ServeTestCase(unittest.TestCase):
    "Test the choice of the stocks"

    def test_local_first(self):
        "The stock of the place is used before it serves another"
        self.assertEqual(
            serve(
                [(1, 5, 'B'), (2, 5, 'A')],
                [('old', 6, 'A'), ('new', 4, 'B')]),
            [(1, 'new', 4), (2, 'old', 5), (1, 'old', 1)])

    def test_not_enough(self):
        "What does not exist is not served"
        with self.assertRaises(ValueError):
            serve([(1, 5, 'A')], [('old', 4, 'A')])

    @given(
        st.lists(st.tuples(
                st.integers(min_value=0, max_value=50),
                st.sampled_from('AB')), max_size=15),
        st.lists(st.tuples(
                st.integers(min_value=0, max_value=50),
                st.sampled_from('AB')), max_size=15))
    def test_exact(self, quantities, stocks):
        "Each is served exactly and no stock more than it holds"
        quantities = [(i, q, p) for i, (q, p) in enumerate(quantities)]
        stocks = [(i, q, p) for i, (q, p) in enumerate(stocks)]
        if (sum(q for _, q, _ in quantities)
                > sum(q for _, q, _ in stocks)):
            with self.assertRaises(ValueError):
                serve(quantities, stocks)
            return
        served = serve(quantities, stocks)
        for key, quantity, _ in quantities:
            self.assertEqual(
                sum(s for k, _, s in served if k == key), quantity)
        for stock, quantity, _ in stocks:
            self.assertLessEqual(
                sum(s for _, k, s in served if k == stock), quantity)
