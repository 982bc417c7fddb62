# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from decimal import ROUND_HALF_EVEN, Decimal, localcontext

# Enough for any amount times any share to be exact
_PRECISION = 60


def split(amount, shares, digits=2):
    """
    Split an amount between shares without losing a cent.

    amount is a Decimal in EUR excl. tax with at most digits decimals; it is
    negative for what comes back. shares is a sequence of Decimals between 0
    and 1 that add up to exactly 1. Return the tuple of the parts, one per
    share in the same order, as spread does: a return undoes a delivery.

    Raise ValueError if amount has more decimals or the shares do not add up.
    """
    if sum(shares) != 1:
        raise ValueError(f"{shares} do not add up to 1")
    return spread(amount, shares, digits)


def spread(amount, weights, digits=2):
    """
    Spread an amount over weights without losing a cent.

    amount is a Decimal in EUR with at most digits decimals, negative or not.
    weights is a sequence of Decimals that are not negative and not all zero.
    Return the tuple of the parts, one per weight in the same order: they add
    up to amount, none differs by a unit of the last digit from its exact
    value, and the parts of the opposite amount are the opposite parts.

    Raise ValueError if amount has more decimals or the weights are not so.

    The units left after rounding toward zero go to the largest remainders
    (Hamilton's method), to the first weight when they are equal.
    """
    with localcontext() as context:
        context.prec = _PRECISION
        unit = Decimal(1).scaleb(-digits)
        total = sum(weights)
        if amount != amount.quantize(unit):
            raise ValueError(f"{amount} has more than {digits} decimals")
        if not total or any(w < 0 for w in weights):
            raise ValueError(f"{weights} are no weights")
        units = abs(amount) / unit
        # Kept times the total, which a division would round
        parts, remainders = zip(*(
                divmod(units * w, total) for w in weights))
        left = int(units - sum(parts))
        largest = set(sorted(
                range(len(parts)), key=lambda i: (-remainders[i], i))[:left])
        parts = [
            (part + (i in largest)) * unit for i, part in enumerate(parts)]
        # Zero has no sign
        return tuple((p.copy_sign(amount) if p else p) for p in parts)


def split_net(amount, due, share, digits=2):
    """
    Split an amount of which the producer is owed what he asked.

    amount and due are Decimals in EUR excl. tax with at most digits decimals,
    negative for what comes back; share is the Decimal between 0 and 1 of the
    amount that the aidant keeps. Return the tuple of the parts of the
    producer, the aidant and the cooperative: they add up to amount, the
    aidant's is his share rounded half to even, and the parts of the opposite
    amounts are the opposite parts. The cooperative's is what is left: it
    loses when the producer asks for more than the goods are sold.

    Raise ValueError if an amount has more decimals or the share is not one.
    """
    with localcontext() as context:
        context.prec = _PRECISION
        unit = Decimal(1).scaleb(-digits)
        for value in [amount, due]:
            if value != value.quantize(unit):
                raise ValueError(f"{value} has more than {digits} decimals")
        if not 0 <= share <= 1:
            raise ValueError(f"{share} is not a share")
        # Zero has no sign
        aidant = 0 + (amount * share).quantize(
            unit, rounding=ROUND_HALF_EVEN)
        return due, aidant, amount - due - aidant


def unit_price(amount, quantity, digits=2, price_digits=4):
    """
    Find the unit price that gives back an amount.

    amount is a Decimal in EUR excl. tax with digits decimals, quantity a
    Decimal of the unit of the price. Return the tuple of the price, in EUR
    with price_digits decimals, and of what is missing to the amount once
    quantity times price is rounded half to even to digits, as an invoice
    does: amount == round(quantity * price) + missing. Without quantity the
    price is zero and the whole amount is missing.
    """
    with localcontext() as context:
        context.prec = _PRECISION
        if not quantity:
            return Decimal(0), amount
        price = (amount / quantity).quantize(
            Decimal(1).scaleb(-price_digits), rounding=ROUND_HALF_EVEN)
        invoiced = (quantity * price).quantize(
            Decimal(1).scaleb(-digits), rounding=ROUND_HALF_EVEN)
        return price, amount - invoiced
