# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Write the rows of a whole cycle at once"

from itertools import chain

from sql import Column, Expression, Query, Values
from sql.functions import CurrentTimestamp

from trytond import backend
from trytond.model import fields
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from .computed import is_computed
from .known import get_known, remember, remember_created, start_create
from .lists import change

# What is not written, core does
AUTOMATIC = {'id', 'create_uid', 'create_date', 'write_uid', 'write_date'}


def write_rows(Model, values):
    """
    Write values that differ from one record to the next as one statement.

    values is a dictionary of records of Model to the dictionary of their
    values by the name of field, the same names for all, in the form that
    write takes; they are fields with a column, not translated, of a model
    without history.
    The values are those that the server has computed for rows it may write:
    neither the access, nor the domains, nor the modification is checked,
    nothing is computed from them and no trigger starts.
    """
    if not values:
        return
    known = get_known(Model, [r.id for r in values])
    _update_records(Model, values)
    forget(Model, [r.id for r in values])
    remember(Model, known, list(chain.from_iterable(
                ([r], v) for r, v in values.items())))


def update_rows(Model, key, names, rows, constants=None):
    """
    Update columns by values that differ from one row to the next.

    rows are lists of the value of the column key, then of those of names, as
    they are stored; constants are values of other columns, by name.
    What was read of the records is left to who calls.
    """
    constants = constants or {}
    cursor = Transaction().connection.cursor()
    table = Model.__table__()
    size = (backend.MAX_QUERY_PARAMS - len(constants)) // (len(names) + 1)
    for sub_rows in grouped_slice(rows, size):
        new = Values(list(sub_rows))
        # Not by a WITH: SQLite starts a transaction for an UPDATE only
        cursor.execute(*table.update(
                [Column(table, n) for n in [*names, *constants]],
                [*(_cast(Model._fields[n], Column(new, f'column{i}'))
                    for i, n in enumerate(names, 2)),
                    *constants.values()],
                from_=[new], where=Column(table, key) == new.column1))
    change(Model)


def _update_records(Model, values):
    names = list(next(iter(values.values())))
    update_rows(
        Model, 'id', names, [
            [r.id, *(Model._fields[n].sql_format(v[n]) for n in names)]
            for r, v in values.items()],
        {'write_uid': Transaction().user, 'write_date': CurrentTimestamp()})


def _cast(field, column):
    # SQLite keeps the type of each value, and would make 4.00 an integer
    return column if backend.name == 'sqlite' else field.sql_cast(column)


def forget(Model, ids=None):
    "Let the rows that were written be read again, all of them without ids"
    transaction = Transaction()
    transaction.counter += 1
    change(Model)
    for cache in transaction.cache.values():
        if Model.__name__ in cache:
            known = cache[Model.__name__]
            for id_ in list(known) if ids is None else ids:
                known.pop(id_, None)


def write_columns(Model, args):
    """
    Write values with the same names at once, and return the other arguments.

    args are those of a write, of which only what is a column is left to do.
    """
    pairs = list(zip(args[::2], args[1::2]))
    if len(pairs) < 2:
        return args
    all_records = list(chain.from_iterable(records for records, _ in pairs))
    # The timestamps are not checked yet, and one write may follow another
    if (Transaction().timestamp
            or len(set(all_records)) < len(all_records)):
        return args
    grouped, others = {}, []
    for pair in pairs:
        grouped.setdefault(frozenset(pair[1]), []).append(pair)
    for names, same in grouped.items():
        if len(same) > 1 and _are_columns(Model, names, same):
            _update_records(
                Model, {r: values for records, values in same
                    for r in records})
        else:
            others.extend(same)
    return list(chain.from_iterable(others))


def _are_columns(Model, names, pairs):
    return (
        not names & (Model._path_fields | Model._mptt_fields)
        and not any(
            hasattr(Model._fields[n], 'set')
            or getattr(Model._fields[n], 'translate', False)
            for n in names)
        and not any(
            isinstance(v, (Expression, Query))
            for _, values in pairs for v in values.values()))


def fill_columns(Model, vlist):
    """
    Give the same columns to all the values, that they are inserted at once.

    vlist are the values of a create. What is missing has its default, as
    create would give it.
    """
    columns = {
        n for n, f in Model._fields.items()
        if not hasattr(f, 'set') and not isinstance(f, fields.Function)
        and n not in AUTOMATIC}
    names = columns & set().union(*vlist)
    defaults = {}
    for values in vlist:
        missing = frozenset(columns - values.keys())
        if missing not in defaults:
            defaults[missing] = dict.fromkeys(
                missing & names) | Model._clean_defaults(
                Model.default_get(list(missing), with_rec_name=False))
        values.update(defaults[missing])


def write_grouped(Model, values):
    """
    Write values on records, those that are equal at once.

    values is a dictionary of records of Model to the dictionary of their
    values, in the form that write takes; all is checked as by write.
    """
    if values:
        Model.write(*group_writes(list(chain.from_iterable(
                        ([r], v) for r, v in values.items()))))


def drop_known(Model, args):
    """
    Return the arguments of a write without the values that were just read.

    A record of which all the values are those that it has is not written.
    """
    cache = Transaction().get_cache()
    if Model.__name__ not in cache:
        return args
    cache = cache[Model.__name__]

    def changes(record, values):
        known = cache.get(record.id, ())
        return any(n not in known or known[n] != v for n, v in values.items())

    result = []
    actions = iter(args)
    for records, values in zip(actions, actions):
        if records := [r for r in records if changes(r, values)]:
            result.extend([records, values])
    return result


def group_writes(args):
    """
    Return the arguments of a write with equal values written at once.

    args are lists of records, each followed by the dictionary of its values;
    no record is in two of them.
    """
    grouped = {}
    actions = iter(args)
    for records, values in zip(actions, actions):
        try:
            key = frozenset(values.items())
        except TypeError:
            # The values of a field of many records
            key = len(grouped)
        sub_records, _ = grouped.setdefault(key, ([], values))
        sub_records.extend(records)
    return list(chain(*grouped.values()))


class RowsMixin:
    "For all the models that have a table"
    __slots__ = ()

    # What core does before and after each statement may read lists
    @classmethod
    def _before_create(cls, vlist):
        vlist = super()._before_create(vlist)
        change(cls)
        if is_computed():
            fill_columns(cls, vlist)
            start_create(cls, vlist)
        return vlist

    @classmethod
    def _after_create(cls, ids):
        if is_computed():
            remember_created(cls, ids)
        change(cls)
        return super()._after_create(ids)

    @classmethod
    def _before_write(cls, *args):
        if not is_computed():
            result = super()._before_write(*args)
            change(cls)
            return result
        known = []
        # Who writes nothing lets be read what was changed by SQL
        if all(args[1::2]):
            known = get_known(
                cls, set(map(int, chain.from_iterable(args[::2]))))
        ids, names, on_write, eligibles, *args = super()._before_write(*args)
        remember(cls, known, args)
        args = write_columns(cls, args)
        change(cls)
        return ids, names, on_write, eligibles, *args

    @classmethod
    def _before_delete(cls, records):
        result = super()._before_delete(records)
        change(cls)
        return result

    @classmethod
    def _after_delete(cls, ids, on_delete):
        change(cls)
        super()._after_delete(ids, on_delete)

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
