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

    def __init__(self, lines):
        super().__init__([])
        self.lines = lines
        self.rounds = lines // (STOPS * ORDERS * LINES)

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
        self.transact(self.copy_day)
        self.transact(self.create_grid)

    def copy_day(self):
        "Copy the delivered line until there are enough, and what it is in"
        cursor = Transaction().connection.cursor()
        self.copy_producers(cursor)
        rounds = self.copy(cursor, 'shortcircuit_round', self.rounds, {
                'date': "CURRENT_DATE - (g % 90)::integer",
                'number': "'R' || g",
                'driver': f"{self.drivers[0]} + g % {DRIVERS}",
                })
        points = self.copy(
            cursor, 'shortcircuit_distribution_point', POINTS,
            {'name': "'Point ' || g"})
        stops = self.copy(
            cursor, 'shortcircuit_round_stop', self.rounds * STOPS, {
                'round': f"{rounds} + g / {STOPS}",
                'point': f"{points} + g % {POINTS}",
                })
        orders = self.rounds * STOPS * ORDERS
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
        for base, count, quantity in FIGURES:
            cursor.execute(
                "INSERT INTO shortcircuit_round_figure "
                "(round, base, point, quantity) SELECT "
                f"{rounds} + g / {count}, '{base}', "
                + (f"{points} + g % {POINTS}" if count > 1 else "NULL")
                + f", {quantity} FROM generate_series(0, "
                f"{self.rounds * count - 1}) g")
        cursor.execute("ANALYZE")

    def copy_producers(self, cursor):
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
            "producer numeric, commission numeric, cooperative numeric)")
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

    def run(self):
        for name, grid, shares in [
                ('in force', None, None),
                ('grid', self.grid, None),
                ('shares', None, (
                        Decimal('.80'), Decimal('.07'), Decimal('.13')))]:
            started = time.monotonic()
            with self.meter.stage(name):
                totals = self.transact(self.replay, grid, shares)
            self.meter.stages[name]['wall'] = time.monotonic() - started
            self.check(name, totals)

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
    "Measure each size in a process of its own and print what it costs"
    for lines in SIZES:
        output = subprocess.run(
            [sys.executable, '-m', 'tests.bench.simulate', str(lines)],
            env=os.environ | {
                'TRYTOND_DATABASE_URI': uri,
                'DB_NAME': 'shortcircuit_bench_simulate',
                },
            stdout=subprocess.PIPE, text=True, check=True).stdout
        result = json.loads(output.splitlines()[-1])
        print(f"{lines} lines, {result['peak_mib']} MiB")
        for stage, cost in result['stages'].items():
            print(f"{stage:12}{cost['wall']:10.2f} s"
                f"{cost['cpu']:10.2f} s CPU"
                f"{cost['statements']:10} statements")


def main(lines):
    try:
        arm = Simulate(int(lines))
        arm.prepare()
        arm.run()
        print(json.dumps({
                    'stages': arm.meter.stages,
                    'peak_mib': arm.meter.peak_mib,
                    }))
    finally:
        drop_db()


if __name__ == '__main__':
    # The arm is imported by its name
    from tests.bench import simulate
    simulate.main(*sys.argv[1:])
