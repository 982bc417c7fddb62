# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import unittest

from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.shortcircuit_hub.package import count_packages

loads = st.integers(0, 10 ** 6).map(lambda grams: grams / 1000)
capacities = st.none() | st.integers(1, 10 ** 5).map(lambda g: g / 1000)


class PackageTestCase(unittest.TestCase):
    "Test how many crates an order needs"

    def test_count(self):
        for expected, weight, volume in [
                (1, (0, 15), (0, 40)),
                (1, (15, 15), (40, 40)),
                (2, (15.001, 15), (0, 40)),
                (3, (15, 15), (81, 40)),
                (1, (.1 + .1 + .1, .3), (0, None)),
                (1, (1000, None), (1000, None)),
                ]:
            with self.subTest(weight=weight, volume=volume):
                self.assertEqual(count_packages(weight, volume), expected)

    @given(st.lists(st.tuples(loads, capacities), max_size=3))
    def test_all_fits(self, loads):
        "Test that all fits, and that one crate less would not do"
        count = count_packages(*loads)
        limited = [(l, c) for l, c in loads if c]
        for load, capacity in limited:
            self.assertLessEqual(load, count * capacity + 1e-3)
        if count > 1:
            self.assertTrue(any(
                    load > (count - 1) * capacity
                    for load, capacity in limited))
