"""What a test leaves, however long the tests have been running"""
import datetime as dt

import pytest

from trytond.cache import MemoryCache
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME, activate_module
from trytond.transaction import Transaction


@pytest.fixture(scope='module', autouse=True)
def database():
    activate_module('party')


def test_nothing_is_left(monkeypatch):
    "Core synchronizes its caches when they were minutes ago"
    monkeypatch.setattr(
        MemoryCache, '_clean_last',
        dt.datetime.now() - dt.timedelta(minutes=6))
    with Transaction().start(DB_NAME, 1) as transaction:
        Pool().get('party.party').create([{'name': "Left"}])
        transaction.rollback()
    with Transaction().start(DB_NAME, 1):
        assert not Pool().get('party.party').search([])
