"""Databases kept from one test to the next, as core does, and one step more

Core keeps an activated database for each set of modules. Most of that time
goes to its own modules, which change only with the lock: they are kept apart,
and ours are activated on top of them.
"""
import shutil
from functools import partial, wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from config.database import closure
from config.settings import CACHE, LOCK, MODULES, ROOT, fingerprint
from trytond import backend
from trytond.pool import Pool
from trytond.tests import test_tryton, tools
from trytond.transaction import Transaction

activate_module = test_tryton.activate_module
backup_db_cache = test_tryton.backup_db_cache
create_db = test_tryton.create_db


def directory(name, *sources):
    "Where these sources are cached; the directories of older ones go"
    current = CACHE / f'{name}-{fingerprint(*sources)}'
    for stale in CACHE.glob(f'{name}-*'):
        if stale != current:
            shutil.rmtree(stale, ignore_errors=True)
    return current


def install():
    "Make core's test helpers use both layers"
    if backend.name == 'postgresql' and not (
            shutil.which('pg_dump') and shutil.which('pg_restore')):
        return
    test_tryton.DB_CACHE = str(directory(
            f'db-{backend.name}',
            ROOT / 'modules', *ROOT.glob('tests/**/*.py'), LOCK))
    test_tryton.backup_db_cache = backup_whole
    test_tryton.activate_module = on_core(activate_module)
    tools.backup_db_cache = backup_whole
    tools.activate_modules = on_core(tools.activate_modules)


def backup_whole(name):
    "Let the other workers see an entry only once it is complete"
    cache = Path(test_tryton.DB_CACHE)
    cache.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=cache) as building:
        with patch.object(test_tryton, 'DB_CACHE', building):
            backup_db_cache(name)
        for entry in Path(building).iterdir():
            if not (cache / entry.name).exists():
                entry.rename(cache / entry.name)


def on_core(activate):
    "Activate from a database that already has the core modules needed"
    @wraps(activate)
    def wrapper(modules, *args, **kwargs):
        names = [modules] if isinstance(modules, str) else modules
        create = partial(create_with_core, names)
        with patch.object(test_tryton, 'create_db', create):
            return activate(modules, *args, **kwargs)
    return wrapper


def create_with_core(modules, name=test_tryton.DB_NAME, lang='en'):
    # What is asked for is activated on top, ours or not
    core = sorted(closure(modules) - set(MODULES) - set(modules))
    cache = directory(f'core-{backend.name}', LOCK)
    with patch.multiple(
            test_tryton, create_db=create_db, DB_CACHE=str(cache)):
        activate_module(core, lang=lang)
    with Transaction().start(name, 1) as transaction:
        # What our modules depend on may have changed since
        Pool().get('ir.module').update_list()
        transaction.commit()
