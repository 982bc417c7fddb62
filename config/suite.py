"""Every test: on SQLite, on PostgreSQL, in a browser"""
import os
import shutil
import subprocess
import sys

import psycopg

from config.database import PostgreSQL
from config.settings import CACHE, ROOT

CI = os.environ.get('CI', '').lower() in {'1', 'true'}
PARALLEL = ['-n', 'auto', '--maxprocesses', '4', '--dist', 'loadgroup']
BROWSERS = ['chromium', 'chromium-browser', 'google-chrome']


def run(*parts):
    "Run the parts, tell how each ended, and give the exit status"
    endings = {part: PARTS[part]() for part in parts or PARTS}
    print("\nWhat was run:")
    for part, (status, ending) in endings.items():
        print(f"  {part:<11} {ending}")
    return max(status for status, _ in endings.values())


def sqlite():
    return _pytest(
        'sqlite', *PARALLEL, '-m', 'not postgresql and not browser')


def postgresql():
    uri = _postgresql_uri()
    if not uri:
        return _skipped("no PostgreSQL where databases can be created;"
            " POSTGRESQL_URI tells another")
    server = PostgreSQL(uri, CACHE)
    prefix = f'test_shortcircuit_{os.getpid()}'
    try:
        return _pytest(
            'postgresql', *PARALLEL, '-m', 'scenario or postgresql',
            TRYTOND_DATABASE_URI=server.uri, DB_NAME=prefix,
            # These databases need not survive the machine
            PGOPTIONS='-c synchronous_commit=off')
    finally:
        # Also what a test that was killed has left
        for database in server.databases(prefix):
            server.drop(database)


def browser():
    if not any(map(shutil.which, BROWSERS)):
        return _skipped("no Chromium")
    return _pytest('browser', '-m', 'browser')


PARTS = {
    'sqlite': sqlite,
    'postgresql': postgresql,
    'browser': browser,
    }


def _pytest(part, *arguments, **environment):
    print(f"\nTests: {part}", flush=True)
    process = subprocess.Popen(
        [sys.executable, '-m', 'pytest', *arguments], cwd=ROOT,
        env=os.environ | environment, stdout=subprocess.PIPE, text=True)
    ending = "pytest did not start"
    try:
        for line in process.stdout:
            print(line, end='', flush=True)
            ending = line.strip('=\n ') or ending
        return process.wait(), ending
    finally:
        process.terminate()


def _skipped(reason):
    return (1, f"FAILED: {reason}") if CI else (0, f"skipped: {reason}")


def _postgresql_uri():
    given = os.environ.get('POSTGRESQL_URI')
    for uri in [given] if given else [
            'postgresql://127.0.0.1:5432/', 'postgresql:///']:
        try:
            if _creates_databases(uri):
                return uri
        except psycopg.OperationalError:
            continue


def _creates_databases(uri):
    with PostgreSQL(uri, CACHE).cursor() as cursor:
        cursor.execute('SELECT rolcreatedb OR rolsuper FROM pg_roles'
            ' WHERE rolname = current_user')
        return cursor.fetchone()[0]
