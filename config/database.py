"""The demo's database: built under another name, then put in place whole"""
import configparser
import datetime
import json
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

import psycopg
from psycopg.sql import SQL, Identifier, Literal

from config import progress
from config.install import PYTHON
from config.settings import (
    DEMO, LANGUAGE, LOCK, MODULES, PASSWORD, PORT, ROOT, WEB_CLIENT,
    fingerprint)


def server(uri=None, path=DEMO):
    "The server that the URI names, SQLite's files under path by default"
    if not uri or uri.startswith('sqlite:'):
        return SQLite(path)
    if uri.startswith('postgresql:'):
        return PostgreSQL(uri, path)
    sys.exit("DATABASE_URI starts with postgresql:// or sqlite://.")


class Server:

    def __init__(self, uri, path):
        self.uri = uri
        self.path = path
        path.mkdir(parents=True, exist_ok=True)

    def configuration(self, port=PORT, worker=False):
        "Write the server's configuration with what this run changes"
        parser = configparser.ConfigParser(interpolation=None)
        parser.read(ROOT / 'config' / f'trytond-{self.name}.conf')
        parser['database'].update(
            uri=self.uri, path=str(self.path), list='True')
        parser['web'].update(
            listen=f'localhost:{port}', root=str(WEB_CLIENT), num_proxies='0')
        parser['queue']['worker'] = str(worker)
        file = self.path / f'{self.name}-{port}.conf'
        with open(file, 'w') as fp:
            parser.write(fp)
        return file


class SQLite(Server):
    name = 'sqlite'

    def __init__(self, path):
        super().__init__('sqlite://', path)

    def file(self, database, suffix='.sqlite'):
        return self.path / f'{database}{suffix}'

    def exists(self, database):
        return self.file(database).exists()

    def create(self, database):
        self.file(database).touch()

    def drop(self, database):
        for suffix in ['.json', '.sqlite', '.sqlite-shm', '.sqlite-wal']:
            self.file(database, suffix).unlink(missing_ok=True)

    def put_in_place(self, building, database, note):
        with closing(sqlite3.connect(self.file(building))) as connection:
            # What is still in the log would stay behind under the old name
            connection.execute('PRAGMA wal_checkpoint(TRUNCATE)')
        self.drop(database)
        self.file(database, '.json').write_text(note)
        self.file(building).rename(self.file(database))

    def note(self, database):
        note = self.file(database, '.json')
        return note.read_text() if note.exists() else None


class PostgreSQL(Server):
    name = 'postgresql'

    def __init__(self, uri, path):
        super().__init__(self._address(uri), path)

    @staticmethod
    def _address(uri, database=''):
        parts = urlsplit(uri)
        query = f'?{parts.query}' if parts.query else ''
        return f'postgresql://{parts.netloc}/{database}{query}'

    @contextmanager
    def cursor(self):
        # postgres is the database that every server has
        with psycopg.connect(
                self._address(self.uri, 'postgres'),
                autocommit=True, connect_timeout=5) as connection:
            yield connection.cursor()

    def databases(self, prefix):
        with self.cursor() as cursor:
            cursor.execute(
                'SELECT datname FROM pg_database'
                ' WHERE starts_with(datname, %s)', [prefix])
            return [name for name, in cursor]

    def exists(self, database):
        return database in self.databases(database)

    def create(self, database):
        with self.cursor() as cursor:
            cursor.execute(
                SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'")
                .format(Identifier(database)))

    def drop(self, database):
        with self.cursor() as cursor:
            cursor.execute(SQL('DROP DATABASE IF EXISTS {} WITH (FORCE)')
                .format(Identifier(database)))

    def put_in_place(self, building, database, note):
        with self.cursor() as cursor:
            cursor.execute(SQL('COMMENT ON DATABASE {} IS {}')
                .format(Identifier(building), Literal(note)))
        self.drop(database)
        with self.cursor() as cursor:
            cursor.execute(SQL('ALTER DATABASE {} RENAME TO {}')
                .format(Identifier(building), Identifier(database)))

    def note(self, database):
        with self.cursor() as cursor:
            cursor.execute(
                "SELECT shobj_description(oid, 'pg_database')"
                ' FROM pg_database WHERE datname = %s', [database])
            note, = cursor.fetchone()
        return note


def ensure(server, database, fresh=False, day=None):
    """Build the database unless it stands, of unchanged sources

    and of that day, if one is given.
    """
    sources = fingerprint(
        *(ROOT / 'modules' / m for m in MODULES), ROOT / 'config' / 'demo',
        ROOT / 'config' / 'settings.py', LOCK)
    if server.exists(database):
        note = _own_note(server, database)
        if (note.get('sources') == sources
                and day in {None, note['date']}
                and not fresh):
            return note
        reason = "as asked" if fresh else "its sources or the day have changed"
        print(f"The demo is built anew: {reason}.", flush=True)
    note = {
        'sources': sources,
        'date': datetime.date.today().isoformat(),
        }
    building = f'{database}_build'
    server.drop(building)
    server.create(building)
    _fill(server.configuration(), building)
    server.put_in_place(building, database, json.dumps(note))
    return note


def _own_note(server, database):
    "Never replace a database that the launcher has not made"
    try:
        return dict(json.loads(server.note(database)))
    except (TypeError, ValueError):
        sys.exit(f"The database {database} exists and is not a demo:"
            " choose another name, for instance"
            " make demo DATABASE=circuit_demo.")


def _fill(configuration, database):
    modules = [*MODULES, 'account_fr', 'account_fr_chorus']
    total = len(closure(modules))
    with tempfile.NamedTemporaryFile('w', suffix='.txt') as password:
        password.write(PASSWORD)
        password.flush()
        progress.run("Modules activated", [
                PYTHON.with_name('trytond-admin'), '-vv',
                '-c', configuration, '-d', database,
                '-u', *modules, '--activate-dependencies',
                '-l', LANGUAGE, '--email', 'admin@shortcircuit.example',
                ], lambda log: (len(_LOADED.findall(log)), total),
            cwd=ROOT, env=os.environ | {'TRYTONPASSFILE': password.name})
    builder = [PYTHON, '-m', 'config.demo']
    if subprocess.call(
            [*builder, '-c', configuration, '-d', database], cwd=ROOT):
        sys.exit("The demo cooperative could not be built.")


_LOADED = re.compile(r' \w+ load$', re.M)


def closure(modules):
    "The modules and all that they depend on"
    from trytond.modules import get_module_info
    found = set()
    missing = {'ir', 'res', *modules}
    while missing:
        module = missing.pop()
        found.add(module)
        missing.update(get_module_info(module).get('depends', []))
        missing -= found
    return found
