# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

"What can still be ordered of limited offers"


def get_thresholds(cut_offs, now):
    """
    Return the times since which orders must be counted.

    None stands for the beginning; the others are the cut-offs already past.
    """
    return [None, *sorted({c for c in cut_offs if c <= now})]


def find_room(offers, ordered):
    """
    Find how much more can be ordered of a product.

    offers is a list of tuples (cut-off, quantity), ordered a dictionary of
    each threshold to the quantity ordered since; all quantities are in the
    same unit.

    What is ordered since a cut-off can only be served by the offers whose own
    cut-off comes later. As these sets of offers are nested, the orders can
    all be served if and only if none of these sums is exceeded. The same goes
    for the offers of one producer, wished by name, which are in such a set or
    apart from it.
    The result is negative if too much is already ordered.
    """
    return min(
        sum(q for c, q in offers if since is None or c > since) - quantity
        for since, quantity in ordered.items())
