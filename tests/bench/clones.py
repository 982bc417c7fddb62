"""What is prepared once, and fresh copies of it for each run"""
import datetime as dt
from contextlib import contextmanager

import psycopg
from psycopg.sql import SQL, Identifier

from config.database import PostgreSQL
from config.settings import CACHE, ROOT
from tests.bench import process

# Two checkouts may measure on the same server
PREFIX = f'shortcircuit_bench_{ROOT.name.lower()}_'


class Clones:
    """
    The databases of the bench on the server of the URI.

    Templates are of the day: what is ordered is delivered today. They are
    kept for the next run only if keep is set.
    """

    def __init__(self, uri, keep=False):
        self.server = PostgreSQL(uri, CACHE)
        self.uri = uri
        self.keep = keep

    def prepare(self, arm, size, fresh=False):
        "Return the name of the template of an arm, prepared if it is not"
        name = (f'{PREFIX}{arm}_{"_".join(map(str, size))}'
            f'_{dt.date.today():%m%d}')
        if fresh:
            self.server.drop(name)
        if not self.server.exists(name):
            building = f'{PREFIX}{arm}_build'
            self.server.drop(building)
            process.call(
                'arm', self.uri, building, arm, 'prepare', *size,
                flags=['-O'])
            with self.connect(building) as connection:
                connection.execute("VACUUM ANALYZE")
            with self.server.cursor() as cursor:
                cursor.execute(SQL("ALTER DATABASE {} RENAME TO {}").format(
                        Identifier(building), Identifier(name)))
        return name

    @contextmanager
    def clone(self, template, name='run'):
        "Give the name of a copy of the template"
        name = f'{PREFIX}{name}'
        self.server.drop(name)
        with self.server.cursor() as cursor:
            cursor.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    Identifier(name), Identifier(template)))
        try:
            yield name
        finally:
            self.server.drop(name)

    def connect(self, name):
        return psycopg.connect(
            self.server._address(self.uri, name), autocommit=True)

    def close(self):
        if not self.keep:
            for name in self.server.databases(PREFIX):
                self.server.drop(name)
