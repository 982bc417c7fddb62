"""The classes of a set of modules, set up once for each process

Core sets them up anew for each database, twice for a scenario: several
seconds each time for what the same sources always make the same.
"""
from functools import cache, wraps

from trytond import pool
from trytond.modules import ir_module
from trytond.tools import misc
from trytond.transaction import Transaction

kept = {}


def install():
    "Make core look for each module, and set up its classes, only once"
    misc.import_module = cache(misc.import_module)
    pool.load_modules = keep(pool.load_modules)


def keep(load_modules):
    @wraps(load_modules)
    def wrapper(database_name, pool, update=None, **kwargs):
        # In a transaction modules are being activated
        if update or Transaction().connection:
            return load_modules(database_name, pool, update=update, **kwargs)
        modules = activated(database_name)
        if modules not in kept:
            load_modules(database_name, pool, **kwargs)
            kept[modules] = pool._pool, pool._modules
        pool._pool, pool._modules = kept[modules]
        return True
    return wrapper


def activated(database_name):
    with Transaction().start(database_name, 0, readonly=True) as transaction:
        cursor = transaction.connection.cursor()
        cursor.execute(*ir_module.select(
                ir_module.name,
                where=ir_module.state.in_(
                    ['activated', 'to upgrade', 'to remove'])))
        return frozenset(name for name, in cursor)
