"""What the accountants' reports cost as the lines grow, on PostgreSQL

A week that is delivered, settled, invoiced and posted is copied row by row,
from the orders to the ledger, until it has the number of lines; then more.
"""
import json
import time

from tests.bench import process
from tests.bench.arm import Arm
from tests.bench.copies import Copies
from tests.bench.meter import Meter
from trytond.modules.shortcircuit_catalog.tests.tools import setup
from trytond.modules.shortcircuit_commission.tests.week import (
    TODAY, create_week)
from trytond.tests.test_tryton import drop_db
from trytond.transaction import Transaction

SIZES = [5000, 20000, 100000]
# What has a row per line, in the order they refer to one another
MODELS = [
    'sale.line', 'stock.move', 'shortcircuit.settlement.line',
    'account.invoice.line', 'commission', 'account.move.line']
READ = {
    'shortcircuit.reconciliation': [
        'expected', 'found', 'waiting', 'difference', 'differences'],
    **{f'shortcircuit.turnover.{key}': [
            'sale_amount', 'producer_amount', 'cooperative_amount', 'margin']
        for key in ['producer', 'channel', 'family', 'month']},
    'shortcircuit.statement': [
        'sold', 'due', 'commission', 'balance', 'to_invoice'],
    }


class Reports(Arm):
    modules = ['shortcircuit_commission']
    setup = staticmethod(setup)

    def __init__(self):
        super().__init__([])
        self.copies = 1

    def prepare(self):
        self.week = create_week()
        self.delivered = self.transact(self.count)
        self.transact(self.prepare_statements)

    def count(self):
        Move = self.pool.get('stock.move')
        return Move.search([('producer_due', '!=', None)], count=True)

    def multiply(self, lines):
        copies = lines // self.delivered
        Copies(self.pool, MODELS).make(self.copies, copies - 1)
        Transaction().connection.cursor().execute('ANALYZE')
        self.copies = copies

    def prepare_statements(self):
        pool = self.pool
        company = pool.get('company.company')(self.week.company.id)
        pool.get('shortcircuit.statement').prepare(company, TODAY, TODAY)

    def run(self):
        results = {}
        for lines in SIZES:
            self.transact(self.multiply, lines)
            self.meter = Meter()
            walls = {}
            for name, fields in READ.items():
                with self.meter.stage(name):
                    started = time.perf_counter()
                    self.transact(self.read, name, fields)
                    walls[name] = time.perf_counter() - started
            results[lines] = {
                name: {**cost, 'wall': walls[name]}
                for name, cost in self.meter.stages.items()}
        return results

    def read(self, name, fields):
        Model = self.pool.get(name)
        with Transaction().set_context(
                company=self.week.company.id,
                start_date=TODAY, end_date=TODAY):
            rows = Model.search_read([], fields_names=fields)
        if any(row.get('difference') for row in rows):
            raise ValueError(f"The copies do not reconcile: {rows}")


def compare(uri):
    "Measure all the sizes in a process of its own and print what they cost"
    for lines, stages in process.run('reports', uri).items():
        print(f"{lines} lines")
        for stage, cost in stages.items():
            print(f"{stage:34}{cost['wall']:10.2f} s"
                f"{cost['cpu']:10.2f} s CPU"
                f"{cost['statements']:6} statements")


def main():
    try:
        arm = Reports()
        arm.prepare()
        print(json.dumps(arm.run()))
    finally:
        drop_db()


if __name__ == '__main__':
    # The arm is imported by its name
    from tests.bench import reports
    reports.main()
