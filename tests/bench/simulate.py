"""What simulating a grid costs as the period grows, on one PostgreSQL server

A delivered day is copied in SQL: rounds of 10 stops, 2 orders a stop, 8 lines
an order. The period is replayed under the shares in force, which must change
nothing, and under a grid.
"""
import datetime as dt
import json
import time
from decimal import Decimal

from proteus import Model

from tests.bench import process
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
GROWN = [
    'shortcircuit_round', 'shortcircuit_round_stop',
    'shortcircuit_round_figure', 'stock_shipment_out', 'stock_move',
    'sale_sale', 'sale_line']
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
            self.copy(
                cursor, 'shortcircuit_round_figure', count * times, {
                    'round': f"{rounds} + g / {times}",
                    'base': f"'{base}'",
                    'point': f"{points} + g % {POINTS}"
                    if times > 1 else "NULL",
                    'channel': "NULL",
                    'quantity': str(quantity),
                    })
        # All of them would wait for what PostgreSQL vacuums by itself
        cursor.execute(f"ANALYZE {', '.join(GROWN)}")

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
        cursor.execute("DROP TABLE IF EXISTS bench_split")
        cursor.execute(
            "CREATE TABLE bench_split (id integer, amount numeric, "
            "producer numeric, commission numeric, cooperative numeric)")
        rows = (
            (i, Decimal(i + 1) / 100, *split(Decimal(i + 1) / 100, SHARES))
            for i in range(5000))
        cursor.execute("INSERT INTO bench_split VALUES " + ', '.join(
                f"({', '.join(map(str, row))})" for row in rows))

    @staticmethod
    def copy(cursor, table, count, values, join=""):
        "Copy the last record of a table, return the first of the new ids"
        cursor.execute(f"SELECT * FROM {table} LIMIT 0")
        names = [c[0] for c in cursor.description if c[0] != 'id']
        cursor.execute(f"SELECT max(id) FROM {table}")
        last, = cursor.fetchone()
        columns = ', '.join(f'"{n}"' for n in names)
        sources = ', '.join(values.get(n, f't."{n}"') for n in names)
        cursor.execute(
            "WITH RECURSIVE n (g) AS (SELECT 0 UNION ALL SELECT g + 1 FROM n "
            f"WHERE g < {count - 1}) "
            f'INSERT INTO {table} (id, {columns}) '
            f'SELECT {last + 1} + g, {sources} FROM {table} t '
            f'CROSS JOIN n {join} WHERE t.id = {last}')
        # What is created afterwards goes on from there
        cursor.execute(f"SELECT setval('{table}_id_seq', {last + count})")
        return last + 1

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
    for lines, costs in process.run('simulate', uri).items():
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
