# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""
Write what the server computes at once, and do not check it again.

The domains of what a user types are checked when it is saved. To check those
of all that a cycle makes of it, for each of its states, was nearly half of the
CPU of a week.
"""
from contextlib import contextmanager

from trytond.transaction import Transaction


@contextmanager
def computed():
    """
    Trust what the server writes until the context ends.

    The values are those that it computes from records that are valid, not
    those that a user types. What the models validate themselves still is, as
    are what the database requires and what is forbidden to modify.
    """
    # Not in the context: the records and the tasks keep theirs
    transaction = Transaction()
    before = is_computed()
    transaction.computed = True
    try:
        yield
    finally:
        transaction.computed = before


def is_computed():
    return getattr(Transaction(), 'computed', False)


class ComputedMixin:
    "For all the models"
    __slots__ = ()

    @classmethod
    def _validate(cls, records, field_names=None):
        if not is_computed():
            super()._validate(records, field_names=field_names)
            return
        for record in records:
            record.pre_validate()
        cls.validate(records)
        cls.validate_fields(records, set(
                cls._fields if field_names is None else field_names))
