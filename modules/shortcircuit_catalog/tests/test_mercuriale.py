# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from decimal import Decimal

from trytond.modules.company.tests import create_company, set_company
from trytond.modules.shortcircuit_catalog.mercuriale_report import (
    decimals, month_ranges)
from trytond.pool import Pool
from trytond.tests.test_tryton import (
    TestCase, activate_module, with_transaction)


def create_producer(name):
    pool = Pool()
    Party = pool.get('party.party')
    Producer = pool.get('shortcircuit.producer')
    party, = Party.create([{'name': name}])
    producer, = Producer.create([{
                'party': party.id,
                'vat_regime': 'normal',
                'state': 'active',
                }])
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

    def test_month_ranges(self):
        "Test the seasons are written as ranges that pass the new year"
        for months, ranges in [
                (set(), []),
                ({5}, [(5, 5)]),
                ({6, 7, 8}, [(6, 8)]),
                ({1, 2, 10, 11, 12}, [(10, 2)]),
                ({1, 3, 4, 12}, [(3, 4), (12, 1)]),
                (set(range(1, 13)), []),
                ]:
            with self.subTest(months=months):
                self.assertEqual(month_ranges(months), ranges)

    def test_decimals(self):
        "Test as many decimals are written as needed"
        for number, result in [
                ('1', 0), ('10', 0), ('1.50', 1), ('0.4200', 2),
                ('0.2775', 4)]:
            with self.subTest(number=number):
                self.assertEqual(decimals(Decimal(number)), result)

    @with_transaction()
    def test_measure_price(self):
        "Test the price per kilogram or litre of what is sold by piece"
        pool = Pool()
        Uom = pool.get('product.uom')
        uoms = {
            u.name: u for u in Uom.search([
                    ('name', 'in', [
                            "Unit", "Kilogram", "Gram", "Liter"]),
                    ])}
        with set_company(create_company()):
            for unit, values, price, result in [
                    ("Kilogram", {}, '2.50', ('2.50', "Kilogram")),
                    ("Gram", {}, '0.02', ('20.00', "Kilogram")),
                    ("Liter", {}, '1.05', ('1.05', "Liter")),
                    ("Unit", {'weight': 125, 'weight_uom': "Gram"}, '0.42',
                        ('3.36', "Kilogram")),
                    ("Unit", {'volume': .75, 'volume_uom': "Liter"}, '6.00',
                        ('8.00', "Liter")),
                    ("Unit", {}, '1.00', None),
                    ]:
                with self.subTest(unit=unit, **values):
                    product = create_product(
                        unit, default_uom=uoms[unit].id,
                        sale_uom=uoms[unit].id,
                        **{k: uoms[v].id if k.endswith('_uom') else v
                            for k, v in values.items()})
                    mercuriale = create_mercuriale(
                        dt.date(2026, 5, 4), dt.date(2026, 5, 10), [product])
                    line, = mercuriale.lines
                    line.unit_price = Decimal(price)
                    self.assertEqual(
                        line.measure_price, result and (
                            Decimal(result[0]), uoms[result[1]]))
