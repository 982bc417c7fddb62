# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from decimal import Decimal

from proteus import Model, Wizard
from proteus.config import get_config
from stdnum.fr import siren

from trytond.modules.account.tests.tools import get_accounts
from trytond.modules.company.tests.tools import get_company
from trytond.modules.shortcircuit_catalog.tests.tools import (
    get_iban, get_siret)


def create_agent(party, config=None):
    "Create the commission agent of the aidant"
    Agent = Model.get('commission.agent', config=config)
    Category = Model.get('product.category', config=config)
    Plan = Model.get('commission.plan', config=config)
    Template = Model.get('product.template', config=config)
    Uom = Model.get('product.uom', config=config)
    plans = Plan.find([], limit=1)
    if not plans:
        template = Template(name="Delivery", type='service')
        template.default_uom, = Uom.find([('name', '=', "Unit")])
        template.list_price = Decimal(0)
        template.account_category, = Category.find([('accounting', '=', True)])
        template.save()
        plan = Plan(name="Aidant")
        plan.commission_product, = template.products
        plan.save()
        plans = [plan]
    agent = Agent(party=party, plan=plans[0])
    agent.save()
    return agent


def sign_mandates(parties, config=None):
    "Let the company invoice for the parties that did not yet, since a year"
    Mandate = Model.get('shortcircuit.mandate', config=config)
    last_year = dt.date.today() - dt.timedelta(days=365)
    signed = {m.party for m in Mandate.find([])}
    Mandate.save([
            Mandate(
                party=p, start_date=last_year, signature_date=last_year)
            for p in parties if p not in signed])


def settle(start_date, end_date, producers=(), config=None):
    "Settle the period, with signed mandates, and return the settlements"
    create = Wizard('shortcircuit.settlement.create', config=config)
    create.form.start_date = start_date
    create.form.end_date = end_date
    create.form.producers.extend(producers)
    create.execute('settle')
    settlements, = create.actions
    sign_mandates([s.producer.party for s in settlements], config=config)
    return settlements


def allow_mandate_sales(config=None):
    "Set what is owed to those who sell, and what they are invoiced"
    Account = Model.get('account.account', config=config)
    Category = Model.get('product.category', config=config)
    Configuration = Model.get('shortcircuit.configuration', config=config)
    Journal = Model.get('account.journal', config=config)
    Template = Model.get('product.template', config=config)
    Uom = Model.get('product.uom', config=config)
    payable = get_accounts(config=config)['payable']
    account = Account(
        name="Producers who Sell", type=payable.type, party_required=True,
        reconcile=True)
    account.save()
    template = Template(name="Commission", type='service')
    template.default_uom, = Uom.find([('name', '=', "Unit")])
    template.list_price = Decimal(0)
    template.account_category, = Category.find([('accounting', '=', True)])
    template.salable = True
    template.sale_uom = template.default_uom
    template.save()
    configuration = Configuration(1)
    configuration.mandate_account = account
    configuration.mandate_product, = template.products
    configuration.mandate_journal, = Journal.find(
        [('type', '=', 'general')], limit=1)
    configuration.save()
    return account, configuration.mandate_product


def pay(invoice, config=None):
    "Pay the invoice by cash"
    Journal = Model.get('account.journal', config=config)
    PaymentMethod = Model.get('account.invoice.payment.method', config=config)
    methods = PaymentMethod.find([], limit=1)
    if not methods:
        method = PaymentMethod(name="Cash")
        method.journal, = Journal.find([('type', '=', 'cash')], limit=1)
        method.credit_account = get_accounts(config=config)['cash']
        method.debit_account = get_accounts(config=config)['cash']
        method.save()
        methods = [method]
    wizard = Wizard('account.invoice.pay', [invoice], config=config)
    wizard.form.payment_method = methods[0]
    wizard.execute('choice')
    invoice.reload()


def identify(parties, exempt=(), config=None):
    """
    Give the parties what an electronic invoice wants of them.

    exempt are the names of those who have no VAT number.
    """
    Country = Model.get('country.country', config=config)
    france, = Country.find([('code', '=', 'FR')])
    for party in parties:
        siret = get_siret(party.id)
        if not any(i.type == 'fr_siret' for i in party.identifiers):
            party.identifiers.new(type='fr_siren', code=siret[:9])
        if party.name not in exempt:
            party.identifiers.new(
                type='eu_vat', code=f'FR{siren.to_tva(siret[:9])}')
        for address in party.addresses:
            address.street_unstructured = "1 rue du Moulin"
            address.postal_code = '59190'
            address.city = "Hazebrouck"
            address.country = france
        party.save()


def create_bank(parties, config=None):
    "Let a bank hold the accounts of the parties, created if they have none"
    Account = Model.get('bank.account', config=config)
    Bank = Model.get('bank', config=config)
    Party = Model.get('party.party', config=config)
    party = Party(name="Bank")
    party.save()
    bank = Bank(party=party)
    bank.save()
    for party in parties:
        accounts = Account.find([('owners', '=', party.id)])
        if not accounts:
            account = Account(owners=[Party(party.id)])
            account.numbers.new(type='iban', number=get_iban(party.id))
            accounts = [account]
        for account in accounts:
            account.bank = bank
            account.save()


def create_payment_journal(config=None):
    "Create the journal of credit transfers, cleared on the cash account"
    Journal = Model.get('account.payment.journal', config=config)
    AccountJournal = Model.get('account.journal', config=config)
    Account = Model.get('bank.account', config=config)
    company = get_company(config=config)
    create_bank([company.party], config=config)
    account, = Account.find([('owners', '=', company.party.id)])
    journal = Journal(name="Transfers", process_method='sepa')
    journal.sepa_bank_account_number, = account.numbers
    journal.sepa_payable_flavor = 'pain.001.001.03'
    journal.sepa_receivable_flavor = 'pain.008.001.02'
    journal.clearing_account = get_accounts(config=config)['cash']
    journal.clearing_journal, = AccountJournal.find(
        [('type', '=', 'cash')], limit=1)
    journal.save()
    return journal


def find_differences(start_date, end_date, config=None):
    "Return the (step, record, difference) of the reconciliation of a period"
    Reconciliation = Model.get('shortcircuit.reconciliation', config=config)
    config = config or get_config()
    with config.set_context(start_date=start_date, end_date=end_date):
        return [
            (step.step, line.rec_name, line.difference)
            for step in Reconciliation.find([])
            for line in step.wrong_lines]
