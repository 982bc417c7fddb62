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
from trytond.modules.shortcircuit_hub.expected import ask_in_time
from trytond.modules.shortcircuit_hub.sharing import ask
from trytond.modules.shortcircuit_hub.tests.tools import (
    create_hubs, create_point)
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME, drop_db
from trytond.tests.tools import activate_modules
from trytond.transaction import Transaction

times = st.integers(0, 4)
steps = st.integers(0, 50)
# Of each one: his cut-off, what he offers, what is likely, what he has given
offers = st.dictionaries(
    st.integers(0, 9), st.tuples(times, steps, steps, steps))
orders = st.lists(st.tuples(st.none() | times, steps))


def ask_all(offers, ordered, even=False):
    cut_offs, offered, likely, given = (
        {k: o[i] for k, o in offers.items()} for i in range(4))
    return ask_in_time(
        offered, likely, cut_offs, ordered, given if even else None)


class AskInTimeTestCase(unittest.TestCase):
    "Test what is asked from those who are cut off at different times"

    @given(offers, orders, st.booleans())
    def test_cut_off(self, offers, ordered, even):
        "Test nobody is asked for more than he offers or could know of"
        asked = ask_all(offers, ordered, even)

        for key, (_, offered, *_) in offers.items():
            self.assertGreaterEqual(asked[key], 0)
            self.assertLessEqual(asked[key], offered)
        for cut_off in {o[0] for o in offers.values()}:
            self.assertLessEqual(
                sum(asked[k] for k, o in offers.items() if o[0] <= cut_off),
                sum(s for t, s in ordered if t is None or t < cut_off))

    @given(offers, orders, st.booleans())
    def test_complete(self, offers, ordered, even):
        "Test all that can be brought is asked for"
        lost = [0]
        for start in [None, *(o[0] for o in offers.values())]:
            # No more can be brought of it than what is offered in time
            lost.append(
                sum(s for t, s in ordered
                    if start is None or t is not None and t >= start)
                - sum(o[1] for o in offers.values()
                    if start is None or o[0] > start))
        self.assertEqual(
            sum(ask_all(offers, ordered, even).values()),
            sum(s for _, s in ordered) - max(lost))

    @given(offers, st.lists(st.tuples(times, steps)), st.booleans())
    def test_same_cut_off(self, offers, ordered, even):
        "Test who is cut off after all the orders is asked as ever"
        offers = {k: (5, *o[1:]) for k, o in offers.items()}
        offered, likely, given = (
            {k: o[i] for k, o in offers.items()} for i in range(1, 4))
        self.assertEqual(
            ask_all(offers, ordered, even),
            ask(offered, likely, sum(s for _, s in ordered),
                given if even else None))


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
        opening = cycle.opens_at
        with Transaction().start(DB_NAME, 0) as transaction:
            Sale = Pool().get('sale.sale')
            Sale.write([Sale(before.id)], {'ordered_at': opening})
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
        "Test calling more producers hardly asks the database more"
        farms = self.create_farms(12)
        today = dt.date.today()
        # The first time fills the caches
        self.close(farms[:1], today)
        few = self.close(farms[:4], today + dt.timedelta(days=1))
        many = self.close(farms, today + dt.timedelta(days=2))
        # To print and to send each of them
        self.assertLessEqual(len(many) - len(few), 20 * (len(farms) - 4))
