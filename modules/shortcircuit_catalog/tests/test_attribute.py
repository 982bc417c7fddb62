# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import copy
import unittest
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.shortcircuit_catalog.attribute import AttributeMixin
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction

NAMES = ['name', 'code', 'active', 'addresses', 'rec_name', 'lang', 'nothing']


class AttributeTestCase(unittest.TestCase):
    "Test the values of records"

    @classmethod
    def setUpClass(cls):
        activate_module('shortcircuit_catalog')

    @with_transaction()
    def test_mixin(self):
        "All the models have it"
        pool = Pool()
        for name in ['party.party', 'sale.line', 'shortcircuit.offer']:
            self.assertTrue(issubclass(pool.get(name), AttributeMixin))

    @given(st.lists(st.tuples(
                st.sampled_from(['get', 'set', 'write', 'unset']),
                st.sampled_from(NAMES))))
    def test_same(self, steps):
        "What is found is what core finds"
        self.assertEqual(
            do_all(AttributeMixin.__getattr__, steps),
            do_all(core_getattr, steps))

    @with_transaction()
    def test_new(self):
        "A record that is not saved has what was set only"
        pool = Pool()
        Party = pool.get('party.party')
        party = Party(name="A")
        self.assertEqual(party.name, "A")
        for name in ['code', 'nothing', '_nothing']:
            with self.assertRaises(AttributeError):
                getattr(party, name)

    @with_transaction()
    def test_copy(self):
        "A record is copied with what was set"
        pool = Pool()
        Party = pool.get('party.party')
        party, = Party.create([{'name': "A"}])
        party.name = "B"
        self.assertEqual(copy.copy(party).name, "B")


def core_getattr(self, name):
    return super(AttributeMixin, self).__getattr__(name)


@with_transaction()
def do_all(getter, steps):
    "Return what is shown of a party that is read by the getter"
    pool = Pool()
    Party = pool.get('party.party')
    party, = Party.create([{'name': "A", 'code': "C"}])
    with patch.object(AttributeMixin, '__getattr__', getter):
        return [
            do(party, step, name, i) for i, (step, name) in enumerate(steps)]


def do(party, step, name, value):
    "Do the step and return what it shows"
    Party = party.__class__
    try:
        if step == 'get':
            found = getattr(party, name)
            return len(found) if name == 'addresses' else found
        elif step == 'set' and name in {'name', 'code'}:
            setattr(party, name, str(value))
        elif step == 'write' and name in {'name', 'code'}:
            Party.write([Party(party.id)], {name: str(value)})
        elif step == 'unset' and party._values is not None:
            party._values._pop(name, None)
    except (AttributeError, KeyError) as error:
        return type(error)
