# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"How a canteen reaches its targets at least cost"

from collections import namedtuple
from decimal import ROUND_DOWN, ROUND_UP, Decimal

CENT = Decimal('.01')

# A product that counts: its key, its family, if it is organic, its price, the
# price of what it replaces (None if nothing is), both by the same unit, and
# the lot of the contract it is bought on (None without contract)
Candidate = namedtuple(
    'Candidate', ['key', 'family', 'bio', 'price', 'replaced', 'lot'],
    defaults=[None])
# A target: its name, the part to reach, the total and the amount that counts
# already, and the families it is about (None for all)
Target = namedtuple(
    'Target', ['name', 'share', 'total', 'amount', 'families'])
# What to buy: the candidate, the target it is bought for, the amount to spend
# on it, what that costs more than what it replaces
Purchase = namedtuple('Purchase', ['candidate', 'target', 'amount', 'extra'])


def missing(target):
    """
    Return what is missing to a target, in its currency excl. tax.

    It is what should have counted of what was bought, without buying more.
    """
    return max(target.share * target.total - target.amount, Decimal(0))


def close(targets, candidates, replaceable, limits=None):
    """
    Choose what to buy instead of what does not count, at least cost.

    A canteen feeds as many guests whatever it buys: a product that counts
    replaces the same quantity of one of its family that does not. What it
    costs is the difference of the prices, and what it brings to the target
    is its price, less the part of that difference by which the total grows
    and asks for more. The candidates are taken in the order of what each euro
    that is missing costs them, until the target is reached; without anything
    to replace, the whole price is paid in addition.

    targets are tried in their order, the narrowest first: what is bought for
    one counts for the next ones. candidates is an iterable of Candidate.
    replaceable is by family the amount that does not count and may still be
    replaced, limits by lot the amount that may still be ordered, without
    those that have none. Return the list of Purchase, in that order, and the
    list of the amounts that stay missing, by target. A purchase never brings
    more than what is missing, but for less than the cent it is rounded to.
    """
    candidates = list(candidates)
    left = dict(replaceable)
    limits = dict(limits or {})
    purchases, remainders = [], []
    for number, target in enumerate(targets):
        target = _after(target, purchases)
        useful = sorted(
            (c for c in candidates if _counts(c, target)),
            key=lambda c: (_cost(c, target), c.price, str(c.key)))
        for candidate in useful:
            amount = _amount(candidate, target, left, limits)
            if amount <= 0:
                continue
            purchase = Purchase(
                candidate, target.name, amount, _extra(candidate, amount))
            purchases.append(purchase)
            if candidate.replaced is not None:
                left[candidate.family] -= amount - purchase.extra
            if candidate.lot in limits:
                limits[candidate.lot] -= amount
            target = _after(targets[number], purchases)
        remainders.append(missing(target).quantize(CENT, ROUND_UP))
    return purchases, remainders


def _counts(candidate, target):
    if target.name == 'bio' and not candidate.bio:
        return False
    if target.families and candidate.family not in target.families:
        return False
    return _gain(candidate, target) > 0


def _gain(candidate, target):
    "Return what a euro spent on the candidate brings to the target"
    return 1 - target.share * _growth(candidate)


def _growth(candidate):
    "Return by how much the total grows for a euro spent on the candidate"
    if candidate.replaced is None:
        return Decimal(1)
    return (candidate.price - candidate.replaced) / candidate.price


def _cost(candidate, target):
    "Return what a euro that is missing to the target costs"
    return _growth(candidate) / _gain(candidate, target)


def _amount(candidate, target, left, limits):
    "Return how much to spend on the candidate"
    # The target is reached, not missed by less than a cent
    amount = (missing(target) / _gain(candidate, target)).quantize(
        CENT, ROUND_UP)
    bounds = []
    if candidate.replaced is not None:
        bounds.append(
            left.get(candidate.family, Decimal(0))
            * candidate.price / candidate.replaced)
    if candidate.lot in limits:
        bounds.append(limits[candidate.lot])
    return min(
        [amount, *(b.quantize(CENT, ROUND_DOWN) for b in bounds)])


def _extra(candidate, amount):
    return (amount * _growth(candidate)).quantize(CENT)


def _after(target, purchases):
    "Return the target once the purchases are made"
    counted = total = Decimal(0)
    for purchase in purchases:
        candidate = purchase.candidate
        if target.families and candidate.family not in target.families:
            continue
        total += purchase.amount * _growth(candidate)
        if target.name != 'bio' or candidate.bio:
            counted += purchase.amount
    return target._replace(
        total=target.total + total, amount=target.amount + counted)
