# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""
Keep what was read of records in dictionaries, that tell what they have.

Core keeps it in slots, to be tried one by one, and asks what is known of each
record of a list each time that it reads one more value of it.
"""


class Record:
    "The values of a record, by the name of their field"

    def __init__(self, **values):
        self.__dict__.update(values)

    def __getitem__(self, name):
        return self.__dict__[name]

    def __setitem__(self, name, value):
        self.__dict__[name] = value

    def __contains__(self, name):
        return name in self.__dict__

    def _clear(self):
        self.__dict__.clear()

    def _copy(self):
        return self.__class__(**self.__dict__)

    __copy__ = _copy

    def _get(self, name, default=None):
        return self.__dict__.get(name, default)

    def _keys(self):
        return self.__dict__.keys()

    def _items(self):
        return self.__dict__.items()

    def _values(self):
        return self.__dict__.values()

    def _pop(self, name, *default):
        return self.__dict__.pop(name, *default)

    def _popitem(self, name, *default):
        return name, self._pop(name, *default)

    def _setdefault(self, name, default=None):
        return self.__dict__.setdefault(name, default)

    def _update(self, *others, **values):
        self.__dict__.update(*others, **values)


class RecordMixin:
    "For all the models"
    __slots__ = ()

    _record = Record
