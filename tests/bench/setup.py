"""What both arms have: a company, products and customers"""
from proteus import Model

from trytond.modules.account.tests.tools import create_chart, create_fiscalyear
from trytond.modules.account_invoice.tests.tools import (
    set_fiscalyear_invoice_sequences)
from trytond.modules.company.tests.tools import create_company, get_company
from trytond.modules.currency.tests.tools import get_currency
from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_account_category)


def company(config=None):
    "Create the company, its accounts and its VAT"
    create_company(currency=get_currency('EUR', config=config), config=config)
    company = get_company(config=config)
    set_fiscalyear_invoice_sequences(
        create_fiscalyear(company, config=config),
        config=config).click('create_period')
    create_chart(company=company, config=config)
    create_account_category(config=config)


def create_products(prices, **values):
    "Return the ids of a product for each price"
    Category = Model.get('product.category')
    Template = Model.get('product.template')
    Uom = Model.get('product.uom')
    unit, = Uom.find([('name', '=', "Unit")])
    category, = Category.find([('accounting', '=', True)])
    ids = []
    for i, price in enumerate(prices):
        template = Template(
            name=f"Product {i:03}", type='goods', default_uom=unit,
            salable=True, account_category=category, **values)
        template.list_price = price
        template.save()
        ids.append(template.products[0].id)
    return ids


def create_customers(count, **values):
    "Return the ids of the customers"
    Party = Model.get('party.party')
    ids = []
    for i in range(count):
        party = Party(name=f"Customer {i:05}", **values)
        party.save()
        ids.append(party.id)
    return ids
