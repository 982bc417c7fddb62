"""A part of the bench, in a process and a database of its own"""
import configparser
import json
import os
import subprocess
import sys

from config.settings import ROOT


def get_cache():
    "Return how much is known at once, as config sets it for production"
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / 'config' / 'trytond-postgresql.conf')
    return {n: parser['cache'][n] for n in ['transaction', 'model']}


def run(name, uri, *arguments, flags=(), database=None):
    """
    Run the module of the bench of that name and return what it measured.

    The module prints it last, as JSON. flags are those of Python; the
    database is named after the module unless it is given.
    """
    output = call(
        name, uri, database or f'shortcircuit_bench_{name}', *arguments,
        flags=flags)
    return json.loads(output.splitlines()[-1])


def call(name, uri, database, *arguments, flags=()):
    "Run the module on the database and return what it prints"
    cache = {
        f'TRYTOND_CACHE__{n.upper()}': v for n, v in get_cache().items()}
    return subprocess.run(
        [sys.executable, *flags, '-m', f'tests.bench.{name}',
            *map(str, arguments)],
        env=cache | os.environ | {
            'TRYTOND_DATABASE_URI': uri,
            'DB_NAME': database,
            },
        stdout=subprocess.PIPE, text=True, check=True).stdout
