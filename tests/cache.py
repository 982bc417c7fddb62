"""Databases kept from one test to the next, as core does, and in layers

Core keeps an activated database for each set of modules. Here each is
activated on top of the one that its modules depend on, down to core's own
modules, and kept as long as these modules do not change: core's change only
with the lock.
"""
import hashlib
import shutil
from contextlib import nullcontext
from functools import partial, wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from config.database import closure
from config.settings import CACHE, LOCK, MODULES, ROOT, fingerprint
from tests import template
from trytond import backend
from trytond.pool import Pool
from trytond.tests import test_tryton, tools
from trytond.transaction import Transaction

POSTGRESQL = backend.name == 'postgresql'

activate_module = test_tryton.activate_module
backup_db_cache = test_tryton.backup_db_cache
create_db = test_tryton.create_db
drop_db = test_tryton.drop_db


def directory(name, *sources):
    "Where these sources are cached; the directories of older ones go"
    current = CACHE / f'{name}-{fingerprint(*sources)}'
    for stale in CACHE.glob(f'{name}-*'):
        if stale != current:
            shutil.rmtree(stale, ignore_errors=True)
    return current


def layer(modules):
    "Where the database with these modules is cached"
    names = '-'.join(sorted(modules))
    digest = hashlib.md5(names.encode()).hexdigest()[:8]
    return directory(
        f'layer-{backend.name}-{digest}',
        *(ROOT / 'modules' / m for m in closure(modules) & set(MODULES)),
        Path(__file__), Path(template.__file__), LOCK)


def install():
    "Make core's test helpers use the layers"
    if POSTGRESQL and not (
            shutil.which('pg_dump') and shutil.which('pg_restore')):
        return
    test_tryton.DB_CACHE = str(directory(
            f'db-{backend.name}',
            ROOT / 'modules', *ROOT.glob('tests/**/*.py'), LOCK))
    test_tryton.backup_db_cache = tools.backup_db_cache = backup_whole
    test_tryton.activate_module = activate_on_top
    tools.activate_modules = set_up_on_top
    if POSTGRESQL:
        test_tryton.restore_db_cache = tools.restore_db_cache = (
            template.restore)


def backup_whole(name):
    "Let the other workers see an entry only once it is complete"
    if POSTGRESQL:
        template.analyze()
    cache = Path(test_tryton.DB_CACHE)
    cache.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=cache) as building:
        with patch.object(test_tryton, 'DB_CACHE', building):
            backup_db_cache(name)
        for entry in Path(building).iterdir():
            if not (cache / entry.name).exists():
                entry.rename(cache / entry.name)


@wraps(activate_module)
def activate_on_top(modules, *args, **kwargs):
    names = [modules] if isinstance(modules, str) else modules
    create = partial(create_below, names)
    with (patch.multiple(
                test_tryton, create_db=create, DB_CACHE=str(layer(names))),
            template.activating() if POSTGRESQL else nullcontext()):
        return activate_module(modules, *args, **kwargs)


@wraps(tools.activate_modules)
def set_up_on_top(modules, *setup):
    names = [modules] if isinstance(modules, str) else modules
    name = '-'.join(sorted(names) + list(map(tools._func_name, setup)))
    if tools.restore_db_cache(name):
        return tools._get_config()
    drop_db()
    test_tryton.activate_module(sorted(names))
    config = tools._get_config()
    for function in setup:
        function(config=config)
    if setup:
        tools.backup_db_cache(name)
    return config


def create_below(modules, name=test_tryton.DB_NAME, lang='en'):
    # What is asked for is activated on top, ours or not
    below = closure(modules) - set(modules)
    if ours := below & set(MODULES):
        lower = set().union(*(closure([m]) - {m} for m in ours))
        test_tryton.activate_module(sorted(ours - lower), lang=lang)
    else:
        with patch.multiple(
                test_tryton, create_db=create_db, DB_CACHE=str(layer(below))):
            activate_module(sorted(below), lang=lang)
    with Transaction().start(name, 1) as transaction:
        # What our modules depend on may have changed since
        Pool().get('ir.module').update_list()
        transaction.commit()
