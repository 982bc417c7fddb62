"""What the farms sell, and the mercuriales that give the prices"""
from decimal import Decimal

from config.demo.company import CHANNELS
from config.demo.session import table

UNITS = {
    'kg': 'product.uom_kilogram',
    'litre': 'product.uom_liter',
    'pièce': 'product.uom_unit',
    }


def create(demo):
    for row in table('products'):
        _create_product(demo, row)
    for code, name in CHANNELS:
        _create_channel(demo, code, name)


def _create_product(demo, row):
    Template = demo.model('product.template')
    template = Template(name=row['name'], type='goods', salable=True)
    template.code = row['code'].upper()
    template.default_uom = demo.record('product.uom', UNITS[row['unit']])
    template.list_price = Decimal(row['unit_price'])
    template.account_category = demo.get(
        'product.category', 'category', 'food')
    template.shortcircuit_family = row['family']
    template.shortcircuit_origin = demo.get('country.country', 'country', 'FR')
    template.storage_class = row['storage_class']
    template.save()
    demo.keep('product', row['code'], template.products[0])


def _create_channel(demo, code, name):
    Channel = demo.model('shortcircuit.channel')
    PriceList = demo.model('product.price_list')
    price_list = PriceList(name=name, unit='product_default')
    price_list.save()
    channel = Channel(name=name, price_list=price_list)
    channel.save()
    demo.keep('channel', code, channel)


def publish(demo, channel, start_date, end_date, codes, factor=Decimal(1)):
    """Publish the mercuriale of a channel

    codes are those of the products, factor is applied to the prices of the
    table, in EUR excl. tax.
    """
    Mercuriale = demo.model('shortcircuit.mercuriale')
    mercuriale = Mercuriale(start_date=start_date, end_date=end_date)
    mercuriale.channel = demo.get('shortcircuit.channel', 'channel', channel)
    mercuriale.save()
    MercurialeLine = demo.model('shortcircuit.mercuriale.line')
    MercurialeLine.save([
            _get_line(demo, mercuriale, row, factor)
            for row in table('products') if row['code'] in codes])
    mercuriale.reload()
    mercuriale.click('publish')


def _get_line(demo, mercuriale, row, factor):
    MercurialeLine = demo.model('shortcircuit.mercuriale.line')
    return MercurialeLine(
        mercuriale=mercuriale,
        product=demo.get('product.product', 'product', row['code']),
        unit_price=(Decimal(row['unit_price']) * factor).quantize(
            Decimal('.01')),
        multiple=float(row['multiple']))
