"""The floor: the rows that a stage leaves, written by plain SQL

The new rows of each stage, as they are at its end, are written to files: a
directory by stage, a file by table, as PostgreSQL copies them. They are then
loaded in another copy of the database, foreign keys on.
"""
import time
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier

from trytond.transaction import Transaction

BATCH = 1000


class Rows:
    "Writes the new rows of each stage, around it"

    def __init__(self, directory):
        self.directory = Path(directory)

    @contextmanager
    def __call__(self, stage):
        with connect() as cursor:
            before = last_ids(cursor)
        yield
        with connect() as cursor:
            self.write(cursor, stage, before)

    def write(self, cursor, stage, before):
        directory = self.directory / stage
        directory.mkdir(parents=True, exist_ok=True)
        for table, last in last_ids(cursor).items():
            if last > before[table]:
                query = SQL(
                    "COPY (SELECT * FROM {} WHERE id > {}) TO STDOUT").format(
                    Identifier(table), before[table])
                with (cursor.copy(query) as copy,
                        open(directory / table, 'ab') as file):
                    for data in copy:
                        file.write(data)


@contextmanager
def connect():
    "A cursor of a transaction of its own"
    from trytond.tests.test_tryton import DB_NAME
    with Transaction().start(DB_NAME, 0, readonly=True) as transaction:
        yield transaction.connection.cursor()


def last_ids(cursor):
    "Return by table the last id that was given"
    cursor.execute(
        "SELECT t.relname, coalesce(pg_sequence_last_value(s.oid), 0) "
        "FROM pg_class s "
        "JOIN pg_depend d ON d.objid = s.oid AND d.deptype IN ('a', 'i') "
        "JOIN pg_class t ON t.oid = d.refobjid "
        "WHERE s.relkind = 'S'")
    return dict(cursor.fetchall())


def load(connection, directory, write):
    """
    Return by stage the costs of writing its rows: wall, in seconds.

    write is a function that prepares a table and returns what writes it.
    """
    with connection.cursor() as cursor:
        defer(cursor)
        stages = sorted(directory.iterdir(), key=lambda d: d.stat().st_mtime)
        return {
            stage.name: {
                'wall': load_stage(connection, cursor, stage, write)}
            for stage in stages}


def load_stage(connection, cursor, stage, write):
    writers = [
        write(cursor, file.name, file.read_bytes())
        for file in sorted(stage.iterdir()) if file.stat().st_size]
    started = time.perf_counter()
    with connection.transaction():
        for writer in writers:
            writer()
    return time.perf_counter() - started


def defer(cursor):
    "Check the foreign keys at the end: the tables refer to one another"
    cursor.execute(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint "
        "WHERE contype = 'f'")
    for table, name in cursor.fetchall():
        cursor.execute(
            f'ALTER TABLE {table} ALTER CONSTRAINT "{name}" '
            'DEFERRABLE INITIALLY DEFERRED')


def copy(cursor, table, data):
    "Write the rows by COPY"
    query = SQL("COPY {} FROM STDIN").format(Identifier(table))

    def writer():
        with cursor.copy(query) as into:
            into.write(data)
    return writer


def insert(cursor, table, data):
    "Write the rows by INSERT of many rows"
    rows = [
        '(' + ', '.join(map(literal, line.split('\t'))) + ')'
        for line in data.decode().rstrip('\n').split('\n')]
    start = SQL("INSERT INTO {} VALUES ").format(
        Identifier(table)).as_string(cursor)
    # Nothing is left to PostgreSQL but to read and write
    queries = [
        start + ', '.join(rows[i:i + BATCH])
        for i in range(0, len(rows), BATCH)]

    def writer():
        for query in queries:
            cursor.execute(query.encode())
    return writer


ESCAPES = {'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v'}


def literal(value):
    "Return as a literal of SQL a value as PostgreSQL copies it"
    if value == r'\N':
        return 'NULL'
    if '\\' in value:
        characters = iter(value)
        value = ''.join(
            c if c != '\\' else ESCAPES.get(e := next(characters), e)
            for c in characters)
    return "'" + value.replace("'", "''") + "'"


METHODS = {'insert': insert, 'copy': copy}


def measure(clones, template, directory):
    "Return the costs by method and stage, each method in its own clone"
    costs = {}
    for name, write in METHODS.items():
        with (clones.clone(template) as database,
                clones.connect(database) as connection):
            try:
                costs[name] = load(connection, directory, write)
            except psycopg.IntegrityError as error:
                print(f"floor by {name}: {error}")
                costs[name] = {}
    return costs
