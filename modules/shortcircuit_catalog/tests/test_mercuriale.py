# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from decimal import Decimal

from trytond.modules.company.tests import create_company, set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import (
    TestCase, activate_module, with_transaction)


def create_producer(name):
    pool = Pool()
    Party = pool.get('party.party')
    Producer = pool.get('shortcircuit.producer')
    party, = Party.create([{'name': name}])
    producer, = Producer.create([{'party': party.id, 'state': 'active'}])
    return producer


def create_product(name, **values):
    pool = Pool()
    Template = pool.get('product.template')
    Uom = pool.get('product.uom')
    kilogram, = Uom.search([('name', '=', "Kilogram")])
    template, = Template.create([{
                'name': name,
                'type': 'goods',
                'salable': True,
                'default_uom': kilogram.id,
                'sale_uom': kilogram.id,
                'products': [('create', [{}])],
                **values,
                }])
    return template.products[0]


def create_mercuriale(start, end, products):
    pool = Pool()
    Channel = pool.get('shortcircuit.channel')
    Mercuriale = pool.get('shortcircuit.mercuriale')
    PriceList = pool.get('product.price_list')
    price_list, = PriceList.create([{'name': "Channel"}])
    channel, = Channel.create(
        [{'name': "Channel", 'price_list': price_list.id}])
    mercuriale, = Mercuriale.create([{
                'channel': channel.id,
                'start_date': start,
                'end_date': end,
                'lines': [('create', [{
                                'product': p.id,
                                'unit_price': Decimal('1.00'),
                                } for p in products])],
                }])
    return mercuriale


class MercurialeTestCase(TestCase):
    "Test the mercuriale"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        activate_module('shortcircuit_catalog')

    @with_transaction()
    def test_next_season(self):
        "Test a product is proposed when its season starts"
        pool = Pool()
        ProducerProduct = pool.get('shortcircuit.producer.product')
        with set_company(create_company()):
            farm = create_producer("Farm")
            apple, cherry, pear = [
                create_product("Apple"),
                create_product("Cherry", seasons=['06', '07']),
                create_product("Pear", seasons=['09'])]
            ProducerProduct.create([
                    {'producer': farm.id, 'product': p.id}
                    for p in [apple, cherry, pear]])
            for start, end, proposed in [
                    ((5, 11), (5, 17), []),
                    ((5, 18), (5, 24), []),
                    ((5, 25), (5, 31), ["Cherry"]),
                    ((6, 1), (6, 7), []),
                    ((8, 25), (8, 29), ["Pear"]),
                    ]:
                with self.subTest(start=start):
                    mercuriale = create_mercuriale(
                        dt.date(2026, *start), dt.date(2026, *end), [apple])
                    mercuriale.create_date += dt.timedelta(days=1)
                    self.assertEqual([
                            l.product.name
                            for l in mercuriale.get_next().lines
                            if l.proposal == 'new'], proposed)
