# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import csv
import datetime as dt
import unittest
from decimal import Decimal

from trytond.model.exceptions import AccessError, DomainValidationError
from trytond.modules.company.tests import create_company, set_company
from trytond.modules.currency.tests import create_currency
from trytond.modules.shortcircuit_catalog.tests.tools import record_statements
from trytond.modules.shortcircuit_collective.canteen_import import (
    COLUMNS, read_canteens)
from trytond.modules.shortcircuit_collective.exceptions import (
    CanteenImportError)
from trytond.modules.shortcircuit_collective.tests.records import (
    SIRET, YEAR, create_buyer, create_canteen, create_eater, create_lot,
    create_producer, create_product, declare, deliver, open_data)
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction
from trytond.transaction import Transaction, check_access


def open_import():
    "Open the import of the canteens of the company, of no channel"
    pool = Pool()
    Import = pool.get('shortcircuit.canteen.import', type='wizard')
    session_id, _, _ = Import.create()
    wizard = Import(session_id)
    wizard.start.company = Transaction().context['company']
    wizard.start.channel = None
    return wizard


class CanteenTestCase(unittest.TestCase):
    "Test the canteens, those that are imported and who reads them"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        activate_module('shortcircuit_collective')

    @with_transaction()
    def test_read_canteens(self):
        "Test reading the State's open data"
        content = open_data()
        canteens = read_canteens(content)
        self.assertEqual(len(canteens), 29)
        self.assertEqual(canteens[1], {
                'siret': SIRET,
                'name': "Ecole primaire des 2 rivières",
                'ma_cantine_id': canteens[1]['ma_cantine_id'],
                'insee_code': '62851',
                'department': '62',
                'sectors': "Ecole primaire (maternelle et élémentaire)",
                'economic_model': 'public',
                'management_type': canteens[1]['management_type'],
                'production_type': 'site',
                'parent_siret': None,
                'line_ministry': None,
                'project_codes': '1929',
                'project_names': canteens[1]['project_names'],
                'year': 2023,
                'bio_share': Decimal('0.2610'),
                'other_share': Decimal('0.0749'),
                })
        lines = content.decode().replace(',', ';').encode()
        for same in [b'\xef\xbb\xbf' + content, content + b'\r\n,,\r\n']:
            self.assertEqual(read_canteens(same), canteens)
        self.assertEqual(len(read_canteens(lines)), 29)

    @with_transaction()
    def test_read_canteens_refused(self):
        "Test the errors of a file say the row, the column and the reason"
        content = open_data().decode()
        header, *lines = content.splitlines()
        first, second = lines[:2]

        def file(*lines):
            return '\n'.join([header, *lines]).encode()

        for name, content, errors in [
                ("SIRET", file(first, second.replace(SIRET, SIRET[:-1] + '5')),
                    ['Row 3, column "canteen_siret": '
                        '"21620851200015" is not a valid SIRET.']),
                ("Luhn of SIREN", file(second.replace(
                            SIRET, '11111111111111')),
                    ['Row 2, column "canteen_siret": '
                        '"11111111111111" is not a valid SIRET.']),
                ("duplicate", file(first, second, first),
                    ['Row 4, column "canteen_siret": the SIRET '
                        '"24620063800178" is already on the row 2.']),
                ("column", content.replace(
                        'canteen_name', 'name').encode(),
                    ['Row 1, column "canteen_name": the column is missing.']),
                ("name", file(first.replace("UCPR SIVOM du Béthunois", '')),
                    ['Row 2, column "canteen_name": '
                        'the value is required.']),
                ("several", file(
                        first.replace('central', 'centre'),
                        second.replace('0.2610', '26.10')
                        .replace(SIRET, '')),
                    ['Row 2, column "canteen_production_type": "centre" is '
                        'not one of site, site_cooked_elsewhere, central, '
                        'central_serving, groupe.',
                        'Row 3, column "canteen_siret": '
                        'the value is required.',
                        'Row 3, column "teledeclaration_ratio_bio": "26.10" '
                        'is not a number between 0 and 1 with a point.']),
                ("cells", file(first + ',', second),
                    ['Row 2: it has 29 cells instead of 28.']),
                ("nothing", file(), ['Row 2: there is no canteen in the '
                        'file.']),
                ("empty", b'', [
                        f'Row 1, column "{c}": the column is missing.'
                        for c in sorted(COLUMNS)]),
                ]:
            with self.subTest(name):
                with self.assertRaises(CanteenImportError) as cm:
                    read_canteens(content)
                self.assertEqual(
                    cm.exception.description.splitlines(), errors)

    @with_transaction()
    def test_read_no_table(self):
        "Test a file that cannot be read is refused"
        content = open_data().decode().encode('latin-1')
        with self.assertRaisesRegex(
                CanteenImportError, "row [0-9]+ .*not encoded in UTF-8"):
            read_canteens(content)

    @with_transaction()
    def test_import_nothing(self):
        "Test nothing is imported from a file with an error"
        pool = Pool()
        Canteen = pool.get('shortcircuit.canteen')
        Party = pool.get('party.party')
        with set_company(create_company()) as _:
            before = Party.search([], count=True)
            wizard = open_import()
            wizard.start.file = open_data().replace(
                SIRET.encode(), b'21620851200015')
            with self.assertRaises(CanteenImportError):
                wizard.do_import_({})
            self.assertEqual(Canteen.search([], count=True), 0)
            self.assertEqual(Party.search([], count=True), before)

            wizard.start.file = open_data()
            for _ in range(2):
                wizard.do_import_({})
                self.assertEqual(Canteen.search([], count=True), 29)
                self.assertEqual(Party.search([], count=True), before + 29)

    @with_transaction()
    def test_import_known(self):
        "Test the known parties and the inactive canteens are updated"
        pool = Pool()
        Canteen = pool.get('shortcircuit.canteen')
        with set_company(create_company()):
            known = create_eater("School of the Two Rivers")
            inactive = create_canteen("Closed", '24620063800178')
            inactive.active = False
            inactive.save()
            wizard = open_import()
            wizard.start.file = open_data()
            wizard.do_import_({})

            canteen, = Canteen.search([('siret.code_compact', '=', SIRET)])
            self.assertEqual(canteen.party, known)
            self.assertEqual(canteen.party.name, "School of the Two Rivers")
            project, = canteen.food_projects
            self.assertEqual(project.code, '1929')
            self.assertEqual(canteen.insee_code, '62851')
            inactive = Canteen(inactive.id)
            self.assertEqual(inactive.insee_code, '62847')
            self.assertFalse(inactive.active)

    @with_transaction()
    def test_import_parent(self):
        "Test the canteens cooked elsewhere have their central kitchen"
        pool = Pool()
        Canteen = pool.get('shortcircuit.canteen')
        header, kitchen, school, *_ = open_data().decode().splitlines()
        columns = header.split(',')

        def line(text, **values):
            cells = dict(zip(columns, next(csv.reader([text]))))
            return ','.join(f'"{c}"' for c in (cells | values).values())

        with set_company(create_company()):
            wizard = open_import()
            for production, siret, department, parent, territory in [
                    ('site_cooked_elsewhere', '24620063800178', '62',
                        '24620063800178', 'hexagone'),
                    # Not known, it changes nothing
                    ('site_cooked_elsewhere', '21590350100017', '974',
                        '24620063800178', 'group1'),
                    ]:
                with self.subTest(kitchen=siret):
                    wizard.start.file = '\n'.join([
                            header, kitchen,
                            line(school,
                                canteen_production_type=production,
                                canteen_central_kitchen_siret=siret,
                                canteen_department=department)]).encode()
                    wizard.do_import_({})
                    canteen, = Canteen.search([
                            ('siret.code_compact', '=', SIRET)])
                    self.assertEqual(
                        canteen.parent.siret.code_compact, parent)
                    self.assertEqual(canteen.territory, territory)
            self.assertEqual(canteen.parent.satellites, (canteen,))
            canteen.parent.production_type = 'site'
            canteen.production_type = 'central'
            with self.assertRaises(DomainValidationError):
                canteen.save()

    @with_transaction()
    def test_import_service(self):
        "Test the SIRET of the service is the one of the canteen"
        pool = Pool()
        Canteen = pool.get('shortcircuit.canteen')
        with set_company(create_company()):
            town = create_eater("Town", '24620063800178')
            service, = town.identifiers[0].create([{
                        'party': town.id,
                        'address': town.addresses[0].id,
                        'type': 'fr_siret',
                        'code': SIRET,
                        }])
            canteen, = Canteen.create([{
                        'party': town.id,
                        'service_siret': service.id,
                        }])
            wizard = open_import()
            wizard.start.file = open_data()
            wizard.do_import_({})
            self.assertEqual(Canteen(canteen.id).insee_code, '62851')
            other, = Canteen.search([
                    ('siret.code_compact', '=', '24620063800178')])
            self.assertNotEqual(other, canteen)

    @with_transaction()
    def test_payment_terms(self):
        "Test the delays of the law"
        pool = Pool()
        ModelData = pool.get('ir.model.data')
        Term = pool.get('account.invoice.payment_term')
        currency = create_currency('EUR')
        for days in [30, 50]:
            with self.subTest(days=days):
                term = Term(ModelData.get_id(
                        'shortcircuit_collective', f'payment_term_{days}'))
                start = dt.date(2026, 1, 1)
                self.assertEqual(
                    term.compute(Decimal(10), currency, start),
                    [(start + dt.timedelta(days=days), Decimal(10))])

    @with_transaction()
    def test_search_siret(self):
        "Test searching the canteens by SIRET"
        pool = Pool()
        Canteen = pool.get('shortcircuit.canteen')
        with set_company(create_company()):
            canteen = create_canteen("School")
            without = create_canteen("Hospital", None)
            for domain, result in [
                    (('siret.code_compact', '=', SIRET), [canteen]),
                    (('siret', '=', None), [without]),
                    (('siret', '!=', None), [canteen]),
                    (('siret.code_compact', 'in', [SIRET]), [canteen]),
                    ]:
                with self.subTest(domain=domain):
                    self.assertEqual(Canteen.search([domain]), result)

    @with_transaction()
    def test_find_by_party(self):
        "Test finding the canteens of parties, also those new or inactive"
        pool = Pool()
        Canteen = pool.get('shortcircuit.canteen')
        with set_company(create_company()):
            own = create_canteen("School")
            company = own.company
            parties = [own.party, company.party]
            self.assertEqual(
                Canteen.find_by_party(parties), {(company, own.party): own})
            with record_statements() as statements:
                Canteen.find_by_party(parties)
            self.assertEqual(
                [s for s in statements if '"shortcircuit_canteen"' in s], [])
            other = create_canteen("Hospital", '24620063800178')
            buyer = create_buyer(own.party)
            Canteen.write([other], {'active': False})
            with Transaction().set_user(buyer.id), check_access():
                self.assertEqual(
                    {c.party.name for c in Canteen.find_by_party(
                            [own.party, other.party]).values()},
                    {"School", "Hospital"})
            hospital = other.party
            Canteen.delete([other])
            self.assertEqual(Canteen.find_by_party([hospital]), {})

    @with_transaction()
    def test_buyer(self):
        "Test the buyer only reads what is of his canteen"
        pool = Pool()
        Declaration = pool.get('shortcircuit.declaration')
        User = pool.get('res.user')
        with set_company(create_company()):
            own = create_canteen("School")
            other = create_canteen("Hospital", '24620063800178')
            lot = create_lot(create_producer("Farm"), create_product("Milk"))
            for canteen in [own, other]:
                deliver(canteen.party, lot, '10', dt.date(YEAR, 1, 10))
                Declaration.export([declare(
                            canteen, dt.date(YEAR, 1, 1),
                            dt.date(YEAR, 1, 31))])
            buyer = create_buyer(own.party)
        with Transaction().set_user(buyer.id), check_access():
            context = User.get_preferences(context_only=True)
            with Transaction().set_context(context):
                for name, read in [
                        ('shortcircuit.canteen', 'rec_name'),
                        ('shortcircuit.egalim.share', 'canteen.rec_name'),
                        ('shortcircuit.declaration', 'canteen.rec_name'),
                        ]:
                    with self.subTest(name):
                        Model = pool.get(name)
                        record, = Model.search_read([], fields_names=[read])
                        self.assertIn("School", str(record))
                        if name != 'shortcircuit.egalim.share':
                            with self.assertRaises(AccessError):
                                Model.delete([Model(record['id'])])

    @with_transaction()
    def test_buyer_satellites(self):
        "Test the buyer reads neither who else buys nor who cooks for whom"
        pool = Pool()
        Canteen = pool.get('shortcircuit.canteen')
        User = pool.get('res.user')
        with set_company(create_company()):
            kitchen = create_canteen("Kitchen", '24620063800178')
            kitchen.production_type = 'central'
            kitchen.save()
            school, _ = [
                create_canteen("School"), create_canteen("Hospital", None)]
            school.parent = kitchen
            school.save()
            buyer, satellite = [
                create_buyer(c.party) for c in [kitchen, school]]
            self.assertEqual(Canteen(kitchen.id).buyers, (buyer,))
        for user, names in [
                (buyer, ["Kitchen"]), (satellite, ["School"])]:
            with Transaction().set_user(user.id), check_access():
                context = User.get_preferences(context_only=True)
                with Transaction().set_context(context), \
                        self.subTest(user.name):
                    canteens = Canteen.search_read(
                        [], fields_names=['rec_name', 'payment_term'])
                    self.assertEqual(
                        [c['rec_name'] for c in canteens], names)
                    for name in ['buyers', 'parent', 'satellites']:
                        with self.assertRaises(AccessError):
                            Canteen.search_read([], fields_names=[name])
                    with self.assertRaises(AccessError):
                        Canteen.write(
                            Canteen.search([]), {'payment_term': None})
