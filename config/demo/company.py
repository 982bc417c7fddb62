"""The cooperative, its hubs and the points it delivers"""
import datetime as dt
from decimal import Decimal

from config.demo.session import table

NAME = "Le Court-Circuit (démo)"
# The first digits of the SIRENs of the demo were never given to anyone
SIRET = '00010144400016'
HUBS = {
    'hazebrouck': ("Hazebrouck", 'HZ', "14 rue du Rivage", '59190',
        "Hazebrouck", '50.7210', '2.5440'),
    'bethune': ("Béthune-Bruay", 'BB', "3 rue de la Gare d'Eau", '62400',
        "Béthune", '50.5360', '2.6440'),
    }
# Their codes are their kinds
CHANNELS = [
    ('collective', "Restauration collective"),
    ('trade', "Restaurants et commerces"),
    ('household', "Foyers"),
    ('solidarity', "Solidaire"),
    ]
PARTNER = ("Épicerie solidaire des Trois Becques (démo)", "11 rue du Marché",
    '59190', "Hazebrouck")


def create(demo):
    _speak_french(demo)
    _create_country(demo)
    _create_company(demo)
    for code, values in HUBS.items():
        _create_hub(demo, code, *values)
    _create_points(demo)


def _speak_french(demo):
    User = demo.model('res.user')
    Lang = demo.model('ir.lang')
    french, = Lang.find([('code', '=', 'fr')])
    french.translatable = True
    # Core writes the dates of French with dots
    french.date = '%d/%m/%Y'
    french.save()
    admin, = User.find([('login', '=', 'admin')])
    admin.language = french
    admin.save()
    PartyConfiguration = demo.model('party.configuration')
    configuration = PartyConfiguration(1)
    configuration.party_lang = french
    configuration.save()
    demo.reload_preferences()


def _create_country(demo):
    Country = demo.model('country.country')
    country = Country(name="France", code='FR', code3='FRA')
    country.save()
    demo.keep('country', 'FR', country)


def _create_company(demo):
    Currency = demo.model('currency.currency')
    currency = Currency(
        name="Euro", code='EUR', numeric_code='978', symbol='€')
    currency.save()
    party = create_party(
        demo, NAME, "14 rue du Rivage", '59190', "Hazebrouck", SIRET)
    wizard = demo.wizard('company.company.config')
    wizard.execute('company')
    Party = demo.model('party.party')
    wizard.form.party = Party(party.id)
    wizard.form.currency = currency
    wizard.form.timezone = 'Europe/Paris'
    wizard.execute('add')
    demo.reload_preferences()


def create_party(demo, name, street, postal_code, city, siret=None):
    Party = demo.model('party.party')
    party = Party(name=name)
    address = party.addresses[0]
    address.street_unstructured = street
    address.postal_code = postal_code
    address.city = city
    address.country = demo.get('country.country', 'country', 'FR')
    party.save()
    if siret:
        party.identifiers.new(type='fr_siren', code=siret[:9])
        party.identifiers.new(
            type='fr_siret', code=siret, address=party.addresses[0])
        party.save()
    return party


def _create_hub(
        demo, code, name, short, street, postal_code, city, latitude,
        longitude):
    Location = demo.model('stock.location')
    if code == 'hazebrouck':
        hub = demo.record('stock.location', 'stock.location_warehouse')
    else:
        hub, = demo.get('stock.location', 'hub', 'hazebrouck').duplicate()
    party = create_party(
        demo, f"{NAME}, hub {name}", street, postal_code, city)
    hub.name = f"Hub {name}"
    hub.code = short
    hub.address = party.addresses[0]
    locate(hub, {'latitude': latitude, 'longitude': longitude})
    hub.save()
    for location in Location.find([('parent', 'child_of', [hub.id])]):
        if location.type == 'storage':
            location.code = f"{short}-{location.code.split('-')[-1]}"
            location.save()
    demo.keep('hub', code, hub)


def _create_points(demo):
    Point = demo.model('shortcircuit.distribution_point')
    for i, row in enumerate(table('points')):
        point = Point(name=row['name'], sequence=10 * (i + 1))
        point.warehouse = demo.get('stock.location', 'hub', row['hub'])
        point.kind = row['kind']
        point.cold_storage = bool(row['cold'])
        point.crate_capacity = int(row['crates'])
        for name, column in [
                ('contact', 'contact'), ('phone', 'phone'),
                ('access_notes', 'access')]:
            setattr(point, name, row[column])
        locate(point, row)
        _add_hours(point, row['hours'].split())
        point.save()
        demo.keep('point', row['code'], point)


def locate(record, row):
    record.latitude = Decimal(row['latitude'])
    record.longitude = Decimal(row['longitude'])


def _add_hours(point, windows):
    "The same ones every day"
    for weekday in map(str, range(7)):
        for window in windows:
            opens, closes = map(dt.time.fromisoformat, window.split('-'))
            point.hours.new(weekday=weekday, opens=opens, closes=closes)
