# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

"""Ask those who offer, each by his cut-off, for what is ordered.

No model is used here: quantities are counted in whole steps.
"""
from .sharing import ask


def ask_in_time(offers, likely, cut_offs, ordered, before=None):
    """
    Say what to ask of each of those who offer, for what he could know.

    offers, likely and before are those of ask, cut_offs is a dictionary of
    the same keys to a time and ordered a list of tuples (time, steps); the
    time None comes before all the others.
    What was ordered since a cut-off is only asked from those whose own comes
    later. It is asked first, as fewer can bring it, then what was ordered
    before: nothing that somebody can bring is left.

    Return a dictionary of key to the steps asked, never more than offered.
    Raise ValueError if a quantity is negative.
    """
    asked = dict.fromkeys(offers, 0)
    starts = {cut_offs[k] for k in offers}
    for start in [*sorted(starts, reverse=True), None]:
        since = [(t, s) for t, s in ordered if _is_since(t, start)]
        ordered = [(t, s) for t, s in ordered if not _is_since(t, start)]
        keys = [k for k in offers if start is None or cut_offs[k] > start]
        taken = ask(
            {k: offers[k] - asked[k] for k in keys},
            {k: max(0, likely[k] - asked[k]) for k in keys},
            sum(s for _, s in since),
            None if before is None
            else {k: before.get(k, 0) + asked[k] for k in keys})
        for key, steps in taken.items():
            asked[key] += steps
    return asked


def sum_in_time(ordered, cut_off):
    "Sum the steps of what was ordered before the cut-off"
    return sum(s for t, s in ordered if not _is_since(t, cut_off))


def _is_since(time, start):
    return start is None or (time is not None and time >= start)
