"""Run one arm and print its result: python -m tests.bench.arm ARM ..."""
import json
import sys
from contextlib import contextmanager

from tests import cache, template
from tests.bench.meter import Meter
from tests.bench.orders import Orders
from trytond.pool import Pool
from trytond.tests import tools
from trytond.tests.test_tryton import DB_NAME, drop_db
from trytond.transaction import Transaction, TransactionError
from trytond.worker import run_task


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
    "What both arms do alike; each has modules, setup, prepare and run"

    def __init__(self, orders):
        self.orders = orders
        self.meter = Meter()
        # Asked by its module: the cache may have replaced it
        self.config = tools.activate_modules(self.modules, self.setup)
        self.pool = Pool(DB_NAME)
        self.context = dict(self.config.context, _skip_warnings=True)

    def transact(self, func, *args):
        "Call as the dispatcher does: restart on locks, then run the tasks"
        extras = {}
        while True:
            with Transaction().start(
                    DB_NAME, 1, context=self.context,
                    **extras) as transaction:
                try:
                    result = func(*args)
                    transaction.commit()
                    break
                except TransactionError as error:
                    transaction.rollback()
                    self.meter.restarted()
                    error.fix(extras)
        while transaction.tasks:
            run_task(DB_NAME, transaction.tasks.pop())
        return result

    def find(self, model, domain=()):
        return self.transact(lambda: [
                r.id for r in self.pool.get(model).search(list(domain))])

    def click(self, model, button, ids):
        "Click a button on all the records in one transaction"
        def click():
            Model = self.pool.get(model)
            getattr(Model, button)(Model.browse(ids))
        self.transact(click)

    def order(self, party, lines):
        "Take an order as the client does, return its id"
        Line = self.pool.get('sale.line')
        Party = self.pool.get('party.party')
        Product = self.pool.get('product.product')
        Sale = self.pool.get('sale.sale')
        sale = Sale(**Sale.default_get(
                list(Sale._fields), with_rec_name=False))
        sale.party = Party(party)
        sale.on_change_party()
        sale.lines = []
        for product, quantity in lines:
            line = Line(type='line', sale=sale)
            line.product = Product(product)
            line.on_change_product()
            line.quantity = quantity
            line.on_change_quantity()
            line.sale = None
            sale.lines = [*sale.lines, line]
        sale.save()
        return sale.id

    def post(self, ids):
        Invoice = self.pool.get('account.invoice')
        Date = self.pool.get('ir.date')
        invoices = Invoice.browse(ids)
        Invoice.write(invoices, {'invoice_date': Date.today()})
        Invoice.post(invoices)

    def amount(self):
        Invoice = self.pool.get('account.invoice')
        return sum(i.untaxed_amount for i in Invoice.search([
                        ('type', '=', 'out'),
                        ('state', '=', 'posted'),
                        ]))

    def result(self):
        return {
            'stages': self.meter.stages,
            'amount': str(self.transact(self.amount)),
            'peak_mib': self.meter.peak_mib,
            }


def main(name, seed, orders, lines):
    from tests.bench import bare, cycle
    Class = {'bare': bare.Bare, 'cycle': cycle.Cycle}[name]
    with databases():
        arm = Class(Orders(int(seed), int(orders), int(lines)))
        arm.prepare()
        arm.run()
        print(json.dumps(arm.result()))


if __name__ == '__main__':
    # The arms import this module by its name
    from tests.bench import arm
    arm.main(*sys.argv[1:])
