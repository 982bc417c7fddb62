# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import unittest
from contextlib import contextmanager
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from proteus import Model, Wizard

from trytond.modules.shortcircuit_catalog.order_fill import (
    get_nearest_quantities)
from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_customer, create_producer, create_product, create_user,
    record_statements, setup)
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME, drop_db
from trytond.tests.tools import activate_modules, set_user
from trytond.transaction import Transaction

PRODUCTS = 700
PRODUCERS = 35
CHANGED = 60


class Unit(SimpleNamespace):

    def round(self, quantity):
        return round(quantity / self.rounding) * self.rounding


def is_multiple(quantity, multiple, unit):
    return unit.round(
        quantity - round(quantity / multiple) * multiple) == 0


class NearestQuantitiesTestCase(unittest.TestCase):
    "Test the quantities proposed instead of one that is not sold"

    @given(
        st.integers(1, 10 ** 5), st.integers(1, 5000), st.integers(0, 10 ** 4),
        st.sampled_from([1, .1, .01, .001]))
    def test_nearest(self, quantity, multiple, minimum, rounding):
        "Test they are sold, around the quantity, and nothing is in between"
        unit = Unit(rounding=rounding)
        quantity, multiple, minimum = (
            round(v * rounding, 6) for v in [quantity, multiple, minimum])
        nearest = get_nearest_quantities(quantity, multiple, minimum, unit)

        self.assertLessEqual(len(nearest), 2)
        for proposed in nearest:
            self.assertGreater(proposed, 0)
            self.assertTrue(is_multiple(proposed, multiple, unit))
            self.assertGreaterEqual(round(proposed - minimum, 6), 0)
            self.assertLess(
                round(abs(proposed - quantity), 6),
                multiple + max(minimum - quantity, 0) + rounding / 2)
        sold = (is_multiple(quantity, multiple, unit)
            and round(quantity - minimum, 6) >= 0)
        self.assertEqual(
            [round(q, 6) for q in nearest] == [quantity], sold)


def create_catalog(config):
    "Publish a large mercuriale with two cycles and return their ids"
    def create(model, vlist, method=None):
        proxy = config.get_proxy(model)
        ids = proxy.create(vlist, config.context)
        if method:
            getattr(proxy, method)(ids, config.context)
        return ids

    producers = [
        create_producer(f"Farm {i}", ['BIO'] if i % 2 else []).id
        for i in range(PRODUCERS)]
    template = create_product("Product").template
    templates = create('product.template', [{
                'name': f"Product {i:04}",
                'type': 'goods',
                'salable': True,
                'default_uom': template.default_uom.id,
                'sale_uom': template.default_uom.id,
                'account_category': template.account_category.id,
                'shortcircuit_family': 'FRUITS_ET_LEGUMES',
                'products': [('create', [{}])],
                } for i in range(PRODUCTS)])
    products = [p.id for p in Model.get('product.product').find(
            [('template', 'in', templates)], order=[('id', 'ASC')])]
    channel, = Model.get('shortcircuit.channel').find([], limit=1)
    today = dt.date.today()
    mercuriale, = create('shortcircuit.mercuriale', [{
                'channel': channel.id,
                'start_date': today,
                'end_date': today + dt.timedelta(days=14),
                'lines': [('create', [{
                                'product': p,
                                'unit_price': Decimal('1.50'),
                                'multiple': 5.0,
                                } for p in products])],
                }], 'publish')
    now = dt.datetime.now().replace(second=0, microsecond=0)
    return create('shortcircuit.cycle', [{
                'name': f"Week {week}",
                'channel': channel.id,
                'mercuriale': mercuriale,
                'opens_at': now - dt.timedelta(days=1),
                'closes_at': now + dt.timedelta(days=1),
                'delivery_date': today + dt.timedelta(weeks=week),
                'offers': [('create', [{
                                'producer': producers[i % PRODUCERS],
                                'product': p,
                                'quantity': 1000.0,
                                } for i, p in enumerate(products)])],
                } for week in range(2)], 'open')


@pytest.mark.postgresql
class OrderSheetTestCase(unittest.TestCase):
    "Test what the order sheet costs, whatever its length"

    def setUp(self):
        super().setUp()
        drop_db()
        self.addCleanup(drop_db)
        self.addCleanup(set_user, 1)
        self.config = activate_modules('shortcircuit_catalog', setup)
        school = create_customer("School")
        last, self.cycle = create_catalog(self.config)
        cook = create_user('cook', "Buyer", school)
        set_user(cook)
        self.sheet = self.config.get_proxy('shortcircuit.order_sheet')
        self.wizard = self.config.get_proxy(
            'shortcircuit.order', type='wizard')
        self.open()
        self.type([10.0] * CHANGED)
        self.execute('review')
        tasks = self.find_tasks()
        self.execute('order', 'confirm')
        # There is nothing to process of the order before the cycle is closed
        self.assertEqual(self.find_tasks(), tasks)
        set_user(1)
        Model.get('shortcircuit.cycle')(last).click('close')
        set_user(cook)
        # Let the caches of the server be as they are all day
        self.open()

    def find_tasks(self):
        with Transaction().start(DB_NAME, 0, readonly=True):
            Queue = Pool().get('ir.queue')
            return [q.id for q in Queue.search([])]

    @contextmanager
    def assertStatements(self, count):
        with record_statements() as statements:
            yield
        self.assertLessEqual(len(statements), count, '\n'.join(statements))

    def open(self):
        self.context = self.config.context
        self.session, state, _ = self.wizard.create(self.context)
        self.data = {}
        self.execute(state)

    def execute(self, state, form='sheet'):
        "Send the form as the client does"
        data = {form: self.values | {'id': -1}} if self.data else {}
        result = self.wizard.execute(self.session, data, state, self.context)
        if 'view' in result:
            view = result['view']
            self.data = view['defaults'] | view['values']

    @property
    def values(self):
        values = {k: v for k, v in self.data.items() if '.' not in k}
        if 'lines' in values:
            # The client only sends what has changed of the lines
            values['lines'] = [
                {n: l[n] for n in ['id', *l.get('changed', [])]}
                for l in values['lines']]
        return values

    def type(self, quantities):
        for line, quantity in zip(self.data['lines'], quantities):
            line['quantity'] = quantity
            line['changed'] = ['quantity']
        changes = self.sheet.on_change_lines(
            self.values | {'id': -1}, self.context)
        changes.pop('lines', None)
        self.data.update(changes)

    def test_statements(self):
        "Test opening, typing and saving"
        with self.assertStatements(30):
            self.open()
        self.assertEqual(len(self.data['lines']), PRODUCTS)
        self.assertEqual(
            [l['last_quantity'] for l in self.data['lines'][:2]], [10.0] * 2)

        self.type([10.0] * CHANGED)
        self.execute('save')
        self.type([5.0 * i + 5 for i in range(CHANGED)])
        with self.assertStatements(CHANGED // 2):
            self.execute('save')

        with self.assertStatements(10):
            self.type([20.0])
        self.execute('save')
        Sale = Model.get('sale.sale')
        sale, = Sale.find([('cycle', '=', self.cycle)])
        self.assertEqual(
            [l.quantity for l in sale.lines],
            [20.0, *(5.0 * i + 5 for i in range(1, CHANGED))])


@pytest.mark.postgresql
class OrderTableTestCase(unittest.TestCase):
    "Test what a table of orders costs, whatever its length"

    def setUp(self):
        super().setUp()
        drop_db()
        self.addCleanup(drop_db)
        self.config = activate_modules('shortcircuit_catalog', setup)
        _, self.cycle = create_catalog(self.config)

    def load(self, customers, quantities):
        "Import orders and return the statements of the last step"
        wizard = Wizard('shortcircuit.table.import')
        wizard.form.kind = 'order'
        wizard.form.cycle = Model.get('shortcircuit.cycle')(self.cycle)
        wizard.form.file = '\n'.join(['Customer;Product;Quantity', *(
                    f'{name};Product {i:04};{quantity}'
                    for name in customers
                    for i, quantity in enumerate(quantities))]).encode()
        wizard.execute('preview')
        self.assertFalse(wizard.form.refused)
        with record_statements() as statements:
            wizard.execute('import_')
        return statements

    def test_statements(self):
        "Test creating then changing orders of more and more lines"
        few, many = [
            [f"Canteen {size} {i}" for i in range(4)] for size in range(2)]
        for name in [*few, *many]:
            create_customer(name)
        self.load(few[:1], [5])
        self.assertLessEqual(
            len(self.load(many, [5] * CHANGED)) - len(self.load(few, [5] * 5)),
            10)
        self.assertLessEqual(
            len(self.load(many, range(10, 5 * CHANGED, 5)))
            - len(self.load(few, [10] * 5)),
            10)
