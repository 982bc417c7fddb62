"""What it costs to receive a whole cycle at once"""
from contextlib import contextmanager
from decimal import Decimal

import pytest

from tests.bench.meter import Meter
from trytond import backend
from trytond.modules.company.tests.tools import get_company
from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_customer, create_producer, create_product, open_cycle, order,
    publish_mercuriale, setup)
from trytond.modules.shortcircuit_hub.tests.tools import (
    create_hubs, create_point)
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME, drop_db
from trytond.tests.tools import activate_modules
from trytond.transaction import Transaction, TransactionError


@pytest.fixture(scope='module')
def deliver():
    "Close a cycle with the first producers and products"
    drop_db()
    activate_modules('shortcircuit_hub', setup)
    hub, _ = create_hubs()
    customer = create_customer("School")
    create_point(customer, hub)
    producers = [create_producer(f"Farm {i}") for i in range(4)]
    products = [create_product(f"Product {i}") for i in range(8)]
    for product in products[1::2]:
        product.template.storage_class = 'chilled'
        product.template.durability_kind = 'use_by'
        product.template.durability_days = 9
        product.template.save()
    publish_mercuriale([(p, Decimal('2.00'), None) for p in products])

    def deliver(producer_count, product_count):
        cycle = open_cycle([
                (producer, product, 10)
                for producer in producers[:producer_count]
                for product in products[:product_count]], warehouse=hub)
        order(customer, [
                (p, 10 * producer_count) for p in products[:product_count]])
        cycle.click('close')
        return [d.id for d in cycle.deliveries]
    yield deliver
    drop_db()


@contextmanager
def counted():
    if backend.name == 'sqlite':
        statements = []
        connection = Transaction().connection
        connection.set_trace_callback(statements.append)
        try:
            yield statements
        finally:
            connection.set_trace_callback(None)
        # SQLite inserts row by row
        statements[:] = [
            s for s in statements if not s.startswith('INSERT')]
    else:
        meter = Meter()
        statements = []
        with meter.stage('receive'):
            yield statements
        statements.extend(range(meter.stages['receive']['statements']))


def receive(ids):
    "Receive as expected, return the number of statements"
    pool = Pool(DB_NAME)
    Delivery = pool.get('shortcircuit.delivery')
    context = {'company': get_company().id}
    extras = {}
    while True:
        with Transaction().start(DB_NAME, 1, context=context, **extras) as t:
            try:
                deliveries = Delivery.browse(ids)
                Delivery.write(
                    deliveries, {'chilled_temperature': Decimal('2.0')})
                with counted() as statements:
                    Delivery.as_expected(deliveries)
                    Delivery.receive(deliveries)
                t.commit()
                return len(statements)
            except TransactionError as error:
                t.rollback()
                error.fix(extras)


def test_statements(deliver):
    """Sixteen times the lines cost nothing by line

    Core reads the locations of each producer and the lots of each product, and
    what the caches hold varies: one statement for each line would be thirty.
    """
    # The first time fills the caches
    receive(deliver(4, 8))
    few = receive(deliver(1, 2))
    many = receive(deliver(4, 8))
    assert many - few < 4 * 8 - 2, (few, many)
