# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import unittest
from contextlib import contextmanager, nullcontext
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from trytond.model.exceptions import AccessError
from trytond.modules.shortcircuit_catalog import attribute
from trytond.modules.shortcircuit_catalog.computed import computed
from trytond.modules.shortcircuit_catalog.relation import RelationMixin
from trytond.modules.shortcircuit_catalog.tests.tools import record_statements
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction
from trytond.transaction import Transaction, check_access

# Of a context, of no record, of a record or none
LINKS = ['party', 'subdivision', 'country', 'create_uid']


class RelationTestCase(unittest.TestCase):
    "Test what records refer to"

    @classmethod
    def setUpClass(cls):
        activate_module('shortcircuit_catalog')

    @given(st.lists(st.tuples(
                st.sampled_from(['read', 'list', 'alone', 'new']),
                st.integers(0, 3),
                st.sampled_from(LINKS),
                st.sampled_from([{}, {'company': 1}, {'anything': 2}]))))
    def test_linked(self, steps):
        "What records refer to is what core gives, and is as core gives it"
        self.assertEqual(
            do_all(create_addresses, show_address, steps),
            do_all(create_addresses, show_address, steps, by_core=True))

    @given(st.lists(st.tuples(
                st.sampled_from([
                        'list', 'new', 'write', 'refer', 'delete', 'search']),
                st.integers(0, 3))))
    def test_reference(self, steps):
        "What is referred to is what core gives, until it is deleted"
        self.assertEqual(
            do_all(create_keywords, show_keyword, steps),
            do_all(create_keywords, show_keyword, steps, by_core=True))

    @with_transaction()
    def test_reference_once(self):
        "What is known to exist is not looked for again"
        pool = Pool()
        Keyword = pool.get('ir.action.keyword')
        keywords = Keyword.browse(create_keywords())
        parties = [k.model for k in keywords]
        with computed():
            Keyword.write(keywords, {'keyword': 'form_action'})
        with record_statements() as statements:
            self.assertEqual(
                [k.model for k in Keyword.browse(keywords)], parties)
        self.assertEqual(statements, [])

    @with_transaction()
    def test_linked_once(self):
        "What a list refers to is read with what it refers to"
        pool = Pool()
        Address = pool.get('party.address')
        addresses = create_addresses()
        Transaction().cache.clear()
        addresses = Address.browse(addresses)
        with record_statements() as statements:
            names = [a.party.name for a in addresses]
        self.assertEqual(names, ["0", "1", "2", "2"])
        self.assertEqual(len([
                    s for s in statements if 'FROM "party_party"' in s]), 1)

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


def create_parties():
    "Return four parties, of which the last two are the same"
    pool = Pool()
    Party = pool.get('party.party')
    parties = Party.create([{'name': str(i)} for i in range(3)])
    return [*parties, parties[2]]


def create_addresses():
    "Return four addresses, of which two are of the same party"
    pool = Pool()
    Address = pool.get('party.address')
    Country = pool.get('country.country')
    country, = Country.create([{'name': "France"}])
    return Address.create([
            {'party': p.id, 'country': c} for p, c in zip(
                create_parties(), [country.id, None, country.id, None])])


def create_keywords():
    "Return four keywords, of which two are of the same party"
    pool = Pool()
    Action = pool.get('ir.action.act_window')
    Keyword = pool.get('ir.action.keyword')
    action, = Action.search([], limit=1)
    return Keyword.create([
            {'keyword': 'form_relate', 'model': str(party),
                'action': action.action.id}
            for party in create_parties()])


@contextmanager
def relations_by_core():
    "Read what records refer to, and their lists, as core does"
    def read(cls, ids, fields_names):
        return super(RelationMixin, cls).read(ids, fields_names)
    with patch.object(attribute, 'link', return_value=False), \
            patch.object(RelationMixin, 'read', classmethod(read)):
        yield


@with_transaction()
def do_all(create, show, steps, by_core=False):
    "Return what is shown by each step"
    records = create()
    with relations_by_core() if by_core else nullcontext():
        return [show(records, *step) for step in steps]


def show_keyword(records, step, index):
    "Do the step and return the name of the party of the keyword"
    pool = Pool()
    Keyword = pool.get('ir.action.keyword')
    Party = pool.get('party.party')
    ids = [r.id for r in records]
    with computed():
        if step == 'write':
            Keyword.write(records[:2], {'keyword': 'form_action'})
        elif step == 'refer':
            party, = Party.create([{'name': "New"}])
            Keyword.write([records[index]], {'model': str(party)})
        elif step == 'delete':
            party = Keyword(ids[index]).model
            if party:
                Party.delete([party])
        elif step == 'search':
            records = Keyword.search(
                [('id', 'in', ids)], order=[('id', 'ASC')])
        elif step == 'new':
            records = Keyword.browse(ids)
    party = records[index].model
    return party and party.rec_name


def show_address(addresses, step, index, name, context):
    "Do the step, in the context, and return what it shows"
    pool = Pool()
    Address = pool.get('party.address')
    with Transaction().set_context(context):
        if step == 'read':
            return Address.browse(addresses)[index].city
        elif step == 'alone':
            record = Address(addresses[index].id)
        elif step == 'new':
            record = Address.browse(addresses + addresses)[index]
        else:
            record = addresses[index]
    found = getattr(record, name)
    if found is None:
        return found
    return (
        found.id - getattr(addresses[0], name).id, found.__name__,
        found.rec_name, found._context, found._user,
        found.id in found._ids)
