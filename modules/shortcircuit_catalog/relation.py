# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""
Give what records refer to from what was read of them.

Core reads again the field by which the records of a list are in it, once the
search for them has read them whole; it looks each time whether the records
still exist that a reference is of, and reads them whole for it.
"""
from itertools import chain, islice

from trytond.model import ModelSQL, fields
from trytond.model.fields import get_eval_fields
from trytond.pool import Pool
from trytond.pyson import PYSONDecoder, PYSONEncoder
from trytond.transaction import Transaction

from .computed import is_computed
from .lists import Ids, by_field, get_models

LISTS = {'one2many', 'many2many'}


class RelationMixin:
    "For all the models that have a table"
    __slots__ = ()

    @classmethod
    def read(cls, ids, fields_names):
        transaction = Transaction()
        read = super().read
        if (read.__func__ is not ModelSQL.read.__func__
                or transaction.check_access
                or '_datetime' in transaction.context):
            return read(ids, fields_names)
        known = transaction.get_cache()[cls.__name__]
        keys = get_keys(cls, fields_names)
        names = [n for n in fields_names if n not in keys and n != 'id']
        rows = None
        if all(is_function(cls, n) for n in names):
            rows = get_rows(known, ids, keys)
        if rows is None:
            rows = read(ids, fields_names)
            keep(cls, known, rows, keys)
            return rows
        if names:
            for row in read(ids, names):
                rows[row['id']].update(row)
        return list(rows.values())


def is_function(Model, name):
    return isinstance(Model._fields.get(name), fields.Function)


def get_keys(Model, names):
    "Return the keys of what may be known of the fields, by name"
    keys = {n: get_key(Model, n) for n in names if n != 'id'}
    return {n: key for n, key in keys.items() if key}


def get_key(Model, name):
    """
    Return under which name it is known what records refer to by the field.

    What a search has read of a reference is not known to exist: what a read
    has found has a name of its own, as have the lists. None if it is not
    known, or no relation.
    """
    field = Model._fields.get(name)
    if (field is None or getattr(field, 'datetime_field', None)
            or hasattr(field, 'getter')):
        return None
    if field._type == 'reference':
        return f'{name},'
    if field._type == 'many2one':
        return name
    if field._type in LISTS and get_models(Model, name):
        return f'{name}*'


def get_rows(known, ids, keys):
    "Return the rows as read does, by id, or None if one is not known"
    rows = {}
    for id_ in ids:
        values = known.get(id_, ())
        if not all(k in values and exists(values[k]) for k in keys.values()):
            return None
        rows[id_] = {
            'id': id_, **{n: get_ids(values[k]) for n, k in keys.items()}}
    return rows


def keep(Model, known, rows, keys):
    "Let what was read be known"
    references = {n: k for n, k in keys.items() if k[-1] == ','}
    lists = {}
    # Other modules change rows by SQL, but none that an engine lists
    if is_computed():
        lists = {
            n: (k, get_models(Model, n)) for n, k in keys.items()
            if k[-1] == '*'}
    if references or lists:
        for row in islice(rows, known.size_limit):
            known[row['id']]._update(
                **{k: row[n] for n, k in references.items()},
                **{k: Ids(row[n], models)
                    for n, (k, models) in lists.items()})


def exists(value):
    "Return if what is known was not deleted or changed since"
    if isinstance(value, Ids):
        return value.is_current()
    if not isinstance(value, str):
        return True
    model, id_ = value.split(',', 1)
    deleted = Transaction().delete_records.get(model)
    return not deleted or not id_.isdigit() or int(id_) not in deleted


def get_ids(value):
    return value.ids if isinstance(value, Ids) else value


def link(record, name, known):
    """
    Give a record, and those of its list, what they are known to refer to.

    known are the values that were read, by the id of the record. Return False
    for what is left to core: it also reads all that was not read yet, each
    time that it gives a field that has a context.
    """
    transaction = record._transaction
    names = get_names(record.__class__, name)
    if (not names or not all(n in known[record.id] for n in names)
            or transaction is not Transaction()):
        return False
    field = record._fields[name]
    context = field.context and PYSONEncoder().encode(field.context)
    with transaction.set_user(record._user), transaction.reset_context(), \
            transaction.set_context(record._context, _check_access=False):
        for values, targets in group_known(record, name, names, known).items():
            values = dict(zip(names[1:], values))
            with transaction.set_context(
                    PYSONDecoder(values).decode(context) if context else {}):
                set_targets(field, name, record._local_cache, targets)
    return name in record._local_cache[record.id]


@by_field
def get_names(Model, name):
    "Return the key of the field, then the names its context depends on"
    field = Model._fields[name]
    key = get_key(Model, name)
    if key and field.context:
        return [key, *(
                n for n in get_eval_fields(field.context)
                if n in field.validation_depends)]
    return [key] if key else []


def group_known(record, name, names, known):
    """
    Return what a record and those of its list are known to refer to.

    It is by the values of what the context of the field depends on, then by
    the id of the record.
    """
    cache = record._local_cache
    grouped = {}
    for id_ in get_following(record, min(known.size_limit, cache.size_limit)):
        if id_ not in known:
            continue
        try:
            value, *values = [known[id_][n] for n in names]
        except KeyError:
            continue
        if name not in cache[id_] and exists(value):
            grouped.setdefault(tuple(values), {})[id_] = value
    return grouped


def get_following(record, size):
    "Return the ids of the records of its list, from the record on"
    start = record._ids.index(record.id)
    return dict.fromkeys(islice(record._ids, start, start + size))


def set_targets(field, name, cache, values):
    "Let the field refer to the records of the values, by the id of its own"
    if field._type in LISTS:
        targets = iter(field.get_target().browse(
                list(chain.from_iterable(v.ids for v in values.values()))))
        for id_, value in values.items():
            cache[id_][name] = tuple(islice(targets, len(value.ids)))
        return
    targets = {}
    for Target, ids in group_by_target(field, values).items():
        targets.update(zip(ids, Target.browse(ids.values())))
    for id_, value in values.items():
        cache[id_][name] = targets.get(id_, value)


def group_by_target(field, values):
    "Return by model the ids of the records of the values that are of one"
    if field._type == 'many2one':
        return {field.get_target(): {
                i: v for i, v in values.items() if v is not None}}
    pool = Pool()
    grouped = {}
    for id_, value in values.items():
        model, _, target = (value or '').partition(',')
        if target.isdigit():
            grouped.setdefault(pool.get(model), {})[id_] = int(target)
    return grouped
