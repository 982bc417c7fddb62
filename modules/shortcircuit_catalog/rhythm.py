# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

"The dates and the hours at which cycles repeat"

import datetime as dt

from dateutil.easter import easter

# Bank holidays as (name, month, day) or (name, days after Easter Sunday).
# Code du travail, article L3133-1; Alsace and Moselle have two more.
FIXED_HOLIDAYS = [
    ('new_year', 1, 1),
    ('labour', 5, 1),
    ('victory', 5, 8),
    ('national', 7, 14),
    ('assumption', 8, 15),
    ('all_saints', 11, 1),
    ('armistice', 11, 11),
    ('christmas', 12, 25),
    ]
EASTER_HOLIDAYS = [
    ('easter_monday', 1),
    ('ascension', 39),
    ('whit_monday', 50),
    ]


def get_bank_holidays(year):
    "Return the list of tuples (date, name) of the bank holidays of a year"
    sunday = easter(year)
    return sorted(
        [(dt.date(year, m, d), n) for n, m, d in FIXED_HOLIDAYS]
        + [(sunday + dt.timedelta(days=d), n) for n, d in EASTER_HOLIDAYS])


def get_dates(start, until, weekday, weeks=1):
    """
    Return the dates that repeat from start to until, both included.

    weekday is the day of the week, from 0 for Monday; the first date is the
    first such day from start on and the others follow every so many weeks.
    """
    date = start + dt.timedelta(days=(weekday - start.weekday()) % 7)
    dates = []
    while date <= until:
        dates.append(date)
        date += dt.timedelta(weeks=weeks)
    return dates


def exclude(dates, periods):
    "Return the dates out of the periods (start, end), both included"
    return [d for d in dates if not any(s <= d <= e for s, e in periods)]


def get_time(date, days_before, time, timezone):
    """
    Return the time of the clock, some days before a date, as it is stored.

    The result is in UTC without timezone.
    An hour that the clock skips in spring is the same time after the change;
    one that it strikes twice in autumn is the first of both.
    """
    local = dt.datetime.combine(
        date - dt.timedelta(days=days_before), time, tzinfo=timezone)
    return local.astimezone(dt.timezone.utc).replace(tzinfo=None)
