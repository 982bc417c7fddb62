# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import csv
import datetime as dt
import io
import json
import unittest
from decimal import Decimal
from unittest.mock import patch

from frictionless import Resource, Schema, validate
from hypothesis import given, settings
from hypothesis import strategies as st

from trytond.modules.shortcircuit_catalog.product import FAMILIES
from trytond.modules.shortcircuit_collective import egalim, macantine
from trytond.modules.shortcircuit_collective.summary import Purchase, summarize
from trytond.modules.shortcircuit_collective.summary_check import check
from trytond.tools import file_open

SIMPLE, DETAILED = 'bilans_simple_siret', 'bilans_detaille'
TODAY = dt.date(2027, 2, 1)

flags = st.frozensets(
    st.sampled_from(['FRANCE', 'CIRCUIT_COURT', 'LOCAL'])) | st.just(
        frozenset({'EUROPE', 'CIRCUIT_COURT'}))


def purchase(family, labels, origin, amount):
    labels = labels.split()
    return Purchase(
        family, frozenset(labels), egalim.classify(labels),
        frozenset(origin.split()), Decimal(amount))


@st.composite
def purchases(draw):
    family = draw(st.sampled_from([f for f, _ in FAMILIES]))
    labels = set(draw(st.lists(st.sampled_from(list(egalim.PRECEDENCE)))))
    # As the labels of the catalogue apply
    if family not in {
            'VIANDES_VOLAILLES', 'CHARCUTERIE', 'PRODUITS_LAITIERS'}:
        labels -= {'FERMIER'}
    if family != 'PRODUITS_DE_LA_MER':
        labels -= {'PECHE_DURABLE'}
    if family == 'BOISSONS':
        labels -= {'LABEL_ROUGE'}
    return Purchase(
        family, frozenset(labels), egalim.classify(labels), draw(flags),
        draw(st.decimals('0.01', 1000, places=2)))


def messages(schema, row):
    (data, _), = macantine.write(schema, [row])
    with file_open(
            f'shortcircuit_collective/data/{schema}.json',
            encoding='utf-8') as file:
        descriptor = json.load(file)
    report = validate(Resource(
            data=data, format='csv',
            schema=Schema.from_descriptor(descriptor)))
    return report.flatten(['fieldName', 'message'])


def to_row(amounts):
    return {
        'siret': '21620851200014',
        'année_bilan': '2026',
        **{c: '' if a is None else str(a) for c, a in amounts.items()},
        }


class SummaryTestCase(unittest.TestCase):
    "Test the summary of a year"

    def test_simple(self):
        "Test the amounts of the simple summary"
        bought = [
            purchase('AUTRES', 'BIO COMMERCE_EQUITABLE', 'FRANCE', 1),
            purchase('BOISSONS', 'BIO LABEL_ROUGE', 'EUROPE', 2),
            purchase('AUTRES', 'HVE COMMERCE_EQUITABLE', 'CIRCUIT_COURT', 4),
            purchase('BOULANGERIE', 'EXTERNALITES', '', 8),
            purchase('VIANDES_VOLAILLES', 'IGP', 'FRANCE', 16),
            purchase('VIANDES_VOLAILLES', '', 'LOCAL', 32),
            purchase('PRODUITS_DE_LA_MER', 'PECHE_DURABLE', 'EUROPE', 64),
            purchase('CHARCUTERIE', 'FERMIER', 'FRANCE', 128),
            ]
        for year, changes in [
                (2024, {}),
                # Short circuit and local were enough, but not for meat
                (2025, {'autres_france': 5}),
                (2026, {})]:
            amounts = {
                'totale': 255, 'bio': 3, 'bio_dont_commerce_equitable': 1,
                'siqo': 16, 'externalites_performance': 8,
                'egalim_autres': 196,
                'egalim_autres_dont_commerce_equitable': 4,
                'viandes_volailles': 48, 'viandes_volailles_egalim': 16,
                'viandes_volailles_france': 16, 'produits_de_la_mer': 64,
                'produits_de_la_mer_egalim': 64,
                'produits_de_la_mer_france': 0,
                'fruits_et_legumes_france': 0, 'charcuterie_france': 128,
                'produits_laitiers_france': 0, 'boulangerie_france': 0,
                'boissons_france': 0, 'autres_france': 1,
                } | changes
            with self.subTest(year=year):
                self.assertEqual(
                    summarize(SIMPLE, bought, year),
                    {f'valeur_{c}': a for c, a in amounts.items()})

    def test_detailed(self):
        "Test the amounts of the detailed summary"
        amounts = summarize(DETAILED, [
                purchase('AUTRES', 'BIO COMMERCE_EQUITABLE', 'FRANCE', 1),
                purchase('AUTRES', 'HVE COMMERCE_EQUITABLE', 'LOCAL', 2),
                purchase('AUTRES', 'HVE', 'CIRCUIT_COURT', 4),
                purchase('BOISSONS', '', 'FRANCE CIRCUIT_COURT', 8),
                ], 2026)
        self.assertEqual(len(amounts), 123)
        self.assertEqual({c: a for c, a in amounts.items() if a}, {
                f'valeur_{c}': a for c, a in {
                    'totale': 15,
                    'autres_bio': 1,
                    'autres_bio_dont_commerce_equitable': 1,
                    'autres_hve': 6,
                    'boissons_non_egalim': 8,
                    'boissons_france': 8,
                    'autres_france': 1,
                    'autres_circuit_court': 4,
                    'boissons_circuit_court': 8,
                    'autres_local': 2,
                    }.items()})
        # 1 of label rouge, 7 of sustainable fishing and 5 of farmhouse
        self.assertEqual(
            len([a for a in amounts.values() if a is None]), 13)

    @settings(max_examples=30, deadline=None)
    @given(st.lists(purchases(), min_size=1, max_size=20))
    def test_accepted(self, bought):
        "Test whatever is bought, the platform takes the files"
        for schema in [SIMPLE, DETAILED]:
            amounts = summarize(schema, bought, 2026)
            self.assertEqual(check(amounts, 2026, TODAY), [])
            self.assertEqual(messages(schema, to_row(amounts)), [])

    def test_schema_refused(self):
        "Test the schemas refuse what is wrong"
        amounts = to_row(summarize(
                SIMPLE, [purchase('AUTRES', '', '', 1)], 2026))
        for changes, field in [
                ({'valeur_totale': ''}, 'valeur_totale'),
                ({'valeur_bio': '1,5'}, 'valeur_bio'),
                ({'valeur_siqo': ''}, 'valeur_siqo'),
                ({'siret': ''}, 'siret')]:
            with self.subTest(changes=changes):
                (name, _), = messages(SIMPLE, amounts | changes)
                self.assertEqual(name, field)
        header, = csv.reader(io.StringIO(
                macantine.write(SIMPLE, [amounts])[0][0].decode()
                .splitlines()[0]))
        self.assertEqual(header, macantine.columns(SIMPLE))

    def test_unknown_column(self):
        "Test a column of a newer schema is not left empty"
        for column in ['valeur_autres_new', 'valeur_new']:
            with self.subTest(column=column), \
                    patch.object(
                        macantine, 'columns', return_value=[column]):
                with self.assertRaisesRegex(ValueError, column):
                    summarize(DETAILED, [], 2026)

    def test_check(self):
        "Test what the platform refuses is told"
        good = {
            SIMPLE: summarize(SIMPLE, [
                    purchase('VIANDES_VOLAILLES', 'BIO', 'FRANCE', 20),
                    purchase('PRODUITS_DE_LA_MER', 'HVE', 'FRANCE', 10),
                    purchase('AUTRES', 'IGP', 'FRANCE', 30),
                    purchase('AUTRES', '', '', 40)], 2026),
            DETAILED: summarize(DETAILED, [
                    purchase('VIANDES_VOLAILLES', 'BIO', 'FRANCE', 20),
                    purchase('AUTRES', '', 'FRANCE', 80)], 2026),
            }
        for schema, changes, errors in [
                (SIMPLE, {}, []),
                (DETAILED, {}, []),
                (SIMPLE, {'totale': 0, 'bio': 0, 'siqo': 0,
                        'egalim_autres': 0, 'viandes_volailles': 0,
                        'viandes_volailles_egalim': 0,
                        'viandes_volailles_france': 0,
                        'produits_de_la_mer': 0,
                        'produits_de_la_mer_egalim': 0,
                        'produits_de_la_mer_france': 0, 'autres_france': 0},
                    ['total']),
                (SIMPLE, {'boissons_france': -1},
                    ['negative boissons_france']),
                (SIMPLE, {'fruits_et_legumes_france': 101}, [
                        'exceeds fruits_et_legumes_france totale',
                        'exceeds *_france totale']),
                (SIMPLE, {'autres_france': 71},
                    ['exceeds *_france totale']),
                (SIMPLE, {'siqo': 71}, [
                        'exceeds bio + siqo + egalim_autres '
                        '+ externalites_performance totale']),
                (SIMPLE, {'bio_dont_commerce_equitable': 21},
                    ['exceeds bio_dont_commerce_equitable bio']),
                (SIMPLE, {'egalim_autres_dont_commerce_equitable': 11}, [
                        'exceeds egalim_autres_dont_commerce_equitable '
                        'egalim_autres']),
                (SIMPLE, {'viandes_volailles_egalim': 21}, [
                        'exceeds viandes_volailles_egalim '
                        'viandes_volailles']),
                (SIMPLE, {'produits_de_la_mer_france': 11}, [
                        'exceeds produits_de_la_mer_france '
                        'produits_de_la_mer']),
                (SIMPLE, {'siqo': 0, 'bio': 5}, [
                        'exceeds viandes_volailles_egalim + '
                        'produits_de_la_mer_egalim bio + siqo + '
                        'egalim_autres + externalites_performance']),
                (DETAILED, {'autres_hve': 81}, [
                        'exceeds ' + ' + '.join(
                            f'*_{c}' for c, _ in egalim.CLASSES[:-1])
                        + ' totale']),
                (DETAILED, {'autres_local': 60, 'boissons_local': 60},
                    ['exceeds *_local totale']),
                (DETAILED, {'boulangerie_fermier': 1},
                    ['applicable boulangerie_fermier']),
                (DETAILED, {'viandes_volailles_bio_dont_commerce_equitable':
                        21}, [
                        'exceeds viandes_volailles_bio_'
                        'dont_commerce_equitable viandes_volailles_bio']),
                ]:
            amounts = good[schema] | {
                f'valeur_{c}': Decimal(a) for c, a in changes.items()}
            with self.subTest(schema=schema, changes=changes):
                self.assertEqual([
                        ' '.join([name, *(
                                    values[n].replace('valeur_', '')
                                    for n in ['column', 'whole']
                                    if n in values)])
                        for name, values in check(amounts, 2026, TODAY)],
                    errors)

    def test_check_year(self):
        "Test the years the platform takes"
        amounts = summarize(SIMPLE, [purchase('AUTRES', '', '', 1)], 2026)
        for year, errors in [
                (2025, 1), (2026, 0), (2027, 0), (2028, 0), (2029, 1)]:
            with self.subTest(year=year):
                self.assertEqual(len(check(amounts, year, TODAY)), errors)
