"""What each command does once the packages are there"""
import os
import subprocess
import sys

import psycopg

from config import database
from config.serve import card, serve
from config.settings import DATABASE, PORT, ROOT


def setup():
    _database()
    print("Ready: make demo serves it.")


def demo():
    server, name, note = _database()
    port = os.environ.get('PORT') or PORT
    try:
        with serve(server, name, port) as process:
            print(card(f'http://localhost:{port}/#{name}', note['date']))
            process.wait()
    except KeyboardInterrupt:
        print("\nStopped.")


def _database():
    server = database.server(os.environ.get('DATABASE_URI'))
    name = (os.environ.get('DATABASE') or DATABASE).lower()
    try:
        note = database.ensure(server, name, bool(os.environ.get('FRESH')))
    except psycopg.OperationalError as error:
        sys.exit(f"DATABASE_URI: {str(error).strip()}")
    return server, name, note


def test(*parts):
    from config.suite import run
    sys.exit(run(*parts))


def bench(*arguments):
    sys.exit(subprocess.call(
            [sys.executable, '-m', 'tests.bench', *arguments], cwd=ROOT))
