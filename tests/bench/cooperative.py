"""The cooperative of any size that takes the orders of a seed

Its customers are spread over the distribution points of two hubs, some of them
are canteens; its producers and drivers have signed what they must.
"""
import datetime as dt
from decimal import Decimal

from stdnum.fr import siren

from tests.bench.setup import create_parties, create_products
from trytond.modules.shortcircuit_catalog.tests.tools import get_siret
from trytond.pool import Pool

TODAY = dt.date.today()
LAST_YEAR = TODAY - dt.timedelta(days=365)
ORDERS_BY_POINT, POINTS_BY_DRIVER, CUSTOMERS_BY_CANTEEN = 15, 4, 20
# By line of the grid of the drivers: its base and rate
GRID = [('round', 20), ('stop', Decimal('1.5')), ('value', 2)]


def create(orders):
    "Create all that the orders need"
    create_country()
    products = create_products(
        orders.prices, shortcircuit_family='FRUITS_ET_LEGUMES')
    producers = create_producers(orders.producers)
    channel = create_channel()
    hubs = create_hubs()
    points = create_points(hubs, -(-len(orders) // ORDERS_BY_POINT))
    create_customers(len(orders), channel, points)
    create_drivers(-(-len(points) // POINTS_BY_DRIVER))
    mercuriale = publish_mercuriale(channel, products, orders.prices)
    open_cycle(channel, hubs[0], mercuriale, [{
                'producer': producers[i % len(producers)].id,
                'product': product.id,
                'quantity': quantity,
                } for i, (product, quantity) in enumerate(
                    zip(products, orders.quantities())) if quantity])


def create_country():
    pool = Pool()
    Country = pool.get('country.country')
    Country.create([{'name': "France", 'code': 'FR'}])


def get_company():
    pool = Pool()
    Company = pool.get('company.company')
    company, = Company.search([])
    return company


def create_channel():
    pool = Pool()
    Channel = pool.get('shortcircuit.channel')
    PriceList = pool.get('product.price_list')
    price_list, = PriceList.create([{
                'name': "Collective Catering",
                'unit': 'product_default',
                }])
    channel, = Channel.create([{
                'name': "Collective Catering",
                'price_list': price_list.id,
                }])
    return channel


def create_producers(count):
    "Create organic producers who let the cooperative invoice for them"
    pool = Pool()
    Label = pool.get('shortcircuit.label')
    Producer = pool.get('shortcircuit.producer')
    organic, = Label.search([('code', '=', 'BIO')], limit=1)
    parties = create_parties("Farm", count)
    identify(parties)
    sign_mandates(parties)
    return Producer.create([{
                'party': party.id,
                'vat_regime': 'normal',
                'sanitary_status': 'none',
                'state': 'active',
                'agreements': [('create', [{
                                'start_date': LAST_YEAR,
                                'signature_date': LAST_YEAR,
                                'producer_share': Decimal('.8333'),
                                'aidant_share': Decimal('.0517'),
                                'cooperative_share': Decimal('.1150'),
                                }])],
                'certificates': [('create', [{
                                'label': organic.id,
                                'certifier': "Certifier",
                                'number': party.code,
                                'start_date': LAST_YEAR,
                                }])],
                } for party in parties])


def sign_mandates(parties):
    pool = Pool()
    Mandate = pool.get('shortcircuit.mandate')
    Mandate.create([{
                'party': party.id,
                'start_date': LAST_YEAR,
                'signature_date': LAST_YEAR,
                } for party in parties])


def identify(parties):
    pool = Pool()
    Address = pool.get('party.address')
    Country = pool.get('country.country')
    Identifier = pool.get('party.identifier')
    france, = Country.search([('code', '=', 'FR')])
    addresses = [p.addresses[0] for p in parties]
    Address.write(addresses, {
            'city': "Hazebrouck", 'postal_code': '59190',
            'country': france.id})
    sirets = [get_siret(p.id) for p in parties]
    Identifier.create([
            {'party': a.party.id, 'type': type_, 'code': code, **values}
            for a, siret in zip(addresses, sirets)
            for type_, code, values in [
                ('fr_siret', siret, {'address': a.id}),
                ('eu_vat', f'FR{siren.to_tva(siret[:9])}', {}),
                ]])


def create_hubs():
    pool = Pool()
    Location = pool.get('stock.location')
    first, = Location.search([('type', '=', 'warehouse')])
    second, = Location.copy([first], {'name': "Second Hub", 'code': 'HUB2'})
    return first, second


def create_points(hubs, count):
    "Create distribution points, by turns at each of the hubs"
    pool = Pool()
    Point = pool.get('shortcircuit.distribution_point')
    return Point.create([{
                'name': f"Point {i:05}",
                'warehouse': hubs[i % len(hubs)].id,
                } for i in range(count)])


def create_customers(count, channel, points):
    pool = Pool()
    Canteen = pool.get('shortcircuit.canteen')
    Party = pool.get('party.party')
    customers = create_parties(
        "Customer", count, shortcircuit_channel=channel.id)
    Party.write(*(
            arg for i, point in enumerate(points) for arg in [
                customers[i::len(points)], {'distribution_point': point.id}]))
    # Their invoices are electronic ones
    identify([get_company().party, *customers])
    Canteen.create([
            {'party': p.id} for p in customers[::CUSTOMERS_BY_CANTEEN]])


def create_drivers(count):
    "Create the agents who drive, and the grid by which they earn"
    pool = Pool()
    Agent = pool.get('commission.agent')
    Grid = pool.get('shortcircuit.grid')
    Plan = pool.get('commission.plan')
    drivers = create_parties("Driver", count)
    sign_mandates(drivers)
    service, = create_products([Decimal(0)], type='service', name="Round")
    plan, = Plan.create([{
                'name': "Aidant",
                'commission_product': service.id,
                }])
    Agent.create([{'party': d.id, 'plan': plan.id} for d in drivers])
    grid, = Grid.create([{
                'name': "Grid",
                'decision': "Assembly",
                'vote_date': LAST_YEAR,
                'start_date': TODAY,
                'lines': [('create', [
                            {'role': 'driver', 'base': base, 'rate': rate}
                            for base, rate in GRID])],
                }])
    Grid.vote([grid])


def publish_mercuriale(channel, products, prices):
    pool = Pool()
    Mercuriale = pool.get('shortcircuit.mercuriale')
    mercuriale, = Mercuriale.create([{
                'channel': channel.id,
                'start_date': TODAY,
                'end_date': TODAY + dt.timedelta(days=6),
                'lines': [('create', [
                            {'product': product.id, 'unit_price': price}
                            for product, price in zip(products, prices)])],
                }])
    Mercuriale.publish([mercuriale])
    return mercuriale


def open_cycle(channel, hub, mercuriale, offers):
    pool = Pool()
    Cycle = pool.get('shortcircuit.cycle')
    now = dt.datetime.now().replace(second=0, microsecond=0)
    cycle, = Cycle.create([{
                'name': "Week",
                'channel': channel.id,
                'mercuriale': mercuriale.id,
                'warehouse': hub.id,
                'opens_at': now - dt.timedelta(days=1),
                'closes_at': now + dt.timedelta(days=1),
                'delivery_date': TODAY,
                'offers': [('create', offers)],
                }])
    Cycle.open([cycle])
