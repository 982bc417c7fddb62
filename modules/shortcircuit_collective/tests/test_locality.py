# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import unittest
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.company.tests import create_company, set_company
from trytond.modules.shortcircuit_collective.locality import (
    DEFINITIONS, Place, department, prove)
from trytond.modules.shortcircuit_collective.tests.records import (
    create_canteen, create_lot, create_producer, create_product, deliver)
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction
from trytond.tools import file_open

CANTEEN = Place(
    "62400 Béthune", '62', frozenset({"PAT of Béthune", "PAT of Artois"}),
    (50.53, 2.64))
places = st.builds(
    Place, st.none() | st.sampled_from(["62400 Béthune", "59000 Lille"]),
    st.none() | st.sampled_from(['62', '59', '75', '975']),
    st.frozensets(st.sampled_from(["A", "B"])),
    st.none() | st.tuples(st.floats(50, 51), st.floats(2, 3)))


class LocalityTestCase(unittest.TestCase):
    "Test what is local"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        activate_module('shortcircuit_collective')

    def test_prove(self):
        "Test each definition"
        for definition, km, producer, proof in [
                (None, None, CANTEEN, None),
                ('PAT', None, Place(projects={"PAT of Béthune"}),
                    "PAT of Béthune"),
                ('PAT', None, Place(projects={"PAT of Lille"}), None),
                ('PAT', None, Place(), None),
                ('COMMUNE', None, Place("62400 BETHUNE"), "62400 Béthune"),
                ('COMMUNE', None, Place("59000 Béthune"), None),
                ('COMMUNE', None, Place(), None),
                ('DEPARTEMENT', None, Place(department='62'), '62'),
                ('DEPARTEMENT', None, Place(department='59'), None),
                ('DEPARTEMENT', None, Place(), None),
                ('REGION', None, Place(department='02'), '32'),
                ('REGION', None, Place(department='75'), None),
                ('REGION', None, Place(), None),
                # 12.1 km, which is not within 12
                ('KM', 13, Place(coordinates=(50.63, 2.57)), '13 km'),
                ('KM', 12, Place(coordinates=(50.63, 2.57)), None),
                ('KM', 200, Place(), None),
                ]:
            with self.subTest(
                    definition=definition, km=km, producer=producer):
                self.assertEqual(
                    prove(definition, km, producer, CANTEEN), proof)

    @given(
        st.sampled_from([d for d, _ in DEFINITIONS if d]), places, places)
    def test_prove_symmetric(self, definition, place, other):
        "Test who is local for whom does not depend on who eats"
        self.assertEqual(
            prove(definition, 30, place, other) is None,
            prove(definition, 30, other, place) is None)

    def test_department(self):
        "Test the department of a postal code"
        for code, result in [
                ('62400', '62'), ('01000', '01'), ('20000', '2A'),
                ('20167', '2A'), ('20200', '2B'), ('20600', '2B'),
                ('97110', '971'), ('97600', '976'), ('97500', '975'),
                ('98000', None), ('7000', None), ('B-700', None),
                ('00100', None), ('', None), (None, None),
                ]:
            with self.subTest(code=code):
                self.assertEqual(department(code), result)

    def test_data(self):
        "Test the departments are all there"
        with file_open(
                'shortcircuit_collective/data/departments.csv') as file:
            codes = [line.split(',')[0] for line in file][1:]
        self.assertEqual(len(codes), 103)
        self.assertEqual(codes, sorted(set(codes)))

    @with_transaction()
    def test_freeze(self):
        "Test what is local is stored with its proof"
        pool = Pool()
        Address = pool.get('party.address')
        Move = pool.get('stock.move')
        with set_company(create_company()):
            school, hospital = [
                create_canteen(name, None)
                for name in ["School", "Hospital"]]
            near, far = map(create_producer, ["Near", "Far"])
            for party, postal_code, city, longitude in [
                    (school.party, '62400', "Béthune", '2.64'),
                    (hospital.party, '62400', "Béthune", '2.64'),
                    (near.party, '59190', "Hazebrouck", '2.54'),
                    (far.party, '75000', "Paris", '3.64')]:
                party.latitude = Decimal('50.53')
                party.longitude = Decimal(longitude)
                party.save()
                Address.delete(party.addresses)
                Address.create([{
                            'party': party.id,
                            'postal_code': postal_code,
                            'city': city,
                            }])
            school.local_definition, school.local_km = 'KM', 30
            hospital.local_definition = 'REGION'
            for canteen in [school, hospital]:
                canteen.save()
            product = create_product("Milk")
            lots = [create_lot(p, product) for p in [near, far]]
            day = dt.date(2025, 2, 1)
            moves = [
                deliver(c.party, lot, 10, day)
                for c in [school, hospital] for lot in lots]
            school.local_definition, school.local_km = 'COMMUNE', None
            school.save()
            moves += [
                deliver(school.party, lots[0], 10, day),
                # It leaves what it entered
                deliver(hospital.party, lots[0], 10, day, back=True)]
            self.assertEqual([(
                        m.egalim_local, m.egalim_local_km,
                        m.egalim_local_proof, m.egalim_region)
                    for m in Move.browse(moves)], [
                    ('KM', 30, '8 km', '32'),
                    (None, None, None, None),
                    ('REGION', None, '32', '32'),
                    (None, None, None, None),
                    (None, None, None, '32'),
                    ('REGION', None, '32', '32'),
                    ])
