"""What the mercuriale costs as it grows, on one PostgreSQL server

A mercuriale is published, ordered on the sheet and asked for its labels, at
the size of the cooperative and at seven times it.
"""
import datetime as dt
import json
import sys
from decimal import Decimal

from tests.bench import process
from tests.bench.arm import Arm, databases
from tests.bench.setup import company
from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_channel, create_customer, create_producer, create_product)

# Producers and products
SIZES = [(130, 700), (1000, 5000)]
CHANGED = 60
# The keys of the question of the labels: a week's order lines
KEYS = 5000


class Catalog(Arm):
    modules = ['shortcircuit_catalog']
    setup = staticmethod(company)

    def __init__(self, producers, products):
        super().__init__([])
        self.size = producers, products
        self.today = dt.date.today()
        self.delivery_date = self.today + dt.timedelta(days=2)

    def prepare(self):
        self.channel = create_channel("Collective Catering").id
        self.customers = [
            create_customer(f"Customer {i}").id for i in range(2)]
        template = create_product("Product").template
        producer = create_producer("Farm", ['BIO'])
        producers, products = self.size
        self.products = self.transact(self.create_products, {
                'type': 'goods',
                'salable': True,
                'default_uom': template.default_uom.id,
                'sale_uom': template.default_uom.id,
                'account_category': template.account_category.id,
                'shortcircuit_family': 'FRUITS_ET_LEGUMES',
                'products': [('create', [{}])],
                }, products)
        self.producers = self.transact(
            self.create_producers, producer.certificates[0].label.id,
            producers)
        self.mercuriale = self.transact(self.create_mercuriale)

    def create_products(self, values, count):
        Template = self.pool.get('product.template')
        return [t.products[0].id for t in Template.create([
                    {**values, 'name': f"Product {i:05}"}
                    for i in range(count)])]

    def create_producers(self, label, count):
        Party = self.pool.get('party.party')
        Producer = self.pool.get('shortcircuit.producer')
        parties = Party.create(
            [{'name': f"Farm {i:05}"} for i in range(count)])
        last_year = self.today - dt.timedelta(days=365)
        return [p.id for p in Producer.create([{
                        'party': party.id,
                        'vat_regime': 'normal',
                        'state': 'active',
                        'certificates': [('create', [{
                                        'label': label,
                                        'certifier': "Certifier",
                                        'number': str(party.id),
                                        'start_date': last_year,
                                        }])],
                        'products': [('create', [
                                    {'product': product} for product
                                    in self.products[i::count]])],
                        } for i, party in enumerate(parties)])]

    def create_mercuriale(self):
        Mercuriale = self.pool.get('shortcircuit.mercuriale')
        mercuriale, = Mercuriale.create([{
                    'channel': self.channel,
                    'start_date': self.today,
                    'end_date': self.today + dt.timedelta(days=6),
                    'lines': [('create', [{
                                    'product': product,
                                    'unit_price': Decimal('1.50'),
                                    } for product in self.products])],
                    }])
        return mercuriale.id

    def run(self):
        stage = self.meter.stage
        with stage('publish'):
            self.click(
                'shortcircuit.mercuriale', 'publish', [self.mercuriale])
        self.cycle = self.transact(self.open_cycle)
        # A process asks once for the rights and the settings
        for customer, when in zip(self.customers, ['new: ', '']):
            self.transact(self.forget_rows)
            with stage(f'{when}sheet opened'):
                lines = self.transact(self.open_sheet, customer)
            with stage(f'{when}{CHANGED} lines saved'):
                self.transact(self.save_sheet, customer, lines[:CHANGED])
        with stage('sheet opened again'):
            self.transact(self.open_sheet, customer)
        with stage(f'labels of {KEYS} lines'):
            self.transact(self.ask_labels)
        with stage('next one drafted'):
            self.click(
                'shortcircuit.mercuriale', 'draft_next', [self.mercuriale])

    def open_cycle(self):
        Cycle = self.pool.get('shortcircuit.cycle')
        now = dt.datetime.now().replace(second=0, microsecond=0)
        cycle, = Cycle.create([{
                    'name': "Week",
                    'channel': self.channel,
                    'mercuriale': self.mercuriale,
                    'opens_at': now - dt.timedelta(days=1),
                    'closes_at': now + dt.timedelta(days=1),
                    'delivery_date': self.delivery_date,
                    'offers': [('create', [{
                                    'producer': self.producers[
                                        i % len(self.producers)],
                                    'product': product,
                                    'quantity': 1000.0,
                                    } for i, product in enumerate(
                                        self.products)])],
                    }])
        Cycle.open([cycle])
        return cycle.id

    def forget_rows(self):
        "Let the sheet be the first in ten minutes"
        self.pool.get('shortcircuit.order_sheet.line')._rows_cache.clear()

    def get_sheet(self, customer, **values):
        Cycle = self.pool.get('shortcircuit.cycle')
        Party = self.pool.get('party.party')
        Sheet = self.pool.get('shortcircuit.order_sheet')
        return Sheet(
            party=Party(customer), cycle=Cycle(self.cycle), order=None,
            **values)

    def open_sheet(self, customer):
        sheet = self.get_sheet(customer)
        sheet.load()
        return [row['id'] for row in sheet._get_rows()]

    def save_sheet(self, customer, lines):
        self.get_sheet(customer, favorites='[]', basket=json.dumps({
                    str(line): [5.0, '7.50', False, False]
                    for line in lines})).save_order()

    def ask_labels(self):
        Certificate = self.pool.get('shortcircuit.certificate')
        producers, products = self.size
        Certificate.proofs(
            (self.producers[i % producers], self.products[i % products],
                self.today - dt.timedelta(days=i // products))
            for i in range(KEYS))


def compare(uri):
    "Measure each size in a process of its own and print what it costs"
    results = {
        size: process.run('catalog', uri, *size, flags=['-O'])
        for size in SIZES}
    stages = results[SIZES[0]]['stages']
    print(' ' * 24 + ''.join(
            f"{f'{producers} x {products}':>24}"
            for producers, products in SIZES))
    print(f"{'stage':24}" + f"{'statements':>12}{'CPU ms/line':>12}" * 2)
    for stage in stages:
        print(f'{stage:24}' + ''.join(
                describe(results[size]['stages'][stage], size[1])
                for size in SIZES))
    print(f"{'memory at most, MiB':24}" + ''.join(
            f"{results[size]['peak_mib']:24}" for size in SIZES))


def describe(cost, lines):
    return f"{cost['statements']:12}{cost['cpu'] * 1000 / lines:12.3f}"


def main(producers, products):
    with databases():
        arm = Catalog(int(producers), int(products))
        arm.prepare()
        arm.run()
        print(json.dumps({
                    'stages': arm.meter.stages,
                    'peak_mib': arm.meter.peak_mib,
                    }))


if __name__ == '__main__':
    # The arm is imported by its name
    from tests.bench import catalog
    catalog.main(*sys.argv[1:])
