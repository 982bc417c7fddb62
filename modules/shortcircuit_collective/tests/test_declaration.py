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
from openpyxl import load_workbook

from trytond.model.exceptions import AccessError
from trytond.modules.company.tests import create_company, set_company
from trytond.modules.shortcircuit_collective import macantine
from trytond.modules.shortcircuit_collective.exceptions import (
    DeclarationError, DeclarationFamilyWarning)
from trytond.modules.shortcircuit_collective.tests.records import (
    SIRET, YEAR, create_buyer, create_canteen, create_lot, create_producer,
    create_product, declare, deliver)
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction
from trytond.tools import file_open
from trytond.transaction import Transaction, check_access

TODAY = dt.date(2026, 2, 1)
START, END = dt.date(2025, 1, 1), dt.date(2025, 12, 31)
DAY = dt.date(2025, 3, 1)
OTHER = '24620063800178'


def create_group(*satellites):
    kitchen = create_canteen("Kitchen", None)
    kitchen.production_type = 'groupe'
    kitchen.ma_cantine_id = '949'
    kitchen.save()
    for canteen in satellites:
        canteen.parent = kitchen
        canteen.save()
    return kitchen


def read(declaration):
    "Return the rows of the files"
    return [
        row for file in declaration.files
        for row in csv.DictReader(io.StringIO(file.file.decode()))]


def errors(file, schema):
    with file_open(
            f'shortcircuit_collective/data/{schema}.json',
            encoding='utf-8') as schema_file:
        descriptor = json.load(schema_file)
    report = validate(Resource(
            data=file, format='csv',
            schema=Schema.from_descriptor(descriptor)))
    return report.flatten(['message'])


class DeclarationTestCase(unittest.TestCase):
    "Test the declarations"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        activate_module('shortcircuit_collective')

    def setUp(self):
        super().setUp()
        for module in ['declaration', 'declaration_summary']:
            today = patch(
                f'trytond.modules.shortcircuit_collective.{module}.today',
                return_value=TODAY)
            today.start()
            self.addCleanup(today.stop)

    @with_transaction()
    def test_group(self):
        "Test a group declares its canteens by its identifier, once"
        pool = Pool()
        Declaration = pool.get('shortcircuit.declaration')
        with set_company(create_company()):
            schools = [
                create_canteen("School"), create_canteen("Nursery", OTHER)]
            group = create_group(*schools)
            lot = create_lot(
                create_producer("Farm", BIO=START), create_product("Milk"))
            for canteen, amount in zip([group, *schools], [1, 2, 4]):
                deliver(canteen.party, lot, amount, DAY)
            alone = declare(schools[0], START, DAY)
            Declaration.export([alone])
            self.assertEqual(alone.amount, Decimal(2))
            whole = declare(group, START, END)
            with self.assertRaisesRegex(DeclarationError, alone.rec_name):
                Declaration.export([whole])

            Declaration.cancel([alone])
            Declaration.export([whole])
            self.assertEqual(whole.amount, Decimal(7))
            file, = whole.files
            self.assertEqual(errors(file.file, 'achats_id'), [])
            row, = read(whole)
            self.assertEqual(row['cantine_id'], '949')
            self.assertEqual(row['prix_ht'], '7.00')
            Declaration.draft([alone])
            with self.assertRaisesRegex(DeclarationError, whole.rec_name):
                Declaration.export([alone])

            group.ma_cantine_id = 'A12'
            group.save()
            Declaration.cancel([whole])
            Declaration.draft([whole])
            with self.assertRaisesRegex(DeclarationError, "is a number"):
                Declaration.export([whole])

    @with_transaction()
    def test_split(self):
        "Test a file too large is split"
        pool = Pool()
        Declaration = pool.get('shortcircuit.declaration')
        with set_company(create_company()):
            canteen = create_canteen("School")
            canteen.local_definition = 'DEPARTEMENT'
            canteen.save()
            farm = create_producer("Farm")
            farm.party.addresses = [{}]
            farm.party.save()
            for party in [canteen.party, farm.party]:
                address, = party.addresses
                address.postal_code = '62400'
                address.save()
            for i in range(4):
                deliver(
                    canteen.party,
                    create_lot(farm, create_product(f"Milk {i}")), i + 1, DAY)
            declaration = declare(canteen, START, END)
            with patch.object(macantine, 'MAX_SIZE', 400):
                Declaration.export([declaration])
            self.assertGreater(len(declaration.files), 1)
            self.assertEqual(
                [f.filename for f in declaration.files], [
                    f'achats-{SIRET}-2025-01-01-2025-12-31-{i}.csv'
                    for i in range(1, len(declaration.files) + 1)])
            for file in declaration.files:
                self.assertLessEqual(len(file.file), 400)
                self.assertEqual(errors(file.file, 'achats_siret'), [])
            rows = read(declaration)
            self.assertEqual(
                [r['description'] for r in rows],
                [f"Milk {i}" for i in range(4)])
            for row in rows:
                self.assertEqual(
                    [row[n] for n in macantine.columns('achats_siret')[-3:]],
                    ['OUI', 'DEPARTEMENT', ''])
            self.assertEqual(sum(f.rows for f in declaration.files), 4)

    @with_transaction()
    def test_summary(self):
        "Test the summaries of a year"
        pool = Pool()
        Declaration = pool.get('shortcircuit.declaration')
        with set_company(create_company()):
            canteen = create_canteen("School")
            lots = [
                create_lot(
                    create_producer("Farm", BIO=START),
                    create_product("Milk", 'PRODUITS_LAITIERS', 'FR')),
                create_lot(
                    create_producer("Fisher"),
                    create_product("Fish", 'PRODUITS_DE_LA_MER'))]
            for lot, amount, back in [
                    (lots[0], 10, False), (lots[0], 4, True),
                    (lots[1], 5, False)]:
                deliver(canteen.party, lot, amount, DAY, back=back)
            deliver(canteen.party, lots[0], 3, END + dt.timedelta(days=1))
            simple = {
                'année_bilan': '2025',
                'siret': SIRET,
                'valeur_totale': '11.00',
                'valeur_bio': '6.00',
                'valeur_produits_laitiers_france': '6.00',
                'valeur_produits_de_la_mer': '5.00',
                'valeur_produits_de_la_mer_egalim': '0.00',
                }
            detailed = {
                'valeur_totale': '11.00',
                'valeur_produits_laitiers_bio': '6.00',
                'valeur_produits_de_la_mer_non_egalim': '5.00',
                'valeur_produits_de_la_mer_fermier': '',
                }
            for kind, schema, expected in [
                    ('simple', 'bilans_simple_siret', simple),
                    ('detailed', 'bilans_detaille', detailed)]:
                with self.subTest(kind=kind):
                    declaration = declare(canteen, START, END)
                    declaration.kind = kind
                    declaration.save()
                    Declaration.export([declaration])
                    self.assertEqual(declaration.amount, Decimal(11))
                    self.assertEqual(declaration.moves, ())
                    self.assertEqual(len(declaration.get_evidence()), 3)
                    file, = declaration.files
                    self.assertEqual(errors(file.file, schema), [])
                    row, = read(declaration)
                    self.assertEqual({n: row[n] for n in expected}, expected)

    @with_transaction()
    def test_summary_by_id(self):
        "Test who has no SIRET declares its simple summary by its identifier"
        pool = Pool()
        Declaration = pool.get('shortcircuit.declaration')
        with set_company(create_company()):
            canteen = create_canteen("School", None)
            canteen.ma_cantine_id = '949'
            canteen.save()
            lot = create_lot(
                create_producer("Farm", BIO=START),
                create_product("Milk", 'PRODUITS_LAITIERS'))
            deliver(canteen.party, lot, 10, DAY)
            declaration = declare(canteen, START, END)
            declaration.kind = 'simple'
            declaration.save()
            Declaration.export([declaration])
            file, = declaration.files
            self.assertEqual(errors(file.file, 'bilans_simple_id'), [])
            row, = read(declaration)
            self.assertEqual(row['cantine_id'], '949')
            self.assertEqual(row['valeur_bio'], '10.00')
            declaration = declare(canteen, START, END)
            declaration.kind = 'detailed'
            declaration.save()
            with self.assertRaisesRegex(DeclarationError, "SIRET"):
                Declaration.export([declaration])

    @with_transaction()
    def test_summary_refused(self):
        "Test the summaries that the platform would refuse"
        pool = Pool()
        Declaration = pool.get('shortcircuit.declaration')
        with set_company(create_company()):
            canteen = create_canteen("School")
            nameless = create_canteen("Hospital", None)
            lot = create_lot(create_producer("Farm"), create_product("Milk"))
            for amount, back in [(10, False), (11, True)]:
                deliver(canteen.party, lot, amount, DAY, back=back)
            old = dt.date(2024, 1, 1), dt.date(2024, 12, 31)
            for eater, period, reason, description in [
                    (canteen, (START, DAY), "whole year", ''),
                    (nameless, (START, END), "SIRET", ''),
                    (canteen, (START, END), "ma cantine",
                        "valeur_totale is -1.00"),
                    (canteen, old, "ma cantine", "The year 2024"),
                    ]:
                with self.subTest(period=period, canteen=eater.rec_name):
                    declaration = declare(eater, *period)
                    declaration.kind = 'simple'
                    declaration.save()
                    with self.assertRaisesRegex(
                            DeclarationError, reason) as cm:
                        Declaration.export([declaration])
                    self.assertIn(
                        description, cm.exception.description or '')
                    self.assertEqual(declaration.files, ())

    @with_transaction()
    def test_evidence(self):
        "Test the buyer has what proves his purchases, not those of others"
        pool = Pool()
        ActionReport = pool.get('ir.action.report')
        Declaration = pool.get('shortcircuit.declaration')
        User = pool.get('res.user')
        with set_company(create_company()):
            declarations = []
            for name, siret in [("School", SIRET), ("Hospital", OTHER)]:
                canteen = create_canteen(name, siret)
                lot = create_lot(
                    create_producer(f"Farm of {name}", BIO=START),
                    create_product("Milk"))
                deliver(canteen.party, lot, 10, DAY)
                declarations.append(declare(canteen, START, END))
            Declaration.export(declarations)
            own, other = declarations
            buyer = create_buyer(own.canteen.party)
            reports = {
                r.report_name: r.id for r in ActionReport.search([
                        ('model', '=', 'shortcircuit.declaration')])}
            self.assertEqual(len(reports), 2)
        for name, action in reports.items():
            Report = pool.get(name, type='report')
            with Transaction().set_user(buyer.id), check_access():
                context = User.get_preferences(context_only=True)
                with Transaction().set_context(context), \
                        self.subTest(report=name):
                    data = {
                        'model': 'shortcircuit.declaration',
                        'action_id': action,
                        }
                    extension, content, *_ = Report.execute([own.id], data)
                    if extension == 'pdf':
                        self.assertTrue(content.startswith(b'%PDF'))
                    else:
                        sheet = load_workbook(io.BytesIO(content)).active
                        titles, row = sheet.iter_rows(values_only=True)
                        row = dict(zip(titles, row))
                        self.assertEqual(row["Producer"], "Farm of School")
                        self.assertEqual(
                            row["Certificates"], "Organic BIO (Certifier)")
                        self.assertEqual(row["Amount excl. tax"], 10)
                        self.assertTrue(row["Lot"])
                    with self.assertRaises(AccessError):
                        Report.execute([other.id], data)

    @with_transaction()
    def test_declaration(self):
        "Test a delivery is declared once"
        pool = Pool()
        Declaration = pool.get('shortcircuit.declaration')
        with set_company(create_company()):
            canteen = create_canteen("School")
            lot = create_lot(create_producer("Farm"), create_product("Milk"))
            deliver(canteen.party, lot, '10', dt.date(YEAR, 1, 10))
            deliver(canteen.party, lot, '2', dt.date(YEAR, 1, 20), back=True)
            january = declare(
                canteen, dt.date(YEAR, 1, 1), dt.date(YEAR, 1, 31))
            Declaration.export([january])
            self.assertEqual(january.state, 'exported')
            self.assertEqual(january.amount, Decimal('8.00'))
            self.assertEqual(len(january.moves), 2)
            file, = january.files
            self.assertEqual(
                file.filename,
                f'achats-{SIRET}-2025-01-01-2025-01-31.csv')
            self.assertIn(b',2025-01-10,8.00,', file.file)
            with self.assertRaises(AccessError):
                Declaration.delete([january])

            # Done late
            deliver(canteen.party, lot, '1', dt.date(YEAR, 1, 31))
            deliver(canteen.party, lot, '4', dt.date(YEAR, 2, 10))
            february = declare(
                canteen, dt.date(YEAR, 2, 1), dt.date(YEAR, 2, 28))
            Declaration.export([february])
            self.assertEqual(february.amount, Decimal('5.00'))

            Declaration.cancel([january])
            self.assertEqual(len(Declaration(january.id).moves), 0)
            Declaration.draft([january])
            self.assertEqual(january.files, ())
            Declaration.export([january])
            self.assertEqual(january.amount, Decimal('8.00'))

    @with_transaction()
    def test_declaration_refused(self):
        "Test the declarations that cannot be exported"
        pool = Pool()
        Date = pool.get('ir.date')
        Declaration = pool.get('shortcircuit.declaration')
        with set_company(create_company()):
            canteen = create_canteen("School")
            nameless = create_canteen("Hospital", None)
            lot = create_lot(create_producer("Farm"), create_product("Milk"))
            for eater in [canteen, nameless]:
                deliver(eater.party, lot, '10', dt.date(YEAR, 1, 10))
            deliver(canteen.party, lot, '1', dt.date(YEAR, 3, 10), back=True)
            exported = declare(
                canteen, dt.date(YEAR, 1, 5), dt.date(YEAR, 1, 15))
            Declaration.export([exported])
            for name, eater, start, end, reason in [
                    ("future", canteen, dt.date(YEAR, 3, 1),
                        Date.today() + dt.timedelta(days=1), 'future'),
                    ("siret", nameless, dt.date(YEAR, 1, 1),
                        dt.date(YEAR, 1, 31), 'SIRET'),
                    ("overlap", canteen, dt.date(YEAR, 1, 15),
                        dt.date(YEAR, 1, 31), exported.rec_name),
                    ("empty", canteen, dt.date(YEAR, 2, 1),
                        dt.date(YEAR, 2, 28), 'nothing'),
                    ("negative", canteen, dt.date(YEAR, 3, 1),
                        dt.date(YEAR, 3, 31), 'came back'),
                    ]:
                with self.subTest(name):
                    with self.assertRaisesRegex(DeclarationError, reason):
                        Declaration.export([declare(eater, start, end)])

    @with_transaction()
    def test_declaration_family(self):
        "Test what has no family is not declared without a warning"
        pool = Pool()
        Declaration = pool.get('shortcircuit.declaration')
        with set_company(create_company()):
            canteen = create_canteen("School")
            for name, family in [("Milk", 'PRODUITS_LAITIERS'),
                    ("Flower", None)]:
                lot = create_lot(
                    create_producer(name), create_product(name, family))
                deliver(canteen.party, lot, '10', dt.date(YEAR, 1, 10))
            declaration = declare(
                canteen, dt.date(YEAR, 1, 1), dt.date(YEAR, 1, 31))
            with self.assertRaisesRegex(DeclarationFamilyWarning, "Flower"):
                Declaration.export([declaration])
