# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import unittest
from decimal import Decimal
from itertools import chain
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from trytond.model.exceptions import AccessError, ValidationError
from trytond.modules.shortcircuit_catalog.computed import computed
from trytond.modules.shortcircuit_catalog.rows import (
    GroupedMixin, drop_known, fill_columns, forget, group_writes, update_rows,
    write_columns, write_rows)
from trytond.modules.shortcircuit_catalog.tests.tools import record_statements
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction
from trytond.transaction import Transaction, check_access

values = st.dictionaries(
    st.sampled_from(['state', 'cost_price', 'lines']),
    st.one_of(
        st.integers(0, 2), st.none(), st.lists(st.integers(0, 2))))


class GroupWritesTestCase(unittest.TestCase):
    "Test equal values written at once"

    def test_group(self):
        "Equal values are written at once"
        self.assertEqual(
            group_writes([
                    [1], {'state': 'done'},
                    [2], {'state': 'draft'},
                    [3, 4], {'state': 'done'}]),
            [[1, 3, 4], {'state': 'done'}, [2], {'state': 'draft'}])

    @given(st.lists(values))
    def test_same(self, written):
        "Each record keeps its values"
        args = []
        for i, value in enumerate(written):
            args.extend([[i], value])
        grouped = iter(group_writes(args))
        result = {
            record: value for records, value in zip(grouped, grouped)
            for record in records}

        self.assertEqual(result, dict(enumerate(written)))


class WriteRowsTestCase(unittest.TestCase):
    "Test different values written at once"

    @classmethod
    def setUpClass(cls):
        activate_module('shortcircuit_catalog')

    @with_transaction()
    def test_write(self):
        "Each record gets its own values, which are read again"
        pool = Pool()
        Template = pool.get('product.template')
        Uom = pool.get('product.uom')
        unit, = Uom.search([('name', '=', "Unit")])
        templates = Template.create([
                {'name': str(i), 'default_uom': unit.id, 'type': 'goods',
                    'cost_price_method': 'fixed'}
                for i in range(300)])
        self.assertEqual({t.weight for t in templates}, {None})
        kilogram, = Uom.search([('name', '=', "Kilogram")])
        values = {
            t: {
                'code': f"P{i}",
                'weight': i / 10 if i % 2 else None,
                'weight_uom': kilogram.id,
                'consumable': bool(i % 3),
                }
            for i, t in enumerate(templates)}
        write_rows(Template, values)

        for template, expected in values.items():
            for name, value in expected.items():
                found = getattr(template, name)
                if name == 'weight_uom':
                    found = found.id
                self.assertEqual(found, value)
        write_rows(Template, {t: {'weight': None} for t in templates})
        self.assertEqual({t.weight for t in templates}, {None})

    @with_transaction()
    def test_forget(self):
        "All that was written by another column is read again"
        pool = Pool()
        Party = pool.get('party.party')
        parties = Party.create([{'name': n} for n in 'AB'])
        self.assertEqual([p.name for p in parties], ['A', 'B'])
        update_rows(
            Party, 'code', ['name'], [[p.code, 'C'] for p in parties])
        self.assertEqual([p.name for p in parties], ['A', 'B'])
        forget(Party)
        self.assertEqual([p.name for p in parties], ['C', 'C'])

    @with_transaction()
    def test_types(self):
        "Dates and amounts keep their types"
        pool = Pool()
        Rate = pool.get('currency.currency.rate')
        Currency = pool.get('currency.currency')
        currency, = Currency.create([
                {'name': "Euro", 'symbol': "€", 'code': 'EUR',
                    'rates': [('create', [{
                                    'date': dt.date(2026, 1, i),
                                    'rate': Decimal(i)} for i in [1, 2]])]}])
        first, second = sorted(currency.rates, key=lambda r: r.date)
        write_rows(Rate, {
                first: {
                    'date': dt.date(2026, 2, 1), 'rate': Decimal('1.25')},
                second: {
                    'date': dt.date(2026, 2, 2), 'rate': Decimal('2.5')},
                })
        self.assertEqual(
            [(r.date, r.rate) for r in [first, second]],
            [(dt.date(2026, 2, 1), Decimal('1.25')),
                (dt.date(2026, 2, 2), Decimal('2.5'))])

    @with_transaction()
    def test_known(self):
        "What was read and has the value already is not written"
        pool = Pool()
        Cron = pool.get('ir.cron')
        first, second = Cron.search([], limit=2)
        with computed():
            Cron.write([first], {'minute': 1, 'hour': None}, [second], {
                    'minute': 2, 'hour': None})
        Transaction().cache.clear()
        first, second = Cron.browse([first, second])
        same, other = {'minute': 1}, {'minute': 1, 'hour': 2}
        args = [[first, second], same, [first], other]
        # Nothing is known of what was not read
        self.assertEqual(drop_known(Cron, args), args)
        self.assertEqual((first.minute, second.minute), (1, 2))
        self.assertEqual(
            drop_known(Cron, args), [[second], same, [first], other])

    @with_transaction()
    def test_rollback(self):
        "What is written before all else is undone as well"
        pool = Pool()
        Cron = pool.get('ir.cron')
        cron, = Cron.search([], limit=1)
        before = cron.minute
        write_rows(Cron, {cron: {'minute': 59 if before != 59 else 58}})
        Transaction().rollback()
        self.assertEqual(Cron(cron.id).minute, before)

    def test_nothing(self):
        "Nothing is written of no record"
        write_rows(None, {})


class ComputedTestCase(unittest.TestCase):
    "Test what the server computes"

    @classmethod
    def setUpClass(cls):
        activate_module('shortcircuit_catalog')

    @with_transaction()
    def test_checked(self):
        "What is typed is checked, what is computed is not"
        pool = Pool()
        Cron = pool.get('ir.cron')
        cron, = Cron.search([], limit=1)
        with computed():
            Cron.write([cron], {'minute': 70})
        self.assertEqual(cron.minute, 70)
        with self.assertRaises(ValidationError):
            Cron.write([cron], {'minute': 80})

    @with_transaction()
    def test_missing(self):
        "A record that was deleted is refused from who is not the server"
        pool = Pool()
        Party = pool.get('party.party')
        party, = Party.create([{'name': "A"}])
        with computed(), record_statements() as statements:
            Party.write([party], {'name': "B"})
        self.assertEqual(
            [s.split()[0] for s in statements if '"party_party" AS' in s],
            ['UPDATE'])
        Party.delete([party])
        with self.assertRaises(AccessError):
            Party.write([party], {'name': "C"})
        with computed(), check_access(), self.assertRaises(AccessError):
            Party.write([party], {'name': "C"})

    @with_transaction()
    def test_columns(self):
        "Values that differ are written at once, and what is no column after"
        pool = Pool()
        Sequence = pool.get('ir.sequence')
        Cron = pool.get('ir.cron')
        first, second, third = Cron.search([], limit=3)
        args = [
            [first], {'minute': 1, 'hour': None},
            [second], {'minute': 2, 'hour': 3},
            [third], {'companies': []},
            ]
        self.assertEqual(
            write_columns(Cron, args), [[third], {'companies': []}])
        Transaction().cache.clear()
        first, second = Cron.browse([first, second])
        self.assertEqual(
            [(c.minute, c.hour) for c in [first, second]],
            [(1, None), (2, 3)])
        sequence, = Sequence.search([], limit=1)
        for Model, args in [
                # The last write of a record counts
                (Cron, [[first], {'minute': 3}, [first], {'minute': 4}]),
                # There is nothing to write at once
                (Cron, [[first], {'minute': 3}, [second], {'hour': 4}]),
                (Sequence, [[sequence], {'name': "A"}, [], {'name': "B"}]),
                ]:
            self.assertEqual(write_columns(Model, args), args)
        self.assertEqual(first.minute, 1)
        Transaction().timestamp[str(first)] = '0'
        args = [[first], {'minute': 3}, [second], {'minute': 4}]
        self.assertEqual(write_columns(Cron, args), args)

    @with_transaction()
    def test_modified(self):
        "What is written at once is told as what is written one by one"
        pool = Pool()
        Cron = pool.get('ir.cron')
        crons = Cron.search([], limit=3)
        told = []

        def on_modification(mode, records, field_names=None):
            told.append((mode, records, field_names))
        with computed(), patch.object(
                Cron, 'on_modification', on_modification):
            Cron.write(*chain.from_iterable(
                    ([c], {'minute': i, 'active': bool(i)})
                    for i, c in enumerate(crons)))
        self.assertEqual(told, [('write', crons, {'minute', 'active'})])
        self.assertEqual(
            [(c.minute, c.active) for c in crons],
            [(0, False), (1, True), (2, True)])

    @with_transaction()
    def test_fill(self):
        "All that is created has the same columns, by default"
        pool = Pool()
        Cron = pool.get('ir.cron')
        vlist = [
            {'minute': 1, 'interval_type': 'days', 'companies': []},
            {'minute': 2, 'interval_number': 4, 'active': False},
            ]
        fill_columns(Cron, vlist)
        self.assertEqual(vlist, [
                {'minute': 1, 'interval_type': 'days', 'companies': [],
                    'interval_number': None, 'active': True},
                {'minute': 2, 'interval_type': None,
                    'interval_number': 4, 'active': False},
                ])

    @with_transaction()
    def test_grouped(self):
        "Equal values are written as one statement, none for no record"
        class Model:
            written = []

            @classmethod
            def write(cls, *args):
                cls.written.append(args)

        class Grouped(GroupedMixin, Model):
            pass

        args = [[1], {'name': "A"}, [2], {'name': "B"}, [3], {'name': "A"}]
        Grouped.write([], {'name': "Nobody"})
        self.assertEqual(Grouped.written, [])
        Grouped.write(*args, [], {'name': "Nobody"})
        with computed():
            Grouped.write(*args)
        self.assertEqual(Grouped.written, [
                tuple(args),
                ([1, 3], {'name': "A"}, [2], {'name': "B"})])

    @with_transaction()
    def test_query(self):
        "What is computed by a query can still not be written"
        pool = Pool()
        for name, Model in pool.iterobject():
            if callable(getattr(Model, 'table_query', None)):
                self.assertFalse(issubclass(Model, GroupedMixin), name)
