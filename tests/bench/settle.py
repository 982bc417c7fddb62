"""What a month of books costs as it grows, on one PostgreSQL server

The delivered day of the simulation is copied in SQL: as many lines, of 130
producers with 10 products each and 12 drivers, are commissioned by the grid,
settled and invoiced.
"""
import datetime as dt
import json

from proteus import Model

from tests.bench import process
from tests.bench.simulate import PRODUCERS, Simulate
from trytond.modules.shortcircuit_catalog.tests.tools import create_product
from trytond.modules.shortcircuit_commission.tests.tools import sign_mandates
from trytond.tests.test_tryton import drop_db
from trytond.transaction import Transaction

SIZES = [5000, 20000, 100000]
PRODUCTS = 10
STAGES = ['commission', 'settle', 'validate', 'post', 'aidants']


class Settle(Simulate):

    def prepare(self):
        super().prepare()
        self.transact(self.copy_parties)
        self.products = [
            create_product(f"Product {i}").id for i in range(PRODUCTS)]
        Party = Model.get('party.party')
        sign_mandates([Party(id_) for id_ in self.drivers])

    def copy_parties(self):
        "Give the copied parties an address and a mandate, and vote the grid"
        Grid = self.pool.get('shortcircuit.grid')
        Mandate = self.pool.get('shortcircuit.mandate')
        Party = self.pool.get('party.party')
        Producer = self.pool.get('shortcircuit.producer')
        parties = [p.party for p in Producer.search([])]
        parties = Party.browse([p.id for p in parties] + self.drivers)
        Party.write(
            [p for p in parties if not p.addresses],
            {'addresses': [('create', [{}])]})
        last_year = dt.date.today() - dt.timedelta(days=365)
        Mandate.create([{
                    'party': p.id,
                    'start_date': last_year,
                    'signature_date': last_year,
                    } for p in parties if p.id not in self.drivers])
        Grid.write([Grid(self.grid)], {
                'decision': "Assembly",
                'vote_date': last_year,
                'state': 'voted',
                })

    def grow(self, lines):
        "Also give each producer several products"
        cursor = Transaction().connection.cursor()
        cursor.execute("SELECT max(id) FROM stock_move")
        last, = cursor.fetchone()
        super().grow(lines)
        cursor.execute(
            f"UPDATE stock_move SET product = (ARRAY{self.products})"
            f"[1 + id / {PRODUCERS} % {PRODUCTS}] WHERE id > {last}")

    def run(self, lines):
        "Commission, settle and invoice so many new lines, return the costs"
        self.transact(self.grow, self.lines + lines)
        for name in STAGES:
            with self.meter.stage(f'{lines} {name}'):
                self.transact(getattr(self, name))
        self.check()
        return {
            name: self.meter.stages[f'{lines} {name}'] for name in STAGES
            } | {'peak_mib': self.meter.peak_mib}

    def commission(self):
        Due = self.pool.get('shortcircuit.round.due')
        Round = self.pool.get('shortcircuit.round')
        Due.create_from_rounds(Round.search([('dues', '=', None)]))

    def settle(self):
        Company = self.pool.get('company.company')
        Settlement = self.pool.get('shortcircuit.settlement')
        today = dt.date.today()
        Settlement.settle(Company(self.context['company']), today, today)

    def validate(self):
        Settlement = self.pool.get('shortcircuit.settlement')
        Settlement.validate_settlement(
            Settlement.search([('state', '=', 'draft')]))
        # Printing is by the producer, and measured with the reports
        Transaction().tasks.clear()

    def post(self):
        Invoice = self.pool.get('account.invoice')
        Invoice.post(Invoice.search([('state', '=', 'validated')]))

    def aidants(self):
        Commission = self.pool.get('commission')
        Commission.invoice(Commission.search([('invoice_line', '=', None)]))
        Transaction().tasks.clear()

    def check(self):
        "Nothing is left, and what is settled is what is owed"
        left, = self.transact(self.read_left)
        assert not any(left), left

    @staticmethod
    def read_left():
        cursor = Transaction().connection.cursor()
        cursor.execute(
            "SELECT count(*), coalesce(sum(m.producer_due - l.amount), 0) "
            "FROM stock_move m "
            "LEFT JOIN shortcircuit_settlement_line l ON l.move = m.id "
            "WHERE m.producer_due IS NOT NULL AND (l.id IS NULL "
            "OR l.amount <> m.producer_due)")
        return cursor.fetchall()


def compare(uri):
    "Measure the sizes one after the other and print what they cost"
    for lines, costs in process.run('settle', uri).items():
        peak = costs.pop('peak_mib')
        for name, cost in costs.items():
            print(f"{lines:>7} lines, {name:11}{cost['cpu']:8.2f} s CPU"
                f"{cost['statements']:8} statements{peak:8} MiB at most")


def main():
    try:
        arm = Settle()
        arm.prepare()
        print(json.dumps({lines: arm.run(lines) for lines in SIZES}))
    finally:
        drop_db()


if __name__ == '__main__':
    # The arm is imported by its name
    from tests.bench import settle
    settle.main()
