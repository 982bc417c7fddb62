"""What the shares and the declarations cost, on one PostgreSQL server

A delivered line is copied in SQL until there is a year of 250,000 lines
between 500 canteens, of all the families and most of the classes.
"""
import datetime as dt
import json
import os
import time
from decimal import Decimal

import psycopg
from proteus import Model

from tests.bench import process
from tests.bench.arm import Arm, databases
from tests.bench.simulate import Simulate
from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_customer, create_producer, create_product, create_user, open_cycle,
    order, publish_mercuriale, setup)
from trytond.modules.shortcircuit_hub.tests.tools import (
    allocate, create_hubs, create_point, deliver, receive)
from trytond.tests.test_tryton import DB_NAME
from trytond.transaction import Transaction, check_access

LINES, CANTEENS, PRODUCTS, RUNS = 250_000, 500, 60, 3
YEAR = dt.date.today().year - 1
FAMILIES = [
    'VIANDES_VOLAILLES', 'CHARCUTERIE', 'PRODUITS_DE_LA_MER',
    'FRUITS_ET_LEGUMES', 'PRODUITS_LAITIERS', 'BOULANGERIE', 'BOISSONS',
    'AUTRES']
# Labels and class
LABELS = [
    ('BIO', 'bio'), ('BIO,COMMERCE_EQUITABLE', 'bio'), ('IGP',
        'aocaop_igp_stg'), ('HVE', 'hve'), ('LABEL_ROUGE', 'label_rouge'),
    (None, 'non_egalim'), (None, 'non_egalim'), (None, 'non_egalim'),
    ('HVE,COMMERCE_EQUITABLE', 'hve'), ('COMMERCE_EQUITABLE',
        'commerce_equitable'), (None, 'non_egalim')]
SHARE = 'shortcircuit.egalim.share'


class Egalim(Arm):
    modules = ['shortcircuit_collective']
    setup = staticmethod(setup)

    def __init__(self):
        super().__init__([])
        self.costs = {}

    def prepare(self):
        self.hub, _ = create_hubs()
        customer = create_customer("School")
        create_point(customer, self.hub)
        identifier = customer.identifiers.new(
            type='fr_siret', code='21620851200014')
        identifier.address = customer.addresses[0]
        customer.save()
        Model.get('shortcircuit.canteen')(party=customer).save()
        self.buyer = create_user('buyer', "Buyer", customer).id
        farm = create_producer("Farm", ['BIO'])
        carrot = create_product("Carrot")
        publish_mercuriale([(carrot, Decimal('1.37'), None)])
        cycle = open_cycle([(farm, carrot, 10)], warehouse=self.hub)
        order(customer, [(carrot, 1)])
        cycle.click('close')
        receive(cycle)
        allocate(cycle)
        deliver(cycle, farm.party)
        self.transact(self.grow)
        # Out of a transaction; PostgreSQL does it by itself in time
        with psycopg.connect(
                os.environ['TRYTOND_DATABASE_URI'], dbname=DB_NAME,
                autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE stock_move")

    def grow(self):
        cursor = Transaction().connection.cursor()
        party = Simulate.copy(cursor, 'party_party', CANTEENS - 1, {
                'name': "'School ' || g", 'code': "'S' || g"})
        first = Simulate.copy(cursor, 'shortcircuit_canteen', CANTEENS - 1, {
                'party': f"{party} + g"}) - 1
        Simulate.copy(cursor, 'stock_move', LINES, {
                'canteen': f"{first} + g % {CANTEENS}",
                'effective_date': f"date '{YEAR}-01-01' + g % 365",
                'egalim_family': choose(FAMILIES),
                'egalim_labels': choose([l for l, _ in LABELS]),
                'egalim_class': choose([c for _, c in LABELS]),
                'egalim_origin': choose(['FRANCE', 'FRANCE', 'EUROPE']),
                'egalim_local': choose(['REGION', None]),
                'sale_amount': "round((g % 1000 + 1)::numeric / 100, 2)",
                })

    def measure(self, name, func, *args):
        walls = []
        for _ in range(RUNS):
            started = time.monotonic()
            with self.meter.stage(name):
                count = self.transact(func, *args)
            walls.append(time.monotonic() - started)
        stage = self.meter.stages[name]
        self.costs[name] = {
            'rows': count,
            'wall': min(walls),
            'cpu': stage['cpu'] / RUNS,
            'statements': stage['statements'] // RUNS,
            }

    def run(self):
        for suffix in ['', '.family', '.month']:
            name = SHARE + suffix
            self.measure(f'query of {name}', self.query, name)
            self.measure(f'list of {name}', self.read, name)
        self.measure("the buyer's list", self.read_buyer)
        for kind in ['purchases', 'simple', 'detailed']:
            self.measure(f'declaration, {kind}', self.declare, kind)
        return self.costs

    def query(self, name):
        "Run the query of a year, as PostgreSQL alone answers it"
        Share = self.pool.get(name)
        with Transaction().set_context(share_year=YEAR):
            cursor = Transaction().connection.cursor()
            cursor.execute(*Share.table_query())
            return len(cursor.fetchall())

    def read(self, name):
        "Read a page of the list of a year, as the client does"
        Share = self.pool.get(name)
        with Transaction().set_context(share_year=YEAR), check_access():
            return len(Share.search_read([], limit=1000, fields_names=[
                        'canteen.rec_name', 'total_amount', 'egalim_share']))

    def read_buyer(self):
        User = self.pool.get('res.user')
        Share = self.pool.get(SHARE)
        with Transaction().set_user(self.buyer), check_access():
            context = User.get_preferences(context_only=True)
            with Transaction().set_context(context):
                return len(Share.search_read([], fields_names=[
                            'canteen.rec_name', 'egalim_share']))

    def declare(self, kind):
        "Export the year of a canteen, then undo it"
        Canteen = self.pool.get('shortcircuit.canteen')
        Declaration = self.pool.get('shortcircuit.declaration')
        canteen, = Canteen.search([('party.name', '=', "School")])
        declaration, = Declaration.create([{
                    'canteen': canteen.id,
                    'kind': kind,
                    'start_date': dt.date(YEAR, 1, 1),
                    'end_date': dt.date(YEAR, 12, 31),
                    }])
        Declaration.export([declaration])
        rows = sum(f.rows for f in declaration.files)
        Declaration.cancel([declaration])
        return rows


def choose(values):
    "What is of one of the products, each being of one kind"
    literals = ', '.join('NULL' if v is None else f"'{v}'" for v in values)
    return (
        f"(ARRAY[{literals}])"
        f"[g / {CANTEENS} % {PRODUCTS} % {len(values)} + 1]")


def compare(uri):
    "Print what the shares and the declarations cost"
    for name, cost in process.run('egalim', uri).items():
        print(f"{name:40}{cost['rows']:7} rows{cost['wall']:8.3f} s"
            f"{cost['cpu']:8.3f} s CPU{cost['statements']:6} statements")


def main():
    with databases():
        arm = Egalim()
        arm.prepare()
        print(json.dumps(arm.run()))


if __name__ == '__main__':
    # The arm is imported by its name
    from tests.bench import egalim
    egalim.main()
