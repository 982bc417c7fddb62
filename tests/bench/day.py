"""What the delivery day of a hub costs as it grows, on one PostgreSQL server

What the producers bring is received, nine tenths of what was ordered; it is
shared, packed, planned over the vehicles, and each round is delivered.
"""
import json
import math
import random
import sys
from decimal import Decimal

from proteus import Model

from tests.bench import process
from tests.bench.allocate import LINES, Allocate
from tests.bench.arm import databases
from trytond.modules.shortcircuit_hub.tests.tools import create_vehicle

# Orders, products and producers
SIZES = [(600, 700, 130), (2500, 1000, 130)]
HUB = (50.724, 2.538)
ORDERS_BY_POINT, POINTS_BY_VEHICLE = 15, 4


class Day(Allocate):

    def __init__(self, *size):
        super().__init__(*size)
        self.delivery_date = self.today

    def prepare_cycle(self):
        "Open the cycle, take its orders and close it"
        self.transact(self.locate_hub)
        super().prepare_cycle()
        self.create_vehicles()

    def locate_hub(self):
        Location = self.pool.get('stock.location')
        latitude, longitude = map(decimal, HUB)
        Location.write([Location(self.warehouse)], {
                'latitude': latitude, 'longitude': longitude})

    def create_points(self):
        "Create points around the hub, each for as many orders"
        Point = self.pool.get('shortcircuit.distribution_point')
        rand = random.Random(2)
        return [p.id for p in Point.create([{
                        'name': f"Point {i:03}",
                        'warehouse': self.warehouse,
                        'latitude': decimal(HUB[0] + rand.uniform(-.25, .25)),
                        'longitude': decimal(HUB[1] + rand.uniform(-.35, .35)),
                        } for i in range(self.count // ORDERS_BY_POINT)])]

    def create_vehicles(self):
        Party = Model.get('party.party')
        Location = Model.get('stock.location')
        points = self.count // ORDERS_BY_POINT
        for i in range(math.ceil(points / POINTS_BY_VEHICLE)):
            driver = Party(name=f"Driver {i}")
            driver.save()
            vehicle = create_vehicle(
                f"Vehicle {i}", Location(self.warehouse), driver)
            # There is always room for a point more
            vehicle.crate_capacity, vehicle.weight_capacity = 900, 9000
            vehicle.save()

    def run(self):
        stage = self.meter.stage
        deliveries = self.find('shortcircuit.delivery')
        with stage('receive'):
            self.click('shortcircuit.delivery', 'as_expected', deliveries)
        self.transact(self.shorten)
        with stage('receive'):
            self.click('shortcircuit.delivery', 'receive', deliveries)
        super().run()
        with stage('pack'):
            self.click('stock.shipment.out', 'pack', self.find(
                    'stock.shipment.out', [('state', '=', 'assigned')]))
        with stage('plan'):
            self.transact(self.plan)
        rounds = self.find('shortcircuit.round')
        for button in ['run', 'do']:
            with stage('deliver'):
                for round_ in rounds:
                    self.click('shortcircuit.round', button, [round_])
        self.transact(self.check)

    def plan(self):
        Plan = self.pool.get('shortcircuit.round.plan', type='wizard')
        Vehicle = self.pool.get('shortcircuit.vehicle')
        session, _, _ = Plan.create()
        Plan.execute(session, {'start': {
                    'company': self.context['company'],
                    'date': self.delivery_date,
                    'warehouse': self.warehouse,
                    'vehicles': [v.id for v in Vehicle.search([])],
                    }}, 'plan')

    def check(self):
        "All that was received is delivered"
        Shipment = self.pool.get('stock.shipment.out')
        left = Shipment.search([('state', '!=', 'done')], count=True)
        assert not left, f"{left} orders are not delivered"


def decimal(value):
    return Decimal(f'{value:.6f}')


def compare(uri):
    "Measure each size in a process of its own and print what it costs"
    results = {
        size: process.run('day', uri, *size, flags=['-O']) for size in SIZES}
    small, large = (r['stages'] for r in results.values())
    times = SIZES[1][0] / SIZES[0][0]
    for size, result in results.items():
        print(f"{size[0]} orders of {LINES} lines: "
            f"{result['peak_mib']} MiB at most, {result['rounds']} rounds "
            f"of {result['points']} points")
        for stage, cost in result['stages'].items():
            print(f"{stage:10}" + describe(cost, size[0] * LINES))
    print("Growth exponents of the statements and of the CPU")
    for stage in small:
        print(f"{stage:10}" + ''.join(
                f"{math.log(large[stage][n] / small[stage][n], times):8.2f}"
                for n in ['statements', 'cpu']))


def describe(cost, lines):
    return (f"{cost['statements']:10} statements"
        f"{cost['statements'] / lines:10.4f} /line"
        f"{cost['cpu']:10.2f} s CPU"
        f"{cost['cpu'] * 1000 / lines:10.3f} ms/line"
        f"{cost['restarts']:4} restarts")


def main(*size):
    with databases():
        arm = Day(*map(int, size))
        arm.prepare()
        arm.run()
        print(json.dumps({
                    'stages': arm.meter.stages,
                    'peak_mib': arm.meter.peak_mib,
                    'rounds': len(arm.find('shortcircuit.round')),
                    'points': arm.count // ORDERS_BY_POINT,
                    }))


if __name__ == '__main__':
    # The arm is imported by its name
    from tests.bench import day
    day.main(*sys.argv[1:])
