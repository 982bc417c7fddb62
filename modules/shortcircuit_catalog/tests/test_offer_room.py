# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import unittest

from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.shortcircuit_catalog.offer_room import (
    find_room, get_thresholds)

OFFERS = st.lists(
    st.tuples(st.integers(1, 9), st.integers(0, 20)), max_size=5)
ORDERS = st.lists(
    st.tuples(st.integers(0, 9), st.integers(1, 15)), max_size=12)


def room_at(offers, orders, now):
    "Return the room as the orders placed until now leave it"
    return find_room(offers, {
            t: sum(q for o, q in orders if t is None or o >= t)
            for t in get_thresholds([c for c, _ in offers], now)})


def can_serve(offers, orders):
    "Serve the last orders first as they have the least choice"
    left = [[c, q] for c, q in offers]
    for time, quantity in sorted(orders, reverse=True):
        for offer in left:
            if offer[0] > time:
                taken = min(offer[1], quantity)
                offer[1] -= taken
                quantity -= taken
        if quantity:
            return False
    return True


class OfferRoomTestCase(unittest.TestCase):
    "Test the room of limited offers"

    def test_one_offer(self):
        "Test one offer is filled by one order"
        self.assertEqual(room_at([(9, 10)], [(1, 4)], 2), 6)
        self.assertEqual(room_at([(9, 10)], [(1, 10)], 2), 0)
        self.assertEqual(room_at([], [], 2), 0)

    def test_cut_off(self):
        "Test what is cut off serves what was ordered before only"
        offers = [(5, 10), (9, 10)]
        self.assertEqual(room_at(offers, [(1, 4)], 4), 16)
        self.assertEqual(room_at(offers, [(1, 4)], 5), 10)
        self.assertEqual(room_at(offers, [(1, 14)], 5), 6)
        self.assertEqual(room_at(offers, [(1, 4), (6, 10)], 7), 0)
        self.assertEqual(room_at(offers, [(1, 4)], 9), 0)

    def test_oversold(self):
        "Test an offer which was reduced leaves less than nothing"
        self.assertEqual(room_at([(9, 3)], [(1, 5)], 2), -2)

    @given(OFFERS, ORDERS)
    def test_never_oversold(self, offers, orders):
        "Test the orders are accepted if and only if all can be served"
        accepted = []
        for time, quantity in sorted(orders):
            room = room_at(offers, accepted, time)
            served = can_serve(offers, [*accepted, (time, quantity)])
            self.assertEqual(quantity <= room, served)
            if served:
                accepted.append((time, quantity))
