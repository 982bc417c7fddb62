# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import unittest
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.shortcircuit_collective.gap import (
    CENT, Candidate, Target, close, missing)

MEAT, MILK, OTHER = 'VIANDES_VOLAILLES', 'PRODUITS_LAITIERS', 'AUTRES'

families = st.sampled_from([MEAT, MILK, OTHER])
prices = st.decimals('0.10', 30, places=2)
amounts = st.decimals(0, 5000, places=2)
lots = st.sampled_from([1, 2])
limits = st.dictionaries(lots, amounts)


def candidate(key, family, price, replaced=None, bio=False, lot=None):
    return Candidate(
        key, family, bio, Decimal(price),
        None if replaced is None else Decimal(replaced), lot)


def target(name, share, total, amount, *families):
    return Target(
        name, Decimal(share), Decimal(total), Decimal(amount), families)


def growth(candidate):
    "By how much the total grows for a euro spent"
    if candidate.replaced is None:
        return 1
    return (candidate.price - candidate.replaced) / candidate.price


@st.composite
def candidates(draw):
    drawn = draw(st.lists(
            st.tuples(
                families, st.booleans(), prices, st.none() | prices,
                st.none() | lots),
            max_size=8))
    return [Candidate(i, *values) for i, values in enumerate(drawn)]


@st.composite
def targets(draw):
    total = draw(st.decimals(1, 10000, places=2))
    egalim = draw(st.decimals(0, 1, places=2)) * total
    bio = draw(st.decimals(0, 1, places=2)) * egalim
    meat = draw(st.decimals(0, 1, places=2)) * total
    meat_egalim = draw(st.decimals(0, 1, places=2)) * min(meat, egalim)
    return [
        target('bio', '.20', total, bio),
        target('meat_fish', '.60', meat, meat_egalim, MEAT),
        target('egalim', '.50', total, egalim)]


class GapTestCase(unittest.TestCase):
    "Test the products that close the gap"

    def test_close(self):
        "Test what is bought, by target and candidates"
        egalim = target('egalim', '.50', 100, 40)
        cheap = candidate('cheap', MILK, 2, 2)
        dear = candidate('dear', MILK, 4, 2)
        for name, goals, products, replaceable, bought, left in [
                ("reached", [target('egalim', '.50', 100, 50)], [cheap],
                    {MILK: 50}, [], ['0']),
                ("nothing to buy", [egalim], [], {MILK: 50}, [], ['10']),
                ("same price", [egalim], [cheap], {MILK: 50},
                    [('cheap', '10', '0')], ['0']),
                # Half of the price is in addition: 3/4 of it counts
                ("dearer", [egalim], [dear], {MILK: 50},
                    [('dear', '13.34', '6.67')], ['0']),
                ("cheapest first", [egalim], [dear, cheap], {MILK: 4},
                    [('cheap', '4', '0')], ['6']),
                ("another family", [egalim],
                    [cheap, candidate('meat', MEAT, 3, 2)],
                    {MILK: 4, MEAT: 50},
                    [('cheap', '4', '0'), ('meat', '7.20', '2.40')], ['0']),
                ("lot", [egalim],
                    [cheap._replace(lot='lot'), dear], {MILK: 50},
                    [('cheap', '3', '0'), ('dear', '9.34', '4.67')], ['0']),
                ("lot of two", [egalim], [
                        cheap._replace(lot='lot'),
                        candidate('other', MEAT, 2, 2, lot='lot')],
                    {MILK: 2, MEAT: 50},
                    [('cheap', '2', '0'), ('other', '1', '0')], ['7']),
                ("in addition", [egalim], [candidate('more', MILK, 5)], {},
                    [('more', '20', '20')], ['0']),
                ("organic counts twice",
                    [target('bio', '.20', 100, 15), egalim],
                    [cheap, candidate('organic', MILK, 2, 2, bio=True)],
                    {MILK: 50},
                    [('organic', '5', '0'), ('cheap', '5', '0')], ['0', '0']),
                ("meat", [
                        target('meat_fish', '.60', 20, 6, MEAT), egalim],
                    [cheap, candidate('meat', MEAT, 4, 2)],
                    {MILK: 50, MEAT: 50},
                    # 8.58 of meat, then less than 10 as it counts too
                    [('meat', '8.58', '4.29'), ('cheap', '3.57', '0')],
                    ['0', '0']),
                ("cheaper than what it replaces", [egalim],
                    [cheap, candidate('bargain', MILK, 1, 2)], {MILK: 50},
                    [('bargain', '6.67', '-6.67')], ['0']),
                ]:
            with self.subTest(name):
                purchases, remainders = close(
                    goals, products,
                    {f: Decimal(a) for f, a in replaceable.items()},
                    {'lot': Decimal(3)})
                self.assertEqual([
                        (p.candidate.key, p.amount, p.extra)
                        for p in purchases], [
                        (key, *map(Decimal, values))
                        for key, *values in bought])
                self.assertEqual(remainders, list(map(Decimal, left)))

    @given(
        targets(), candidates(), st.dictionaries(families, amounts), limits)
    def test_bounds(self, goals, products, replaceable, limits):
        "Test no more is bought than needed, is replaced, or is to be had"
        for goal in goals:
            purchases, (left,) = close([goal], products, replaceable, limits)
            gains = [
                1 - goal.share * growth(p.candidate) for p in purchases]
            gained = sum(p.amount * g for p, g in zip(purchases, gains))
            # The last cent may be more than needed
            self.assertLessEqual(
                gained, missing(goal) + CENT * (gains or [0])[-1])
            self.assertLessEqual(missing(goal) - gained - left, 0)
            self.assertTrue(all(p.amount > 0 for p in purchases))
            for family in [MEAT, MILK, OTHER]:
                self.assertLessEqual(
                    sum(p.amount - p.extra for p in purchases
                        if p.candidate.family == family
                        and p.candidate.replaced is not None),
                    replaceable.get(family, 0)
                    + CENT * (len(purchases) + 1))
            for lot, limit in limits.items():
                self.assertLessEqual(
                    sum(p.amount for p in purchases if p.candidate.lot == lot),
                    limit)

    @given(
        targets(), candidates(), st.dictionaries(families, amounts), limits)
    def test_cheapest(self, goals, products, replaceable, limits):
        "Test the cheapest euros come first, and none is left out"
        for goal in goals:
            purchases, (left,) = close([goal], products, replaceable, limits)
            costs = [
                growth(p.candidate) / (1 - goal.share * growth(p.candidate))
                for p in purchases]
            self.assertEqual(costs, sorted(costs))
            if not left:
                continue
            # What was not bought cannot be, or there is nothing to replace
            for product in products:
                if ((goal.name == 'bio' and not product.bio)
                        or (goal.families
                            and product.family not in goal.families)):
                    continue
                exhausted = product.lot in limits and CENT > (
                    limits[product.lot] - sum(
                        p.amount for p in purchases
                        if p.candidate.lot == product.lot))
                used = sum(
                    p.amount - p.extra for p in purchases
                    if p.candidate.family == product.family
                    and p.candidate.replaced is not None)
                room = replaceable.get(product.family, 0) - used
                # What is left of the family buys less than a cent of it
                self.assertTrue(exhausted or (
                        product.replaced is not None
                        and room * product.price
                        < CENT * product.replaced
                        + CENT * len(purchases) * product.price + CENT))

    @given(targets(), candidates(), st.dictionaries(families, amounts))
    def test_next_targets(self, goals, products, replaceable):
        "Test what is bought for a target counts for the next ones"
        purchases, remainders = close(goals, products, replaceable)
        alone, (left,) = close([goals[-1]], products, replaceable)
        narrow = [p for p in purchases if p.target != 'egalim']
        if not narrow:
            self.assertEqual(
                [p[0] for p in purchases], [p[0] for p in alone])
        total = goals[-1].total + sum(
            p.amount * growth(p.candidate) for p in purchases)
        counted = goals[-1].amount + sum(p.amount for p in purchases)
        self.assertGreaterEqual(
            counted + remainders[-1] - goals[-1].share * total, -CENT)
