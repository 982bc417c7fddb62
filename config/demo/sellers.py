"""The beekeeper in whose name the cooperative sells, and his account"""
from decimal import Decimal

from config.demo.accounts import account

SELLER = 'saules'


def create(demo):
    Configuration = demo.model('shortcircuit.configuration')
    Journal = demo.model('account.journal')
    configuration = Configuration(1)
    configuration.mandate_account = _create_account(demo)
    configuration.mandate_journal, = Journal.find(
        [('type', '=', 'general')], limit=1)
    configuration.mandate_product = _create_commission(demo)
    # The canteens pay later than the cooperative does
    configuration.mandate_settled = 'posted'
    configuration.save()


def _create_account(demo):
    Account = demo.model('account.account')
    parent = account(demo, 'third_party')
    sellers = Account(
        name="Producteurs vendant par mandat", code='4671', parent=parent,
        type=parent.type, debit_type=parent.debit_type, reconcile=True,
        party_required=True)
    sellers.save()
    return sellers


def _create_commission(demo):
    Template = demo.model('product.template')
    template = Template(
        name="Commission de la coopérative", type='service', salable=True)
    template.default_uom = demo.record('product.uom', 'product.uom_unit')
    template.sale_uom = template.default_uom
    template.list_price = Decimal(0)
    template.account_category = demo.get(
        'product.category', 'category', 'service')
    template.save()
    product, = template.products
    return product
