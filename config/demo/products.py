"""What the farms sell, and the mercuriales that give the prices"""
from collections import defaultdict
from decimal import Decimal

from config.demo.company import CHANNELS, PARTNER, create_party
from config.demo.session import table

UNITS = {
    'kg': 'product.uom_kilogram',
    'litre': 'product.uom_liter',
    'pièce': 'product.uom_unit',
    }
# Comes this week
NEW = 'chou-bruxelles'
DEPARTMENTS = {
    '59': "Nord",
    '62': "Pas-de-Calais",
    }


def create(demo):
    _create_departments(demo)
    food = {row['product']: row for row in table('food')}
    keeping = {row['product']: row for row in table('keeping')}
    sectors = {row['product']: row for row in table('sectors')}
    for row in table('products'):
        code = row['code']
        _create_product(
            demo, row | food[code] | sectors.get(code, {'sector': ''}),
            keeping.get(code))
    for code, name in CHANNELS:
        _create_channel(demo, code, name)


def _create_departments(demo):
    Subdivision = demo.model('country.subdivision')
    for code, name in DEPARTMENTS.items():
        subdivision = Subdivision(
            name=name, code=f'FR-{code}', type='metropolitan department')
        subdivision.country = demo.get('country.country', 'country', 'FR')
        subdivision.save()
        demo.keep('department', code, subdivision)


def _create_product(demo, row, keeping):
    Template = demo.model('product.template')
    template = Template(name=row['name'], type='goods', salable=True)
    template.code = row['code'].upper()
    template.default_uom = demo.record('product.uom', UNITS[row['unit']])
    template.list_price = Decimal(row['unit_price'])
    template.account_category = demo.get(
        'product.category', 'category', 'food')
    template.shortcircuit_family = row['family']
    template.shortcircuit_origin = demo.get('country.country', 'country', 'FR')
    template.shortcircuit_subdivision = demo.get(
        'country.subdivision', 'department', row['department'])
    template.shortcircuit_municipality = row['municipality']
    template.storage_class = row['storage_class']
    if row['piece']:
        template.piece_weight = float(row['piece'])
    if row['sector']:
        template.shortcircuit_sector = demo.record(
            'shortcircuit.sector',
            f"shortcircuit_collective.sector_{row['sector']}")
    template.seasons = row['seasons'].split()
    template.allergens = row['allergens'].split()
    if row['weight']:
        template.weight = float(row['weight'])
        template.weight_uom = demo.record(
            'product.uom', 'product.uom_gram')
    if keeping:
        _set_keeping(template, keeping)
    template.save()
    demo.keep('product', row['code'], template.products[0])


def _set_keeping(template, row):
    "How cold the product is kept, and how long"
    if row['temperature_max']:
        template.temperature_max = Decimal(row['temperature_max'])
    if row['kind']:
        template.durability_kind = row['kind']
        template.durability_days = int(row['days'])
        template.durability_from = row['from']


def _create_channel(demo, code, name):
    Channel = demo.model('shortcircuit.channel')
    PriceList = demo.model('product.price_list')
    price_list = PriceList(name=name, unit='product_default')
    price_list.save()
    channel = Channel(name=name, kind=code, price_list=price_list)
    if code == 'solidarity':
        channel.reference = demo.get(
            'shortcircuit.channel', 'channel', 'household')
        channel.reduction = Decimal('.6')
        channel.partner = create_party(demo, *PARTNER)
    channel.save()
    demo.keep('channel', code, channel)


def assort(demo, codes=None):
    "Let the producers have their products, but the one that is to come"
    ProducerProduct = demo.model('shortcircuit.producer.product')
    ProducerProduct.save([
            _get_producer_product(demo, row) for row in table('assortment')
            if (row['product'] in codes if codes
                else row['product'] != NEW)])


def _get_producer_product(demo, row):
    ProducerProduct = demo.model('shortcircuit.producer.product')
    item = ProducerProduct(
        producer=demo.get('shortcircuit.producer', 'producer',
            row['producer']),
        product=demo.get('product.product', 'product', row['product']),
        case_quantity=float(row['case']))
    for column, start_date in [
            ('previous', demo.days.after(-730)),
            ('price', demo.days.monday if row['previous']
                else demo.days.after(-730)),
            ('next', demo.days.after(14, demo.days.monday))]:
        if row[column]:
            item.prices.new(
                start_date=start_date, unit_price=Decimal(row[column]))
    return item


def publish(demo, channel, start_date, end_date, codes, factor=Decimal(1),
        named=()):
    """Publish the mercuriale of a channel

    codes are those of the products, factor is applied to the prices of the
    table, in EUR excl. tax. Those named are sold by producer.
    """
    Mercuriale = demo.model('shortcircuit.mercuriale')
    mercuriale = Mercuriale(start_date=start_date, end_date=end_date)
    mercuriale.channel = demo.get('shortcircuit.channel', 'channel', channel)
    mercuriale.save()
    asked = _asked(start_date < demo.days.monday)
    MercurialeLine = demo.model('shortcircuit.mercuriale.line')
    MercurialeLine.save([
            _get_line(demo, mercuriale, row, producer, factor * ratio)
            for row in table('products') if row['code'] in codes
            for producer, ratio in (
                asked[row['code']] if row['code'] in named
                else [(None, asked[row['code']][0][1])])])
    mercuriale.reload()
    mercuriale.click('publish')


def publish_reduced(demo, channel, start_date, end_date):
    "Publish the reduced prices of the lines of the reference channel"
    Mercuriale = demo.model('shortcircuit.mercuriale')
    mercuriale = Mercuriale(start_date=start_date, end_date=end_date)
    mercuriale.channel = demo.get('shortcircuit.channel', 'channel', channel)
    mercuriale.save()
    for button in ['fill_reduced', 'publish']:
        mercuriale.click(button)


def _asked(previously):
    """The producers of each product, the first being of reference

    with what each asks over what the first one asks now.
    """
    asked = defaultdict(list)
    reference = {}
    for row in table('assortment'):
        price = Decimal(previously and row['previous'] or row['price'])
        price /= reference.setdefault(row['product'], Decimal(row['price']))
        asked[row['product']].append((row['producer'], price))
    return asked


def _get_line(demo, mercuriale, row, producer, factor):
    MercurialeLine = demo.model('shortcircuit.mercuriale.line')
    line = MercurialeLine(
        mercuriale=mercuriale,
        product=demo.get('product.product', 'product', row['code']),
        unit_price=(Decimal(row['unit_price']) * factor).quantize(
            Decimal('.01')),
        case_quantity=float(row['multiple']))
    if producer:
        line.producer = demo.get(
            'shortcircuit.producer', 'producer', producer)
    return line


def draft_next(demo, channel, end_date):
    "Draft the mercuriale that follows the published one"
    Mercuriale = demo.model('shortcircuit.mercuriale')
    published, = Mercuriale.find([
            ('channel', '=', demo.ids['channel', channel]),
            ('state', '=', 'published'),
            ], limit=1)
    published.click('draft_next')
    draft, = Mercuriale.find([
            ('channel', '=', demo.ids['channel', channel]),
            ('state', '=', 'draft'),
            ])
    draft.end_date = end_date
    draft.save()
    return draft


def publish_next(demo, channel, end_date):
    "Take the prices and what is new, keep what is out of season"
    draft = draft_next(demo, channel, end_date)
    for line in draft.lines:
        if line.decision == 'pending':
            line.click(
                'accept' if line.proposal in {'price', 'new'} else 'refuse')
    draft.click('publish')


def stop(demo, producer, product):
    "Let the producer have the product no more"
    ProducerProduct = demo.model('shortcircuit.producer.product')
    item, = ProducerProduct.find([
            ('producer', '=', demo.ids['producer', producer]),
            ('product', '=', demo.ids['product', product]),
            ])
    item.active = False
    item.save()
