# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What a call-off that is late or not all delivered costs, by its contract

A contract decides. The standard terms for supplies, CCAG-FCS 2021 article 14,
apply to those that refer to them: each day of delay costs a thousandth of the
value of what is late (P = V x R / 1000), all days being counted, at most 10 %
of the order excluding taxes, and nothing is due as long as the penalties of
the whole contract do not pass 1,000 EUR.
"""

from collections import namedtuple
from decimal import Decimal

# delay, daily and missing are parts of a value, daily for each day of delay,
# cap is one of the order: from 0 to 1. floor is an amount. All may be None.
Terms = namedtuple('Terms', 'delay daily missing cap floor')
# Amounts excluding taxes. late_days is what is late by its days of delay, V x
# R; days is the longest delay.
Shortfall = namedtuple(
    'Shortfall', 'ordered delivered missing late late_days days')


def measure(ordered, in_time, late):
    """
    Return the Shortfall of what was ordered at one price of a contract.

    ordered and in_time are amounts: in_time is what was delivered until the
    day of delivery, less all that came back, so it may be negative. late is a
    dictionary of days of delay to the amount delivered so many days after it.
    What is delivered beyond the order is neither late nor makes up for another
    price; what comes first counts first.
    """
    delivered = in_time + sum(late.values())
    kept = _between(delivered, ordered)
    reached, counted = in_time, {}
    for days, amount in sorted(late.items()):
        before, reached = reached, reached + amount
        if part := _between(reached, kept) - _between(before, kept):
            counted[days] = part
    return Shortfall(
        ordered, delivered, ordered - kept,
        sum(counted.values(), Decimal(0)),
        sum((d * a for d, a in counted.items()), Decimal(0)),
        max(counted, default=0))


def _between(amount, most):
    return min(max(amount, Decimal(0)), most)


def add(shortfalls):
    "Return the Shortfall of a call-off from those of its prices"
    *amounts, days = zip(*shortfalls)
    return Shortfall(*map(sum, amounts), max(days))


def compute(terms, shortfall, digits):
    """
    Return the penalty of a call-off, rounded to the digits of the currency.

    What is late costs its part for the delay and that of each day, what is
    missing its own part; all together cost at most the cap.
    """
    amount = (
        shortfall.late * (terms.delay or 0)
        + shortfall.late_days * (terms.daily or 0)
        + shortfall.missing * (terms.missing or 0))
    if terms.cap is not None:
        amount = min(amount, shortfall.ordered * terms.cap)
    return round(amount, digits)


def is_due(terms, amounts):
    "Tell if the amounts of a whole contract pass the floor of its terms"
    return sum(amounts) > (terms.floor or 0)
