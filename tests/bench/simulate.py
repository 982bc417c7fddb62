"""What simulating a grid costs as the period grows, on one PostgreSQL server

A delivered day is copied in SQL: rounds of 10 stops, 2 orders a stop, 8 lines
an order. The period is replayed under the shares in force, which must change
nothing, and under a grid.
"""
import datetime as dt
import json
import os
import subprocess
import sys
import time
from decimal import Decimal

from proteus import Model

from tests.bench.arm import Arm
from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_customer, create_producer, create_product, open_cycle, order,
    publish_mercuriale, setup)
from trytond.modules.shortcircuit_commission.replay import Replay
from trytond.modules.shortcircuit_commission.split import split
from trytond.modules.shortcircuit_commission.tests.tools import create_agent
from trytond.modules.shortcircuit_hub.tests.tools import (
    allocate, create_hubs, create_point, create_vehicle, deliver, receive)
from trytond.tests.test_tryton import drop_db
from trytond.transaction import Transaction

SIZES = [5000, 20000, 100000, 250000]
PRODUCERS, POINTS, DRIVERS = 130, 40, 12
STOPS, ORDERS, LINES = 10, 2, 8
SHARES = (Decimal('.8333'), Decimal('.0517'), Decimal('.1150'))
# By line of the grid: its role, base and rate
GRID = [
    ('driver', 'round', 20), ('driver', 'kilometre', Decimal('.45')),
    ('driver', 'stop', Decimal('1.5')), ('driver', 'crate', Decimal('.3')),
    ('pick_up', 'stand', 12), ('pick_up', 'value', 2),
    ]
# The figures of a round, of a stop and of its orders
FIGURES = [
    ('round', 1, 1), ('kilometre', 1, 60), ('hour', 1, 5),
    ('stop', STOPS, 1), ('stand', STOPS, 2), ('order', STOPS, ORDERS),
    ('crate', STOPS, 5), ('kilogram', STOPS, 80), ('value', STOPS, 400),
    ]


class Simulate(Arm):
    modules = ['shortcircuit_commission']
    setup = staticmethod(setup)

    def __init__(self):
        super().__init__([])
        self.lines = 0

    def prepare(self):
        hub, _ = create_hubs()
        customer = create_customer("School")
        create_point(customer, hub)
        self.farm = create_producer("Farm")
        drivers = [
            Model.get('party.party')(name=f"Driver {i}")
            for i in range(DRIVERS)]
        Model.get('party.party').save(drivers)
        self.drivers = [p.id for p in drivers]
        self.agents = [create_agent(p).id for p in drivers]
        create_vehicle("Van", hub, drivers[0])
        carrot = create_product("Carrot")
        publish_mercuriale([(carrot, Decimal('1.37'), None)])
        cycle = open_cycle([(self.farm, carrot, 10)], warehouse=hub)
        order(customer, [(carrot, 1)])
        cycle.click('close')
        receive(cycle)
        allocate(cycle)
        deliver(cycle, drivers[0])
        self.transact(self.copy_producers)
        self.transact(self.create_grid)

    def grow(self, lines):
        "Copy the delivered line until there are so many, and what it is in"
        count = (lines - self.lines) // (STOPS * ORDERS * LINES)
        self.lines = lines
        cursor = Transaction().connection.cursor()
        points = self.points
        rounds = self.copy(cursor, 'shortcircuit_round', count, {
                'date': "CURRENT_DATE - (g % 90)::integer",
                'number': "'R' || g",
                'driver': f"{self.drivers[0]} + g % {DRIVERS}",
                })
        stops = self.copy(
            cursor, 'shortcircuit_round_stop', count * STOPS, {
                'round': f"{rounds} + g / {STOPS}",
                'point': f"{points} + g % {POINTS}",
                })
        orders = count * STOPS * ORDERS
        shipments = self.copy(cursor, 'stock_shipment_out', orders, {
                'round_stop': f"{stops} + g / {ORDERS}", 'number': "'O' || g"})
        sales = self.copy(
            cursor, 'sale_sale', orders, {'number': "'S' || g"})
        lines = self.copy(cursor, 'sale_line', orders * LINES, {
                'sale': f"{sales} + g / {LINES}"})
        self.create_splits(cursor)
        self.copy(cursor, 'stock_move', orders * LINES, {
                'shipment': f"'stock.shipment.out,' "
                f"|| ({shipments} + g / {LINES})",
                'origin': f"'sale.line,' || ({lines} + g)",
                'effective_date':
                f"CURRENT_DATE - (g / {STOPS * ORDERS * LINES} % 90)::integer",
                'producer': f"{self.producers} + g % {PRODUCERS}",
                'agreement': f"{self.agreements} + g % {PRODUCERS}",
                'commission_agent': f"{self.agents[0]} "
                f"+ g / {STOPS * ORDERS * LINES} % {DRIVERS}",
                'sale_amount': 'amount',
                'producer_due': 'bench_split.producer',
                'commission_due': 'commission',
                'cooperative_due': 'cooperative',
                }, "JOIN bench_split ON bench_split.id = g % 5000")
        for base, times, quantity in FIGURES:
            cursor.execute(
                "INSERT INTO shortcircuit_round_figure "
                "(round, base, point, quantity) SELECT "
                f"{rounds} + g / {times}, '{base}', "
                + (f"{points} + g % {POINTS}" if times > 1 else "NULL")
                + f", {quantity} FROM generate_series(0, "
                f"{count * times - 1}) g")
        cursor.execute("ANALYZE")

    def copy_producers(self):
        cursor = Transaction().connection.cursor()
        self.points = self.copy(
            cursor, 'shortcircuit_distribution_point', POINTS,
            {'name': "'Point ' || g"})
        party = self.copy(
            cursor, 'party_party', PRODUCERS, {
                'name': "'Farm ' || g", 'code': "'F' || g"})
        self.producers = self.copy(
            cursor, 'shortcircuit_producer', PRODUCERS,
            {'party': f"{party} + g"})
        self.agreements = self.copy(
            cursor, 'shortcircuit_agreement', PRODUCERS,
            {'producer': f"{self.producers} + g"})

    @staticmethod
    def create_splits(cursor):
        cursor.execute(
            "CREATE TEMPORARY TABLE bench_split (id integer, amount numeric, "
            "producer numeric, commission numeric, cooperative numeric) "
            "ON COMMIT DROP")
        with cursor.copy("COPY bench_split FROM STDIN") as copy:
            for i in range(5000):
                amount = Decimal(i + 1) / 100
                copy.write_row((i, amount, *split(amount, SHARES)))

    @staticmethod
    def copy(cursor, table, count, values, join=""):
        "Copy the last record of a table, return the first of the new ids"
        cursor.execute(
            "SELECT column_name FROM information_schema.columns "
            "WHERE table_name = %s AND column_name != 'id'", (table,))
        names = [n for n, in cursor]
        cursor.execute(
            f"SELECT max(id), nextval('{table}_id_seq') FROM {table}")
        last, first = cursor.fetchone()
        columns = ', '.join(f'"{n}"' for n in names)
        sources = ', '.join(values.get(n, f't."{n}"') for n in names)
        cursor.execute(
            f'INSERT INTO {table} (id, {columns}) '
            f'SELECT {first} + g, {sources} FROM {table} t '
            f'CROSS JOIN generate_series(0, {count - 1}) g {join} '
            f'WHERE t.id = {last}')
        return first

    def create_grid(self):
        Grid = self.pool.get('shortcircuit.grid')
        PointAgent = self.pool.get('shortcircuit.distribution_point.agent')
        Point = self.pool.get('shortcircuit.distribution_point')
        today = dt.date.today()
        grid, = Grid.create([{
                    'name': "Grid",
                    'start_date': today,
                    'lines': [('create', [
                                {'role': role, 'base': base, 'rate': rate}
                                for role, base, rate in GRID])],
                    }])
        PointAgent.create([{
                    'point': point.id,
                    'role': 'pick_up',
                    'agent': self.agents[i % DRIVERS],
                    'start_date': today - dt.timedelta(days=365),
                    } for i, point in enumerate(Point.search([]))])
        self.grid = grid.id

    def run(self, lines):
        "Replay so many lines, and return what each replay costs"
        self.transact(self.grow, lines)
        costs = {}
        for name, grid, shares in [
                ('in force', None, None),
                ('grid', self.grid, None),
                ('shares', None, (
                        Decimal('.80'), Decimal('.07'), Decimal('.13')))]:
            started = time.monotonic()
            with self.meter.stage(f'{lines} {name}'):
                totals = self.transact(self.replay, grid, shares)
            costs[name] = self.meter.stages[f'{lines} {name}'] | {
                'wall': time.monotonic() - started,
                'peak_mib': self.meter.peak_mib,
                }
            self.check(name, totals)
        return costs

    def replay(self, grid, shares):
        Company = self.pool.get('company.company')
        Grid = self.pool.get('shortcircuit.grid')
        today = dt.date.today()
        return Replay(
            Company(self.context['company']), today - dt.timedelta(days=100),
            today, Grid(grid) if grid else None, shares).run()

    @staticmethod
    def check(name, totals):
        for sold, *parts in totals.producers.values():
            current, simulated = parts[:3], parts[3:]
            assert sum(current) == sum(simulated) == sold
            assert (current == simulated) is (name == 'in force')


def compare(uri):
    "Measure the sizes one after the other and print what they cost"
    output = subprocess.run(
        [sys.executable, '-m', 'tests.bench.simulate'],
        env=os.environ | {
            'TRYTOND_DATABASE_URI': uri,
            'DB_NAME': 'shortcircuit_bench_simulate',
            },
        stdout=subprocess.PIPE, text=True, check=True).stdout
    for lines, costs in json.loads(output.splitlines()[-1]).items():
        for name, cost in costs.items():
            print(f"{lines:>7} lines, {name:9}{cost['wall']:8.2f} s"
                f"{cost['cpu']:8.2f} s CPU{cost['statements']:8} statements"
                f"{cost['peak_mib']:8} MiB at most")


def main():
    try:
        arm = Simulate()
        arm.prepare()
        print(json.dumps({lines: arm.run(lines) for lines in SIZES}))
    finally:
        drop_db()


if __name__ == '__main__':
    # The arm is imported by its name
    from tests.bench import simulate
    simulate.main()
