# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The records that the unit tests deliver and declare"

from decimal import Decimal

from trytond.pool import Pool
from trytond.tools import file_open
from trytond.transaction import Transaction

DATA = 'shortcircuit_collective/data/canteens_bethune-bruay_2023.csv'
SIRET = '21620851200014'
YEAR = 2025


def open_data():
    with file_open(DATA, 'rb') as file:
        return file.read()


def create_canteen(name, siret=SIRET):
    pool = Pool()
    Canteen = pool.get('shortcircuit.canteen')
    canteen, = Canteen.create([{'party': create_eater(name, siret).id}])
    return canteen


def create_eater(name, siret=SIRET):
    pool = Pool()
    Party = pool.get('party.party')
    Identifier = pool.get('party.identifier')
    party, = Party.create([{
                'name': name,
                'addresses': [('create', [{}])],
                }])
    if siret:
        Identifier.create([{
                    'party': party.id,
                    'address': party.addresses[0].id,
                    'type': 'fr_siret',
                    'code': siret,
                    }])
    return party


def create_producer(name, **labels):
    "Create a producer whose labels are proved since the given dates"
    pool = Pool()
    Label = pool.get('shortcircuit.label')
    Party = pool.get('party.party')
    Producer = pool.get('shortcircuit.producer')
    party, = Party.create([{'name': name}])
    producer, = Producer.create([{
                'party': party.id,
                'certificates': [('create', [{
                                'label': Label.search(
                                    [('code', '=', code)], limit=1)[0].id,
                                'number': code,
                                'certifier': "Certifier",
                                'start_date': start_date,
                                } for code, start_date in labels.items()])],
                }])
    return producer


def create_product(name, family='FRUITS_ET_LEGUMES', country=None):
    pool = Pool()
    Country = pool.get('country.country')
    Template = pool.get('product.template')
    Uom = pool.get('product.uom')
    unit, = Uom.search([('name', '=', "Unit")])
    origin = None
    if country:
        origin, = Country.create([{'name': country, 'code': country}])
    template, = Template.create([{
                'name': name,
                'type': 'goods',
                'default_uom': unit.id,
                'salable': True,
                'sale_uom': unit.id,
                'shortcircuit_family': family,
                'shortcircuit_origin': origin.id if origin else None,
                'products': [('create', [{}])],
                }])
    product, = template.products
    return product


def create_lot(producer, product):
    pool = Pool()
    Lot = pool.get('stock.lot')
    lot, = Lot.create([{
                'number': f'{producer.id}-{product.id}',
                'product': product.id,
                'producer': producer.id,
                }])
    return lot


def deliver(party, lot, amount, date, back=False, shipment_party=None):
    "Deliver a unit of the lot to the party at the price of the amount"
    pool = Pool()
    Company = pool.get('company.company')
    Location = pool.get('stock.location')
    Move = pool.get('stock.move')
    Sale = pool.get('sale.sale')
    company = Company(Transaction().context['company'])
    supplier, = Location.search([('code', '=', 'SUP')])
    customer, = Location.search([('code', '=', 'CUS')])
    if back:
        supplier, customer = customer, supplier
    sale = Sale(
        party=party, shipment_party=shipment_party, company=company,
        currency=company.currency)
    sale.lines = [{
            'product': lot.product.id,
            'quantity': 1,
            'unit': lot.product.sale_uom.id,
            'unit_price': Decimal(amount),
            }]
    sale.save()
    move = Move(
        product=lot.product, lot=lot, quantity=1, unit=lot.product.sale_uom,
        from_location=supplier, to_location=customer, company=company,
        origin=sale.lines[0], effective_date=date)
    move.save()
    Move.do([move])
    return Move(move.id)


def declare(canteen, start_date, end_date):
    pool = Pool()
    Declaration = pool.get('shortcircuit.declaration')
    declaration, = Declaration.create([{
                'canteen': canteen.id,
                'start_date': start_date,
                'end_date': end_date,
                }])
    return declaration


def create_buyer(party, *others):
    pool = Pool()
    Group = pool.get('res.group')
    ModelData = pool.get('ir.model.data')
    User = pool.get('res.user')
    company = Transaction().context['company']
    group = Group(ModelData.get_id('shortcircuit_catalog', 'group_buyer'))
    buyer, = User.create([{
                'name': f"Buyer of {party.name}",
                'login': f'buyer_{party.id}',
                'companies': [('add', [company])],
                'company': company,
                'parties': [('add', [p.id for p in [party, *others]])],
                'groups': [('add', [group.id])],
                }])
    return buyer
