"""PostgreSQL without the waiting

It copies in a second a database that it restores in ten: what a process
restores from a file it keeps as a database to copy from.
Until it has statistics of its catalog it needs seconds to tell the foreign
keys of a table, which core asks for each one: a server may gather none by
itself, and needs none if it joins by hashes.
"""
import hashlib
import os
from contextlib import contextmanager
from unittest.mock import patch

from config.database import PostgreSQL
from config.settings import CACHE
from trytond import backend
from trytond.config import config
from trytond.pool import Pool
from trytond.tests import test_tryton
from trytond.tests.test_tryton import DB_NAME
from trytond.transaction import Transaction

restore_db_cache = test_tryton.restore_db_cache
kept = set()


def restore(name):
    template = _template(name)
    if template in kept:
        _copy(template, DB_NAME)
        Pool(DB_NAME).init()
    elif restore_db_cache(name):
        analyze()
        _copy(DB_NAME, template)
        kept.add(template)
    else:
        return False
    return True


@contextmanager
def activating():
    "Join by hashes in the connections that are opened"
    options = os.environ.get('PGOPTIONS', '')
    with patch.dict(
            os.environ, PGOPTIONS=f'{options} -c enable_nestloop=off'):
        yield
        # The next ones join as the server chooses
        backend.Database(DB_NAME).close()


def analyze():
    with Transaction().start(
            DB_NAME, 0, close=True, autocommit=True) as transaction:
        transaction.connection.cursor().execute('ANALYZE')


def drop():
    "Drop what this process has kept"
    server = PostgreSQL(config.get('database', 'uri'), CACHE)
    for template in kept:
        server.drop(template)


def _template(name):
    # The same modules may be kept with and without ours on top
    key = f'{test_tryton.DB_CACHE}/{name}'
    return f'{DB_NAME}_{hashlib.md5(key.encode()).hexdigest()[:12]}'


def _copy(source, target):
    # A database that something is connected to can not be copied
    backend.Database(source).close()
    with Transaction().start(
            None, 0, close=True, autocommit=True) as transaction:
        transaction.database.create(transaction.connection, target, source)
