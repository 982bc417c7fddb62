# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import unittest
from decimal import Decimal
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.shortcircuit_catalog import mail
from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_customer, create_producer, create_product, have_product, open_cycle,
    order, publish_mercuriale, record_statements, setup)
from trytond.modules.shortcircuit_hub.expected import share_ordered
from trytond.modules.shortcircuit_hub.tests.tools import (
    create_hubs, create_point)
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME, drop_db
from trytond.tests.tools import activate_modules
from trytond.transaction import Transaction

times = st.integers(0, 4)
steps = st.integers(0, 50)


class ShareOrderedTestCase(unittest.TestCase):
    "Test what is asked from those who are cut off at different times"

    @given(
        st.dictionaries(st.integers(0, 9), st.tuples(times, steps)),
        st.lists(st.tuples(st.none() | times, steps)))
    def test_cut_off(self, offers, ordered):
        "Test nobody is asked for more than he offers or knows of"
        expected = share_ordered(offers, ordered)

        for key, (_, offered) in offers.items():
            self.assertGreaterEqual(expected[key], 0)
            self.assertLessEqual(expected[key], offered)
        for cut_off in {c for c, _ in offers.values()}:
            self.assertLessEqual(
                sum(expected[k] for k, (c, _) in offers.items()
                    if c <= cut_off),
                sum(s for t, s in ordered if t is None or t < cut_off))

    @given(
        st.dictionaries(st.integers(0, 9), st.tuples(times, steps)),
        st.lists(st.tuples(st.none() | times, steps)))
    def test_complete(self, offers, ordered):
        "Test all that can be brought is asked for"
        since = {
            start: sum(
                s for t, s in ordered
                if start is None or t is not None and t >= start)
            for start in [None, *(c for c, _ in offers.values())]}
        total = sum(s for _, s in ordered)
        # The most that is lost is what no set of offers can bring
        lost = max(
            ordered_since - sum(
                s for c, s in offers.values() if start is None or c > start)
            for start, ordered_since in since.items())
        self.assertEqual(
            sum(share_ordered(offers, ordered).values()),
            total - max(lost, 0))

    def test_proportion(self):
        "Test the orders are shared in proportion to the offers"
        self.assertEqual(
            share_ordered({1: (1, 60), 2: (1, 20)}, [(0, 30), (None, 10)]),
            {1: 30, 2: 10})


class ClosingTestCase(unittest.TestCase):
    "Test what closing a cycle asks from the producers, and what it costs"

    def setUp(self):
        super().setUp()
        drop_db()
        self.addCleanup(drop_db)
        activate_modules('shortcircuit_hub', setup)
        self.hub, _ = create_hubs()
        self.carrot = create_product("Carrot")
        publish_mercuriale([(self.carrot, Decimal('1.50'), None)])
        self.school = create_customer("School")
        create_point(self.school, self.hub)

    def create_farms(self, count):
        farms = [create_producer(f"Farm {i}") for i in range(count)]
        for farm in farms:
            farm.party.contact_mechanisms.new(
                type='email', value=f'farm{farm.id}@example.com')
            farm.party.save()
            have_product(farm, self.carrot, case_quantity=5)
        return farms

    def test_cut_off(self):
        "Test who is cut off early is not asked for what came later"
        early, late = self.create_farms(2)
        cycle = open_cycle(
            [(early, self.carrot, 100), (late, self.carrot, 100)],
            warehouse=self.hub)
        before = order(self.school, [(self.carrot, 40)])
        order(self.school, [(self.carrot, 100)])
        with Transaction().start(DB_NAME, 0) as transaction:
            Sale = Pool().get('sale.sale')
            Sale.write([Sale(before.id)], {'ordered_at': cycle.opens_at})
            transaction.commit()
        early.cut_off_hours = 36
        early.save()

        with patch.object(mail, 'send_message_transactional'):
            cycle.click('close')
        cycle.reload()
        self.assertEqual(
            {d.producer.id: d.lines[0].expected for d in cycle.deliveries},
            {early.id: 40.0, late.id: 100.0})

    def close(self, farms, delivery_date):
        cycle = open_cycle(
            [(farm, self.carrot, 20) for farm in farms],
            warehouse=self.hub, delivery_date=delivery_date)
        order(self.school, [(self.carrot, 20 * len(farms))])
        with patch.object(mail, 'send_message_transactional') as send, \
                record_statements() as statements:
            cycle.click('close')
        self.assertEqual(send.call_count, len(farms))
        return statements

    def test_statements(self):
        "Test calling more producers does not ask the database much more"
        farms = self.create_farms(12)
        today = dt.date.today()
        self.close(farms[:1], today)
        few = self.close(farms[:4], today + dt.timedelta(days=1))
        many = self.close(farms, today + dt.timedelta(days=2))
        print(len(few), len(many))
        import collections
        d = collections.Counter(many)
        d.subtract(collections.Counter(few))
        for s, c in d.most_common(40):
            print(c, s[:300])
        self.assertLessEqual(len(many) - len(few), 20 * (len(farms) - 4))
