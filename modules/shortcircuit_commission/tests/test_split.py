# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import unittest
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.shortcircuit_commission.split import (
    split, split_net, unit_price)

AGREEMENT = (Decimal('.8333'), Decimal('.0517'), Decimal('.1150'))
amounts = st.decimals(-10 ** 9, 10 ** 9, places=2)
quantities = st.decimals(-10 ** 5, 10 ** 5, places=3)


@st.composite
def shares(draw):
    "Draw shares of ten thousandths that add up to 1"
    cuts = sorted(draw(st.lists(st.integers(0, 10000), max_size=6)))
    return [
        Decimal(after - before) / 10000
        for before, after in zip([0, *cuts], [*cuts, 10000])]


class SplitTestCase(unittest.TestCase):
    "Test split of amounts"

    def test_agreement(self):
        "Test the split of the cooperative"
        self.assertEqual(
            split(Decimal('100.00'), AGREEMENT),
            (Decimal('83.33'), Decimal('5.17'), Decimal('11.50')))

    def test_ties(self):
        "Test equal remainders go to the first"
        quarters = [Decimal('.25')] * 4
        self.assertEqual(
            split(Decimal('.02'), quarters),
            (Decimal('.01'), Decimal('.01'), 0, 0))
        self.assertEqual(
            split(Decimal('-.01'), quarters), (Decimal('-.01'), 0, 0, 0))

    def test_digits(self):
        "Test other digits"
        self.assertEqual(
            split(Decimal('10'), AGREEMENT, digits=0),
            (8, 1, 1))
        self.assertEqual(
            split(Decimal('1'), AGREEMENT, digits=4), AGREEMENT)

    def test_refused(self):
        "Test what can not be split"
        for amount, shares_ in [
                (Decimal('1.001'), AGREEMENT),
                (Decimal('1.00'), AGREEMENT[:2]),
                (Decimal('1.00'), []),
                (Decimal('1.00'), [Decimal('1.1'), Decimal('-.1')]),
                ]:
            with self.subTest(amount=amount, shares=shares_):
                with self.assertRaises(ValueError):
                    split(amount, shares_)

    @given(amounts, shares())
    def test_sum(self, amount, shares):
        "Test the parts add up to the amount"
        self.assertEqual(sum(split(amount, shares)), amount)

    @given(amounts, shares())
    def test_nearness(self, amount, shares):
        "Test each part is within a cent of its exact value"
        for part, share in zip(split(amount, shares), shares):
            self.assertLess(abs(part - amount * share), Decimal('.01'))
            self.assertEqual(part, part.quantize(Decimal('.01')))

    @given(amounts, shares())
    def test_symmetry(self, amount, shares):
        "Test a return undoes a delivery"
        self.assertEqual(
            split(-amount, shares),
            tuple(-p for p in split(amount, shares)))

    @given(amounts, shares())
    def test_no_share(self, amount, shares):
        "Test who has no share gets nothing"
        for part, share in zip(split(amount, shares), shares):
            if not share:
                self.assertFalse(part)


class SplitNetTestCase(unittest.TestCase):
    "Test split of amounts of which the producer asks his price"

    def test_net(self):
        "Test the aidant keeps his share and the cooperative the rest"
        self.assertEqual(
            split_net(Decimal('100.00'), Decimal('80.00'), Decimal('.0517')),
            (Decimal('80.00'), Decimal('5.17'), Decimal('14.83')))

    def test_loss(self):
        "Test the cooperative pays what the producer asks above the sale"
        self.assertEqual(
            split_net(Decimal('10.00'), Decimal('12.00'), Decimal('.05')),
            (Decimal('12.00'), Decimal('.50'), Decimal('-2.50')))

    def test_refused(self):
        "Test what can not be split"
        for amount, due, share in [
                (Decimal('1.001'), Decimal('1.00'), Decimal('.05')),
                (Decimal('1.00'), Decimal('1.001'), Decimal('.05')),
                (Decimal('1.00'), Decimal('1.00'), Decimal('1.05')),
                (Decimal('1.00'), Decimal('1.00'), Decimal('-.05')),
                ]:
            with self.subTest(amount=amount, due=due, share=share):
                with self.assertRaises(ValueError):
                    split_net(amount, due, share)

    @given(amounts, amounts, shares())
    def test_sum(self, amount, due, shares):
        "Test the parts add up to the amount and the producer has his"
        parts = split_net(amount, due, shares[0])
        self.assertEqual(sum(parts), amount)
        self.assertEqual(parts[0], due)

    @given(amounts, amounts, shares())
    def test_nearness(self, amount, due, shares):
        "Test the aidant has the cent nearest to his share"
        _, aidant, cooperative = split_net(amount, due, shares[0])
        self.assertLessEqual(
            abs(aidant - amount * shares[0]), Decimal('.005'))
        for part in [aidant, cooperative]:
            self.assertEqual(part, part.quantize(Decimal('.01')))

    @given(amounts, amounts, shares())
    def test_symmetry(self, amount, due, shares):
        "Test a return undoes a delivery"
        self.assertEqual(
            split_net(-amount, -due, shares[0]),
            tuple(-p for p in split_net(amount, due, shares[0])))


class UnitPriceTestCase(unittest.TestCase):
    "Test unit price of amounts"

    def test_exact(self):
        "Test price that gives back the amount"
        self.assertEqual(
            unit_price(Decimal('83.33'), Decimal('10')),
            (Decimal('8.3330'), 0))

    def test_missing(self):
        "Test amount that no price gives back"
        self.assertEqual(
            unit_price(Decimal('1000.01'), Decimal('3000')),
            (Decimal('.3333'), Decimal('.11')))

    def test_no_quantity(self):
        "Test amount without quantity"
        self.assertEqual(
            unit_price(Decimal('.01'), Decimal(0)), (0, Decimal('.01')))

    @given(amounts, quantities)
    def test_sum(self, amount, quantity):
        "Test the price and what is missing give back the amount"
        price, missing = unit_price(amount, quantity)
        self.assertEqual(
            round(quantity * price, 2) + missing, amount)

    @given(amounts, quantities.filter(bool))
    def test_nearness(self, amount, quantity):
        "Test nothing is missing but the last digit of the price"
        _, missing = unit_price(amount, quantity)
        self.assertLessEqual(
            abs(missing), abs(quantity) * Decimal('.00005') + Decimal('.005'))
