# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from decimal import Decimal

from trytond.modules.company.tests import (
    CompanyTestMixin, create_company, set_company)
from trytond.modules.party.tests import PartyCheckReplaceMixin
from trytond.pool import Pool
from trytond.tests.test_tryton import ModuleTestCase, with_transaction

YEAR = 2026


def create_producer(name):
    pool = Pool()
    Party = pool.get('party.party')
    Producer = pool.get('shortcircuit.producer')
    party, = Party.create([{'name': name}])
    producer, = Producer.create([{'party': party.id}])
    return producer


def create_product(name, family):
    pool = Pool()
    Product = pool.get('product.product')
    Template = pool.get('product.template')
    Uom = pool.get('product.uom')
    unit, = Uom.search([('name', '=', "Unit")])
    template, = Template.create([{
                'name': name,
                'type': 'goods',
                'default_uom': unit.id,
                'shortcircuit_family': family,
                'products': None,
                }])
    product, = Product.create([{'template': template.id}])
    return product


def create_certificate(producer, label, start, end=None, products=()):
    pool = Pool()
    Certificate = pool.get('shortcircuit.certificate')
    certificate, = Certificate.create([{
                'producer': producer.id,
                'label': label.id,
                'number': f'{label.id}-{start}',
                'certifier': "Certifier",
                'start_date': start,
                'end_date': end,
                'products': [('add', [p.template.id for p in products])],
                }])
    return certificate


def create_agreement(producer, start, end=None):
    pool = Pool()
    Agreement = pool.get('shortcircuit.agreement')
    agreement, = Agreement.create([{
                'producer': producer.id,
                'start_date': start,
                'end_date': end,
                'producer_share': Decimal('.8333'),
                'aidant_share': Decimal('.0517'),
                'cooperative_share': Decimal('.1150'),
                }])
    return agreement


class ShortcircuitCatalogTestCase(
        PartyCheckReplaceMixin, CompanyTestMixin, ModuleTestCase):
    "Test Short Circuit Catalog module"
    module = 'shortcircuit_catalog'

    @with_transaction()
    def test_proofs(self):
        "Test the labels proved for a product on a date"
        pool = Pool()
        Certificate = pool.get('shortcircuit.certificate')
        Label = pool.get('shortcircuit.label')
        labels = {
            l.name: l for l in Label.search([])}
        with set_company(create_company()):
            farm, other = map(create_producer, ["Farm", "Other"])
            carrot = create_product("Carrot", 'FRUITS_ET_LEGUMES')
            cheese = create_product("Cheese", 'PRODUITS_LAITIERS')
            organic = create_certificate(
                farm, labels["Organic"], dt.date(YEAR, 2, 1),
                dt.date(YEAR, 6, 30))
            farmhouse = create_certificate(
                farm, labels["Farmhouse"], dt.date(YEAR, 1, 1))
            aop = create_certificate(
                other, labels["AOP"], dt.date(YEAR, 1, 1), products=[cheese])

            for producer, product, month, day, result in [
                    (farm, cheese, 1, 31, [farmhouse]),
                    (farm, cheese, 2, 1, [organic, farmhouse]),
                    (farm, cheese, 6, 30, [organic, farmhouse]),
                    (farm, cheese, 7, 1, [farmhouse]),
                    # No vegetable is farmhouse
                    (farm, carrot, 3, 1, [organic]),
                    (other, carrot, 3, 1, []),
                    (other, cheese, 3, 1, [aop]),
                    ]:
                key = (producer.id, product.id, dt.date(YEAR, month, day))
                with self.subTest(key=key):
                    self.assertEqual(Certificate.proofs([key])[key], result)

    @with_transaction()
    def test_proofs_label_end(self):
        "Test the environmental certification of level 2 ends with 2026"
        pool = Pool()
        Certificate = pool.get('shortcircuit.certificate')
        Label = pool.get('shortcircuit.label')
        label, = Label.search([
                ('name', '=', "Environmental Certification (level 2)")])
        with set_company(create_company()):
            farm = create_producer("Farm")
            carrot = create_product("Carrot", 'FRUITS_ET_LEGUMES')
            certificate = create_certificate(farm, label, dt.date(2025, 1, 1))
            last = (farm.id, carrot.id, dt.date(2026, 12, 31))
            after = (farm.id, carrot.id, dt.date(2027, 1, 1))

            self.assertEqual(
                Certificate.proofs([last, after]),
                {last: [certificate], after: []})

            level_3, = Label.search([('name', '=', "HVE (level 3)")])
            self.assertEqual({level_3.code, label.code}, {'HVE'})
            hve = create_certificate(farm, level_3, dt.date(2026, 1, 1))
            self.assertEqual(
                Certificate.proofs([last, after]),
                {last: [certificate, hve], after: [hve]})

    @with_transaction()
    def test_agreement_at(self):
        "Test the agreement in force on a date"
        pool = Pool()
        Agreement = pool.get('shortcircuit.agreement')
        with set_company(create_company()):
            farm = create_producer("Farm")
            first = create_agreement(
                farm, dt.date(YEAR, 1, 1), dt.date(YEAR, 6, 30))
            second = create_agreement(farm, dt.date(YEAR, 7, 1))
            days = [
                dt.date(YEAR - 1, 12, 31), dt.date(YEAR, 1, 1),
                dt.date(YEAR, 6, 30), dt.date(YEAR, 7, 1),
                dt.date(YEAR + 9, 1, 1)]

            self.assertEqual(
                Agreement.at([(farm.id, d) for d in days]), {
                    (farm.id, days[1]): first,
                    (farm.id, days[2]): first,
                    (farm.id, days[3]): second,
                    (farm.id, days[4]): second,
                    })


del ModuleTestCase
