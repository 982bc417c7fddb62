# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import io
import unittest
from decimal import Decimal

from openpyxl import load_workbook

from trytond.modules.company.tests import create_company, set_company
from trytond.modules.shortcircuit_collective.tests.records import (
    create_buyer, create_canteen, create_lot, create_producer, create_product,
    deliver)
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction
from trytond.transaction import Transaction, check_access

STANDING = 'shortcircuit.canteen.standing'
DAY = dt.date(2026, 3, 1)


def locate(party, postal_code):
    pool = Pool()
    Address = pool.get('party.address')
    if party.addresses:
        Address.write(list(party.addresses), {'postal_code': postal_code})
    else:
        Address.create([{'party': party.id, 'postal_code': postal_code}])


class Deliveries:
    "Deliver from the farms of a region and another, organic or not"

    def __init__(self):
        pool = Pool()
        Sector = pool.get('shortcircuit.sector')
        self.sectors = Sector.search([], limit=4)
        self.products = {}
        for sector in self.sectors:
            product = create_product(f"Product of {sector.name}")
            product.template.shortcircuit_sector = sector
            product.template.save()
            self.products[sector] = product
        self.farms = {}
        for region, postal_code in [('near', '59000'), ('far', '75000')]:
            for label in ['BIO', 'HVE']:
                farm = create_producer(
                    f"{region} {label}", **{label: dt.date(2026, 1, 1)})
                locate(farm.party, postal_code)
                self.farms[region, label] = farm
        self.lots = {
            (key, sector): create_lot(farm, product)
            for key, farm in self.farms.items()
            for sector, product in self.products.items()}

    def deliver(self, canteen, amounts, sectors):
        "Deliver the amounts, those of the region being of so many sectors"
        for key, amount in amounts.items():
            count = sectors if key[0] == 'near' else 1
            for sector in self.sectors[:count] if amount else []:
                deliver(
                    canteen.party, self.lots[key, sector],
                    Decimal(amount) / count, DAY)


class StandingTestCase(unittest.TestCase):
    "Test where the canteens stand for the regional labels"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        activate_module('shortcircuit_collective')

    @with_transaction()
    def test_levels(self):
        "Test the level by what is delivered"
        pool = Pool()
        Label = pool.get('shortcircuit.canteen.label')
        Standing = pool.get(STANDING)
        with set_company(create_company()):
            deliveries = Deliveries()
            labels = Label.search([])
            self.assertEqual(len(labels), 3)
            for near_bio, near, far_bio, sectors, farmland, ranks in [
                    (0, 12, 0, 3, None, [0, 0, 0]),
                    (0, 24, 0, 2, None, [1, 0, 0]),
                    (0, 24, 0, 1, None, [0, 0, 0]),
                    (0, 48, 0, 3, None, [2, 0, 0]),
                    (0, 48, 0, 2, None, [1, 0, 0]),
                    # The other way to two stars
                    (6, 32, 0, 1, None, [2, 0, 0]),
                    (4, 34, 0, 1, None, [0, 0, 0]),
                    (12, 54, 0, 4, None, [3, 0, 0]),
                    (12, 48, 0, 3, None, [2, 0, 0]),
                    (24, 48, 0, 4, None, [3, 1, 1]),
                    # Organic from elsewhere
                    (0, 24, 24, 2, None, [1, 0, 1]),
                    (0, 24, 36, 2, None, [1, 0, 2]),
                    (0, 0, 12, 1, '0.06', [0, 0, 1]),
                    (0, 0, 12, 1, '0.05', [0, 0, 0]),
                    ]:
                canteen = create_canteen("School", None)
                locate(canteen.party, '62400')
                canteen.farmland_share = farmland and Decimal(farmland)
                canteen.save()
                deliveries.deliver(canteen, {
                        ('near', 'BIO'): near_bio,
                        ('near', 'HVE'): near,
                        ('far', 'BIO'): far_bio,
                        ('far', 'HVE'): 108 - near_bio - near - far_bio,
                        }, sectors)
                with self.subTest(
                        near_bio=near_bio, near=near, far_bio=far_bio,
                        sectors=sectors, farmland=farmland):
                    standings = Standing.search([
                            ('canteen', '=', canteen.id)],
                        order=[('label.sequence', 'ASC')])
                    self.assertEqual(
                        [s.rank for s in standings], ranks)
                    for standing in standings:
                        self.assertEqual(
                            bool(standing.level), bool(standing.rank))

    @with_transaction()
    def test_dates(self):
        "Test the criteria of each year"
        pool = Pool()
        Level = pool.get('shortcircuit.canteen.label.level')
        ModelData = pool.get('ir.model.data')
        Standing = pool.get(STANDING)
        with set_company(create_company()):
            canteen = create_canteen("School", None)
            Deliveries().deliver(canteen, {('far', 'BIO'): 10}, 1)
            level = Level(ModelData.get_id(
                    'shortcircuit_collective', 'canteen_label_level_tbe_2'))
            for start, end, rank in [
                    (None, None, 2), (2026, 2026, 2), (2027, None, 1),
                    (None, 2025, 1)]:
                level.start_year, level.end_year = start, end
                level.save()
                with self.subTest(start=start, end=end):
                    standing, = Standing.search([
                            ('label', '=', level.label.id)])
                    self.assertEqual(standing.rank, rank)

    @with_transaction()
    def test_lacking(self):
        "Test what lacks for the next level"
        pool = Pool()
        Standing = pool.get(STANDING)
        with set_company(create_company()):
            canteen = create_canteen("School", None)
            locate(canteen.party, '62400')
            Deliveries().deliver(
                canteen, {('near', 'HVE'): 38, ('far', 'HVE'): 62}, 2)
            standing, *_ = Standing.search(
                [], order=[('label.sequence', 'ASC')])
            self.assertEqual(standing.level, "1 star")
            self.assertEqual(
                standing.lacking,
                "2 stars: Local Organic 5.00\xa0%, has 0.00\xa0%")

    @with_transaction()
    def test_buyer(self):
        "Test the buyer sees where he stands, with what proves it"
        pool = Pool()
        ActionReport = pool.get('ir.action.report')
        Report = pool.get(f'{STANDING}.evidence', type='report')
        Standing = pool.get(STANDING)
        User = pool.get('res.user')
        with set_company(create_company()):
            deliveries = Deliveries()
            # His own is not the first that was delivered
            other, own = [
                create_canteen(n, None) for n in ["Hospital", "School"]]
            for canteen, times in [(other, 10), (own, 1)]:
                locate(canteen.party, '62400')
                deliveries.deliver(canteen, {
                        ('near', 'HVE'): 1 * times,
                        ('far', 'HVE'): 2 * times,
                        ('far', 'BIO'): 4 * times,
                        }, 1)
            buyer = create_buyer(own.party)
            action, = ActionReport.search([('model', '=', STANDING)])
        with Transaction().set_user(buyer.id), check_access():
            context = User.get_preferences(context_only=True)
            with Transaction().set_context(context):
                standings = Standing.search([])
                self.assertEqual({s.canteen for s in standings}, {own})
                # The report is another request, which has read nothing
                Transaction().cache.clear()
                _, content, *_ = Report.execute([standings[0].id], {
                        'model': STANDING,
                        'action_id': action.id,
                        })
                sheet = load_workbook(io.BytesIO(content)).active
                _, *rows = sheet.iter_rows(values_only=True)
                self.assertEqual({r[-1] for r in rows}, {1, 4})
