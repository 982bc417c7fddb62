# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import unittest
from decimal import Decimal

from proteus import Model

from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_customer, create_producer, create_product, have_product, open_cycle,
    publish_mercuriale, setup)
from trytond.modules.shortcircuit_collective.exceptions import (
    ExclusiveWarning, LabelWarning)
from trytond.modules.shortcircuit_collective.tests.tools import (
    call_off, create_contract)
from trytond.modules.shortcircuit_hub.tests.tools import (
    allocate, create_hubs, create_point, receive)
from trytond.tests.test_tryton import drop_db
from trytond.tests.tools import activate_modules

TODAY = dt.date.today()


class ContractWarningTestCase(unittest.TestCase):
    "Test what is warned of when it is ordered, or packed"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        drop_db()
        cls.addClassCleanup(drop_db)
        cls.config = activate_modules('shortcircuit_collective', setup)
        cls.hub, _ = create_hubs()
        cls.farm = create_producer("Farm", ['BIO'])
        cls.other = create_producer("Other")
        cls.carrot, cls.leek = map(create_product, ["Carrot", "Leek"])
        certificate, = cls.farm.certificates
        certificate.end_date = TODAY + dt.timedelta(days=10)
        certificate.save()
        have_product(cls.farm, cls.carrot)
        have_product(cls.other, cls.carrot)
        have_product(cls.other, cls.leek)
        publish_mercuriale([
                (cls.carrot, Decimal('1.50'), None),
                (cls.leek, Decimal('2.00'), None)])
        cls.school, cls.town = map(create_customer, ["School", "Town"])
        for customer in [cls.school, cls.town]:
            create_point(customer, cls.hub)

    def create_contract(self, labels=(), **values):
        Label = Model.get('shortcircuit.label')
        contract = create_contract([{
                    'max_amount': Decimal(1000),
                    'prices': [
                        (self.carrot, Decimal('1.50')),
                        (self.leek, Decimal('2.00')),
                        ],
                    } | values], [self.school])
        self.addCleanup(contract.click, 'end')
        for price in contract.lots[0].prices:
            for code in labels:
                price.labels.extend(Label.find([('code', '=', code)], limit=1))
            price.save()
        return contract

    def test_label_quote(self):
        "Test a label that no producer of the product proves is warned of"
        last = dict(shipping_date=TODAY + dt.timedelta(days=10))
        after = dict(shipping_date=TODAY + dt.timedelta(days=11))
        for labels, product, values, warned in [
                ([], self.leek, {}, False),
                (['BIO'], self.carrot, {}, False),
                (['BIO'], self.leek, {}, True),
                (['BIO', 'HVE'], self.carrot, {}, True),
                (['BIO'], self.carrot, last, False),
                (['BIO'], self.carrot, after, True),
                ]:
            with self.subTest(labels=labels, product=product.name, **values):
                contract = self.create_contract(labels)
                if warned:
                    with self.assertRaises(LabelWarning) as raised:
                        call_off(
                            contract, self.school, [(product, 1)], **values)
                    self.assertIn(product.name, str(raised.exception.args))
                else:
                    call_off(contract, self.school, [(product, 1)], **values)

    def test_label_pack(self):
        "Test who brings it must prove it, even if another could have"
        for brings, warned in [(self.farm, False), (self.other, True)]:
            with self.subTest(brings=brings.rec_name):
                contract = self.create_contract(['BIO'])
                cycle = open_cycle(
                    [(brings, self.carrot, 10)], warehouse=self.hub)
                call_off(
                    contract, self.school, [(self.carrot, 10)], cycle=cycle)
                cycle.click('close')
                receive(cycle)
                allocate(cycle)
                shipment, = Model.get('stock.shipment.out').find([
                        ('cycle', '=', cycle.id)])
                if warned:
                    with self.assertRaises(LabelWarning) as raised:
                        shipment.click('pack')
                    self.assertIn("Other", str(raised.exception.args))
                else:
                    shipment.click('pack')
                    self.assertEqual(shipment.state, 'packed')

    def test_exclusive(self):
        "Test a member is warned of what he orders beside an exclusive lot"
        for values, party, warned in [
                ({}, self.school, False),
                ({'exclusive': True}, self.school, True),
                ({'exclusive': True}, self.town, False),
                ]:
            with self.subTest(party=party.name, **values):
                self.create_contract(**values)
                self.order(party, warned)

    def test_exclusive_over(self):
        "Test an ended contract, and an order on the contract, are not"
        contract = self.create_contract(exclusive=True)
        call_off(contract, self.school, [(self.carrot, 1)])
        contract.click('end')
        self.order(self.school, False)
        contract.click('activate')
        self.order(self.school, True)

    def order(self, party, warned):
        if warned:
            with self.assertRaises(ExclusiveWarning) as raised:
                call_off(None, party, [(self.carrot, 1)])
            self.assertIn("Carrot", str(raised.exception.args))
        else:
            sale = call_off(None, party, [(self.carrot, 1)])
            self.assertEqual(sale.state, 'processing')
