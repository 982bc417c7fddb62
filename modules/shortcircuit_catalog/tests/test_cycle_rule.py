# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import unittest

from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.company.tests import create_company, set_company
from trytond.modules.shortcircuit_catalog.cycle_rule import to_utc
from trytond.modules.shortcircuit_catalog.holiday import bank_holidays
from trytond.pool import Pool
from trytond.tests.test_tryton import (
    activate_module, drop_db, with_transaction)
from trytond.tools import timezone as tz

PARIS = tz.ZoneInfo('Europe/Paris')
THURSDAY = 3


def setUpModule():
    drop_db()
    activate_module('shortcircuit_catalog')


def tearDownModule():
    drop_db()


def create_rule(company, **values):
    "Create a rule that delivers on Thursdays from January 2026"
    pool = Pool()
    Channel = pool.get('shortcircuit.channel')
    Day = pool.get('ir.calendar.day')
    PriceList = pool.get('product.price_list')
    Rule = pool.get('shortcircuit.cycle.rule')
    thursday, = Day.search([('index', '=', THURSDAY)])
    price_list, = PriceList.create([{'name': "Catering"}])
    channel, = Channel.create([{
                'name': "Catering", 'price_list': price_list.id}])
    rule, = Rule.create([{
                'name': "Canteens",
                'channel': channel.id,
                'weekday': thursday.id,
                'start_date': dt.date(2026, 1, 1),
                'opens_days': 7,
                'opens_time': dt.time(8),
                'closes_days': 2,
                'closes_time': dt.time(18),
                'company': company.id,
                **values}])
    return rule


def create_holiday(kind, start_date, end_date):
    pool = Pool()
    Holiday = pool.get('shortcircuit.holiday')
    Holiday.create([{
                'name': kind, 'kind': kind,
                'start_date': start_date, 'end_date': end_date}])


class CycleRuleTestCase(unittest.TestCase):
    "Test the rules of cycles"

    @with_transaction()
    def test_weekly(self):
        "Test the deliveries of each week between two dates, both included"
        company = create_company()
        with set_company(company):
            rule = create_rule(company)
            self.assertEqual(
                rule.get_dates(dt.date(2026, 3, 5), dt.date(2026, 3, 19)),
                [dt.date(2026, 3, d) for d in [5, 12, 19]])

    @with_transaction()
    def test_end_date(self):
        "Test no delivery is before the start nor after the end of the rule"
        company = create_company()
        with set_company(company):
            rule = create_rule(
                company, start_date=dt.date(2026, 3, 6),
                end_date=dt.date(2026, 3, 25))
            self.assertEqual(
                rule.get_dates(dt.date(2026, 1, 1), dt.date(2026, 12, 31)),
                [dt.date(2026, 3, d) for d in [12, 19]])

    @with_transaction()
    def test_fortnightly(self):
        "Test every other week is counted from the start of the rule"
        company = create_company()
        with set_company(company):
            rule = create_rule(company, frequency='fortnightly')
            dates = [dt.date(2026, 1, d) for d in [1, 15, 29]]
            rule.skip_holidays = False
            self.assertEqual(
                rule.get_dates(dt.date(2026, 1, 1), dt.date(2026, 1, 31)),
                dates)
            self.assertEqual(
                rule.get_dates(dt.date(2026, 1, 2), dt.date(2026, 1, 31)),
                dates[1:])

    @with_transaction()
    def test_holidays(self):
        "Test the deliveries that the holidays take away"
        pool = Pool()
        Holiday = pool.get('shortcircuit.holiday')
        company = create_company()
        with set_company(company):
            Holiday.create_bank_holidays(2026)
            create_holiday(
                'school', dt.date(2026, 5, 1), dt.date(2026, 5, 7))
            create_holiday(
                'closing', dt.date(2026, 5, 28), dt.date(2026, 5, 28))
            rule = create_rule(company)
            for school_weeks, skip_holidays, days in [
                    # The 14th is Ascension Day
                    (False, False, [7, 14, 21, 28]),
                    (False, True, [7, 21]),
                    (True, False, [14, 21, 28]),
                    (True, True, [21]),
                    ]:
                with self.subTest(
                        school_weeks=school_weeks,
                        skip_holidays=skip_holidays):
                    rule.school_weeks = school_weeks
                    rule.skip_holidays = skip_holidays
                    self.assertEqual(
                        rule.get_dates(
                            dt.date(2026, 5, 1), dt.date(2026, 5, 31)),
                        [dt.date(2026, 5, d) for d in days])

    @with_transaction()
    def test_bank_holidays_once(self):
        "Test the bank holidays of a year are created once"
        pool = Pool()
        Holiday = pool.get('shortcircuit.holiday')
        self.assertEqual(len(Holiday.create_bank_holidays(2026)), 11)
        self.assertEqual(len(Holiday.create_bank_holidays(2026)), 0)
        self.assertEqual(len(Holiday.create_bank_holidays(2027)), 11)

    def test_bank_holidays(self):
        "Test the bank holidays that follow Easter"
        days = bank_holidays(2026)
        self.assertEqual(
            days['msg_holiday_easter_monday'], dt.date(2026, 4, 6))
        self.assertEqual(
            days['msg_holiday_ascension'], dt.date(2026, 5, 14))
        self.assertEqual(
            days['msg_holiday_whit_monday'], dt.date(2026, 5, 25))

    @with_transaction()
    def test_hours(self):
        "Test the hours are those of the clock of the company"
        company = create_company()
        company.timezone = 'Europe/Paris'
        company.save()
        with set_company(company):
            rule = create_rule(company)
            for delivery, opens_at, closes_at in [
                    # The clocks change between the opening and the closing
                    (dt.date(2026, 4, 2),
                        dt.datetime(2026, 3, 26, 7),
                        dt.datetime(2026, 3, 31, 16)),
                    (dt.date(2026, 10, 29),
                        dt.datetime(2026, 10, 22, 6),
                        dt.datetime(2026, 10, 27, 17)),
                    (dt.date(2026, 7, 2),
                        dt.datetime(2026, 6, 25, 6),
                        dt.datetime(2026, 6, 30, 16)),
                    ]:
                with self.subTest(delivery=delivery):
                    cycle = rule.get_cycle(delivery)
                    self.assertEqual(cycle.opens_at, opens_at)
                    self.assertEqual(cycle.closes_at, closes_at)

    def test_clock_changes(self):
        "Test the hours that the change of the clock skips and repeats"
        for date, hour, utc in [
                (dt.date(2026, 3, 29), dt.time(1, 59),
                    dt.datetime(2026, 3, 29, 0, 59)),
                # There is no 2:30 that night: it is 3:30
                (dt.date(2026, 3, 29), dt.time(2, 30),
                    dt.datetime(2026, 3, 29, 1, 30)),
                (dt.date(2026, 3, 29), dt.time(3, 0),
                    dt.datetime(2026, 3, 29, 1, 0)),
                # There are two 2:30 that night: it is the first
                (dt.date(2026, 10, 25), dt.time(2, 30),
                    dt.datetime(2026, 10, 25, 0, 30)),
                (dt.date(2026, 10, 25), dt.time(3, 0),
                    dt.datetime(2026, 10, 25, 2, 0)),
                ]:
            with self.subTest(date=date, hour=hour):
                self.assertEqual(to_utc(date, hour, PARIS), utc)

    @given(st.dates(dt.date(2000, 1, 1), dt.date(2060, 1, 1)), st.times())
    def test_same_clock(self, date, time):
        "Test the clock shows the hour, but in the night it is put forward"
        shown = to_utc(date, time, PARIS).replace(
            tzinfo=tz.UTC).astimezone(PARIS)
        skipped = (shown.utcoffset()
            != dt.datetime.combine(date, time, PARIS).utcoffset())
        self.assertEqual(
            shown.replace(tzinfo=None) - dt.datetime.combine(date, time),
            dt.timedelta(hours=skipped))
