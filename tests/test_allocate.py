"""A whole cycle is shared and given at once"""
import pytest

from tests.bench.allocate import LINES, Allocate
from trytond.tests.test_tryton import drop_db

PRODUCTS, PRODUCERS = 40, 4
pytestmark = pytest.mark.postgresql


def measure(orders):
    "Return the statements of each stage for so many orders"
    drop_db()
    arm = Allocate(orders, PRODUCTS, PRODUCERS)
    arm.prepare()
    arm.run()
    lines = arm.transact(lambda: arm.pool.get(
            'shortcircuit.allocation.line').search([], count=True))
    assert lines == orders * LINES
    moves = arm.transact(lambda: arm.pool.get('stock.move').search([
                ('shipment', 'like', 'stock.shipment.out,%'),
                ('state', '=', 'assigned'),
                ], count=True))
    assert moves > lines / 2
    return {s: c['statements'] for s, c in arm.meter.stages.items()}


def test_statements():
    try:
        few, many = map(measure, [15, 60])
    finally:
        drop_db()
    for stage in few:
        # What is read by batches of a thousand, and nothing by line
        assert many[stage] <= few[stage] + 5, (stage, few, many)
