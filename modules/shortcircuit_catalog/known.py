# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""
Know what records have once they are written, without reading them again.

Core forgets all that was read of the records that it writes: an order was read
again for each of its states, and the moves of a round for each of the things
that are written on them when they leave.
"""
from collections import defaultdict
from itertools import islice
from weakref import WeakKeyDictionary

from sql import Expression, Query

from trytond.model import fields
from trytond.transaction import Transaction

from .lists import get_changes
from .relation import get_key

# The types of which what is read is what was written
WRITTEN = {
    'boolean', 'char', 'date', 'float', 'integer', 'many2one', 'numeric',
    'selection', 'text'}
_columns = WeakKeyDictionary()


def get_known(Model, ids):
    """
    Return what was read of the columns of the records.

    It is to be asked for before they are written, for remember.
    """
    known = []
    for models in Transaction().cache.values():
        if Model.__name__ in models:
            cache = models[Model.__name__]
            known.append((cache, {i: cache[i] for i in ids if i in cache}))
    return known


def remember(Model, known, written):
    """
    Let what was known of the records be so, and what was written on them.

    known is what get_known returned, written are lists of records, each
    followed by the dictionary of the values, in the form that write takes.
    """
    columns = _get_columns(Model)
    for cache, records in known:
        for id_, record in records.items():
            for name in record._keys() - columns:
                record._pop(name)
            cache[id_] = record
    actions = iter(written)
    for written_records, values in zip(actions, actions):
        values, unknown = _split_known(Model, columns, values)
        for _, records in known:
            for record in map(records.get, map(int, written_records)):
                if record is not None:
                    record._update(values)
                    for name in unknown:
                        record._pop(name, None)


def start_create(Model, vlist):
    "Keep the values of what is going to be created, for remember_created"
    _get_creates(Model).append((vlist, get_changes()[Model.__name__]))


def remember_created(Model, ids):
    """
    Let be known what the records were created with.

    They are read if some record of the model was changed since: they may have
    been written by what is created with them.
    """
    creates = _get_creates(Model)
    # One that is inside of another, or has failed, may not be this one
    alone = len(creates) == 1
    vlist, changes = creates.pop()
    if not alone or changes != get_changes()[Model.__name__]:
        return
    columns = {
        n for n in _get_columns(Model) if n in Model._fields
        } - {'id', 'create_uid', 'create_date'}
    known = Transaction().get_cache()[Model.__name__]
    for id_, values in islice(zip(ids, vlist), known.size_limit):
        values, unknown = _split_known(Model, columns, values)
        known[id_]._update(dict.fromkeys(columns - unknown), **values)


def _get_creates(Model):
    "Return what the transaction is creating of the model, the innermost last"
    transaction = Transaction()
    try:
        creates = transaction.creates
    except AttributeError:
        creates = transaction.creates = defaultdict(list)
    return creates[Model.__name__]


def _get_columns(Model):
    "Return the names of what only a write of the records changes"
    columns = _columns.get(Model)
    if columns is None:
        columns = frozenset()
        # Those are written by the fields of the files
        files = {
            f.file_id for f in Model._fields.values()
            if isinstance(f, fields.Binary)}
        if not (Model._mptt_fields or Model._path_fields or Model._history):
            columns = frozenset(
                get_key(Model, n) or n for n, f in Model._fields.items()
                if not isinstance(f, fields.Function)
                and not getattr(f, 'translate', False)
                # The getter of a time delta only converts it
                and (get_key(Model, n) or f._type == 'timedelta' or not (
                        hasattr(f, 'get') or hasattr(f, 'set')))
                and n not in files | {'write_uid', 'write_date'})
        _columns[Model] = columns
    return columns


def _split_known(Model, columns, values):
    "Return the values as they are read, and the names of the other ones"
    known = {
        n: Model._fields[n].sql_format(v) for n, v in values.items()
        if n in columns and Model._fields[n]._type in WRITTEN
        and not isinstance(v, (Expression, Query))}
    return known, {
        get_key(Model, n) or n for n in values if n not in known}
