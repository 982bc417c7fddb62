# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import copy
import unittest

from hypothesis import given
from hypothesis import strategies as st

from trytond.model.model import record
from trytond.modules.shortcircuit_catalog.record import Record
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction

NAMES = ['name', 'code', 'active']
values = st.dictionaries(st.sampled_from(NAMES), st.integers())


class RecordTestCase(unittest.TestCase):
    "Test what keeps the values of records"

    @classmethod
    def setUpClass(cls):
        activate_module('shortcircuit_catalog')

    @with_transaction()
    def test_mixin(self):
        "All the models have it"
        pool = Pool()
        for name in ['party.party', 'sale.line', 'shortcircuit.offer']:
            self.assertIs(pool.get(name)._record, Record)

    @given(values, st.lists(st.tuples(
                st.sampled_from([
                        '__getitem__', '__contains__', '_get', '_pop',
                        '_popitem', '_keys', '_values', '_items', '_clear',
                        '__setitem__', '_setdefault', '_update']),
                st.sampled_from(NAMES), values)))
    def test_same(self, first, steps):
        "It answers what core's answers"
        ours, cores = Record(**first), record('test', NAMES)(**first)
        for step in steps:
            self.assertEqual(do(ours, *step), do(cores, *step))
        self.assertTrue(ours)

    def test_copy(self):
        "What is set on a copy is not on what was copied"
        record = Record(name="A")
        for copied in [record._copy(), copy.copy(record)]:
            copied['name'] = "B"
            self.assertEqual(record.name, "A")
            self.assertEqual(copied.name, "B")


def do(record, method, name, values):
    "Return what a method answers"
    args = {
        '_clear': [], '_keys': [], '_values': [], '_items': [],
        '_update': [values],
        '__setitem__': [name, 1], '_setdefault': [name, 2],
        }.get(method, [name])
    try:
        result = getattr(record, method)(*args)
    except KeyError:
        return KeyError
    if method in {'_keys', '_values', '_items'}:
        result = sorted(result)
    return result
