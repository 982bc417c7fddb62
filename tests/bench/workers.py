"""What several workers share of a week, on the processes of production

The orders of a closed cycle are processed, and its invoices posted and
printed, by tasks of twenty. One worker runs the tasks of a copy of the
database, then several those of another copy.
"""
import sys
import time
from contextlib import contextmanager

import proteus

import trytond.config as config
from tests.bench import process
from tests.bench.buyers import COOPERATIVE
from tests.bench.clones import Clones
from tests.bench.cycle import Cycle
from tests.bench.orders import Orders
from tests.bench.production import Production
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME

# How many of the orders of the seed
ORDERS = 120
# By stage the count of what is left to do once its tasks have run
LEFT = {
    'process': "SELECT count(*) FROM sale_sale WHERE state = 'confirmed'",
    'post': "SELECT count(*) FROM account_invoice "
    "WHERE type = 'out' "
    "AND (state != 'posted' OR invoice_report_cache IS NULL)",
    }
# How long the tasks of a stage may take, s
PATIENCE = 600


class Tasks(Cycle):
    "Leaves the tasks of a stage in the queue"

    def process(self):
        self.cycle, = self.find('shortcircuit.cycle')
        self.order_all()
        with queued():
            self.close()

    def post(self):
        self.run_tasks()
        self.cycle, = self.find('shortcircuit.cycle')
        self.share_all()
        self.deliver_all()
        self.settle_all()
        self.print()
        with queued():
            self.transact(self.post_batch)

    def run_tasks(self):
        for task in self.find('ir.queue', [('dequeued_at', '=', None)]):
            self.run_or_defer(DB_NAME, task)

    def post_batch(self):
        Invoice = self.pool.get('account.invoice')
        invoices = Invoice.search([('type', '=', 'out')])
        self.date_today([i.id for i in invoices])
        Invoice.post_batch(invoices)


@contextmanager
def queued():
    "Leave the tasks to the workers"
    config.set('queue', 'worker', 'True')
    try:
        yield
    finally:
        config.set('queue', 'worker', 'False')


def compare(options):
    "Run the tasks of each stage by one and by several workers"
    clones = Clones(options.uri, options.keep)
    try:
        size = options.seed, *COOPERATIVE
        template = clones.prepare('cycle', size, options.fresh)
        with clones.clone(template) as database:
            for stage in LEFT:
                process.call(
                    'workers', options.uri, database, stage, *size,
                    flags=['-O'])
                describe(stage, [
                        measure(clones, database, stage, count)
                        for count in [1, options.workers]])
    finally:
        clones.close()


def measure(clones, template, stage, count):
    "Return the workers, the tasks and the seconds that they have taken"
    with clones.clone(template, 'copy') as database:
        with Production(clones.uri, database).run(workers=count), \
                clones.connect(database) as connection:
            tasks, seconds = watch(connection)
            left, = connection.execute(LEFT[stage]).fetchone()
            assert not left, f"{left} left by {stage}"
    return count, tasks, seconds


def watch(connection):
    "Wait for the end of the tasks, return their number and the seconds"
    def count(where):
        number, = connection.execute(
            f'SELECT count(*) FROM ir_queue WHERE {where}').fetchone()
        return number
    before = count('finished_at IS NOT NULL')
    waiting = count('dequeued_at IS NULL')
    deadline = time.monotonic() + PATIENCE
    while count('dequeued_at IS NULL') == waiting:
        wait(deadline)
    started = time.monotonic()
    while count('finished_at IS NULL'):
        wait(deadline)
    return (
        count('finished_at IS NOT NULL') - before, time.monotonic() - started)


def wait(deadline):
    if time.monotonic() > deadline:
        raise TimeoutError("a task has failed or takes too long")
    time.sleep(.05)


def describe(stage, runs):
    _, _, alone = runs[0]
    for count, tasks, seconds in runs:
        print(f"{stage:10}{count:3} workers{tasks:6} tasks{seconds:8.1f} s"
            f"{alone / seconds:6.2f} times as fast")


def main(stage, *size):
    # The tests check the fields that are not stored too
    Pool.test = False
    arm = Tasks(
        Orders(*map(int, size))[:ORDERS], proteus.config.set_trytond())
    getattr(arm, stage)()


if __name__ == '__main__':
    # The arm is imported by its name
    from tests.bench import workers
    workers.main(*sys.argv[1:])
