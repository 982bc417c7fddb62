"""What both arms have: a company, products and customers

All the records of a model are created at once: one by one they would take
longer than what is measured.
"""
from trytond.modules.account.tests.tools import create_chart, create_fiscalyear
from trytond.modules.account_invoice.tests.tools import (
    set_fiscalyear_invoice_sequences)
from trytond.modules.company.tests.tools import create_company, get_company
from trytond.modules.currency.tests.tools import get_currency
from trytond.pool import Pool


def company(config=None):
    "Create the company, its accounts and its VAT"
    # Bare core runs where these modules are not imported
    from trytond.modules.shortcircuit_catalog.tests.tools import (
        create_account_category)
    create_company(currency=get_currency('EUR', config=config), config=config)
    company = get_company(config=config)
    set_fiscalyear_invoice_sequences(
        create_fiscalyear(company, config=config),
        config=config).click('create_period')
    create_chart(company=company, config=config)
    create_account_category(config=config)


def create_products(prices, **values):
    "Create a product for each price, in their order"
    pool = Pool()
    Category = pool.get('product.category')
    Template = pool.get('product.template')
    Uom = pool.get('product.uom')
    unit, = Uom.search([('name', '=', "Unit")])
    category, = Category.search([('accounting', '=', True)])
    templates = Template.create([{
                'name': f"Product {i:05}",
                'type': 'goods',
                'default_uom': unit.id,
                'sale_uom': unit.id,
                'salable': True,
                'list_price': price,
                'account_category': category.id,
                'products': [('create', [{}])],
                **values,
                } for i, price in enumerate(prices)])
    return [t.products[0] for t in templates]


def create_parties(name, count, **values):
    "Create parties of a name and a number, each with an address"
    pool = Pool()
    Party = pool.get('party.party')
    return Party.create([{
                'name': f"{name} {i:05}",
                'addresses': [('create', [{}])],
                **values,
                } for i in range(count)])
