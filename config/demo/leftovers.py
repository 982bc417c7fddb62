"""What last week left at the hub, and the yearly exercise of the recall"""
from decimal import Decimal

from config.demo.company import create_party


def write_off(demo, product):
    "Write off what fell from the forklift"
    unsold = demo.model('shortcircuit.unsold', 'hub')(kind='write_off')
    lot = _left(demo, product)
    unsold.producer = lot.producer
    unsold.warehouse = demo.get('stock.location', 'hub', 'hazebrouck', 'hub')
    unsold.reason = demo.record(
        'shortcircuit.loss_reason', 'shortcircuit_hub.loss_reason_hub', 'hub')
    unsold.note = "Caisse tombée du transpalette."
    unsold.save()
    unsold.click('fill')
    lines = {line.lot: line for line in unsold.lines}
    lines.pop(lot).quantity = 2
    for line in lines.values():
        line.quantity = 0
    unsold.click('do')


def _left(demo, product):
    "The last lot of the product"
    return demo.model('stock.lot', 'hub').find([
            ('product', '=', demo.ids['product', product]),
            ('producer', '!=', None),
            ], order=[('id', 'DESC')], limit=1)[0]


def give(demo):
    "Give all that is left to the food bank, with the attestations"
    configuration = demo.model('shortcircuit.configuration')(1)
    configuration.gift_cost_share = Decimal('.7')
    configuration.save()
    bank = create_party(
        demo, "Banque alimentaire du Pays de Flandre", "12 rue du Rivage",
        '59190', "Hazebrouck")
    wizard = demo.wizard('shortcircuit.unsold.create', login='hub')
    wizard.form.kind = 'gift'
    wizard.form.warehouse = demo.get(
        'stock.location', 'hub', 'hazebrouck', 'hub')
    wizard.form.recipient = demo.model('party.party', 'hub')(bank.id)
    wizard.execute('create_')
    gifts, = wizard.actions
    for gift in gifts:
        gift.click('do')


def drill(demo, product, day):
    "Time how long it takes to find, hold, tell and close"
    with demo.at(day, 14):
        recall = demo.model('shortcircuit.recall', 'hub')(drill=True)
        recall.reason = "Exercice annuel : suspicion de corps étrangers."
        recall.product = demo.get(
            'product.product', 'product', product, 'hub')
        recall.save()
    for minute, button in enumerate(['find', 'hold', 'notify', 'close'], 1):
        with demo.at(day, 14, minute):
            recall.click(button)
