"""What invoices and payments need: VAT numbers, a bank, a late customer"""
from decimal import Decimal

from stdnum.fr import siren

from config.demo.accounts import account, tax
from config.demo.company import NAME

BANK = "Banque des Deux Flandres (démo)"
IBAN = 'FR7600000000000101014440060'


def create(demo):
    _create_vat_numbers(demo)
    _create_journal(demo, _create_bank(demo))


def _create_vat_numbers(demo):
    "The cooperative and the farms that charge the VAT"
    Producer = demo.model('shortcircuit.producer')
    Party = demo.model('party.party')
    parties = [p.party for p in Producer.find([('vat_regime', '=', 'normal')])]
    for party in [*Party.find([('name', '=', NAME)]), *parties]:
        number = next(
            i.code for i in party.identifiers if i.type == 'fr_siren')
        party.identifiers.new(
            type='eu_vat', code=f'FR{siren.to_tva(siren.compact(number))}')
        party.save()


def _create_bank(demo):
    "The bank of the cooperative and of all the farms"
    Party = demo.model('party.party')
    Bank = demo.model('bank')
    Account = demo.model('bank.account')
    party = Party(name=BANK)
    party.save()
    bank = Bank(party=party)
    bank.save()
    company, = Party.find([('name', '=', NAME)])
    own = Account(owners=[company])
    own.numbers.new(type='iban', number=IBAN)
    accounts = [*Account.find([]), own]
    for account_ in accounts:
        account_.bank = bank
    Account.save(accounts)
    return own


def _create_journal(demo, bank_account):
    Journal = demo.model('account.payment.journal')
    journal = Journal(name="Virements SEPA", process_method='sepa')
    number, = bank_account.numbers
    journal.sepa_bank_account_number = demo.model(
        'bank.account.number')(number.id)
    journal.sepa_payable_flavor = 'pain.001.001.03'
    journal.sepa_receivable_flavor = 'pain.008.001.02'
    journal.clearing_account = account(demo, 'bank')
    journal.clearing_journal, = demo.model('account.journal').find(
        [('type', '=', 'cash')], limit=1)
    journal.save()


def bill_late(demo):
    "Nine weeks ago, a restaurant was invoiced its membership: it is late"
    Invoice = demo.model('account.invoice')
    with demo.at(demo.days.after(-63), 9):
        invoice = Invoice(type='out')
        invoice.party = demo.get('party.party', 'party', 'estaminet')
        invoice.payment_term = demo.get(
            'account.invoice.payment_term', 'term', '30')
        line = invoice.lines.new(
            description="Adhésion annuelle", quantity=1,
            unit_price=Decimal(120))
        line.account = account(demo, 'revenue')
        line.taxes.append(tax(demo, 'tva_vente_services_taux_normal'))
        invoice.save()
        invoice.click('post')
