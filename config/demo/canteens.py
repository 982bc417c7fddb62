"""The canteens of the State's open data, those who order, and a restaurant"""
from decimal import Decimal

from config.demo.company import create_party, locate
from config.demo.session import table
from config.settings import ROOT

SIRET = '00020003000013'
FILE = (ROOT / 'modules' / 'shortcircuit_collective' / 'data'
    / 'canteens_bethune-bruay_2023.csv')


def create(demo):
    wizard = demo.wizard('shortcircuit.canteen.import')
    wizard.form.file = FILE.read_bytes()
    wizard.form.channel = demo.get(
        'shortcircuit.channel', 'channel', 'collective')
    wizard.execute('import_')
    for row in table('canteens'):
        _set_canteen(demo, row)
    for row in table('campaigns'):
        _add_campaign(demo, row)


def _set_canteen(demo, row):
    Canteen = demo.model('shortcircuit.canteen')
    Party = demo.model('party.party')
    canteen, = Canteen.find([('siret.code_compact', '=', row['siret'])])
    party = Party(canteen.party.id)
    party.distribution_point = demo.get(
        'shortcircuit.distribution_point', 'point', row['point'])
    address, = party.addresses
    address.postal_code = row['postal_code']
    address.city = row['city']
    locate(party, row)
    party.save()
    point = party.distribution_point
    point.party = party
    point.address = party.addresses[0]
    point.save()
    _set_public_buyer(demo, canteen, row)
    demo.keep('party', row['code'], party)
    demo.keep('canteen', row['code'], canteen)


def _set_public_buyer(demo, canteen, row):
    "How it calls local, and how it is invoiced"
    canteen.meals = int(row['meals'])
    canteen.local_definition = row['local']
    if row['local'] == 'KM':
        canteen.local_km = 50
    canteen.chorus_service_code = row['service'] or None
    canteen.payment_term = demo.record(
        'account.invoice.payment_term',
        f"shortcircuit_collective.payment_term_{row['days']}")
    canteen.save()


def _add_campaign(demo, row):
    "What it declared for a year that the open data does not have yet"
    canteen = demo.get('shortcircuit.canteen', 'canteen', row['canteen'])
    year = demo.days.today.year - int(row['years'])
    if year not in {c.year for c in canteen.campaigns}:
        canteen.campaigns.new(
            year=year, bio_share=Decimal(row['bio']),
            other_share=Decimal(row['other']))
        canteen.save()


def approve(demo):
    "From some amount on, the orders of a canteen need its second buyer"
    canteen = demo.get('shortcircuit.canteen', 'canteen', 'sand')
    canteen.approval_amount = Decimal(400)
    canteen.save()


def create_restaurant(demo):
    party = create_party(
        demo, "Estaminet du Beffroi Bleu", "6 Grand-Place", '59190',
        "Hazebrouck", SIRET)
    party.shortcircuit_channel = demo.get(
        'shortcircuit.channel', 'channel', 'trade')
    party.distribution_point = demo.get(
        'shortcircuit.distribution_point', 'point', 'hazebrouck')
    party.save()
    demo.keep('party', 'estaminet', party)


def consent(demo):
    "A canteen takes another root vegetable rather than none"
    Substitution = demo.model('shortcircuit.substitution')
    substitution = Substitution(agreed_on=demo.days.last_monday)
    substitution.party = demo.get('party.party', 'party', 'carnot')
    for name, product in [
            ('product', 'carotte'), ('substitute', 'betterave')]:
        setattr(substitution, name, demo.get(
                'product.product', 'product', product))
    substitution.save()
