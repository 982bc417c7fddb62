# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import csv
import datetime as dt
import io
import json
import unittest
from decimal import Decimal
from itertools import combinations
from unittest.mock import patch

from frictionless import Resource, Schema, validate
from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.shortcircuit_collective import egalim, macantine
from trytond.tools import file_open

# The groups of the simple declaration, from the labels as the State does
SIMPLE = [
    ('bio', {'BIO'}),
    ('siqo', {'LABEL_ROUGE', 'AOCAOP', 'IGP', 'STG'}),
    ('other', {'HVE', 'PECHE_DURABLE', 'RUP', 'FERMIER',
            'COMMERCE_EQUITABLE'}),
    ('externality', {'EXTERNALITES', 'PERFORMANCE'}),
    ]

labels = st.lists(st.sampled_from(list(egalim.PRECEDENCE)))
amounts = st.dictionaries(
    st.dates(dt.date(2026, 1, 1), dt.date(2026, 1, 31)),
    st.decimals(-100, 100, places=2), max_size=12)


def schema():
    with file_open(
            'shortcircuit_collective/data/achats_siret.json',
            encoding='utf-8') as file:
        return json.load(file)


def field(name):
    field, = (f for f in schema()['fields'] if f['name'] == name)
    return field


class EGAlimTestCase(unittest.TestCase):
    "Test the rules of the State"

    def test_classify(self):
        "Test the class of a purchase with several labels"
        for codes, class_ in [
                ([], 'non_egalim'),
                (['BIO'], 'bio'),
                (['LABEL_ROUGE', 'BIO'], 'bio'),
                (['IGP', 'LABEL_ROUGE'], 'label_rouge'),
                (['AOCAOP'], 'aocaop_igp_stg'),
                (['HVE', 'STG'], 'aocaop_igp_stg'),
                (['PECHE_DURABLE', 'HVE'], 'hve'),
                (['RUP', 'PECHE_DURABLE'], 'peche_durable'),
                (['COMMERCE_EQUITABLE', 'RUP'], 'rup'),
                (['FERMIER', 'COMMERCE_EQUITABLE'], 'commerce_equitable'),
                (['EXTERNALITES', 'FERMIER'], 'fermier'),
                (['PERFORMANCE', 'EXTERNALITES'], 'externalites'),
                (['PERFORMANCE'], 'performance'),
                ]:
            with self.subTest(labels=codes):
                self.assertEqual(egalim.classify(codes), class_)

    def test_groups(self):
        "Test the classes lead to the groups of the simple declaration"
        groups = {c: g for g, cs in egalim.GROUPS.items() for c in cs}
        for length in range(len(egalim.PRECEDENCE) + 1):
            for codes in combinations(egalim.PRECEDENCE, length):
                simple = next(
                    (g for g, members in SIMPLE if members & set(codes)),
                    None)
                self.assertEqual(
                    groups.get(egalim.classify(codes)), simple, codes)

    def test_labels_schema(self):
        "Test the labels are the ones of the State"
        self.assertEqual(
            set(egalim.PRECEDENCE),
            set(field('categories_egalim')['doc_enum']))
        self.assertEqual(
            {o for o, _ in egalim.ORIGINS if o},
            set(field('origine')['doc_enum']))

    @given(labels)
    def test_join_labels(self, codes):
        "Test the labels are written once without blanks"
        text = egalim.join_labels(codes)
        self.assertEqual(set(filter(None, text.split(','))), set(codes))
        self.assertEqual(egalim.join_labels(reversed(codes + codes)), text)
        if codes:
            self.assertRegex(
                text, field('categories_egalim')['constraints']['pattern'])
            self.assertNotIn(' ', text)

    def test_origin(self):
        "Test the origin of the countries"
        today = dt.date(2026, 11, 24)
        for country, date, origin in [
                ('FR', today, 'FRANCE'),
                ('RE', today, 'FRANCE'),
                ('BE', today, 'EUROPE'),
                ('NO', today, 'EUROPE'),
                ('CH', today, None),
                ('GB', today, None),
                ('GB', dt.date(2020, 12, 31), 'EUROPE'),
                ('HR', dt.date(2010, 1, 1), None),
                (None, today, None),
                ]:
            with self.subTest(country=country, date=date):
                self.assertEqual(egalim.origin(country, date), origin)

    def test_origin_rule(self):
        "Test what counts as French and European by year"
        france, local = {'FRANCE'}, {'FRANCE', 'CIRCUIT_COURT', 'LOCAL'}
        for year, rule in [
                (2021, (france, france, set())),
                (2024, (france, france, set())),
                (2025, (local, france, set())),
                (2026, (france, france, {'EUROPE'})),
                (2030, (france, france, {'EUROPE'})),
                ]:
            with self.subTest(year=year):
                found = egalim.origin_rule(year)
                self.assertEqual((
                        found['france'], found['meat_fish_france'],
                        found['europe']), rule)

    @given(amounts)
    def test_net(self, by_date):
        "Test netting keeps the sum without negative amounts"
        total = sum(by_date.values())
        if total < 0:
            with self.assertRaises(ValueError):
                macantine.net(by_date)
            return
        result = macantine.net(by_date)
        self.assertEqual(sum(result.values()), total)
        self.assertTrue(all(a > 0 for a in result.values()))
        self.assertLessEqual(result.keys(), by_date.keys())
        if all(a >= 0 for a in by_date.values()):
            self.assertEqual(result, {d: a for d, a in by_date.items() if a})

    def test_net_before(self):
        "Test what came back is taken off what was delivered before"
        days = [dt.date(2026, 1, d) for d in range(1, 5)]
        result = macantine.net(dict(zip(
                    days, map(Decimal, ['10', '5', '-7', '20']))))
        self.assertEqual(result, {days[0]: 8, days[3]: 20})

    def test_write(self):
        "Test the file is the one of the schema"
        row = {
            'siret': '21620851200014',
            'description': "Pommes, \"vertes\"",
            'date': '2026-11-24',
            'prix_ht': '910.11',
            'famille_produits': 'FRUITS_ET_LEGUMES',
            'categories_egalim': 'BIO,AOCAOP',
            'origine': 'FRANCE',
            'est_circuit_court': 'OUI',
            'est_local': 'OUI',
            'definition_local': 'KM',
            'definition_local_km': '80',
            }
        for changes, errors in [
                ({}, 0),
                ({'prix_ht': '910,11'}, 1),
                ({'date': '24/11/2026'}, 1),
                ({'categories_egalim': 'AB'}, 1),
                ({'famille_produits': ''}, 1),
                ({'definition_local': 'AUTRE'}, 1),
                ({'est_local': 'peut-être'}, 1),
                ]:
            with self.subTest(changes=changes):
                (data, count), = macantine.write(
                    'achats_siret', [row | changes])
                self.assertEqual(count, 1)
                report = validate(Resource(
                        data=data, format='csv',
                        schema=Schema.from_descriptor(schema())))
                self.assertEqual(
                    len(report.flatten(['message'])), errors,
                    report.flatten(['message']))
        self.assertIn(b',"BIO,AOCAOP",', data)
        with self.assertRaises(ValueError):
            macantine.write('achats_siret', [{'unknown': ''}])

    @given(
        st.lists(st.text(max_size=30), max_size=30), st.integers(200, 400))
    def test_write_split(self, descriptions, size):
        "Test the files are small enough and have all the rows in order"
        rows = [{'description': f'-{d}'} for d in descriptions]
        with patch.object(macantine, 'MAX_SIZE', size):
            files = macantine.write('achats_id', rows)
        read = []
        for data, count in files:
            header, *lines = csv.reader(
                io.StringIO(data.decode(), newline=''))
            self.assertEqual(header, macantine.columns('achats_id'))
            self.assertEqual(len(lines), count)
            self.assertTrue(len(data) <= size or count == 1)
            read.extend(line[1] for line in lines)
        self.assertEqual(read, [r['description'] for r in rows])
        sizes = [len(data) for data, _ in files]
        header = len(files[0][0].splitlines(keepends=True)[0]) if files else 0
        for before, after in zip(sizes, sizes[1:]):
            # No file could have taken the next one too
            self.assertGreater(before + after - header, size)
