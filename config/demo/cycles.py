"""One cycle, from its opening to the rounds, each step by who does it"""
from collections import defaultdict
from decimal import Decimal

from config.demo import crates
from config.demo.producers import DRIVERS
from config.demo.session import table
from config.demo.users import STAFF
from trytond.modules.shortcircuit_hub.routing import has_solver


def open_cycle(
        demo, code, name, opens_at, closes_at, delivery_date,
        channel='collective'):
    "Open the cycle and write the offers of its column of the table"
    Cycle = demo.model('shortcircuit.cycle')
    cycle = Cycle(name=name)
    cycle.channel = demo.get('shortcircuit.channel', 'channel', channel)
    cycle.warehouse = demo.get('stock.location', 'hub', 'hazebrouck')
    cycle.opens_at = demo.days.stored(*opens_at)
    cycle.closes_at = demo.days.stored(*closes_at)
    cycle.delivery_date = delivery_date
    cycle.save()
    cycle.click('open')
    demo.keep('cycle', code, cycle)
    _offer(demo, code)


def offered(cycle):
    "The products that the table offers in the cycle"
    return {row['product'] for row in table('offers') if row[cycle]}


def _offer(demo, cycle):
    offers = defaultdict(list)
    for row in table('offers'):
        if row[cycle]:
            login = _login_of(row['producer'], 'producteur')
            offers[login].append(_get_offer(demo, cycle, row, login))
    for login, records in offers.items():
        demo.model('shortcircuit.offer', login).save(records)


def _get_offer(demo, cycle, row, login):
    Offer = demo.model('shortcircuit.offer', login)
    offer = Offer()
    for name, code in [
            ('cycle', cycle),
            ('producer', row['producer']),
            ('product', row['product'])]:
        model = 'product.product' if name == 'product' else (
            f'shortcircuit.{name}')
        setattr(offer, name, demo.get(model, name, code, login))
    offer.quantity = float(row[cycle])
    return offer


def _login_of(party, login):
    "The login if it is the party's, else the hub acts for the party"
    *_, own, _ = STAFF[login]
    return login if own == party else 'hub'


def order(demo, cycle, customer, confirm=True, contract=None):
    """Order the column of the table, on the contract if one is named

    as the canteen's purchasing officer, as admin for the other customers.
    """
    logins = {row['code']: row['login'] for row in table('canteens')}
    login = logins.get(customer, 'admin')
    Sale = demo.model('sale.sale', login)
    sale = Sale()
    sale.party = demo.get('party.party', 'party', customer, login)
    sale.cycle = demo.get('shortcircuit.cycle', 'cycle', cycle, login)
    column = f'{cycle}:{customer}'
    if contract:
        column += f':{contract}'
        sale.contract = demo.get(
            'shortcircuit.contract', 'contract', contract, login)
        sale.reference = f'BC {sale.cycle.delivery_date:%Y-%m%d}'
        sale.engagement_number = f'EJ{sale.cycle.delivery_date:%y%m}0042'
    sale.save()
    demo.model('sale.line', login).save([
            _get_line(demo, sale, row['product'], float(quantity), login)
            for row in table('orders')
            if (quantity := row[column])])
    sale.reload()
    if confirm:
        sale.click('quote')
        sale.click('confirm')


def _get_line(demo, sale, product, quantity, login):
    SaleLine = demo.model('sale.line', login)
    line = SaleLine(sale=sale)
    line.quantity = quantity
    line.product = demo.get('product.product', 'product', product, login)
    return line


def close(demo, code):
    demo.get('shortcircuit.cycle', 'cycle', code, 'hub').click('close')


def allocate(demo, code, apply=True):
    cycle = demo.get('shortcircuit.cycle', 'cycle', code, 'hub')
    cycle.click('allocate')
    cycle.reload()
    if apply:
        allocation, = cycle.allocations
        allocation.click('apply')


def transfer(demo, code):
    "Send the shuttle to the other hub and receive it there"
    cycle = demo.get('shortcircuit.cycle', 'cycle', code, 'hub')
    for shipment in cycle.transfers:
        for step in ['pack', 'ship', 'do']:
            shipment.click(step)


def plan_round(demo, date, hub):
    "Entrust a round of the day to the aidant of the hub"
    round_ = demo.model('shortcircuit.round', 'hub')(date=date)
    round_.warehouse = demo.get('stock.location', 'hub', hub, 'hub')
    round_.driver = demo.get('party.party', 'party', DRIVERS[hub], 'hub')
    round_.save()
    return round_


def plan_rounds(demo, date, hub):
    "Let the routing plan the rounds of the hub, and pack them"
    if not has_solver():
        plan_by_hand(demo, date, hub)
        return
    wizard = demo.wizard('shortcircuit.round.plan', login='hub')
    wizard.form.date = date
    wizard.form.warehouse = demo.get('stock.location', 'hub', hub, 'hub')
    wizard.execute('plan')
    for round_ in wizard.form.rounds:
        round_.click('pack')


def plan_by_hand(demo, date, hub):
    "Let a round take all the orders of the hub, and pack it"
    round_ = plan_round(demo, date, hub)
    for step in ['plan', 'pack']:
        round_.click(step)
    return round_


def drive(demo, date, hub):
    "The aidant of the hub leaves: the first stop goes well, not the second"
    Round = demo.model(
        'shortcircuit.round', _login_of(DRIVERS[hub], 'aidant'))
    round_, = Round.find([('date', '=', date)])
    round_.click('run')
    first, second, *_ = round_.stops
    first.temperature = Decimal('3.2')
    first.received_by = "Second de cuisine"
    first.save()
    first.click('do')
    second.note = "Livraison refusée : le collège est fermé aujourd'hui."
    second.save()
    second.click('refuse')


def deliver(demo, date, hubs=DRIVERS, late=None):
    """Pack the orders of the hubs, which an aidant then delivers

    but for those of the customer who is late: they stay at the hub.
    """
    for hub in hubs:
        round_ = plan_by_hand(demo, date, hub)
        crates.count_stops(round_)
        Round = demo.model(
            'shortcircuit.round', _login_of(DRIVERS[hub], 'aidant'))
        Round(round_.id).click('run')
        for stop in Round(round_.id).stops:
            stop.temperature = Decimal('3.4')
            if late:
                _leave(stop, demo.ids['party', late])
            stop.save()
        Round(round_.id).click('do')


def _leave(stop, customer):
    "Refuse what the stop has for the customer: it is still at the hub"
    for shipment in stop.shipments:
        if shipment.customer.id == customer:
            stop.note = "Commande oubliée au quai, livrée le lendemain."
            shipment.click('refuse')


def do(demo, code):
    demo.get('shortcircuit.cycle', 'cycle', code, 'hub').click('do')
