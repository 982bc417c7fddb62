# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import unittest
from decimal import Decimal
from unittest.mock import patch

from trytond.modules.company.tests import create_company, set_company
from trytond.modules.shortcircuit_collective.tests.records import (
    YEAR, create_buyer, create_canteen, create_eater, create_lot,
    create_producer, create_product, deliver)
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction
from trytond.transaction import Transaction, check_access

SHARE = 'shortcircuit.egalim.share'
START = dt.date(2024, 1, 1)


def deliver_all(canteen, purchases):
    """
    Deliver to the canteen.

    purchases are tuples (family, labels, country, local, amount, date).
    """
    pool = Pool()
    Canteen = pool.get('shortcircuit.canteen')
    address, = canteen.party.addresses
    address.postal_code = '62400'
    address.save()
    canteen.local_definition = 'DEPARTEMENT'
    canteen.save()
    products = {}
    for i, (family, labels, country, local, amount, date) in enumerate(
            purchases):
        farm = create_producer(
            f"Farm {i}", **dict.fromkeys(labels.split(), START))
        farm.party.addresses = [
            {'postal_code': '62000' if local else '59000'}]
        farm.party.save()
        if (family, country) not in products:
            products[family, country] = create_product(
                f"{family} {country}", family)
            products[family, country].template.shortcircuit_origin = (
                get_country(country))
            products[family, country].template.save()
        lot = create_lot(farm, products[family, country])
        deliver(Canteen(canteen.id).party, lot, amount, date)


def get_country(code):
    pool = Pool()
    Country = pool.get('country.country')
    countries = Country.search([('code', '=', code)])
    return countries[0] if countries else Country.create([
            {'name': code, 'code': code}])[0]


def amounts(share, *names):
    return [getattr(share, f'{n}_amount') for n in names]


class ShareTestCase(unittest.TestCase):
    "Test the shares"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        activate_module('shortcircuit_collective')

    @with_transaction()
    def test_amounts(self):
        "Test what counts where, by the rule of each year"
        pool = Pool()
        Share = pool.get(SHARE)
        with set_company(create_company()):
            canteen = create_canteen("School")
            deliver_all(canteen, [
                    purchase + (dt.date(year, 3, 1),)
                    for year in [2024, 2025, 2026] for purchase in [
                        ('AUTRES', 'BIO COMMERCE_EQUITABLE', 'FR', False, 1),
                        ('AUTRES', 'BIO', 'BE', True, 2),
                        ('AUTRES', 'HVE COMMERCE_EQUITABLE', 'BE', False, 4),
                        ('AUTRES', 'HVE', 'CH', False, 8),
                        ('VIANDES_VOLAILLES', 'LABEL_ROUGE HVE', 'FR', True,
                            16),
                        ('VIANDES_VOLAILLES', '', 'BE', True, 32),
                        ('PRODUITS_DE_LA_MER', 'PECHE_DURABLE', 'FR', False,
                            64),
                        (None, 'BIO', 'FR', False, 128)]])
            for year, france, europe in [
                    # All are of short circuit, which counted in 2025
                    (2024, 81, 0),
                    (2025, 95, 0),
                    (2026, 81, 38)]:
                share, = Share.search([('year', '=', year)])
                with self.subTest(year=year):
                    self.assertEqual(amounts(
                            share, 'total', 'bio', 'bio_fair', 'siqo',
                            'other', 'other_fair', 'externality', 'meat',
                            'meat_egalim', 'meat_france', 'fish',
                            'fish_egalim', 'fish_france', 'local',
                            'short_circuit', 'france', 'europe'), [
                            127, 3, 1, 16, 76,
                            4, 0, 48, 16, 16,
                            64, 64, 64, 50, 127,
                            france, europe])
                    self.assertEqual(
                        (share.bio_share, share.egalim_share,
                            share.meat_fish_share),
                        (Decimal('0.0236'), Decimal('0.7480'),
                            Decimal('0.7143')))

    @with_transaction()
    def test_family(self):
        "Test the families add up to the share"
        pool = Pool()
        FamilyShare = pool.get(f'{SHARE}.family')
        date = dt.date(2026, 3, 1)
        with set_company(create_company()):
            deliver_all(create_canteen("School"), [
                    ('AUTRES', 'BIO', 'FR', False, 1, date),
                    ('AUTRES', '', 'FR', False, 2, date),
                    ('CHARCUTERIE', 'FERMIER', 'FR', False, 4, date),
                    ('CHARCUTERIE', 'RUP', 'FR', False, 8, date)])
            self.assertEqual({
                    s.family: amounts(
                        s, 'total', 'bio', 'fermier', 'rup', 'non_egalim')
                    for s in FamilyShare.search([])}, {
                    'AUTRES': [3, 1, 0, 0, 2],
                    'CHARCUTERIE': [12, 0, 4, 8, 0],
                    })

    @with_transaction()
    def test_month(self):
        "Test the months against those of the year before"
        pool = Pool()
        MonthShare = pool.get(f'{SHARE}.month')
        with set_company(create_company()):
            deliver_all(create_canteen("School"), [
                    ('AUTRES', labels, 'FR', False, amount, date)
                    for labels, amount, date in [
                        ('BIO', 1, dt.date(2025, 2, 28)),
                        ('', 3, dt.date(2025, 2, 1)),
                        ('BIO', 1, dt.date(2026, 2, 1)),
                        ('', 1, dt.date(2026, 2, 28)),
                        ('', 5, dt.date(2026, 3, 1))]])
            result = [
                (dt.date(2026, 3, 1), Decimal(0), None),
                (dt.date(2026, 2, 1), Decimal('0.5'), Decimal('0.25')),
                (dt.date(2025, 2, 1), Decimal('0.25'), None)]
            for year, months in [(None, result), (2026, result[:2])]:
                with self.subTest(year=year), \
                        Transaction().set_context(share_year=year):
                    self.assertEqual([
                            (s.date, s.egalim_share, s.previous_egalim_share)
                            for s in MonthShare.search([])], months)
                    # As the graph has them
                    self.assertEqual([
                            (s.month_name, s.egalim_percentage,
                                s.previous_egalim_percentage)
                            for s in MonthShare.search(
                                [], order=[('month_name', 'ASC')])], [
                            (f'{date:%m/%Y}', share * 100,
                                previous and previous * 100)
                            for date, share, previous in reversed(months)])

    @with_transaction()
    def test_heads(self):
        "Test the satellites are added to their kitchen"
        pool = Pool()
        Share = pool.get(SHARE)
        date = dt.date(2026, 3, 1)
        with set_company(create_company()):
            kitchen = create_canteen("Kitchen", '24620063800178')
            kitchen.production_type = 'central'
            kitchen.save()
            school = create_canteen("School")
            school.parent = kitchen
            school.save()
            for canteen in [kitchen, school]:
                deliver_all(
                    canteen, [('AUTRES', 'BIO', 'FR', False, 1, date)])
            self.assertEqual(len(Share.search([])), 2)
            with Transaction().set_context(share_heads=True):
                share, = Share.search([])
                self.assertEqual(share.canteen, kitchen)
                self.assertEqual(share.total_amount, Decimal(2))

    @with_transaction()
    def test_buyer(self):
        "Test the moves of the others are not summed for a buyer"
        pool = Pool()
        User = pool.get('res.user')
        with set_company(create_company()):
            own, other = [
                create_canteen("School"),
                create_canteen("Hospital", '24620063800178')]
            for canteen in [own, other]:
                deliver_all(canteen, [
                        ('AUTRES', 'BIO', 'FR', False, 1,
                            dt.date(2026, 3, 1))])
            buyer = create_buyer(own.party)
            nobody = create_buyer(create_eater("Nobody", None))
        for user, count in [(buyer, 1), (nobody, 0)]:
            for suffix in ['', '.family', '.month', '.lot']:
                Share = pool.get(SHARE + suffix)
                with Transaction().set_user(user.id), check_access():
                    context = User.get_preferences(context_only=True)
                    with Transaction().set_context(context), \
                            self.subTest(user=user.name, model=suffix):
                        self.assertEqual(
                            [s.canteen for s in Share.search([])],
                            [own] * count)
                        cursor = Transaction().connection.cursor()
                        cursor.execute(*Share.table_query())
                        self.assertEqual(len(cursor.fetchall()), count)

    @with_transaction()
    def test_client(self):
        "Test a client finds the rows in the order in which it asks for them"
        pool = Pool()
        User = pool.get('res.user')
        order = [('total_amount', 'DESC'), ('canteen', 'ASC')]
        with set_company(create_company()):
            canteens = [
                create_canteen("School"),
                create_canteen("Hospital", '24620063800178')]
            for i, canteen in enumerate(canteens):
                deliver_all(canteen, [
                        (family, 'BIO', 'FR', False, amount + i,
                            dt.date(2026, month, 1))
                        for month in [3, 4] for family, amount in [
                            ('AUTRES', 2), ('BOISSONS', 5)]])
            buyer = create_buyer(*(c.party for c in canteens))
        for suffix in ['', '.family', '.month', '.lot']:
            Share = pool.get(SHARE + suffix)
            with self.subTest(model=suffix), \
                    Transaction().set_user(buyer.id), check_access():
                context = User.get_preferences(context_only=True)
                with Transaction().set_context(context):
                    found = Share.search([], order=order)
                    amounts = [s.total_amount for s in found]
                    self.assertEqual(amounts, sorted(amounts, reverse=True))
                    self.assertEqual(
                        Share.search([], count=True), len(found))
                    self.assertEqual(
                        Share.search([], offset=1, limit=1, order=order),
                        found[1:2])
                    self.assertEqual(
                        {s.canteen for s in found}, set(canteens))

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
