# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Write the rows of a whole cycle at once"

from itertools import chain

from sql import Column, Values, With
from sql.functions import CurrentTimestamp

from trytond import backend
from trytond.tools import grouped_slice
from trytond.transaction import Transaction


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
    transaction = Transaction()
    cursor = transaction.connection.cursor()
    table = Model.__table__()
    names = list(next(iter(values.values())))
    new = With('id', *names)
    size = (backend.MAX_QUERY_PARAMS - 1) // len(new.columns)
    for records in grouped_slice(list(values), size):
        new.query = Values([
                [r.id, *(Model._fields[n].sql_format(values[r][n])
                        for n in names)]
                for r in records])
        cursor.execute(*table.update(
                [*(Column(table, n) for n in names),
                    table.write_uid, table.write_date],
                [*(_cast(Model._fields[n], Column(new, n)) for n in names),
                    transaction.user, CurrentTimestamp()],
                from_=[new], with_=[new], where=table.id == new.id))
    forget(Model, [r.id for r in values])


def _cast(field, column):
    # SQLite keeps the type of each value, and would make 4.00 an integer
    return column if backend.name == 'sqlite' else field.sql_cast(column)


def forget(Model, ids):
    "Let the rows that were written be read again"
    transaction = Transaction()
    transaction.counter += 1
    for cache in transaction.cache.values():
        if Model.__name__ in cache:
            for id_ in ids:
                cache[Model.__name__].pop(id_, None)


def write_grouped(Model, values):
    """
    Write values on records, those that are equal at once.

    values is a dictionary of records of Model to the dictionary of their
    values, in the form that write takes; all is checked as by write.
    """
    if values:
        Model.write(*group_writes(list(chain.from_iterable(
                        ([r], v) for r, v in values.items()))))


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
