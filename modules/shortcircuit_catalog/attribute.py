# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""
Give the values of records without an error raised for each.

Core looks first for what was set on the record, and raises an error, of which
the message has all the values of the record, for each that was not; then it
looks for what was read. A week of orders asks for millions of values.
"""
from .lists import RELATIONS
from .relation import link


class AttributeMixin:
    "For all the models"
    __slots__ = ()

    def __getattr__(self, name):
        # Written out, as it is what all else waits for
        if name[0] != '_':
            values = self._values
            if values is not None and name in (values := values.__dict__):
                return values[name]
            if self._id is not None and self._id >= 0:
                cache = self._local_cache
                if cache.counter != cache.transaction.counter:
                    cache.clear()
                values = cache[self._id].__dict__
                if name in values:
                    return values[name]
                known = self._transaction_cache[self.__name__]
                field = self._fields.get(name)
                if self._id not in known or field is None:
                    pass
                elif field._type in RELATIONS:
                    if link(self, name, known):
                        return getattr(cache[self._id], name)
                elif name in known[self._id]:
                    value = cache[self._id][name] = known[self._id][name]
                    return value
        # It is to be read, or it is no field
        return super().__getattr__(name)
