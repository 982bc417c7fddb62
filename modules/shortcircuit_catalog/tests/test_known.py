# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import unittest
from decimal import Decimal
from itertools import chain

from hypothesis import given
from hypothesis import strategies as st
from sql import Literal

from trytond.model import fields
from trytond.modules.shortcircuit_catalog.computed import computed
from trytond.modules.shortcircuit_catalog.rows import write_rows
from trytond.modules.shortcircuit_catalog.tests.tools import record_statements
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction
from trytond.transaction import Transaction

# What is written, by model and field, in all the forms that write takes
VALUES = {
    'currency.currency.rate': {
        'date': st.one_of(
            st.dates(dt.date(2026, 1, 1), dt.date(2026, 12, 31)),
            st.just('2025-01-01')),
        'rate': st.one_of(
            st.decimals(1, 9, places=4), st.integers(1, 9),
            st.just(Decimal('1E+2'))),
        },
    'ir.cron': {
        'minute': st.one_of(st.none(), st.integers(0, 59)),
        'hour': st.one_of(st.none(), st.integers(0, 23)),
        'active': st.booleans(),
        'interval_type': st.sampled_from(['days', 'months', 'weeks']),
        'weekday': st.sampled_from([None, 'Monday', 'Tuesday']),
        'next_call': st.one_of(
            st.none(), st.datetimes(
                dt.datetime(2026, 1, 1), dt.datetime(2026, 12, 31))),
        },
    'party.address': {
        'party_name': st.just("Ferme"),
        'postal_code': st.sampled_from(['', ' 59190', "62400\t", None]),
        'sequence': st.one_of(st.none(), st.integers(0, 3)),
        },
    'stock.location.lead_time': {
        'lead_time': st.one_of(
            st.none(), st.just('36:30'),
            st.timedeltas(dt.timedelta(), dt.timedelta(9))),
        'sequence': st.one_of(st.none(), st.integers(0, 3)),
        },
    }


class KnownTestCase(unittest.TestCase):
    "Test what is known of records once they are written"

    @classmethod
    def setUpClass(cls):
        activate_module('shortcircuit_catalog')

    @given(st.sampled_from(sorted(VALUES)).flatmap(
            lambda n: st.tuples(st.just(n), st.lists(steps(n), max_size=4))))
    @with_transaction()
    def test_same(self, written):
        "It is what is read of them"
        pool = Pool()
        name, steps = written
        Model = pool.get(name)
        records = create(Model)
        for do, values in steps:
            do(Model, dict(zip(records, map(set_weekday, values))))
            self.assertEqual(*get_known_and_read(Model, records))

    @with_transaction()
    def test_not_read(self):
        "What was read and is not written is not read again"
        pool = Pool()
        Cron = pool.get('ir.cron')
        first, second = Cron.search([], limit=2)
        hours = first.hour, second.hour
        with computed(), record_statements() as statements:
            Cron.write([first], {'minute': 1}, [second], {'minute': 2})
            self.assertEqual((first.minute, second.minute), (1, 2))
            self.assertEqual((first.hour, second.hour), hours)
        self.assertEqual([s for s in statements if '"a"."hour"' in s], [])

    @with_transaction()
    def test_forgotten(self):
        "What only the database knows is read again"
        pool = Pool()
        Cron = pool.get('ir.cron')
        cron, = Cron.search([], limit=1)
        before = cron.write_date
        with computed():
            Cron.write([cron], {'minute': Literal(3)})
        self.assertEqual(cron.minute, 3)
        self.assertNotEqual(cron.write_date, before)

    @with_transaction()
    def test_tree(self):
        "The records of a tree are read again"
        pool = Pool()
        Location = pool.get('stock.location')
        parent, child = Location.create([
                {'name': n, 'type': 'view'} for n in 'AB'])
        self.assertGreater(child.left, parent.right)
        with computed():
            Location.write([child], {'parent': parent.id})
        self.assertEqual(child.left, parent.left + 1)


def steps(name):
    "Give what is done with what is written on three records of the model"
    return st.tuples(
        st.sampled_from([read, write, write_rows]),
        st.lists(
            st.sampled_from(sorted(VALUES[name])), min_size=1, unique=True
            ).flatmap(lambda columns: st.lists(
                    st.fixed_dictionaries(
                        {c: VALUES[name][c] for c in columns}),
                    min_size=3, max_size=3)))


def read(Model, values):
    for record in Model.browse(list(values)):
        record.create_date


def write(Model, values):
    with computed():
        Model.write(*chain.from_iterable(
                ([r], v) for r, v in values.items()))


def create(Model):
    "Return three records of the model"
    pool = Pool()
    Currency = pool.get('currency.currency')
    Party = pool.get('party.party')
    if Model.__name__ == 'ir.cron':
        return Model.search([], limit=3)
    if Model.__name__ == 'party.address':
        party, = Party.create([{'name': "A"}])
        return Model.create([{'party': party.id} for _ in range(3)])
    if Model.__name__ == 'stock.location.lead_time':
        return Model.create([
                {'lead_time': dt.timedelta(hours=h)} for h in range(3)])
    currencies = Currency.create([
            {'name': "Euro", 'symbol': "€", 'code': 'EUR'} for _ in range(3)])
    return Model.create([
            {'currency': c.id, 'date': dt.date(2026, 1, 1),
                'rate': Decimal('1.5')} for c in currencies])


def set_weekday(values):
    "Return the values with the id of the day for its name"
    pool = Pool()
    ModelData = pool.get('ir.model.data')
    if values.get('weekday'):
        return {**values, 'weekday': ModelData.get_id(
                'ir', values['weekday'])}
    return values


def is_column(Model, name):
    return name in Model._fields and not isinstance(
        Model._fields[name], fields.Function)


def get_known_and_read(Model, records):
    "Return by id what is known of the records, and the same read again"
    transaction = Transaction()
    cache = transaction.get_cache()[Model.__name__]
    known = {
        r.id: {n: v for n, v in cache[r.id]._items()
            if is_column(Model, n)}
        for r in records if r.id in cache}
    transaction.cache.clear()
    return known, {
        id_: {n: v for n, v in Model.read([id_], [*values, 'id'])[0].items()
            if n in values}
        for id_, values in known.items()}
