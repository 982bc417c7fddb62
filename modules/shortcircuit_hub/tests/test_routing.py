# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import random
import unittest

from hypothesis import given, settings
from hypothesis import strategies as st

from trytond.modules.shortcircuit_hub.routing import (
    DAY, Demand, Roads, Vehicle, arrive, follow, format_moments, has_solver,
    is_late, object_to, propose, seconds, to_time)

HUB = (50.724, 2.538)
ROADS = Roads(1.3, 45, 480)
AMBIENT, CHILLED = frozenset({'ambient'}), frozenset({'chilled'})
HOUR = 3600


def place(north, east):
    "A place some kilometres from the hub"
    return HUB[0] + north / 111.2, HUB[1] + east / 70.4


def van(name, crates=100, weight=1000, classes=AMBIENT, **hours):
    return Vehicle(name, crates, weight, classes, **hours)


def demand(name, where, crates=10, weight=100, classes=AMBIENT, **windows):
    return Demand(name, where, crates, weight, classes, **windows)


def plan(demands, vehicles, iterations=100, seed=0):
    if not has_solver():
        raise unittest.SkipTest("needs PyVRP")
    return propose(HUB, demands, vehicles, ROADS, iterations, seed)


def town(size, seed=1):
    "Points around the hub with their hours, their loads and their cold"
    dice = random.Random(seed)
    hours = [
        ((7 * HOUR, 11 * HOUR),), ((0, DAY),),
        ((8 * HOUR, 12 * HOUR), (14 * HOUR, 18 * HOUR))]
    return [
        demand(
            i, place(dice.uniform(-25, 25), dice.uniform(-25, 25)),
            dice.randint(1, 40), dice.randint(10, 300),
            dice.choice([AMBIENT, CHILLED | AMBIENT]),
            windows=dice.choice(hours))
        for i in range(size)]


class RoutingTestCase(unittest.TestCase):
    "Test routing"

    def test_moments(self):
        "Moments are seconds since midnight"
        self.assertEqual(seconds(dt.time(8, 30)), 30_600)
        self.assertEqual(to_time(30_659), dt.time(8, 30))
        self.assertEqual(to_time(DAY + 60), dt.time(0, 1))
        self.assertEqual(format_moments(30_600, DAY), '08:30–00:00')

    def test_arrive(self):
        "Who is early waits, who is late is late"
        windows = [(8 * HOUR, 12 * HOUR), (14 * HOUR, 18 * HOUR)]
        for moment, expected, late in [
                (7, 8, False), (9, 9, False), (13, 14, False),
                (18, 18, False), (19, 19, True)]:
            let_in = arrive(moment * HOUR, windows)
            self.assertEqual(let_in, expected * HOUR)
            self.assertEqual(is_late(let_in, windows), late)

    def test_follow(self):
        "A round has its kilometres and its moments, the way back included"
        all_day = ((0, DAY),)
        legs = follow(
            HUB, [(place(10, 0), all_day), (place(20, 0), all_day)],
            8 * HOUR, ROADS)
        self.assertEqual([round(d) for d, _ in legs], [13, 13, 26])
        first, second, back = [m for _, m in legs]
        self.assertAlmostEqual(first - 8 * HOUR, 1040, delta=3)
        self.assertAlmostEqual(second - first, 480 + 1040, delta=3)
        self.assertAlmostEqual(back - second, 480 + 2080, delta=5)

    def test_follow_not_located(self):
        "What comes after a place nobody located is not known"
        all_day = ((0, DAY),)
        legs = follow(
            HUB, [(None, all_day), (place(1, 0), all_day)], 0, ROADS)
        self.assertEqual(legs[:2], [(None, None), (None, None)])
        self.assertIsNone(legs[2][1])

    def test_capacity(self):
        "No vehicle takes more than it can"
        demands = [demand(i, place(5, i), 40, 50) for i in range(5)]
        vehicles = [van('a'), van('b'), van('c')]
        routes, left = plan(demands, vehicles)
        self.assertFalse(left)
        self.assertEqual(
            sorted(len(p) for _, p in routes.values()), [1, 2, 2])
        demands = [demand(i, place(5, i), 1, 400) for i in range(5)]
        routes, left = plan(demands, vehicles[:2])
        self.assertEqual(
            sorted(len(p) for _, p in routes.values()), [2, 2])
        self.assertEqual(list(left.values()), ['fleet'])

    def test_windows(self):
        "The near point that opens late comes after the far one"
        demands = [
            demand('late', place(2, 0), windows=((15 * HOUR, 16 * HOUR),)),
            demand('early', place(20, 0), windows=((7 * HOUR, 8 * HOUR),))]
        routes, left = plan(demands, [van('a', start=6 * HOUR)])
        (start, points), = routes.values()
        self.assertEqual(points, ['early', 'late'])
        self.assertGreaterEqual(start, 6 * HOUR)
        self.assertFalse(left)

    def test_second_window(self):
        "A point is brought in the afternoon if the morning is taken"
        morning = ((8 * HOUR, 8 * HOUR + 600),)
        both = (*morning, (14 * HOUR, 15 * HOUR))
        routes, left = plan([
                demand('far', place(0, 25), windows=morning),
                demand('both', place(0, -25), windows=both)], [van('a')])
        (_, points), = routes.values()
        self.assertEqual(points, ['far', 'both'])
        self.assertFalse(left)

    def test_cold(self):
        "What is chilled goes by a vehicle that keeps it so"
        demands = [
            demand('milk', place(5, 0), classes=CHILLED),
            demand('leek', place(6, 0))]
        cold = van('cold', 10, classes=CHILLED | AMBIENT)
        routes, left = plan(demands, [van('warm'), cold])
        self.assertEqual(routes['cold'][1], ['milk'])
        self.assertEqual(routes['warm'][1], ['leek'])
        _, left = plan(demands, [van('warm')])
        self.assertEqual(left, {'milk': 'classes'})

    def test_reasons(self):
        "What fits in no vehicle is told with the reason"
        vehicles = [
            van('a', 50, 500, start=8 * HOUR, end=18 * HOUR),
            van('cold', 20, 500, CHILLED, start=8 * HOUR, end=18 * HOUR)]
        here = place(3, 3)
        for item, reason in [
                (demand('x', here), None),
                (demand('x', None), 'place'),
                (demand('x', here, windows=()), 'closed'),
                (demand('x', here, 51), 'crates'),
                (demand('x', here, 30, classes=CHILLED), 'crates'),
                (demand('x', here, weight=501), 'weight'),
                (demand('x', here, classes=AMBIENT | CHILLED), 'classes'),
                (demand('x', here, windows=((0, 8 * HOUR),)), 'hours'),
                (demand('x', here, windows=((18 * HOUR, DAY),)), 'hours'),
                ]:
            self.assertEqual(
                object_to(HUB, item, vehicles, ROADS), reason)
        self.assertEqual(
            object_to(HUB, demand('x', here), [], ROADS), 'vehicle')
        self.assertEqual(
            object_to(None, demand('x', here), vehicles, ROADS), 'place')

    def test_deterministic(self):
        "The same orders give the same rounds"
        demands = town(15)
        vehicles = [
            van(i, 150, 1500, CHILLED | AMBIENT, start=6 * HOUR)
            for i in range(3)]
        self.assertEqual(
            plan(demands, vehicles), plan(demands, vehicles))

    @settings(max_examples=15)
    @given(st.integers(1, 12), st.integers(0, 1000))
    def test_valid(self, size, seed):
        "Each point is in a round that keeps to everything, or has a reason"
        demands = {d.point: d for d in town(size, seed)}
        vehicles = {
            v.vehicle: v for v in [
                van('warm', 80, 600, start=6 * HOUR, end=19 * HOUR),
                van('cold', 60, 500, CHILLED | AMBIENT, start=7 * HOUR)]}
        routes, left = plan(list(demands.values()), list(vehicles.values()))
        served = [p for _, points in routes.values() for p in points]
        self.assertEqual(sorted([*served, *left]), sorted(demands))
        for name, (start, points) in routes.items():
            vehicle = vehicles[name]
            loads = [demands[p] for p in points]
            self.assertLessEqual(sum(d.crates for d in loads), vehicle.crates)
            self.assertLessEqual(sum(d.weight for d in loads), vehicle.weight)
            for load in loads:
                self.assertLessEqual(load.classes, vehicle.classes)
            *moments, end = [
                m for _, m in follow(
                    HUB, [(d.place, d.windows) for d in loads], start, ROADS)]
            for load, moment in zip(loads, moments):
                self.assertFalse(is_late(moment, load.windows))
            self.assertGreaterEqual(start, vehicle.start)
            self.assertLessEqual(end, vehicle.end)
