"""What the producers bring for a cycle, as expected but for the table"""
import datetime as dt
from decimal import Decimal

from config.demo import crates
from config.demo.session import table

TEMPERATURES = {'chilled': Decimal('3.1'), 'frozen': Decimal('-18.6')}


def receive(demo, code, date=None):
    cycle = demo.get('shortcircuit.cycle', 'cycle', code, 'hub')
    receipts = {
        (demo.ids['producer', row['producer']],
            demo.ids['product', row['product']]): row
        for row in table('receipts') if row['cycle'] == code}
    for delivery in cycle.deliveries:
        if not any(line.expected for line in delivery.lines):
            delivery.click('cancel')
        else:
            if date:
                delivery.date = date
                delivery.save()
            _receive(demo, delivery, {
                    product: row for (producer, product), row
                    in receipts.items() if producer == delivery.producer.id})


def _receive(demo, delivery, rows):
    if any(not row['received'] and not row['temperature']
            for row in rows.values()):
        # The producer is late
        return
    delivery.click('as_expected')
    _add_surplus(demo, delivery, rows)
    delivery.reload()
    for line in delivery.lines:
        _count(line, rows.get(line.product.id))
    for name, temperature in TEMPERATURES.items():
        if getattr(delivery, f'has_{name}'):
            setattr(delivery, f'{name}_temperature', temperature)
    crates.count_delivery(demo, delivery)
    delivery.save()
    delivery.reload()
    for line in delivery.lines:
        _decide(demo, line, rows.get(line.product.id))
    delivery.reload()
    delivery.click('receive')


def _add_surplus(demo, delivery, rows):
    "What nobody has ordered is accepted"
    brought = {line.product.id for line in delivery.lines}
    for product in rows.keys() - brought:
        wizard = demo.wizard(
            'shortcircuit.delivery.surplus', [delivery], login='hub')
        wizard.form.product = demo.model('product.product', 'hub')(product)
        wizard.form.quantity = float(rows[product]['received'])
        wizard.execute('accept')


def _count(line, row):
    if row and row['received']:
        line.quantity = float(row['received'])
    if line.piece_weight:
        line.weights = _weigh(line)
    if row and row['temperature']:
        line.temperature = Decimal(row['temperature'])
    if line.durability_kind and not line.durability_date:
        # Counted from what is read on the goods
        line.production_date = line.delivery.date - dt.timedelta(days=2)


def _weigh(line):
    "Return what the scales say of each piece, some more and some less"
    return ' '.join(
        f'{line.piece_weight * (94 + number * 7 % 13) / 100:.2f}'
        for number in range(int(line.quantity)))


def _decide(demo, line, row):
    if row and row['refused']:
        wizard = demo.wizard(
            'shortcircuit.delivery.line.refuse', [line], login='hub')
        wizard.form.quantity = float(row['received'])
        wizard.form.refused_quantity = float(row['refused'])
        wizard.form.reason = demo.record(
            'shortcircuit.refusal.reason',
            f'shortcircuit_hub.refusal_reason_{row["reason"]}', 'hub')
        wizard.execute('refuse')
    if row and row['because']:
        wizard = demo.wizard(
            'shortcircuit.delivery.line.accept_temperature', [line],
            login='hub')
        wizard.form.reason = row['because']
        wizard.execute('accept')
