"""What a week costs in statements and restarts, held where it stands

Neither depends on the load of the machine. The limits are those that are
reached, and more for what is read again when PostgreSQL answers in another
order, as it does once it knows more of its tables: who makes a stage cheaper
lowers its limit.
"""
import pytest

import trytond.config as config
from tests.bench import process
from tests.bench.cycle import Cycle
from tests.bench.orders import Orders
from trytond.tests.test_tryton import drop_db

pytestmark = pytest.mark.postgresql

# What grows is the orders alone: they are of one point, round and canteen
FEW, MANY, LINES = 8, 15, 6
# By stage: the statements per order line added, the restarts of the many
LIMITS = {
    'order': (7, 0),
    'confirm': (9, 0),
    'close': (1, 4),
    'receive': (1, 1),
    'allocate': (1.5, 1),
    'transfer': (0.5, 0),
    'plan': (0.5, 0),
    'pack': (0.7, 0),
    'deliver': (4, 5),
    'commission': (1, 3),
    'settle': (1, 4),
    'post': (1.5, 4),
    'print': (1.5, 0),
    'egalim': (0.5, 0),
    'declare': (0.5, 1),
    }


def measure(orders):
    arm = Cycle(Orders(1, orders, LINES))
    arm.prepare()
    arm.run()
    drop_db()
    return arm.meter.stages


@pytest.fixture(scope='module')
def costs():
    "By stage: the statements per order line added and the restarts"
    production = process.get_cache()
    before = {n: config.get('cache', n) for n in production}
    try:
        for name, value in production.items():
            config.set('cache', name, value)
        few, many = map(measure, [FEW, MANY])
    finally:
        for name, value in before.items():
            config.set('cache', name, value)
    return {
        stage: (
            (cost['statements'] - few[stage]['statements'])
            / ((MANY - FEW) * LINES),
            cost['restarts'])
        for stage, cost in many.items()}


def test_stages(costs):
    assert costs.keys() == LIMITS.keys()


@pytest.mark.parametrize('stage', LIMITS)
def test_stage(costs, stage):
    statements, restarts = costs[stage]
    most_statements, most_restarts = LIMITS[stage]
    assert statements <= most_statements
    assert restarts <= most_restarts
