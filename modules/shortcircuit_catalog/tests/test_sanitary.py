# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import unittest
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction

latitudes = st.decimals(-90, 90, places=6)
longitudes = st.decimals(-180, 180, places=6)
places = st.tuples(latitudes, longitudes)
HALF_EQUATOR = 20016


class SanitaryTestCase(unittest.TestCase):
    "Test sanitary limits"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        activate_module('shortcircuit_catalog')

    @with_transaction()
    def test_distance(self):
        "Test distances known otherwise"
        for place, other, distance in [
                # A minute of latitude is a nautical mile
                (('50', '2.5'), ('51', '2.5'), 60 * 1.852),
                (('0', '0'), ('0', '180'), HALF_EQUATOR),
                (('90', '12'), ('90', '-40'), 0),
                (('50.72', '2.54'), ('50.72', '2.54'), 0),
                # Hazebrouck and Béthune
                (('50.7236', '2.5381'), ('50.5303', '2.6407'), 22.7),
                ]:
            with self.subTest(place=place, other=other):
                self.assertAlmostEqual(
                    self.distance(place, other), distance,
                    delta=.01 + distance * .006)

    @with_transaction()
    def test_distance_unknown(self):
        "Test a place that is not known is not far"
        Party = Pool().get('party.party')
        here = Party(latitude=Decimal(50), longitude=Decimal(0))
        nowhere = Party(latitude=None, longitude=None)
        self.assertIsNone(here.get_distance(nowhere))
        self.assertIsNone(nowhere.get_distance(here))

    @with_transaction()
    def test_distance_properties(self):
        "Test a distance is the same both ways and on the Earth"
        @given(places, places)
        def check(place, other):
            there = self.distance(place, other)
            self.assertAlmostEqual(there, self.distance(other, place))
            self.assertGreaterEqual(there, 0)
            self.assertLessEqual(there, HALF_EQUATOR)
        check()

    def distance(self, *places):
        Party = Pool().get('party.party')
        place, other = (
            Party(latitude=Decimal(a), longitude=Decimal(o))
            for a, o in places)
        return place.get_distance(other)

    @with_transaction()
    def test_limit_at(self):
        "Test the limit of a class on a date"
        pool = Pool()
        Class = pool.get('shortcircuit.sanitary.class')
        Limit = pool.get('shortcircuit.sanitary.limit')
        first, = Limit.search([
                ('sanitary_class.name', '=', "Dairy Products")])
        sanitary_class = first.sanitary_class
        second, = Limit.copy([first], default={
                'start_date': dt.date(2027, 1, 1)})
        other, = Class.create([{
                    'name': "Fish", 'unit': sanitary_class.unit.id}])
        before = (sanitary_class.id, dt.date(2026, 12, 31))
        after = (sanitary_class.id, dt.date(2027, 1, 1))

        self.assertEqual(
            Limit.at([before, after, (other.id, dt.date(2027, 1, 1))]),
            {before: first, after: second})
