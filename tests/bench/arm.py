"""One arm of a comparison: python -m tests.bench.arm ARM DO ORDERS..."""
import argparse
import datetime as dt
import json
from contextlib import contextmanager
from importlib import import_module
from unittest.mock import patch

import proteus

from tests import cache, template
from tests.bench.meter import Meter
from tests.bench.orders import Orders
from trytond import backend, worker
from trytond.pool import Pool
from trytond.tests import tools
from trytond.tests.test_tryton import DB_NAME, drop_db
from trytond.transaction import Transaction, TransactionError

# The tasks that print: a worker runs them beside what the user waits for
PRINTING = {
    ('account.invoice', 'print_invoice'),
    ('account.invoice', 'issue'),
    ('shortcircuit.settlement', 'issue'),
    }
RETRIES = 5
# A task runs its own tasks, by what replaces it while an arm runs
run_task = worker.run_task


@contextmanager
def databases():
    "Keep the activated databases for the next run, leave none on the server"
    cache.install()
    try:
        yield
    finally:
        drop_db()
        template.drop()


class Arm:
    """
    What all arms do alike.

    Each has modules, setup, prepare and run, and its own way to order and to
    confirm_order.
    """

    def __init__(self, orders, config=None):
        self.orders = orders
        self.meter = Meter()
        # Asked by its module: the cache may have replaced it
        self.config = config or tools.activate_modules(
            self.modules, self.setup)
        self.pool = Pool(DB_NAME)
        self.context = dict(self.config.context, _skip_warnings=True)
        self.printing = []
        self.prints = True

    def transact(self, func, *args):
        "Call as the dispatcher does: try again on locks, then run the tasks"
        extras = {}
        for retry in range(RETRIES, -1, -1):
            try:
                result = self.try_once(func, args, extras)
                break
            except backend.DatabaseOperationalError:
                if not retry:
                    raise
        tasks = Transaction().tasks
        with patch.object(worker, 'run_task', self.run_or_defer):
            while tasks:
                self.run_or_defer(DB_NAME, tasks.pop())
        return result

    def try_once(self, func, args, extras):
        while True:
            with Transaction().start(
                    DB_NAME, 1, context=self.context,
                    **extras) as transaction:
                try:
                    result = func(*args)
                    transaction.commit()
                    return result
                except TransactionError as error:
                    transaction.rollback()
                    error.fix(extras)

    def run_or_defer(self, pool, task_id):
        "Run a task of the queue, but keep what prints for later"
        with Transaction().start(DB_NAME, 0, readonly=True):
            data = self.pool.get('ir.queue')(task_id).data
        if (data['model'], data['method']) in PRINTING:
            self.printing.append(task_id)
        else:
            run_task(pool, task_id)

    def print(self):
        if not self.prints:
            return
        with self.meter.stage('print'):
            while self.printing:
                run_task(DB_NAME, self.printing.pop(0))

    def find(self, model, domain=(), order=None):
        return self.transact(lambda: [
                r.id for r in self.pool.get(model).search(
                    list(domain), order=order)])

    def click(self, model, button, ids):
        "Click a button on all the records in one transaction"
        def click():
            Model = self.pool.get(model)
            getattr(Model, button)(Model.browse(ids))
        self.transact(click)

    def click_all(self, model, buttons, ids):
        for button in buttons:
            self.click(model, button, ids)

    def find_products(self):
        "Return the ids of the products, in the order of those of the orders"
        return self.find(
            'product.product', [('template.name', 'like', "Product %")],
            [('template.name', 'ASC')])

    def find_customers(self):
        return self.find(
            'party.party', [('name', 'like', "Customer %")],
            [('name', 'ASC')])

    def order_all(self):
        "Take the orders of the customers, then confirm them, one by one"
        products = self.find_products()
        sales = []
        with self.meter.stage('order'):
            for customer, lines in zip(self.find_customers(), self.orders):
                sales.append(self.transact(self.order, customer, [
                            (products[p], q) for p, q in lines]))
        with self.meter.stage('confirm'):
            for sale in sales:
                self.confirm_order(sale)

    @contextmanager
    def analyzed(self, stage):
        "Gather the statistics first, as autovacuum does in production"
        self.transact(
            lambda: Transaction().connection.cursor().execute('ANALYZE'))
        yield

    def post(self, ids):
        Invoice = self.pool.get('account.invoice')
        Invoice.post(Invoice.browse(ids))

    def amount(self):
        Invoice = self.pool.get('account.invoice')
        return sum(i.untaxed_amount for i in Invoice.search([
                        ('type', '=', 'out'),
                        ('state', '=', 'posted'),
                        ('invoice_date', '=', dt.date.today()),
                        ]))

    def result(self):
        return {
            'stages': self.meter.stages,
            'amount': str(self.transact(self.amount)),
            'peak_mib': self.meter.peak_mib,
            }


def prepare(Class, orders):
    "Fill the database that the runs start from"
    cache.install()
    try:
        Class(orders).prepare()
        backend.Database(DB_NAME).close()
    finally:
        template.drop()


def run(Class, orders, profiled=None, rows=None, prints=True):
    """
    Pass the orders, in a clone of what was prepared.

    The stage of the name of profiled is profiled, rows is the directory where
    what each stage leaves is written. The papers are printed, or not.
    """
    from tests.bench.floor import Rows
    from tests.bench.profile import Profile

    # The tests check the fields that are not stored too
    Pool.test = False
    arm = Class(orders, proteus.config.set_trytond())
    arm.prints = prints
    arm.meter.around.append(arm.analyzed)
    if profiled:
        arm.meter.around.append(Profile(profiled))
    if rows:
        arm.meter.around.append(Rows(rows))
    arm.run()
    print(json.dumps(arm.result()))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument(
        'arm', choices=['bare', 'cycle', 'history', 'together'])
    parser.add_argument('do', choices=['prepare', 'run'])
    for name in ['seed', 'orders', 'lines']:
        parser.add_argument(name, type=int)
    for name in ['profile', 'rows']:
        parser.add_argument(f'--{name}')
    parser.add_argument('--unprinted', action='store_true')
    options = parser.parse_args()
    # The one that runs only: bare core is without what the others import
    Class = getattr(
        import_module(f'tests.bench.{options.arm}'), options.arm.title())
    orders = Orders(options.seed, options.orders, options.lines)
    if options.do == 'prepare':
        prepare(Class, orders)
    else:
        run(
            Class, orders, options.profile, options.rows,
            prints=not options.unprinted)


if __name__ == '__main__':
    # The arms import this module by its name
    from tests.bench import arm
    arm.main()
