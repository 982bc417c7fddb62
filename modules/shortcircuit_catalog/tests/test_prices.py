# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from trytond.modules.company.tests import create_company, set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import (
    TestCase, activate_module, with_transaction)
from trytond.transaction import Transaction

from .test_mercuriale import create_producer, create_product

FIRST = dt.date(2026, 1, 5)
DAYS = [FIRST + dt.timedelta(days=i) for i in range(28)]
prices = st.decimals(min_value=Decimal('.01'), max_value=100, places=2)
# The first day of the week, its last one and the price, if it is published
weeks = st.lists(
    st.tuples(
        st.integers(0, 2), st.integers(3, 6), st.none() | prices),
    min_size=1, max_size=4)
changes = st.dictionaries(st.sampled_from(DAYS), prices, max_size=6)


class PricesTestCase(TestCase):
    "Test the prices over time"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        activate_module('shortcircuit_catalog')

    @with_transaction()
    def test_published(self):
        "Test an order takes the price published for its day of delivery"
        pool = Pool()
        Channel = pool.get('shortcircuit.channel')
        PriceList = pool.get('product.price_list')
        PriceListLine = pool.get('product.price_list.line')
        with set_company(create_company()):
            product, other = map(create_product, ["Leek", "Carrot"])
            price_list, = PriceList.create([{'name': "Channel"}])
            channel, = Channel.create(
                [{'name': "Channel", 'price_list': price_list.id}])

            @settings(max_examples=30)
            @given(weeks)
            def check(drawn):
                PriceListLine.delete(
                    PriceListLine.search([('price_list', '=', price_list.id)]))
                expected = {}
                for number, (first, last, price) in enumerate(drawn):
                    start = FIRST + dt.timedelta(days=7 * number + first)
                    end = FIRST + dt.timedelta(days=7 * number + last)
                    self.publish(channel, start, end, {
                            other: Decimal('999'),
                            **({product: price} if price else {}),
                            })
                    expected.update(
                        (d, price) for d in DAYS if start <= d <= end)
                for date in DAYS:
                    self.assertEqual(
                        self.compute(price_list, product, date),
                        expected.get(date))
            check()

    def publish(self, channel, start, end, prices):
        pool = Pool()
        Mercuriale = pool.get('shortcircuit.mercuriale')
        MercurialeLine = pool.get('shortcircuit.mercuriale.line')
        PriceListLine = pool.get('product.price_list.line')
        mercuriale = Mercuriale(
            channel=channel, start_date=start, end_date=end)
        PriceListLine.save([
                MercurialeLine(
                    mercuriale=mercuriale, product=p, producer=None,
                    unit=p.sale_uom, unit_price=price).get_price_list_line()
                for p, price in prices.items()])

    def compute(self, price_list, product, date):
        with Transaction().set_context(date=date):
            return price_list.compute(product, 1, product.sale_uom)

    @with_transaction()
    def test_published_lines(self):
        "Test the price of a day does not read those of the other days"
        pool = Pool()
        Channel = pool.get('shortcircuit.channel')
        PriceList = pool.get('product.price_list')
        with set_company(create_company()):
            product, other = map(create_product, ["Leek", "Carrot"])
            price_list, = PriceList.create([{'name': "Channel"}])
            channel, = Channel.create(
                [{'name': "Channel", 'price_list': price_list.id}])
            for week in range(4):
                start = FIRST + dt.timedelta(weeks=week)
                self.publish(channel, start, start + dt.timedelta(days=6), {
                        product: Decimal(week + 1), other: Decimal(9)})
            line, = price_list._get_lines(product, DAYS[8])
            self.assertEqual(line.formula, '2.0000')

    @with_transaction()
    def test_asked(self):
        "Test what a producer asks holds until he asks something else"
        pool = Pool()
        Item = pool.get('shortcircuit.producer.product')
        Price = pool.get('shortcircuit.producer.product.price')
        with set_company(create_company()):
            producer = create_producer("Farm")
            product = create_product("Leek")
            item, = Item.create([{
                        'producer': producer.id,
                        'product': product.id,
                        }])

            @settings(max_examples=30)
            @given(changes)
            def check(drawn):
                Price.delete(Price.search([]))
                Price.create([{
                            'producer_product': item.id,
                            'start_date': date,
                            'unit_price': price,
                            } for date, price in drawn.items()])
                asked = Price.at((producer.id, product.id, d) for d in DAYS)
                expected = {}
                for date in DAYS:
                    price = drawn.get(date, expected.get(
                            date - dt.timedelta(days=1)))
                    if price is not None:
                        expected[date] = price
                self.assertEqual(asked, {
                        (producer.id, product.id, d): p
                        for d, p in expected.items()})
            check()
