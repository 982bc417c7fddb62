# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import unittest
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.shortcircuit_catalog.rhythm import (
    exclude, get_bank_holidays, get_dates, get_time)

PARIS = ZoneInfo('Europe/Paris')
DATES = st.dates(dt.date(2020, 1, 1), dt.date(2040, 12, 31))


class RhythmTestCase(unittest.TestCase):
    "Test the rhythm of cycles"

    def test_bank_holidays(self):
        "Test the bank holidays of 2026"
        self.assertEqual(get_bank_holidays(2026), [
                (dt.date(2026, 1, 1), 'new_year'),
                (dt.date(2026, 4, 6), 'easter_monday'),
                (dt.date(2026, 5, 1), 'labour'),
                (dt.date(2026, 5, 8), 'victory'),
                (dt.date(2026, 5, 14), 'ascension'),
                (dt.date(2026, 5, 25), 'whit_monday'),
                (dt.date(2026, 7, 14), 'national'),
                (dt.date(2026, 8, 15), 'assumption'),
                (dt.date(2026, 11, 1), 'all_saints'),
                (dt.date(2026, 11, 11), 'armistice'),
                (dt.date(2026, 12, 25), 'christmas'),
                ])

    def test_bank_holidays_of_a_year(self):
        "Test Ascension of 2008 falls on Labour Day"
        days = [d for d, _ in get_bank_holidays(2008)]
        self.assertEqual(days.count(dt.date(2008, 5, 1)), 2)

    def test_dates(self):
        "Test the Thursdays, each week or every other week"
        wednesday = dt.date(2026, 9, 2)
        until = dt.date(2026, 10, 1)
        self.assertEqual(get_dates(wednesday, until, 3), [
                dt.date(2026, 9, 3), dt.date(2026, 9, 10),
                dt.date(2026, 9, 17), dt.date(2026, 9, 24),
                dt.date(2026, 10, 1)])
        self.assertEqual(get_dates(wednesday, until, 3, weeks=2), [
                dt.date(2026, 9, 3), dt.date(2026, 9, 17),
                dt.date(2026, 10, 1)])
        self.assertEqual(get_dates(until, wednesday, 3), [])

    def test_exclude(self):
        "Test the first and the last day of a holiday are holidays"
        dates = [dt.date(2026, 10, d) for d in [16, 17, 24, 31]]
        self.assertEqual(
            exclude(dates, [(dt.date(2026, 10, 17), dt.date(2026, 10, 31))]),
            [dt.date(2026, 10, 16)])

    def test_time_spring(self):
        "Test the hours around 29 March 2026 when the clock skips 2 to 3"
        for days_before, time, stored in [
                (1, dt.time(18), dt.datetime(2026, 3, 28, 17)),
                (0, dt.time(1, 59), dt.datetime(2026, 3, 29, 0, 59)),
                (0, dt.time(2, 30), dt.datetime(2026, 3, 29, 1, 30)),
                (0, dt.time(3), dt.datetime(2026, 3, 29, 1)),
                (0, dt.time(18), dt.datetime(2026, 3, 29, 16)),
                ]:
            with self.subTest(days_before=days_before, time=time):
                self.assertEqual(
                    get_time(dt.date(2026, 3, 29), days_before, time, PARIS),
                    stored)

    def test_time_autumn(self):
        "Test the hours around 25 October 2026 when the clock has 2 twice"
        for days_before, time, stored in [
                (1, dt.time(18), dt.datetime(2026, 10, 24, 16)),
                (0, dt.time(2, 30), dt.datetime(2026, 10, 25, 0, 30)),
                (0, dt.time(3), dt.datetime(2026, 10, 25, 2)),
                (0, dt.time(18), dt.datetime(2026, 10, 25, 17)),
                ]:
            with self.subTest(days_before=days_before, time=time):
                self.assertEqual(
                    get_time(dt.date(2026, 10, 25), days_before, time, PARIS),
                    stored)

    @given(DATES, st.integers(0, 400), st.integers(0, 6), st.integers(1, 4))
    def test_dates_repeat(self, start, days, weekday, weeks):
        "Test dates are on their weekday, in order, and none is missed"
        until = start + dt.timedelta(days=days)
        dates = get_dates(start, until, weekday, weeks)
        for date in dates:
            self.assertEqual(date.weekday(), weekday)
            self.assertTrue(start <= date <= until)
        for previous, following in zip(dates, dates[1:]):
            self.assertEqual((following - previous).days, weeks * 7)
        if dates:
            self.assertLess((dates[0] - start).days, 7)
            self.assertLess((until - dates[-1]).days, weeks * 7)
        else:
            self.assertLess(days, 6)

    @given(DATES, st.integers(0, 400), st.integers(0, 400), st.integers(0, 6))
    def test_dates_do_not_move(self, start, first, second, weekday):
        "Test looking further ahead changes nothing of what comes before"
        near, far = sorted([
                start + dt.timedelta(days=d) for d in [first, second]])
        dates = get_dates(start, far, weekday, weeks=2)
        self.assertEqual(
            get_dates(start, near, weekday, weeks=2),
            [d for d in dates if d <= near])

    @given(DATES, st.integers(0, 10), st.times())
    def test_time_is_the_clock(self, date, days_before, time):
        "Test the clock shows the hour but for the one that it skips"
        time = time.replace(second=0, microsecond=0)
        stored = get_time(date, days_before, time, PARIS)
        shown = stored.replace(tzinfo=dt.timezone.utc).astimezone(PARIS)
        day = date - dt.timedelta(days=days_before)
        skipped = shown.time() != time
        self.assertEqual(shown.date(), day)
        if skipped:
            self.assertEqual(time.hour, 2)
            self.assertEqual(shown.time(), time.replace(hour=3))
