# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import unittest
from decimal import Decimal
from unittest.mock import patch

from trytond.modules.company.tests import create_company, set_company
from trytond.modules.shortcircuit_collective.tests.records import (
    YEAR, create_canteen, create_eater, create_lot, create_producer,
    create_product, deliver)
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction


def certify(producer, label, start_date):
    pool = Pool()
    Certificate = pool.get('shortcircuit.certificate')
    ModelData = pool.get('ir.model.data')
    Certificate.create([{
                'producer': producer.id,
                'label': ModelData.get_id('shortcircuit_catalog', label),
                'number': label,
                'certifier': "Certifier",
                'start_date': start_date,
                }])


def create_contract_lot(party, products, procedures):
    pool = Pool()
    Contract = pool.get('shortcircuit.contract')
    Lot = pool.get('shortcircuit.contract.lot')
    contract, = Contract.create([{
                'name': "Food",
                'start_date': dt.date(2026, 1, 1),
                'end_date': dt.date(2026, 12, 31),
                'members': [('create', [{'party': party.id}])],
                }])
    lot, = Lot.create([{
                'contract': contract.id,
                'number': '1',
                'name': "Lot",
                'max_amount': 1000,
                'procedures': procedures,
                'prices': [('create', [{
                                'name': product.rec_name,
                                'unit': product.default_uom.id,
                                'products': [('add', [product.id])],
                                'versions': [('create', [{
                                                'start_date': dt.date(
                                                    2026, 1, 1),
                                                'unit_price': 10,
                                                }])],
                                } for product in products])],
                }])
    return lot


class FreezeTestCase(unittest.TestCase):
    "Test the class of what is delivered"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        activate_module('shortcircuit_collective')

    @with_transaction()
    def test_law(self):
        "Test what the labels count as, by family and date"
        pool = Pool()
        Warning = pool.get('res.user.warning')
        last = dt.date(2026, 12, 31)
        with set_company(create_company()):
            canteen = create_canteen("School")
            farm = create_producer("Farm")
            products = {}
            for labels, family, date, class_ in [
                    (['label_ce2'], 'AUTRES', last, 'hve'),
                    (['label_ce2'], 'AUTRES', last + dt.timedelta(days=1),
                        'non_egalim'),
                    (['label_hve'], 'AUTRES', last + dt.timedelta(days=1),
                        'hve'),
                    (['label_fermier'], 'FRUITS_ET_LEGUMES', last,
                        'non_egalim'),
                    (['label_fermier'], 'BOULANGERIE', last, 'non_egalim'),
                    (['label_fermier'], 'PRODUITS_LAITIERS', last, 'fermier'),
                    (['label_fermier'], 'VIANDES_VOLAILLES', last, 'fermier'),
                    (['label_label_rouge'], 'BOISSONS', last, 'non_egalim'),
                    (['label_fishing'], 'PRODUITS_DE_LA_MER', last,
                        'peche_durable'),
                    (['label_fishing'], 'AUTRES', last, 'non_egalim'),
                    (['label_bio_conversion'], 'AUTRES', last, 'bio'),
                    (['label_hve', 'label_fermier', 'label_igp'],
                        'CHARCUTERIE', last, 'aocaop_igp_stg'),
                    ]:
                farm = create_producer(f"Farm {len(products)}")
                for label in labels:
                    certify(farm, label, dt.date(2026, 1, 1))
                product = products[len(products)] = create_product(
                    f"Product {len(products)}", family)
                # Some of the dates are in the future
                with self.subTest(labels=labels, family=family, date=date), \
                        patch.object(Warning, 'check', return_value=False):
                    move = deliver(
                        canteen.party, create_lot(farm, product), 10, date)
                    self.assertEqual(move.egalim_class, class_)

    @with_transaction()
    def test_contract(self):
        "Test how the lot was bought counts after the labels"
        pool = Pool()
        LotShare = pool.get('shortcircuit.egalim.share.lot')
        Move = pool.get('stock.move')
        SaleLine = pool.get('sale.line')
        date = dt.date(2026, 3, 1)
        with set_company(create_company()):
            canteen = create_canteen("School")
            farms = [
                create_producer(name, **dict.fromkeys(labels, date))
                for name, labels in [("Farm", []), ("Fermier", ['FERMIER'])]]
            lots = [
                create_lot(f, create_product(f.rec_name, 'CHARCUTERIE'))
                for f in farms]
            contract_lot = create_contract_lot(
                canteen.party, [l.product for l in lots],
                ['EXTERNALITES', 'PERFORMANCE'])
            prices = dict(zip(lots, contract_lot.prices))
            for lot, on_contract, labels, class_ in [
                    (lots[0], False, None, 'non_egalim'),
                    (lots[0], True, 'EXTERNALITES,PERFORMANCE',
                        'externalites'),
                    (lots[1], True, 'FERMIER,EXTERNALITES,PERFORMANCE',
                        'fermier'),
                    ]:
                with self.subTest(lot=lot.rec_name, on_contract=on_contract):
                    # The order is frozen on the move as it is delivered
                    with patch.object(
                            SaleLine, 'contract_price',
                            prices[lot] if on_contract else None):
                        move = deliver(canteen.party, lot, 10, date)
                    self.assertEqual(move.egalim_labels, labels)
                    self.assertEqual(move.egalim_class, class_)
                    self.assertEqual(
                        Move(move.id).contract_lot,
                        contract_lot if on_contract else None)
            self.assertEqual({
                    s.lot: (s.total_amount, s.externality_amount)
                    for s in LotShare.search([])}, {
                    None: (10, 0),
                    contract_lot: (20, 10),
                    })

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
