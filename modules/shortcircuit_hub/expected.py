# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

"""Share what is ordered between those who offer it, each by his cut-off.

No model is used here: quantities are counted in whole steps.
"""
from .sharing import share


def share_ordered(offers, ordered):
    """
    Share the steps that are ordered between offers.

    offers is a dictionary of sortable key to tuple (cut-off, steps), ordered
    a list of tuples (time, steps); the time None comes before all the others.
    What was ordered since a cut-off is only asked from the offers whose own
    cut-off comes later. It is shared first, as fewer can bring it, then what
    was ordered before, each time in proportion to what is left of the
    offers: as much as possible of all that is ordered is asked.

    Return a dictionary of key to steps, never more than offered.
    """
    left = {key: steps for key, (_, steps) in offers.items()}
    end = None
    for start in _get_starts(offers):
        steps = sum(
            s for time, s in ordered if _is_between(time, start, end))
        open_ = {
            key: left[key] for key, (cut_off, _) in offers.items()
            if start is None or cut_off > start}
        for key, part in share(open_, steps).items():
            left[key] -= part.quantity
        end = start
    return {key: steps - left[key] for key, (_, steps) in offers.items()}


def _get_starts(offers):
    "Return since when the sets of offers that are open differ, last first"
    return [*sorted({c for c, _ in offers.values()}, reverse=True), None]


def _is_between(time, start, end):
    if time is None:
        return start is None
    return (start is None or time >= start) and (end is None or time < end)
