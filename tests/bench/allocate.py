"""What sharing and giving a whole cycle costs, on one PostgreSQL server

The orders of a cycle, of 8 lines each, share what the producers have brought:
nine tenths of what was ordered.
"""
import datetime as dt
import json
import random
import sys

from proteus import Model

from tests.bench import process
from tests.bench.arm import databases
from tests.bench.catalog import Catalog
from trytond.transaction import Transaction

# Orders, products and producers
SIZES = [(600, 700, 130), (2500, 1000, 130)]
LINES = 8


class Allocate(Catalog):
    modules = ['shortcircuit_hub']

    def __init__(self, orders, products, producers):
        super().__init__(producers, products)
        self.count = orders

    def prepare(self):
        super().prepare()
        location, = Model.get('stock.location').find(
            [('type', '=', 'warehouse')])
        self.warehouse = location.id
        self.prepare_cycle()

    def prepare_cycle(self):
        "Open the cycle, take its orders and close it"
        self.click('shortcircuit.mercuriale', 'publish', [self.mercuriale])
        self.cycle = self.transact(self.open_cycle)
        self.transact(self.create_orders)
        self.click('shortcircuit.cycle', 'close', [self.cycle])

    def receive(self):
        deliveries = self.find('shortcircuit.delivery')
        self.click('shortcircuit.delivery', 'as_expected', deliveries)
        self.transact(self.shorten)
        self.click('shortcircuit.delivery', 'receive', deliveries)

    def create_producers(self, label, count):
        Party = self.pool.get('party.party')
        Producer = self.pool.get('shortcircuit.producer')
        return [p.id for p in Producer.create([{
                        'party': party.id,
                        'vat_regime': 'normal',
                        'state': 'active',
                        } for party in Party.create([
                            {'name': f"Farm {i:05}"} for i in range(count)])])]

    def create_orders(self):
        "Create confirmed orders without the clicks of a client"
        Party = self.pool.get('party.party')
        Sale = self.pool.get('sale.sale')
        rand = random.Random(1)
        points = self.create_points()
        customers = Party.create([{
                    'name': f"Customer {i:05}",
                    'distribution_point': points[i % len(points)],
                    'addresses': [('create', [{}])],
                    } for i in range(self.count)])
        unit = self.pool.get('product.product')(
            self.products[0]).sale_uom.id
        sales = Sale.create([{
                    'party': customer.id,
                    'invoice_address': customer.address_get().id,
                    'shipment_address': customer.address_get().id,
                    'cycle': self.cycle,
                    'lines': [('create', [{
                                    'product': product,
                                    'quantity': float(rand.randint(1, 20)),
                                    'unit': unit,
                                    'unit_price': 1,
                                    } for product in rand.sample(
                                        self.products, LINES)])],
                    } for customer in customers])
        table = Sale.__table__()
        Transaction().connection.cursor().execute(*table.update(
                [table.state, table.sale_date, table.ordered_at],
                ['processing', self.today, dt.datetime.now()],
                where=table.id.in_([s.id for s in sales])))

    def create_points(self):
        Point = self.pool.get('shortcircuit.distribution_point')
        return [p.id for p in Point.create(
                [{'name': "Point", 'warehouse': self.warehouse}])]

    def shorten(self):
        Line = self.pool.get('shortcircuit.delivery.line')
        lines = Line.search([('quantity', '>', 0)])
        for line in lines:
            line.quantity = line.unit.round(line.quantity * .9)
        Line.save(lines)

    def run(self):
        stage = self.meter.stage
        with stage('allocate'):
            self.click('shortcircuit.cycle', 'allocate', [self.cycle])
        with stage('apply'):
            self.click('shortcircuit.allocation', 'apply', self.find(
                    'shortcircuit.allocation'))


def compare(uri):
    "Measure each size in a process of its own and print what it costs"
    for size in SIZES:
        result = process.run('allocate', uri, *size, flags=['-O'])
        lines = size[0] * LINES
        print(f"{size[0]} orders of {LINES} lines, {size[1]} products, "
            f"{result['peak_mib']} MiB", flush=True)
        for stage, cost in result['stages'].items():
            print(f"{stage:12}{cost['cpu']:10.2f} s CPU"
                f"{cost['cpu'] * 1000 / lines:10.3f} ms/line"
                f"{cost['statements']:10} statements"
                f"{cost['statements'] / lines:10.4f} /line", flush=True)


def main(*size):
    with databases():
        arm = Allocate(*map(int, size))
        arm.prepare()
        arm.receive()
        arm.run()
        print(json.dumps({
                    'stages': arm.meter.stages,
                    'peak_mib': arm.meter.peak_mib,
                    }))


if __name__ == '__main__':
    # The arm is imported by its name
    from tests.bench import allocate
    allocate.main(*sys.argv[1:])
