"""What the accountants' reports cost as the lines grow, on PostgreSQL

A week that is delivered, settled, invoiced and posted is copied row by row,
from the orders to the ledger, until it has the number of lines; then more.
"""
import json
import re
import time

from tests.bench import process
from tests.bench.arm import Arm
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
STEP = 10000
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
        cursor = Transaction().connection.cursor()
        copies = lines // self.delivered
        for name in MODELS:
            cursor.execute(self.get_copy(name, self.copies, copies - 1))
        cursor.execute('ANALYZE')
        self.copies = copies

    def get_copy(self, name, first, last):
        "Return the statement that copies the rows of a model"
        Model = self.pool.get(name)
        cursor = Transaction().connection.cursor()
        cursor.execute(f'SELECT * FROM "{Model._table}" LIMIT 0')
        columns = [column.name for column in cursor.description]
        values = [self.get_value(Model, n) for n in columns]
        names = ', '.join(f'"{n}"' for n in columns)
        return (
            f'INSERT INTO "{Model._table}" ({names}) '
            f'SELECT {", ".join(values)} FROM "{Model._table}", '
            f'generate_series({first}, {last}) AS k WHERE id < {STEP}')

    def get_value(self, Model, name):
        "Return what a copy has, which refers to the copies of the others"
        if name == 'id':
            return f'id + k * {STEP}'
        field = Model._fields[name]
        if field._type == 'many2one' and field.model_name in MODELS:
            return f'"{name}" + k * {STEP}'
        if field._type == 'reference':
            models = '|'.join(map(re.escape, MODELS))
            return (
                f"CASE WHEN \"{name}\" ~ '^({models}),' THEN "
                f"split_part(\"{name}\", ',', 1) || ',' || "
                f"(split_part(\"{name}\", ',', 2)::int + k * {STEP}) "
                f"ELSE \"{name}\" END")
        return f'"{name}"'

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
