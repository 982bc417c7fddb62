"""Many buyers at once, on the processes of production

Each logs in, opens the order sheet, types, saves and confirms by JSON-RPC,
and thinks before each, while an operator reads lists and an accountant posts
invoices. No order may be lost, doubled or changed, and no one told an error.
"""
import json
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from itertools import chain, islice
from threading import Event

import proteus

from config.settings import PASSWORD
from tests.bench import process
from tests.bench.arm import Arm
from tests.bench.client import Client, Sheet, Times
from tests.bench.clones import Clones
from tests.bench.orders import Orders
from tests.bench.production import Production
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME
from trytond.transaction import Transaction

WEB, WORKERS = 4, 2
# The cooperative whose customers they are: its mercuriale has 700 lines
COOPERATIVE = 600, 8
# How many lines each types: of his order of the seed, and of the next ones
LEAST, MOST = 8, 20
INVOICES = 20
LISTS = ['sale.sale', 'shortcircuit.offer', 'shortcircuit.cycle']


class Buyers(Arm):
    modules = ['shortcircuit_collective', 'shortcircuit_commission']

    def __init__(self, uri, orders, count, pause):
        super().__init__(orders, proteus.config.set_trytond())
        self.production = Production(uri, DB_NAME)
        self.times = Times()
        self.pause = pause
        self.random = random.Random(count)
        self.ended = Event()
        self.cycle, = self.find('shortcircuit.cycle')
        customers = self.find_customers()
        products = self.find_products()
        self.buyers = {
            party: {products[p]: q for p, q in get_lines(orders, i, count)}
            for i, party in enumerate(customers[:count])}
        self.transact(self.create_users)
        self.invoices = self.transact(self.create_invoices, customers[-1])

    def create_users(self):
        User = self.pool.get('res.user')
        User.create([
                self.get_user(
                    'operator', [
                        'shortcircuit_catalog.group_operator',
                        'stock.group_stock']),
                self.get_user(
                    'accountant', [
                        'shortcircuit_catalog.group_accountant',
                        'account.group_account']),
                *(self.get_user(
                        f'buyer{party}', ['shortcircuit_catalog.group_buyer'],
                        [party])
                    for party in self.buyers)])

    def get_user(self, login, groups, parties=()):
        ModelData = self.pool.get('ir.model.data')
        company = self.context['company']
        return {
            'name': login,
            'login': login,
            'password': PASSWORD,
            'companies': [('add', [company])],
            'company': company,
            'groups': [('add', [ModelData.get_id(g) for g in groups])],
            'parties': [('add', parties)],
            }

    def create_invoices(self, party):
        "Create invoices to post"
        pool = self.pool
        Category = pool.get('product.category')
        Invoice = pool.get('account.invoice')
        Line = pool.get('account.invoice.line')
        Party = pool.get('party.party')
        category, = Category.search([('accounting', '=', True)])
        invoices = []
        for _ in range(INVOICES):
            invoice = Invoice(type='out', party=Party(party))
            invoice.set_journal()
            invoice.on_change_party()
            invoice.lines = [Line(
                    type='line', account=category.account_revenue,
                    quantity=1, unit_price=Decimal(10), description="Stand")]
            invoices.append(invoice)
        Invoice.save(invoices)
        return [i.id for i in invoices]

    def run(self):
        "Let all of them act at once, return what they were told"
        with self.production.run(WEB, WORKERS) as addresses:
            for party, address in zip(self.buyers, addresses):
                # What each process keeps of the sheet is read by the first
                self.open(party, address, 'open first')
            with ThreadPoolExecutor(len(self.buyers) + 2) as executor:
                others = [
                    executor.submit(act, self.log_in(login, addresses[i]))
                    for i, (login, act) in enumerate([
                            ('operator', self.read),
                            ('accountant', self.post_invoices)])]
                try:
                    told = list(executor.map(
                            self.order, self.buyers,
                            addresses * len(self.buyers)))
                finally:
                    self.ended.set()
                for other in others:
                    other.result()
            errors = self.production.find_errors()
        assert not errors, errors
        return told

    def log_in(self, login, address):
        client = Client(address, DB_NAME, self.times)
        client.log_in(login, PASSWORD)
        return client

    def open(self, party, address, name='open'):
        return Sheet(
            self.log_in(f'buyer{party}', address), self.think, name)

    def order(self, party, address):
        self.think()
        sheet = self.open(party, address)
        sheet.type(self.buyers[party])
        return sheet.order()

    def think(self):
        if self.pause:
            time.sleep(self.random.expovariate(1 / self.pause))

    def read(self, client):
        "Open lists as long as there are buyers"
        while not self.ended.is_set():
            for name in LISTS:
                view = client.call(
                    'read a list', f'model.{name}.fields_view_get', None,
                    'tree')
                client.call(
                    'read a list', f'model.{name}.search_read', [], 0, 1000,
                    None, list(view['fields']))

    def post_invoices(self, client):
        for id_ in self.invoices:
            client.call('post', 'model.account.invoice.post', [id_])

    def check(self, told):
        "Compare what is in the database with what was typed and told"
        pool = self.pool
        Invoice = pool.get('account.invoice')
        Sale = pool.get('sale.sale')
        sales = Sale.search([('cycle', '=', self.cycle)])
        assert {s.id for s in sales} == {t['order'] for t in told}
        assert len(sales) == len({s.number for s in sales}) == len(told)
        assert {s.state for s in sales} == {'confirmed'}
        assert {
            s.party.id: {l.product.id: l.quantity for l in s.lines}
            for s in sales} == self.buyers
        assert {s.id: s.total_amount for s in sales} == {
            t['order']: Decimal(t['total_amount']['decimal']) for t in told}
        assert len({i.number for i in Invoice.search([
                        ('id', 'in', self.invoices),
                        ('state', '=', 'posted'),
                        ])}) == INVOICES

    @staticmethod
    def count_deadlocks():
        cursor = Transaction().connection.cursor()
        cursor.execute(
            "SELECT deadlocks FROM pg_stat_database "
            "WHERE datname = current_database()")
        deadlocks, = cursor.fetchone()
        return deadlocks


def get_lines(orders, buyer, count):
    "Return what the buyer orders, of what no other of them does"
    lines = dict(chain(*orders[buyer::count]))
    return islice(lines.items(), LEAST + buyer % (MOST - LEAST + 1))


def compare(options):
    "Let the buyers order and print how long they have waited"
    clones = Clones(options.uri, options.keep)
    try:
        size = options.seed, *COOPERATIVE
        template = clones.prepare('cycle', size, options.fresh)
        with clones.clone(template) as database:
            result = process.run(
                'buyers', options.uri, options.uri, *size, options.buyers,
                options.pause, database=database)
    finally:
        clones.close()
    describe(result)


def describe(result):
    print(f"{'':16}{'calls':>8}{'50 %':>8}{'90 %':>8}{'99 %':>8}  seconds")
    for name, (count, *seconds) in result['times'].items():
        print(f'{name:16}{count:8}' + ''.join(f'{s:8.2f}' for s in seconds))
    for name, value in result['costs'].items():
        print(f'{name:16}{value:8.0f}')


def main(uri, seed, orders, lines, count, pause):
    # The tests check the fields that are not stored too
    Pool.test = False
    arm = Buyers(
        uri, Orders(int(seed), int(orders), int(lines)), int(count),
        float(pause))
    with arm.meter.stage('all'):
        told = arm.run()
    arm.transact(arm.check, told)
    costs = {
        name: sum(c[name] for c in arm.production.costs)
        for name in ['cpu', 'statements', 'restarts', 'failures']}
    costs['wall'] = arm.meter.stages['all']['wall']
    costs['lines'] = sum(map(len, arm.buyers.values()))
    costs['deadlocks'] = arm.transact(arm.count_deadlocks)
    print(json.dumps({'times': arm.times.quantiles(), 'costs': costs}))


if __name__ == '__main__':
    # The arm is imported by its name
    from tests.bench import buyers
    buyers.main(*sys.argv[1:])
