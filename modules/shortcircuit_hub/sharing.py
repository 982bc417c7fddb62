# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

"""Share what was received among those who ordered it.

No model is used here: quantities are counted in whole steps (the unit of sale
or the packaging multiple), so that every result is exact.
"""
from collections import namedtuple
from decimal import ROUND_FLOOR, Decimal

Share = namedtuple('Share', 'ordered quantity exact rank')
Share.__doc__ = """What one of those who ordered gets.

ordered and quantity are in steps, exact is the proportional share in steps
before rounding (as Decimal), rank is the place among the remainders (from 1)
if a remaining step was given to round up else None.
"""


def to_steps(quantity, step, rounding=ROUND_FLOOR):
    """
    Count the whole steps in a quantity.

    quantity and step are floats of the same unit; floats are read by their
    decimal representation so that 0.3 is three times 0.1.
    """
    return int((Decimal(repr(quantity)) / Decimal(repr(step))).quantize(
            Decimal(1), rounding=rounding))


def from_steps(steps, step):
    "Return the quantity as float of a number of steps"
    return float(steps * Decimal(repr(step)))


def share(orders, available):
    """
    Share the available steps between orders in proportion.

    orders is a dictionary of sortable key to ordered steps, available is in
    steps too. Each gets the whole part of its share; the steps left go to the
    largest remainders (largest remainder method), then to the largest orders,
    then by key: the result depends neither on the order of the rows nor on
    chance. Never more than ordered nor, in total, than available is shared.

    Return a dictionary of key to Share.
    Raise ValueError if a quantity is negative.
    """
    if available < 0 or any(o < 0 for o in orders.values()):
        raise ValueError("negative quantity")
    total = sum(orders.values())
    if total <= available:
        return {k: Share(o, o, Decimal(o), None) for k, o in orders.items()}

    floors = {k: o * available // total for k, o in orders.items()}
    left = available - sum(floors.values())
    by_remainder = sorted(orders, key=lambda k: (
            -(orders[k] * available % total), -orders[k], k))
    ranks = {k: rank for rank, k in enumerate(by_remainder[:left], 1)}
    return {
        k: Share(
            o, floors[k] + (k in ranks), Decimal(o * available) / total,
            ranks.get(k))
        for k, o in orders.items()}


def serve(quantities, stocks):
    """
    Say from which stock each quantity is served.

    quantities is an ordered list of (key, steps, place) and stocks an ordered
    list of (stock, steps, place). The stocks of the same place are used first
    to save a transfer, then the others, both in the order of the list.

    Return a list of (key, stock, steps).
    Raise ValueError if there is not enough.
    """
    remaining = {stock: steps for stock, steps, _ in stocks}
    served = []
    # Serve locally all who can before anything is taken from elsewhere
    for local in [True, False]:
        pending = []
        for key, steps, place in quantities:
            for stock, _, stock_place in stocks:
                if local and stock_place != place:
                    continue
                taken = min(steps, remaining[stock])
                if taken:
                    served.append((key, stock, taken))
                    remaining[stock] -= taken
                    steps -= taken
            if steps:
                pending.append((key, steps, place))
        quantities = pending
    if quantities:
        raise ValueError("not enough stock")
    return served
