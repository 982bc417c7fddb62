# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from contextlib import contextmanager
from copy import copy
from decimal import Decimal
from unittest.mock import patch

from proteus import Model, Wizard
from stdnum import iban, luhn

from trytond import backend
from trytond.modules.account.tests.tools import (
    create_chart, create_fiscalyear, create_tax, get_accounts)
from trytond.modules.account_invoice.tests.tools import (
    set_fiscalyear_invoice_sequences)
from trytond.modules.company.tests.tools import create_company, get_company
from trytond.modules.currency.tests.tools import get_currency


def setup(config=None):
    "Create the cooperative with its accounts, its VAT and its channel"
    create_company(currency=get_currency('EUR', config=config), config=config)
    company = get_company(config=config)
    set_fiscalyear_invoice_sequences(
        create_fiscalyear(company, config=config),
        config=config).click('create_period')
    create_chart(company=company, config=config)
    create_account_category(config=config)
    create_channel("Collective Catering", config=config)


def create_account_category(rate=Decimal('.055'), config=None):
    "Create the account category of food: VAT for customers and suppliers"
    Category = Model.get('product.category', config=config)
    accounts = get_accounts(config=config)
    tax = create_tax(rate, config=config)
    tax.save()
    category = Category(name="Food", accounting=True)
    category.account_expense = accounts['expense']
    category.account_revenue = accounts['revenue']
    category.customer_taxes.append(tax)
    category.supplier_taxes.append(type(tax)(tax.id))
    category.save()
    return category


def create_channel(name, config=None):
    Channel = Model.get('shortcircuit.channel', config=config)
    PriceList = Model.get('product.price_list', config=config)
    price_list = PriceList(name=name, unit='product_default')
    price_list.save()
    channel = Channel(name=name, price_list=price_list)
    channel.save()
    return channel


def create_producer(
        name, labels=(), vat_regime='normal', activate=True, config=None,
        **terms):
    """
    Create an active producer whose labels are proved since a year.

    terms are set on his agreement.
    """
    Label = Model.get('shortcircuit.label', config=config)
    Producer = Model.get('shortcircuit.producer', config=config)
    last_year = dt.date.today() - dt.timedelta(days=365)
    party = create_producer_party(name, config=config)
    producer = Producer(party=party, vat_regime=vat_regime)
    producer.sanitary_status = 'none'
    insurance = producer.insurances.new(insurer="Insurer", number=party.code)
    insurance.start_date = last_year
    insurance.end_date = last_year + dt.timedelta(days=730)
    agreement = producer.agreements.new()
    agreement.start_date = agreement.signature_date = last_year
    agreement.producer_share = Decimal('.8333')
    agreement.aidant_share = Decimal('.0517')
    agreement.cooperative_share = Decimal('.1150')
    for term, value in terms.items():
        setattr(agreement, term, value)
    for code in labels:
        label, = Label.find([('code', '=', code)], limit=1)
        producer.labels.append(label)
        certificate = producer.certificates.new(label=Label(label.id))
        certificate.number = f'{code}-{party.code}'
        certificate.certifier = "Certifier"
        certificate.start_date = last_year
    producer.save()
    if activate:
        producer.click('onboard')
        producer.click('activate')
    return producer


def create_producer_party(name, config=None):
    "Create a party with the SIRET and the IBAN that a producer needs"
    Account = Model.get('bank.account', config=config)
    Party = Model.get('party.party', config=config)
    party = Party(name=name)
    party.save()
    address, = party.addresses
    party.identifiers.new(
        type='fr_siret', code=get_siret(party.id), address=address)
    party.save()
    account = Account(owners=[party])
    account.numbers.new(type='iban', number=get_iban(party.id))
    account.save()
    party.reload()
    return party


def get_siret(number):
    "Return the SIRET of that number, of nobody real"
    siren = f'{number:08}'
    siren += luhn.calc_check_digit(siren)
    siret = f'{siren}0001'
    return siret + luhn.calc_check_digit(siret)


def get_iban(number):
    "Return the French IBAN of the account of that number at no real bank"
    account = f'0000000000{number:011}'
    # The key of the account, as its bank, branch and number are weighted
    account += f'{97 - 3 * number % 97:02}'
    return f'FR{iban.calc_check_digits(f"FR00{account}")}{account}'


def create_product(
        name, family='FRUITS_ET_LEGUMES', unit="Kilogram", config=None):
    Category = Model.get('product.category', config=config)
    Country = Model.get('country.country', config=config)
    Template = Model.get('product.template', config=config)
    Uom = Model.get('product.uom', config=config)
    france = (Country.find([('code', '=', 'FR')])
        or [Country(name="France", code='FR')])[0]
    if france.id < 0:
        france.save()
    template = Template(name=name, type='goods', salable=True)
    template.default_uom, = Uom.find([('name', '=', unit)])
    template.list_price = Decimal(0)
    template.shortcircuit_family = family
    template.shortcircuit_origin = france
    template.account_category, = Category.find([('accounting', '=', True)])
    template.save()
    product, = template.products
    return product


def have_product(producer, product, unit_price=None, config=None, **values):
    "Let the producer have the product, at his price since a year"
    ProducerProduct = Model.get(
        'shortcircuit.producer.product', config=config)
    item = ProducerProduct(producer=producer, product=product, **values)
    if unit_price is not None:
        item.prices.new(
            unit_price=unit_price,
            start_date=dt.date.today() - dt.timedelta(days=365))
    item.save()
    return item


def create_customer(name, config=None):
    "Create a customer that orders by the first channel"
    Channel = Model.get('shortcircuit.channel', config=config)
    Party = Model.get('party.party', config=config)
    customer = Party(name=name)
    customer.shortcircuit_channel, = Channel.find([], limit=1)
    customer.save()
    return customer


def create_user(login, group, *parties, config=None):
    """
    Create a user of a group of the circuit, by its name without prefix.

    The records of a partner are restricted to the parties.
    """
    Company = Model.get('company.company', config=config)
    Group = Model.get('res.group', config=config)
    Party = Model.get('party.party', config=config)
    User = Model.get('res.user', config=config)
    company = get_company(config=config)
    user = User(name=login, login=login)
    user.companies.append(Company(company.id))
    user.company = company
    user.groups.extend(
        Group.find([('name', '=', f"Short Circuit {group}")]))
    user.parties.extend(Party(p.id) for p in parties)
    user.save()
    return user


def connect(user, config):
    "Return a configuration to do what follows as the user"
    config = copy(config)
    config._user, config.user = user.login, user.id
    User = Model.get('res.user', config=config)
    config._context = User.get_preferences(True, {})
    return config


def draft_mercuriale(prices, days=7, config=None):
    """
    Draft the mercuriale of the first channel from today.

    prices is a list of (product, unit price, multiple) or (product, unit
    price, multiple, producer).
    """
    Channel = Model.get('shortcircuit.channel', config=config)
    Mercuriale = Model.get('shortcircuit.mercuriale', config=config)
    today = dt.date.today()
    channel, = Channel.find([], limit=1)
    mercuriale = Mercuriale(channel=channel)
    mercuriale.start_date = today
    mercuriale.end_date = today + dt.timedelta(days=days)
    for product, unit_price, multiple, *producers in prices:
        line = mercuriale.lines.new()
        line.product = product
        if producers:
            line.producer, = producers
        line.unit_price = unit_price
        line.multiple = multiple
    mercuriale.save()
    return mercuriale


def publish_mercuriale(prices, days=7, config=None):
    "Publish the mercuriale of the first channel from today, as drafted"
    mercuriale = draft_mercuriale(prices, days=days, config=config)
    mercuriale.click('publish')
    return mercuriale


def open_cycle(offers, config=None, **values):
    """
    Open the cycle that delivers today.

    offers is a list of (producer, product, quantity), values are set on the
    cycle.
    """
    Channel = Model.get('shortcircuit.channel', config=config)
    Cycle = Model.get('shortcircuit.cycle', config=config)
    now = dt.datetime.now().replace(second=0, microsecond=0)
    cycle = Cycle(name="Week", **values)
    cycle.channel, = Channel.find([], limit=1)
    cycle.opens_at = now - dt.timedelta(days=1)
    cycle.closes_at = now + dt.timedelta(days=1)
    cycle.delivery_date = values.get('delivery_date', dt.date.today())
    for producer, product, quantity in offers:
        offer = cycle.offers.new()
        offer.producer = producer
        offer.product = product
        offer.quantity = quantity
    cycle.save()
    cycle.click('open')
    return cycle


def order(customer, quantities, confirm=True, config=None):
    """
    Order in the open cycle.

    quantities is a list of (product, quantity).
    """
    Sale = Model.get('sale.sale', config=config)
    sale = Sale()
    sale.party = customer
    for product, quantity in quantities:
        line = sale.lines.new()
        line.product = product
        line.quantity = quantity
    sale.save()
    if confirm:
        sale.click('quote')
        sale.click('confirm')
        sale.reload()
    return sale


def open_sheet(*records, config=None):
    """
    Open the order sheet, of an order, a party or a cycle if there is one.

    Return the wizard.
    """
    sheet = Wizard('shortcircuit.order', list(records), config=config)
    show_sheet(sheet)
    return sheet


def show_sheet(sheet):
    "Give its lines their ids, which proteus does not take from values"
    if sheet.form_state == 'sheet':
        sheet.form.show = 'quantity'
        sheet.form.show = None


def type_quantities(sheet, quantities):
    "Type quantities, a dictionary by product, on the sheet"
    quantities = {p.id: q for p, q in quantities.items()}
    for line in sheet.form.lines:
        if line.product.id in quantities:
            line.quantity = quantities[line.product.id]


@contextmanager
def record_statements():
    "Give the list of the statements that are executed"
    if backend.name == 'sqlite':
        from trytond.backend.sqlite.database import SQLiteCursor as Cursor
    else:
        from psycopg import Cursor
    statements = []
    execute = Cursor.execute

    def record(cursor, query, *args, **kwargs):
        statements.append(str(query))
        return execute(cursor, query, *args, **kwargs)
    with patch.object(Cursor, 'execute', record):
        yield statements
