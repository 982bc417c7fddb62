# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import copy
import unittest
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from trytond.model.exceptions import AccessError
from trytond.modules.shortcircuit_catalog.attribute import AttributeMixin
from trytond.modules.shortcircuit_catalog.tests.tools import record_statements
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction
from trytond.transaction import check_access

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

    @with_transaction()
    def test_relation(self):
        "What a list has is read once"
        pool = Pool()
        Category = pool.get('party.category')
        first, second = Category.create([{'name': n} for n in 'AB'])
        childs = Category.create([
                {'name': n + p.name, 'parent': p.id} for n in 'CD'
                for p in [first, second]])

        def read():
            return [[c.id for c in p.childs]
                for p in Category.browse([first, second])]

        def ids(*indexes):
            return [childs[i].id for i in indexes]
        with record_statements() as statements:
            self.assertEqual(read(), [ids(0, 2), ids(1, 3)])
        self.assertEqual(
            len([s for s in statements if s.startswith('SELECT "a"."id"')]), 1)
        # What has changed is in the list that it is of
        Category.write(childs[:1], {'parent': second.id})
        Category.delete(childs[3:])
        self.assertEqual(read(), [ids(2), ids(0, 1)])

    @with_transaction()
    def test_relation_access(self):
        "Who has no access is refused what was read already"
        pool = Pool()
        Address = pool.get('party.address')
        Party = pool.get('party.party')
        RuleGroup = pool.get('ir.rule.group')
        party, = Party.create([
                {'name': "A", 'addresses': [('create', [{}])]}])
        address, = party.addresses
        self.assertEqual(
            Address.read([address.id], ['party']),
            [{'id': address.id, 'party': party.id}])
        RuleGroup.create([{
                    'name': "Nobody",
                    'model': 'party.address',
                    'global_p': True,
                    'rules': [('create', [{'domain': '[["id", "<", 0]]'}])],
                    }])
        with check_access(), self.assertRaises(AccessError):
            Address.read([address.id], ['party'])


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
