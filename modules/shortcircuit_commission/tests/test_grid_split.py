# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import unittest
from decimal import Decimal
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.shortcircuit_commission.grid import GridLine
from trytond.modules.shortcircuit_commission.grid_split import (
    Move, spread_by_value)
from trytond.modules.shortcircuit_commission.split import split, spread

AGREEMENT = (Decimal('.8333'), Decimal('.0517'), Decimal('.1150'))
CENT = Decimal('.01')
amounts = st.decimals(-10 ** 6, 10 ** 6, places=2)
prices = st.decimals(0, 10 ** 4, places=2)
EUR = SimpleNamespace(digits=2, round=lambda a: a.quantize(CENT))


class SpreadTestCase(unittest.TestCase):
    "Test the spreading of what a round is owed"

    @given(amounts, st.lists(prices, min_size=1, max_size=50))
    def test_nothing_lost(self, amount, weights):
        "Test the parts add up to the amount and are near their exact value"
        if not any(weights):
            weights[0] = Decimal(1)
        parts = spread(amount, weights)
        self.assertEqual(sum(parts), amount)
        for part, weight in zip(parts, weights):
            exact = amount * weight / sum(weights)
            self.assertLess(abs(part - exact), CENT)

    @given(amounts, st.lists(prices, min_size=1, max_size=50))
    def test_opposite(self, amount, weights):
        "Test a correction undoes what it corrects"
        if any(weights):
            self.assertEqual(
                spread(-amount, weights),
                tuple(-p for p in spread(amount, weights)))

    def test_no_weight(self):
        "Test nothing can not be shared out between nobody"
        for weights in [[], [Decimal(0)], [Decimal(-1), Decimal(2)]]:
            with self.assertRaises(ValueError):
                spread(Decimal(1), weights)

    def test_given_away(self):
        "Test lines without value share equally"
        self.assertEqual(
            spread_by_value([Decimal(0)] * 3, Decimal('1.00')),
            (Decimal('.34'), Decimal('.33'), Decimal('.33')))
        self.assertEqual(spread_by_value([], Decimal('1.00')), [])


class LineTestCase(unittest.TestCase):
    "Test the split of lines whose round is paid by a grid"

    @given(st.lists(prices, min_size=1, max_size=20),
        st.lists(amounts, min_size=1, max_size=4))
    def test_closed(self, sale_amounts, dues):
        "Test every line is split to the cent, however often it is corrected"
        lines = []
        for id_, sale_amount in enumerate(sale_amounts):
            producer, aidant, cooperative = split(sale_amount, AGREEMENT)
            lines.append(
                (id_, sale_amount, None, Decimal(0), cooperative + aidant))
        for due in dues:
            changed = {
                id_: parts for id_, *parts in Move._spread_round(
                    lines, due, EUR)}
            lines = [
                (id_, amount, *changed.get(id_, parts))
                for id_, amount, *parts in lines]
            self.assertEqual(sum(l[3] for l in lines), due)
            for _, sale_amount, grid, commission, cooperative in lines:
                producer, *_ = split(sale_amount, AGREEMENT)
                self.assertEqual(
                    producer + commission + cooperative, sale_amount)
                self.assertEqual(commission, grid or 0)

    def test_euro(self):
        "Test the euro of the cooperative"
        self.assertEqual(
            split(Decimal(100), AGREEMENT),
            (Decimal('83.33'), Decimal('5.17'), Decimal('11.50')))


class AmountTestCase(unittest.TestCase):
    "Test what a line of a grid gives"

    def amount(self, quantity, **values):
        line = SimpleNamespace(**{
                'base': 'stop', 'rate': Decimal('1.5'), 'minimum': None,
                'maximum': None,
                'grid': SimpleNamespace(
                    company=SimpleNamespace(currency=EUR)),
                } | values)
        return GridLine.get_amount(line, Decimal(quantity))

    def test_rate(self):
        "Test the rate is per unit, or a percentage of the value"
        self.assertEqual(self.amount(12), Decimal('18.00'))
        self.assertEqual(
            self.amount('123.45', base='value', rate=Decimal(2)),
            Decimal('2.47'))

    def test_bounds(self):
        "Test the minimum and the maximum"
        bounds = {'minimum': Decimal(10), 'maximum': Decimal(20)}
        for quantity, amount in [(1, 10), (8, 12), (100, 20)]:
            self.assertEqual(self.amount(quantity, **bounds), Decimal(amount))
