# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

"How the price of a contract is revised: no model is used here"

from collections import namedtuple
from decimal import ROUND_HALF_UP, Decimal

Revised = namedtuple('Revised', 'price limited safeguard')
Revised.__doc__ = """A price after its revision.

price has the unit and the digits of the others, limited tells that the cap or
the floor has held it, safeguard that the safeguard clause is met.
"""


def coefficient(fixed, terms):
    """
    Return by what a formula multiplies the initial price, as a Decimal.

    fixed is the part that no index moves, terms are tuples (weight, initial
    value, current value) of the indices; the fixed part and the weights are
    parts of one and must add up to it.
    Raise ValueError if they do not, or if an initial value is not positive.
    """
    terms = list(terms)
    if fixed + sum(weight for weight, _, _ in terms) != 1:
        raise ValueError('weights')
    if any(initial <= 0 for _, initial, _ in terms):
        raise ValueError('initial')
    return fixed + sum(
        weight * current / initial for weight, initial, current in terms)


def revise(current, asked, cap=None, floor=None, safeguard=None, digits=4):
    """
    Return what the clauses of the contract make of the price asked for.

    current is the price that applies until the revision and asked what the
    formula or the mercuriale gives, both excl. tax per unit. cap and floor
    are how much of the current price a revision adds or takes off at most.
    safeguard is the part of the current price from which, once limited or
    not, the contract lets a party refuse: the price that is asked for decides.
    The price is rounded to the digits, half up, but never past the limits.
    """
    unit = Decimal(1).scaleb(-digits)
    price = asked.quantize(unit, ROUND_HALF_UP)
    limited = False
    for limit, passes, rounding in [
            (current * (1 + cap) if cap is not None else None,
                lambda p, l: p > l, 'ROUND_FLOOR'),
            (current * (1 - floor) if floor is not None else None,
                lambda p, l: p < l, 'ROUND_CEILING'),
            ]:
        if limit is not None and passes(price, limit):
            price = limit.quantize(unit, rounding)
            limited = True
    return Revised(
        price, limited,
        safeguard is not None and abs(asked - current) > current * safeguard)
