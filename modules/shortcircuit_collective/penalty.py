# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What a call-off that is late or not all delivered costs, by its contract

A contract decides. The standard terms for supplies, CCAG-FCS 2021 article 14,
apply to those that refer to them: at most 10 % of the order excluding taxes,
and nothing as long as the penalties of the whole contract do not pass 1,000
EUR.
"""

from collections import namedtuple
from decimal import Decimal

# delay and missing are parts of a value, cap of the order: from 0 to 1. floor
# is an amount. All may be None.
Terms = namedtuple('Terms', 'delay missing cap floor')
# Amounts excluding taxes
Shortfall = namedtuple('Shortfall', 'ordered delivered missing late')


def measure(ordered, in_time, late):
    """
    Return the Shortfall of what was ordered at one price of a contract.

    The arguments are amounts: in_time is what was delivered until the day of
    delivery, less all that came back, so it may be negative; late is what was
    delivered after it. What is delivered beyond the order is neither late nor
    makes up for another price.
    """
    delivered = in_time + late
    kept = min(max(delivered, Decimal(0)), ordered)
    return Shortfall(
        ordered, delivered, ordered - kept,
        max(kept - max(in_time, Decimal(0)), Decimal(0)))


def add(shortfalls):
    "Return the Shortfall of a call-off from those of its prices"
    return Shortfall(*map(sum, zip(*shortfalls)))


def compute(terms, shortfall, digits):
    """
    Return the penalty of a call-off, rounded to the digits of the currency.

    What is late costs its part for the delay, what is missing its own part;
    both together cost at most the cap.
    """
    amount = (
        shortfall.late * (terms.delay or 0)
        + shortfall.missing * (terms.missing or 0))
    if terms.cap is not None:
        amount = min(amount, shortfall.ordered * terms.cap)
    return round(amount, digits)


def is_due(terms, amounts):
    "Tell if the amounts of a whole contract pass the floor of its terms"
    return sum(amounts) > (terms.floor or 0)
