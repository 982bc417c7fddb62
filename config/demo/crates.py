"""The crates: who has them since when, and what moves with the goods"""
import math
from collections import Counter
from decimal import Decimal

from config.demo.session import table

# code: name, capacity in litres, deposit, what is packed in it
CRATES = {
    'verte': ("Caisse verte 60 × 40", 45, None, ['ambient']),
    'bleue': ("Caisse bleue 40 × 30", 20, None, []),
    'isotherme': (
        "Caisse isotherme", 55, Decimal('18.00'), ['chilled', 'frozen']),
    }
# How many kilograms or pieces are brought in a crate
CRATE_QUANTITY = 15


def create(demo):
    "Their types, and where those that were bought are"
    for sequence, (code, values) in enumerate(CRATES.items(), 1):
        name, capacity, deposit, packs = values
        crate = demo.model('shortcircuit.crate')(
            name=name, sequence=sequence, capacity=capacity, deposit=deposit)
        crate.storage_classes = packs
        crate.save()
        demo.keep('crate', code, crate)
    for row in table('crates'):
        _enter(demo, row)


def _enter(demo, row):
    enter = demo.wizard('shortcircuit.crate.enter', login='hub')
    form = enter.form
    form.kind = row['kind']
    form.direction = 'in' if row['kind'] == 'purchase' else 'out'
    form.date = demo.days.after(-int(row['days']))
    form.warehouse = demo.get('stock.location', 'hub', row['hub'], 'hub')
    if row['kind'] == 'point':
        form.point = demo.get(
            'shortcircuit.distribution_point', 'point', row['holder'], 'hub')
    elif row['kind'] == 'producer':
        form.party = demo.get('party.party', 'party', row['holder'], 'hub')
    codes = {demo.ids['crate', code]: code for code in CRATES}
    for line in form.lines:
        line.quantity = int(row[codes[line.crate.id]] or 0)
    enter.execute('write_')


def count_delivery(demo, delivery):
    "The producer brings his goods in crates and takes as many but one"
    full = sum(
        math.ceil((line.quantity or 0) / CRATE_QUANTITY)
        for line in delivery.lines)
    if full:
        crates = delivery.crates.new()
        crates.crate = demo.get('shortcircuit.crate', 'crate', 'verte', 'hub')
        crates.full = full
        crates.given = full - 1


def count_stops(round_):
    "The driver takes nearly as many crates back as he leaves"
    for stop in round_.stops:
        for crate, count in _count_packed(stop).items():
            crates = stop.crates.new(crate=crate)
            crates.taken = count - stop.id % 2
        stop.save()


def _count_packed(stop):
    "Return the number of crates of its orders by type"
    packages = [p for s in stop.shipments for p in s.packages]
    crates = {p.crate.id: p.crate for p in packages}
    counts = Counter(p.crate.id for p in packages)
    return {crates[id_]: count for id_, count in counts.items()}
