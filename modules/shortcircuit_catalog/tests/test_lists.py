# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import unittest
from contextlib import ExitStack, nullcontext
from decimal import Decimal
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from trytond.exceptions import UserError
from trytond.modules.shortcircuit_catalog import rows
from trytond.modules.shortcircuit_catalog.computed import computed
from trytond.modules.shortcircuit_catalog.lists import get_models
from trytond.modules.shortcircuit_catalog.rows import write_rows
from trytond.modules.shortcircuit_catalog.tests.test_known import (
    get_known_and_read)
from trytond.modules.shortcircuit_catalog.tests.test_relation import (
    relations_by_core)
from trytond.modules.shortcircuit_catalog.tests.tools import record_statements
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction
from trytond.transaction import inactive_records

PARTIES, ADDRESSES = 3, 4


class ListsTestCase(unittest.TestCase):
    "Test what is known of lists"

    @classmethod
    def setUpClass(cls):
        activate_module('shortcircuit_catalog')

    @given(st.lists(st.tuples(
                st.sampled_from([
                        'nothing', 'name', 'add', 'order', 'rows',
                        'hide', 'delete', 'through', 'own', 'disown',
                        'close']),
                st.integers(0, PARTIES - 1), st.integers(0, ADDRESSES - 1),
                st.booleans(), st.booleans()), max_size=8))
    def test_same(self, steps):
        "They are what core searches"
        self.assertEqual(do_all(steps), do_all(steps, by_core=True))

    @with_transaction()
    def test_searched_once(self):
        "What is written on a record leaves its lists as they are"
        pool = Pool()
        Party = pool.get('party.party')
        parties, addresses, _ = create()
        with computed():
            listed = [p.addresses for p in Party.browse(parties)]
            Party.write(parties, {'name': "A"})
            with record_statements() as statements:
                self.assertEqual(
                    [p.addresses for p in Party.browse(parties)], listed)
        self.assertEqual(statements, [])
        self.assertEqual(sum(map(len, listed)), len(addresses))

    @with_transaction()
    def test_created_once(self):
        "What is created is not read"
        pool = Pool()
        Cron = pool.get('ir.cron')
        with computed():
            cron, = Cron.create([{
                        'method': 'ir.trigger|trigger_time',
                        'interval_type': 'days', 'interval_number': 1,
                        'hour': 3}])
            with record_statements() as statements:
                self.assertEqual(
                    (cron.interval_type, cron.hour, cron.minute, cron.active),
                    ('days', 3, None, True))
        self.assertEqual(statements, [])

    @with_transaction()
    def test_created_same(self):
        "What is known of what is created is what is read of it"
        pool = Pool()
        parties, _, _ = create()
        for name, values in [
                ('ir.cron', {
                        'method': 'ir.trigger|trigger_time',
                        'interval_type': 'days', 'interval_number': 1}),
                ('ir.attachment', {
                        'name': "Paper", 'data': b'paper',
                        'resource': str(parties[0])}),
                ('party.address', {
                        'party': parties[0].id, 'street': "Rue"}),
                ('party.party.lang', {'party': parties[0].id}),
                ('currency.currency', {
                        'name': "Euro", 'symbol': "€", 'code': 'EUR',
                        'rounding': Decimal('0.01')}),
                ]:
            Model = pool.get(name)
            with self.subTest(model=name), computed():
                record, _ = Model.create([values, values])
                known, read = get_known_and_read(Model, [record])
                self.assertTrue(known)
                self.assertEqual(known, read)

    @with_transaction()
    def test_created_written(self):
        "What is written on what is being created is read"
        pool = Pool()
        Address = pool.get('party.address')
        Party = pool.get('party.party')

        def write(addresses, field_names=None):
            write_rows(
                Party, {a.party: {'name': "B"} for a in addresses})
        with computed(), patch.object(Address, 'validate_fields', write):
            party, = Party.create([
                    {'name': "A", 'addresses': [('create', [{}])]}])
        self.assertEqual(party.name, "B")

    @with_transaction()
    def test_models(self):
        "Only lists that their own records order and filter are known"
        pool = Pool()
        Category = pool.get('party.category')
        Cycle = pool.get('shortcircuit.cycle')
        Party = pool.get('party.party')
        Sale = pool.get('sale.sale')
        Template = pool.get('product.template')
        self.assertEqual(get_models(Sale, 'lines'), ('sale.line',))
        # They are active as their template is
        self.assertEqual(get_models(Template, 'products'), ())
        self.assertEqual(
            get_models(Party, 'bank_accounts'),
            ('bank.account-party.party', 'bank.account'))
        # By a name in the language of the user, by what others are called
        self.assertEqual(get_models(Category, 'childs'), ())
        self.assertEqual(get_models(Cycle, 'offers'), ())


@with_transaction()
def do_all(steps, by_core=False):
    "Return the lists after each step"
    pool = Pool()
    Party = pool.get('party.party')
    records = create()
    parties, _, accounts = records
    shown = []
    with ExitStack() as stack:
        if by_core:
            stack.enter_context(relations_by_core())
            for name in ['remember', 'remember_created']:
                stack.enter_context(patch.object(rows, name))
        for step, party, address, computes, inactive in steps:
            with computed() if computes else nullcontext():
                try:
                    do(step, *records, party, address)
                except UserError as error:
                    shown.append(type(error))
                with inactive_records() if inactive else nullcontext():
                    for shown_parties in [parties, Party.browse(parties)]:
                        shown.append([show(p) for p in shown_parties])
                    shown.append([[o.name for o in a.owners]
                            for a in accounts])
    return shown


def show(party):
    return (
        party.name, [a.street for a in party.addresses],
        [a.numbers[0].number for a in party.bank_accounts])


def create():
    "Return parties, addresses of them and bank accounts"
    pool = Pool()
    Account = pool.get('bank.account')
    Address = pool.get('party.address')
    Party = pool.get('party.party')
    parties = Party.create([{'name': str(i)} for i in range(PARTIES)])
    addresses = Address.create([
            {'party': parties[i % 2].id, 'street': str(i)}
            for i in range(ADDRESSES)])
    accounts = Account.create([{'numbers': [
                    ('create', [{'type': 'other', 'number': n}])]}
            for n in 'AB'])
    return parties, addresses, accounts


def do(step, parties, addresses, accounts, party, index):
    "Do what changes a list, or does not"
    pool = Pool()
    Account = pool.get('bank.account')
    Address = pool.get('party.address')
    Party = pool.get('party.party')
    party, address = parties[party], addresses[index]
    if step == 'name':
        Party.write([party], {'name': "Z" + party.name})
    elif step == 'add':
        addresses.extend(Address.create([
                    {'party': party.id, 'street': f'{len(addresses)}'}]))
    elif step == 'order':
        Address.write([address], {'sequence': index}, addresses[:1], {
                'sequence': 5})
    elif step == 'rows':
        write_rows(Address, {address: {'party': party.id}})
    elif step == 'hide':
        Address.write([address], {'active': not address.active})
    elif step == 'delete' and len(addresses) > ADDRESSES:
        Address.delete([addresses.pop()])
    elif step == 'through':
        Party.write([party], {'addresses': [
                    ('create', [{'street': "new"}]),
                    ('write', [address.id], {'sequence': 0}),
                    ]})
    elif step == 'own':
        Party.write([party], {'bank_accounts': [
                    ('add', [accounts[index % 2].id])]})
    elif step == 'disown':
        Party.write([party], {'bank_accounts': [
                    ('remove', [accounts[index % 2].id])]})
    elif step == 'close':
        Account.write(accounts[:1], {'active': not accounts[0].active})
