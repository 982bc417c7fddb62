# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import unittest
from decimal import Decimal
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.shortcircuit_commission.late import half_years, late_cost
from trytond.modules.shortcircuit_commission.payment_term import (
    end_of_ten_days)

DATES = st.dates(dt.date(2020, 1, 1), dt.date(2030, 12, 31))
AMOUNTS = st.decimals(0, 100_000, places=2)


def rate(start_date, rate, fixed=False):
    return SimpleNamespace(
        rate=Decimal(rate), compensation=Decimal(40), fixed=fixed,
        covers_date=lambda date: date >= start_date)


class PaymentTermTestCase(unittest.TestCase):
    "Test the ten-day periods"

    def test_end_of_ten_days(self):
        "Test the last days of the three periods of a month"
        for day, expected in [
                ('2026-11-01', '2026-11-10'),
                ('2026-11-10', '2026-11-10'),
                ('2026-11-11', '2026-11-20'),
                ('2026-11-20', '2026-11-20'),
                ('2026-11-21', '2026-11-30'),
                ('2026-01-31', '2026-01-31'),
                ('2026-02-21', '2026-02-28'),
                ('2028-02-29', '2028-02-29'),
                ]:
            with self.subTest(day=day):
                self.assertEqual(
                    end_of_ten_days(dt.date.fromisoformat(day)),
                    dt.date.fromisoformat(expected))

    @given(DATES)
    def test_period(self, date):
        "Test a period has eleven days at most and its end ends it"
        end = end_of_ten_days(date)
        self.assertIn((end - date).days, range(11))
        self.assertEqual(end.month, date.month)
        self.assertEqual(end_of_ten_days(end), end)


class LateTestCase(unittest.TestCase):
    "Test what a late payment costs"

    def test_half_years(self):
        "Test the days late are cut where the rate may change"
        self.assertEqual(
            list(half_years(dt.date(2025, 6, 28), dt.date(2026, 1, 3))), [
                (dt.date(2025, 6, 29), 2),
                (dt.date(2025, 7, 1), 184),
                (dt.date(2026, 1, 1), 3),
                ])

    @given(DATES, DATES)
    def test_all_days(self, start, end):
        "Test each day late is in one half-year"
        self.assertEqual(
            sum(days for _, days in half_years(start, end)),
            max((end - start).days, 0))

    def test_interest(self):
        "Test the interest follows the rate of each half-year"
        rates = [
            rate(dt.date(2025, 7, 1), '.1215'),
            rate(dt.date(2025, 1, 1), '.1315')]
        interest, compensation = late_cost(
            rates, Decimal(1000), dt.date(2025, 6, 20), dt.date(2025, 7, 10))
        self.assertEqual(
            interest,
            Decimal(1000) * Decimal('.1315') * 10 / 365
            + Decimal(1000) * Decimal('.1215') * 10 / 365)
        self.assertEqual(compensation, 40)

    def test_fixed(self):
        "Test a public body pays the rate of the first day"
        rates = [
            rate(dt.date(2025, 7, 1), '.1015', True),
            rate(dt.date(2025, 1, 1), '.1115', True)]
        interest, _ = late_cost(
            rates, Decimal(365), dt.date(2025, 6, 20), dt.date(2025, 7, 20))
        self.assertEqual(interest, Decimal('.1115') * 30)

    def test_in_time(self):
        "Test who pays on the last day owes nothing"
        day = dt.date(2026, 3, 10)
        self.assertEqual(
            late_cost([rate(dt.date(2025, 7, 1), '.1')], 100, day, day),
            (0, 0))

    @given(AMOUNTS, DATES, DATES)
    def test_no_rate(self, amount, due_date, paid_date):
        "Test a consumer, who has no rate, owes nothing"
        self.assertEqual(late_cost([], amount, due_date, paid_date), (0, 0))
