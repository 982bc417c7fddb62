# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import unittest
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.shortcircuit_collective.revision_formula import (
    coefficient, revise)

prices = st.decimals('0.01', '100', places=4)
parts = st.none() | st.decimals(0, 1, places=3)
values = st.decimals('50', '300', places=1)


@st.composite
def formulas(draw):
    "A fixed part with the weights that complete it"
    weights = draw(st.lists(st.integers(0, 20), max_size=4))
    return Decimal(100 - sum(weights)) / 100, [
        Decimal(w) / 100 for w in weights]


class RevisionTestCase(unittest.TestCase):
    "Test the revision of the prices"

    def test_coefficient(self):
        "Test what a formula multiplies the prices by"
        for fixed, terms, result in [
                ('1', [], '1'),
                ('.15', [('.85', '100', '110')], '1.085'),
                ('.20', [('.50', '100', '104'), ('.30', '120', '108')],
                    '0.99'),
                ('0', [('1', '80', '100')], '1.25'),
                ]:
            with self.subTest(fixed=fixed, terms=terms):
                self.assertEqual(
                    coefficient(Decimal(fixed), [
                            tuple(map(Decimal, t)) for t in terms]),
                    Decimal(result))
        for fixed, terms in [
                ('.15', [('.80', '100', '110')]),
                ('.15', [('.85', '0', '110')]),
                ]:
            with self.subTest(fixed=fixed, terms=terms):
                with self.assertRaises(ValueError):
                    coefficient(Decimal(fixed), [
                            tuple(map(Decimal, t)) for t in terms])

    def test_revise(self):
        "Test the cap, the floor and the safeguard clause"
        for current, asked, cap, floor, safeguard, result in [
                ('1.00', '1.10', None, None, None, ('1.1000', False, False)),
                ('1.00', '1.10', '.05', None, None, ('1.0500', True, False)),
                ('1.00', '1.05', '.05', None, None, ('1.0500', False, False)),
                ('1.00', '0.90', None, '.03', None, ('0.9700', True, False)),
                ('1.00', '0.90', '.05', None, None, ('0.9000', False, False)),
                ('1.00', '1.10', '.05', None, '.08', ('1.0500', True, True)),
                ('1.00', '0.91', None, None, '.08', ('0.9100', False, True)),
                ('1.00', '1.08', None, None, '.08', ('1.0800', False, False)),
                ('0.3333', '1', '.05', None, None, ('0.3499', True, False)),
                ]:
            with self.subTest(current=current, asked=asked):
                revised = revise(
                    Decimal(current), Decimal(asked),
                    *(Decimal(v) if v else None
                        for v in [cap, floor, safeguard]))
                price, *clauses = result
                self.assertEqual(
                    tuple(revised), (Decimal(price), *clauses))

    @given(formulas(), st.lists(values, min_size=4, max_size=4))
    def test_unchanged(self, formula, indices):
        "Test nothing changes as long as the indices do not"
        fixed, weights = formula
        self.assertEqual(
            coefficient(fixed, [
                    (w, i, i) for w, i in zip(weights, indices)]), 1)

    @given(formulas(), st.lists(values, min_size=4, max_size=4), values)
    def test_between(self, formula, indices, value):
        "Test no formula moves a price more than its indices"
        fixed, weights = formula
        ratios = [1, *(value / i for i in indices)]
        result = coefficient(
            fixed, [(w, i, value) for w, i in zip(weights, indices)])
        margin = Decimal('1e-20')
        self.assertLessEqual(result, max(ratios) + margin)
        self.assertGreaterEqual(result, min(ratios) - margin)

    @given(prices, prices, parts, parts, parts)
    def test_limits(self, current, asked, cap, floor, safeguard):
        "Test the price is between the cap and the floor"
        revised = revise(current, asked, cap, floor, safeguard)
        if cap is not None:
            self.assertLessEqual(revised.price, current * (1 + cap))
        if floor is not None:
            self.assertGreaterEqual(revised.price, current * (1 - floor))
        if not revised.limited:
            self.assertEqual(revised.price, asked)
        self.assertEqual(
            revise(current, current, cap, floor, safeguard),
            (current, False, False))
