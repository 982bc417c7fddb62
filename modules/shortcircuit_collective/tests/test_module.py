# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import csv
import datetime as dt
from decimal import Decimal
from unittest.mock import patch

from trytond.model.exceptions import AccessError, DomainValidationError
from trytond.modules.company.tests import (
    CompanyTestMixin, create_company, set_company)
from trytond.modules.currency.tests import create_currency
from trytond.modules.party.tests import PartyCheckReplaceMixin
from trytond.modules.shortcircuit_collective.canteen_import import (
    COLUMNS, read_canteens)
from trytond.modules.shortcircuit_collective.exceptions import (
    CanteenImportError, DeclarationError, DeclarationFamilyWarning)
from trytond.pool import Pool
from trytond.tests.test_tryton import ModuleTestCase, with_transaction
from trytond.tools import file_open
from trytond.transaction import Transaction, check_access

DATA = 'shortcircuit_collective/data/canteens_bethune-bruay_2023.csv'
SIRET = '21620851200014'
YEAR = 2025


def open_data():
    with file_open(DATA, 'rb') as file:
        return file.read()


def create_canteen(name, siret=SIRET):
    pool = Pool()
    Canteen = pool.get('shortcircuit.canteen')
    canteen, = Canteen.create([{'party': create_eater(name, siret).id}])
    return canteen


def create_eater(name, siret=SIRET):
    pool = Pool()
    Party = pool.get('party.party')
    Identifier = pool.get('party.identifier')
    party, = Party.create([{
                'name': name,
                'addresses': [('create', [{}])],
                }])
    if siret:
        Identifier.create([{
                    'party': party.id,
                    'address': party.addresses[0].id,
                    'type': 'fr_siret',
                    'code': siret,
                    }])
    return party


def create_producer(name, **labels):
    "Create a producer whose labels are proved since the given dates"
    pool = Pool()
    Label = pool.get('shortcircuit.label')
    Party = pool.get('party.party')
    Producer = pool.get('shortcircuit.producer')
    party, = Party.create([{'name': name}])
    producer, = Producer.create([{
                'party': party.id,
                'certificates': [('create', [{
                                'label': Label.search(
                                    [('code', '=', code)], limit=1)[0].id,
                                'number': code,
                                'certifier': "Certifier",
                                'start_date': start_date,
                                } for code, start_date in labels.items()])],
                }])
    return producer


def create_product(name, family='FRUITS_ET_LEGUMES', country=None):
    pool = Pool()
    Country = pool.get('country.country')
    Template = pool.get('product.template')
    Uom = pool.get('product.uom')
    unit, = Uom.search([('name', '=', "Unit")])
    origin = None
    if country:
        origin, = Country.create([{'name': country, 'code': country}])
    template, = Template.create([{
                'name': name,
                'type': 'goods',
                'default_uom': unit.id,
                'salable': True,
                'sale_uom': unit.id,
                'shortcircuit_family': family,
                'shortcircuit_origin': origin.id if origin else None,
                'products': [('create', [{}])],
                }])
    product, = template.products
    return product


def create_lot(producer, product):
    pool = Pool()
    Lot = pool.get('stock.lot')
    lot, = Lot.create([{
                'number': f'{producer.id}-{product.id}',
                'product': product.id,
                'producer': producer.id,
                }])
    return lot


def deliver(party, lot, amount, date, back=False, shipment_party=None):
    "Deliver a unit of the lot to the party at the price of the amount"
    pool = Pool()
    Company = pool.get('company.company')
    Location = pool.get('stock.location')
    Move = pool.get('stock.move')
    Sale = pool.get('sale.sale')
    company = Company(Transaction().context['company'])
    supplier, = Location.search([('code', '=', 'SUP')])
    customer, = Location.search([('code', '=', 'CUS')])
    if back:
        supplier, customer = customer, supplier
    sale = Sale(
        party=party, shipment_party=shipment_party, company=company,
        currency=company.currency)
    sale.lines = [{
            'product': lot.product.id,
            'quantity': 1,
            'unit': lot.product.sale_uom.id,
            'unit_price': Decimal(amount),
            }]
    sale.save()
    move = Move(
        product=lot.product, lot=lot, quantity=1, unit=lot.product.sale_uom,
        from_location=supplier, to_location=customer, company=company,
        origin=sale.lines[0], effective_date=date)
    move.save()
    Move.do([move])
    return Move(move.id)


def declare(canteen, start_date, end_date):
    pool = Pool()
    Declaration = pool.get('shortcircuit.declaration')
    declaration, = Declaration.create([{
                'canteen': canteen.id,
                'start_date': start_date,
                'end_date': end_date,
                }])
    return declaration


def create_buyer(party):
    pool = Pool()
    Group = pool.get('res.group')
    ModelData = pool.get('ir.model.data')
    User = pool.get('res.user')
    company = Transaction().context['company']
    group = Group(ModelData.get_id('shortcircuit_catalog', 'group_buyer'))
    buyer, = User.create([{
                'name': f"Buyer of {party.name}",
                'login': f'buyer_{party.id}',
                'companies': [('add', [company])],
                'company': company,
                'parties': [('add', [party.id])],
                'groups': [('add', [group.id])],
                }])
    return buyer


class ShortcircuitCollectiveTestCase(
        PartyCheckReplaceMixin, CompanyTestMixin, ModuleTestCase):
    "Test Short Circuit Collective module"
    module = 'shortcircuit_collective'

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
        Import = pool.get('shortcircuit.canteen.import', type='wizard')
        with set_company(create_company()) as _:
            before = Party.search([], count=True)
            session_id, _, _ = Import.create()
            wizard = Import(session_id)
            wizard.start.company = Transaction().context['company']
            wizard.start.channel = None
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
        Import = pool.get('shortcircuit.canteen.import', type='wizard')
        with set_company(create_company()):
            known = create_eater("School of the Two Rivers")
            inactive = create_canteen("Closed", '24620063800178')
            inactive.active = False
            inactive.save()
            session_id, _, _ = Import.create()
            wizard = Import(session_id)
            wizard.start.company = Transaction().context['company']
            wizard.start.channel = None
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
        Import = pool.get('shortcircuit.canteen.import', type='wizard')
        header, kitchen, school, *_ = open_data().decode().splitlines()
        columns = header.split(',')

        def line(text, **values):
            cells = dict(zip(columns, next(csv.reader([text]))))
            return ','.join(f'"{c}"' for c in (cells | values).values())

        with set_company(create_company()):
            session_id, _, _ = Import.create()
            wizard = Import(session_id)
            wizard.start.company = Transaction().context['company']
            wizard.start.channel = None
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
        Import = pool.get('shortcircuit.canteen.import', type='wizard')
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
            session_id, _, _ = Import.create()
            wizard = Import(session_id)
            wizard.start.company = Transaction().context['company']
            wizard.start.channel = None
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
    def test_freeze(self):
        "Test what is proved on the date of delivery is stored"
        with set_company(create_company()):
            canteen = create_canteen("School")
            farm = create_producer(
                "Farm", BIO=dt.date(YEAR, 3, 1), AOCAOP=dt.date(YEAR, 1, 1))
            lot = create_lot(farm, create_product("Milk", country='BE'))

            before = deliver(canteen.party, lot, 10, dt.date(YEAR, 2, 28))
            after = deliver(canteen.party, lot, 10, dt.date(YEAR, 3, 1))

            self.assertEqual(before.egalim_labels, 'AOCAOP')
            self.assertEqual(before.egalim_class, 'aocaop_igp_stg')
            self.assertEqual(len(before.egalim_certificates), 1)
            self.assertEqual(after.egalim_labels, 'BIO,AOCAOP')
            self.assertEqual(after.egalim_class, 'bio')
            self.assertEqual(len(after.egalim_certificates), 2)
            self.assertEqual(after.egalim_origin, 'EUROPE')
            self.assertEqual(after.egalim_family, 'FRUITS_ET_LEGUMES')
            self.assertTrue(after.short_circuit)

    @with_transaction()
    def test_freeze_return(self):
        "Test what comes back leaves the class it entered"
        with set_company(create_company()):
            canteen = create_canteen("School")
            farm = create_producer("Farm", BIO=dt.date(YEAR, 1, 1))
            lot = create_lot(farm, create_product("Milk"))
            deliver(canteen.party, lot, 10, dt.date(YEAR, 2, 1))
            certificate, = farm.certificates
            certificate.end_date = dt.date(YEAR, 2, 1)
            certificate.save()

            back = deliver(
                canteen.party, lot, 10, dt.date(YEAR, 2, 2), back=True)
            self.assertEqual(back.sale_amount, Decimal('-10.00'))
            self.assertEqual(back.egalim_class, 'bio')
            self.assertEqual(back.egalim_certificates, (certificate,))

    @with_transaction()
    def test_freeze_canteen(self):
        "Test the canteen is where the order is shipped"
        pool = Pool()
        Canteen = pool.get('shortcircuit.canteen')
        with set_company(create_company()):
            town = create_canteen("Town Hall")
            school = create_eater("School", None)
            lot = create_lot(create_producer("Farm"), create_product("Milk"))
            date = dt.date(YEAR, 2, 1)
            to_town = deliver(town.party, lot, 10, date)
            to_unknown = deliver(school, lot, 10, date)
            self.assertEqual(to_town.canteen, town)
            self.assertEqual(to_unknown.canteen, None)
            self.assertEqual(to_unknown.egalim_class, 'non_egalim')

            canteen, = Canteen.create([{'party': school.id}])
            to_school = deliver(
                town.party, lot, 10, date, shipment_party=school)
            self.assertEqual(to_school.canteen, canteen)
            self.assertEqual(
                to_unknown.__class__(to_unknown.id).canteen, canteen)

    @with_transaction()
    def test_share(self):
        "Test the shares by canteen and year"
        pool = Pool()
        Share = pool.get('shortcircuit.egalim.share')
        with set_company(create_company()):
            canteen = create_canteen("School")
            other = create_canteen("Hospital", None)
            start = dt.date(YEAR, 1, 1)
            milk, flower = (
                create_product("Milk"), create_product("Flower", None))
            lots = {
                name: create_lot(create_producer(name, **labels), milk)
                for name, labels in [
                    ('bio', {'BIO': start, 'HVE': start}),
                    ('siqo', {'LABEL_ROUGE': start}),
                    ('other', {'HVE': start}),
                    ('none', {})]}
            lots['flower'] = create_lot(create_producer("Florist"), flower)
            last = dt.date(YEAR, 12, 31)
            for name, amount in [
                    ('bio', '10.01'), ('siqo', '5.02'), ('other', '2.03'),
                    ('none', '0.94'), ('flower', '99')]:
                deliver(canteen.party, lots[name], amount, last)
            deliver(canteen.party, lots['none'], '2', last, back=True)
            deliver(other.party, lots['none'], '3', start)
            deliver(
                canteen.party, lots['none'], '7', last + dt.timedelta(days=1))

            share, = Share.search([
                    ('canteen', '=', canteen.id), ('year', '=', YEAR)])
            self.assertEqual(share.total_amount, Decimal('16.00'))
            self.assertEqual(share.bio_amount, Decimal('10.01'))
            self.assertEqual(share.siqo_amount, Decimal('5.02'))
            self.assertEqual(share.other_amount, Decimal('2.03'))
            self.assertEqual(share.externality_amount, Decimal(0))
            self.assertEqual(share.bio_share, Decimal('0.6256'))
            # More than the total, as what came back counts for nothing
            self.assertIsNone(share.egalim_share)
            share, = Share.search([('canteen', '=', other.id)])
            self.assertEqual(share.bio_share, Decimal(0))
            self.assertEqual(
                {s.year for s in Share.search([])}, {YEAR, YEAR + 1})

            with patch.object(
                    pool.get('ir.date'), 'today', return_value=last):
                self.assertEqual(
                    canteen.__class__(canteen.id).bio_share,
                    Decimal('0.6256'))

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


del ModuleTestCase
