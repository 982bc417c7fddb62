"""What the call-offs of a contract cost, on one PostgreSQL server

A purchasing group of 500 canteens orders on one lot, among a year of 250,000
delivered lines: each order is filled and confirmed on its own, as by its
buyer, and its maximums are checked against all that was ordered before. A
hundred of them then change theirs.
"""
import json
from decimal import Decimal

from dateutil.relativedelta import relativedelta
from proteus import Model

from tests.bench import process
from tests.bench.arm import databases
from tests.bench.cycle import Cycle
from tests.bench.egalim import CANTEENS, Egalim
from tests.bench.setup import create_products
from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_producer, open_cycle, publish_mercuriale)
from trytond.transaction import Transaction

ORDERS, LINES, PRODUCTS = 600, 8, 60
# The orders whose cost is told, to see what those before them change
PARTS = {
    'first hundred': (0, 100),
    'last hundred': (CANTEENS - 100, CANTEENS),
    # The sheet opens the call-off that the canteen has in the cycle
    'hundred changed': (CANTEENS, ORDERS),
    }
PRICE = Decimal('1.50')


class CallOff(Egalim):

    def prepare(self):
        super().prepare()
        Party = Model.get('party.party')
        Product = Model.get('product.product')
        self.transact(self.complete_parties)
        self.parties = [p.id for p in Party.find([('code', 'like', 'S%')])]
        self.products = self.transact(self.create_products)
        products = Product.find([('id', 'in', self.products)])
        publish_mercuriale([(p, PRICE, None) for p in products])
        farm = create_producer("Large Farm", ['BIO'])
        self.cycle = open_cycle(
            [(farm, p, 10 ** 6) for p in products],
            warehouse=self.hub).id
        self.contract = self.transact(self.create_contract)

    @staticmethod
    def create_products():
        return [p.id for p in create_products(
                [PRICE] * PRODUCTS, shortcircuit_family='FRUITS_ET_LEGUMES')]

    def complete_parties(self):
        "Give the copied canteens what the first one orders with"
        cursor = Transaction().connection.cursor()
        cursor.execute(
            "UPDATE party_party SET shortcircuit_channel = s.channel,"
            " distribution_point = s.point FROM ("
            "SELECT shortcircuit_channel AS channel,"
            " distribution_point AS point"
            " FROM party_party WHERE name = 'School') s"
            " WHERE code LIKE 'S%'")
        cursor.execute(
            "INSERT INTO party_address (party, active, country)"
            " SELECT p.id, true, a.country FROM party_party p,"
            " party_address a JOIN party_party s ON a.party = s.id"
            " WHERE p.code LIKE 'S%' AND s.name = 'School'")

    def create_contract(self):
        Contract = self.pool.get('shortcircuit.contract')
        Date = self.pool.get('ir.date')
        Product = self.pool.get('product.product')
        start_date = Date.today() - relativedelta(months=1)
        contract, = Contract.create([{
                    'name': "Food",
                    'start_date': start_date,
                    'end_date': start_date + relativedelta(years=1, days=-1),
                    'members': [('create', [
                                {'party': p} for p in self.parties])],
                    'lots': [('create', [{
                                    'number': '1',
                                    'name': "Lot",
                                    'max_amount': Decimal(10 ** 7),
                                    'prices': [('create', [
                                                self.get_price(
                                                    product, start_date)
                                                for product in Product.browse(
                                                    self.products)])],
                                    }])],
                    }])
        Contract.activate([contract])
        return contract.id

    @staticmethod
    def get_price(product, start_date):
        return {
            'name': product.name,
            'unit': product.default_uom.id,
            'products': [('add', [product.id])],
            'versions': [('create', [{
                            'start_date': start_date,
                            'unit_price': PRICE,
                            }])],
            }

    def run(self):
        for i in range(ORDERS):
            part = next((
                    n for n, (start, end) in PARTS.items()
                    if start <= i < end), "between")
            lines = [
                (self.products[(i + j * 7) % PRODUCTS], j + 1)
                for j in range(LINES)]
            with self.meter.stage(f'order, {part}'):
                sale = self.transact(
                    self.order, self.parties[i % len(self.parties)], lines)
            with self.meter.stage(f'confirm, {part}'):
                self.transact(Cycle.confirm, self, sale)
        return {
            name: {
                'cpu': stage['cpu'] / (100 * LINES),
                'statements': stage['statements'] / (100 * LINES),
                'restarts': stage['restarts'],
                } for name, stage in self.meter.stages.items()
            if 'hundred' in name}

    def order(self, party, lines):
        "Fill the order sheet of the contract, return the id of the order"
        pool = self.pool
        Sheet = pool.get('shortcircuit.order_sheet')
        sheet = Sheet(
            party=pool.get('party.party')(party),
            cycle=pool.get('shortcircuit.cycle')(self.cycle), order=None,
            contract=pool.get('shortcircuit.contract')(self.contract))
        sheet.load()
        rows = {r['product']: r['id'] for r in sheet.find_rows()}
        sheet._put({rows[p]: quantity for p, quantity in lines})
        sheet.save_order()
        return sheet.order.id


def compare(uri):
    "Print what a line of a call-off costs"
    print(f"{ORDERS} call-offs of {LINES} lines by {CANTEENS} canteens")
    for name, cost in process.run('call_off', uri).items():
        print(f"{name:30}{cost['cpu'] * 1000:8.1f} ms CPU"
            f"{cost['statements']:8.1f} statements a line,"
            f"{cost['restarts']:4} restarts")


def main():
    with databases():
        arm = CallOff()
        arm.prepare()
        print(json.dumps(arm.run()))


if __name__ == '__main__':
    # The arm is imported by its name
    from tests.bench import call_off
    call_off.main()
