# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""
Write what the server computes at once, and do not check it again.

The domains of what a user types are checked when it is saved. To check those
of all that a cycle makes of it, for each of its states, was nearly half of the
CPU of a week.
"""
from contextlib import contextmanager
from itertools import chain

from trytond.transaction import Transaction

from .known import get_known, remember
from .rows import drop_known, fill_columns, group_writes, write_columns


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


class RowsMixin:
    "For all the models that have a table"
    __slots__ = ()

    @classmethod
    def _before_create(cls, vlist):
        vlist = super()._before_create(vlist)
        if is_computed():
            fill_columns(cls, vlist)
        return vlist

    @classmethod
    def _before_write(cls, *args):
        if not is_computed():
            return super()._before_write(*args)
        known = get_known(cls, set(map(int, chain.from_iterable(args[::2]))))
        ids, names, on_write, eligibles, *args = super()._before_write(*args)
        remember(cls, known, args)
        return ids, names, on_write, eligibles, *write_columns(cls, args)

    @classmethod
    def _ModelSQL__check_domain_rule(cls, ids, mode):
        # Without access to check it is only if the records exist, before and
        # after they are written: those of which values are computed were read
        if (mode != 'write' or not is_computed()
                or Transaction().check_access):
            super()._ModelSQL__check_domain_rule(ids, mode)


class GroupedMixin:
    "For the models of which a cycle writes many records"
    __slots__ = ()

    @classmethod
    def write(cls, *args):
        # Of the modules that extend a transition, core lets all but the
        # first write the state of no record, and read the others again
        actions = iter(args)
        args = list(chain.from_iterable(
                action for action in zip(actions, actions) if action[0]))
        if is_computed():
            args = group_writes(drop_known(cls, args))
        if args:
            super().write(*args)
