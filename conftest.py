"""What the tests of this process use, and which of its workers runs them"""
import os

import pytest
from hypothesis import HealthCheck, settings

from config.settings import ROOT

POSTGRESQL = os.environ.get('TRYTOND_DATABASE_URI', '').startswith('postgres')
WORKER = os.environ.get('PYTEST_XDIST_WORKER')

if POSTGRESQL:
    # The workers start from the name of the process that starts them
    name = os.environ.setdefault('DB_NAME', f'test_shortcircuit_{os.getpid()}')
    if WORKER:
        os.environ['DB_NAME'] = f'{name}_{WORKER}'

# trytond reads the environment when it is imported
from tests import cache, pool, template  # noqa: E402
from trytond.config import config  # noqa: E402
from trytond.tests.test_tryton import drop_db  # noqa: E402

# How long an example takes depends on what else the machine does
settings.register_profile(
    'untimed', deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile('untimed')

if not POSTGRESQL:
    # To synchronize the caches, once in five minutes, core makes the only
    # connection of the database commit each statement: the transaction that
    # has just started could not be rolled back
    config.set('cache', 'clean_timeout', str(2 ** 31 - 1))

cache.install()
pool.install()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    for item in items:
        if not item.get_closest_marker('xdist_group'):
            # What activates the same modules stays in one worker
            place = item.path.relative_to(ROOT).with_suffix('')
            item.add_marker(pytest.mark.xdist_group('.'.join(place.parts)))
        if item.get_closest_marker('postgresql') and not POSTGRESQL:
            item.add_marker(pytest.mark.skip("needs PostgreSQL"))


@pytest.fixture(scope='module', autouse=True)
def own_database():
    "No file finds what another has left in the database"
    yield
    drop_db()


def pytest_sessionfinish():
    drop_db()
    if POSTGRESQL:
        template.drop()
