# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""
Give the values of records without an error raised, or a row read, for each.

Core looks first for what was set on the record, and raises an error, of which
the message has all the values of the record, for each that was not; then it
looks for what was read. A week of orders asks for millions of values.
"""
from trytond.model import ModelSQL
from trytond.transaction import Transaction


class AttributeMixin:
    "For all the models"
    __slots__ = ()

    def __getattr__(self, name):
        # Written out, as it is what all else waits for
        if name[0] != '_':
            values = self._values
            if values is not None:
                try:
                    return getattr(values, name)
                except AttributeError:
                    pass
            if self._id is not None and self._id >= 0:
                cache = self._local_cache
                cache.refresh()
                try:
                    return getattr(cache[self._id], name)
                except AttributeError:
                    pass
        # It is to be read, or it is no field
        return super().__getattr__(name)


class RelationMixin:
    "For all the models that have a table"
    __slots__ = ()

    @classmethod
    def read(cls, ids, fields_names):
        # To fill a list of records, core searches them, which reads them
        # whole, and then reads the field by which they are in it
        read = super().read
        if (read.__func__ is ModelSQL.read.__func__
                and all(map(cls._is_relation_column, fields_names))):
            rows = cls._get_read(ids, fields_names)
            if rows is not None:
                return rows
        return read(ids, fields_names)

    @classmethod
    def _is_relation_column(cls, name):
        field = cls._fields.get(name)
        return name == 'id' or (
            field is not None
            and field._type in {'many2one', 'reference'}
            and not hasattr(field, 'get')
            and not field.datetime_field)

    @classmethod
    def _get_read(cls, ids, fields_names):
        "Return the rows if all their values were read already"
        transaction = Transaction()
        if transaction.check_access or '_datetime' in transaction.context:
            return
        cache = transaction.get_cache()[cls.__name__]
        names = {*fields_names} - {'id'}
        rows = []
        for id_ in ids:
            if id_ not in cache or not all(n in cache[id_] for n in names):
                return
            rows.append({'id': id_, **{n: cache[id_][n] for n in names}})
        return rows
