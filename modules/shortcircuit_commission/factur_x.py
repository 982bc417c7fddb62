# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The invoices as Factur-X: a PDF/A-3 that carries the XML of EN 16931"

from collections import defaultdict
from decimal import Decimal

from facturx import generate_cii_xml

from trytond.i18n import gettext
from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.tools import cached_property
from trytond.transaction import Transaction

from .exceptions import FacturXError
from .late import get_buyer

PROFILE = 'en16931'
# The schemes of ISO 6523
SIREN, SIRET, ELECTRONIC_ADDRESS = '0002', '0009', '0225'
# What a note is about, by UNTDID 4451, and the mention that it bears
NOTES = {
    'recovery': 'PMT',
    'late': 'PMD',
    'late_public': 'PMD',
    'discount': 'AAB',
    'self_billing': 'REG',
    'mandate': 'REG',
    }
# How it is paid, by UNTDID 4461
CREDIT_TRANSFER = '30'
# What is counted without unit, by UN/ECE recommendation 20
ONE = 'C62'


def required_notes(invoice):
    "Return the kinds of the mentions that the law asks of an invoice"
    late = 'late_public' if get_buyer(invoice) == 'public' else 'late'
    return ['recovery', late, 'discount']


def _text(number):
    "Write a decimal without exponent nor useless zeros"
    return format(number.normalize(), 'f') if number else '0'


class EDocument(metaclass=PoolMeta):
    __name__ = 'edocument.uncefact.invoice'

    @classmethod
    def get_documents(cls, invoices):
        "Return the documents of the invoices, which are read together"
        pool = Pool()
        Invoice = pool.get('account.invoice')
        languages = defaultdict(list)
        for invoice in invoices:
            languages[invoice.party_lang].append(invoice.id)
        documents = {}
        for language, ids in languages.items():
            with Transaction().set_context(language=language):
                for invoice in Invoice.browse(ids):
                    # Core would read it by itself, but what is not saved
                    documents[invoice.id] = document = cls(-1)
                    document.invoice = invoice
        return [documents[i.id] for i in invoices]

    def render(self, template):
        if template != 'Factur-X':
            return super().render(template)
        if self.missing:
            raise FacturXError(gettext(
                    'shortcircuit_commission.msg_factur_x_missing',
                    invoice=self.invoice.rec_name,
                    missing=', '.join(self.missing)))
        return generate_cii_xml(self.terms, PROFILE, check_schematron=False)

    @cached_property
    def missing(self):
        "What the law asks of an electronic invoice and is not there"
        return [
            gettext(f'shortcircuit_commission.msg_factur_x_no_{name}',
                party=party.rec_name)
            for name, party in self._get_missing()]

    def _get_missing(self):
        if not self.invoice.number:
            yield 'number', self.seller_trade_party
        seller, buyer = self.seller_trade_party, self.buyer_trade_party
        for party, address in [
                (seller, self.seller_trade_address),
                (buyer, self.buyer_trade_address)]:
            if not self.get_siren(party):
                yield 'siren', party
            if not address or not address.country:
                yield 'country', party
        if (any(rate for _, rate in self.vat_bases)
                and not self.seller_trade_tax_identifier):
            yield 'vat', seller
        for kind in required_notes(self.invoice):
            if kind not in self.mentions:
                yield kind, seller

    @property
    def terms(self):
        "The business terms of EN 16931, as the library wants them"
        invoice = self.invoice
        amount = self.get_amount
        return {
            'BT-1': invoice.number,
            'BT-2': invoice.invoice_date,
            'BT-3': self.type_code,
            'BT-5': invoice.currency.code,
            'BT-23': self.operation_category,
            'BG-1': self.notes,
            'BG-3': [{
                    'BT-25': i.number,
                    'BT-26': i.invoice_date,
                    } for i in self.preceding_invoices],
            'BG-4': self.get_trade_party(
                self.seller_trade_party, self.seller_trade_address,
                self.seller_trade_tax_identifier),
            'BG-7': self.get_trade_party(
                self.buyer_trade_party, self.buyer_trade_address,
                self.buyer_trade_tax_identifier),
            'BG-23': [
                self.get_vat(*key) for key in sorted(self.vat_bases)],
            'BG-25': [
                self.get_line(number, line)
                for number, line in enumerate(self.lines, 1)],
            'BT-106': amount(invoice.untaxed_amount),
            'BT-109': amount(invoice.untaxed_amount),
            'BT-110': amount(invoice.tax_amount),
            'BT-112': amount(invoice.total_amount),
            'BT-115': amount(invoice.total_amount),
            **self.get_references(),
            **self.get_delivery(),
            **self.get_payment(),
            }

    def get_amount(self, amount):
        return format(
            self.invoice.currency.round(amount * self.type_sign), 'f')

    @cached_property
    def type_code(self):
        self_billed = self.invoice.type == 'in'
        # France wants a credit note to name what it credits
        if self.preceding_invoices:
            return '261' if self_billed else '381'
        return '389' if self_billed else '380'

    @cached_property
    def preceding_invoices(self):
        "What the invoice credits, or else the last one of the same series"
        pool = Pool()
        Invoice = pool.get('account.invoice')
        InvoiceLine = pool.get('account.invoice.line')
        invoice = self.invoice
        if not self.is_credit:
            return []
        credited = {
            line.origin.invoice for line in self.lines
            if isinstance(line.origin, InvoiceLine) and line.origin.invoice}
        return sorted(credited, key=lambda i: i.id) or Invoice.search([
                ('company', '=', invoice.company.id),
                ('party', '=', invoice.party.id),
                ('type', '=', invoice.type),
                ('number', '!=', None),
                ('invoice_date', '<=', invoice.invoice_date),
                ('id', '!=', invoice.id),
                ('total_amount', '>', 0),
                ], order=[('invoice_date', 'DESC'), ('id', 'DESC')], limit=1)

    @cached_property
    def is_credit(self):
        return self.invoice.total_amount < 0

    @cached_property
    def operation_category(self):
        types = {
            'service' if line.product.type == 'service' else 'goods'
            for line in self.lines if line.product}
        if types == {'service'}:
            return 'S1'
        return 'M1' if 'service' in types else 'B1'

    @cached_property
    def mentions(self):
        pool = Pool()
        Date = pool.get('ir.date')
        Mention = pool.get('shortcircuit.mention')
        return Mention.get_current(self.invoice.invoice_date or Date.today())

    @property
    def notes(self):
        kinds = required_notes(self.invoice)
        if self.invoice.mandate:
            kinds.append(
                'mandate' if self.invoice.type == 'out' else 'self_billing')
        return [{'BT-21': 'BAR', 'BT-22': 'B2B'}] + [{
                'BT-21': NOTES[kind],
                'BT-22': self.mentions[kind].text,
                } for kind in kinds if kind in self.mentions]

    @property
    def legal_mentions(self):
        "The texts of the invoice, as they are printed"
        if self.invoice.mentions:
            return self.invoice.mentions.splitlines()
        kinds = required_notes(self.invoice)
        if any(not line.taxes for line in self.lines):
            kinds.append('exempt')
        return [self.mentions[k].text for k in kinds if k in self.mentions]

    # The parties

    @cached_property
    def buyer_trade_address(self):
        return (super().buyer_trade_address
            or self.buyer_trade_party.address_get('invoice'))

    @cached_property
    def seller_trade_tax_identifier(self):
        return (super().seller_trade_tax_identifier
            or self.seller_trade_party.tax_identifier)

    @cached_property
    def buyer_trade_tax_identifier(self):
        return (super().buyer_trade_tax_identifier
            or self.buyer_trade_party.tax_identifier)

    @classmethod
    def party_legal_ids(cls, party, address):
        ids = super().party_legal_ids(party, address)
        if siren := cls.get_siren(party):
            ids.append((siren, {'schemeID': SIREN}))
        return ids

    @classmethod
    def get_siren(cls, party):
        for type_ in ['fr_siren', 'fr_siret']:
            for identifier in party.identifiers:
                if identifier.type == type_:
                    return identifier.code_compact[:9]

    @classmethod
    def get_siret(cls, party, address):
        sirets = [i for i in party.identifiers if i.type == 'fr_siret']
        of_address = [i for i in sirets if i.address == address]
        for identifier in of_address or sirets:
            return identifier.code_compact

    def get_trade_party(self, party, address, tax_identifier):
        siren = self.get_siren(party)
        lines = (address.street or '').splitlines()[:3]
        values = {
            'name': party.name,
            'legal_identifier': siren,
            'legal_identifier_schemeid': SIREN,
            'einvoicing_addr': siren,
            'einvoicing_addr_schemeid': ELECTRONIC_ADDRESS,
            'postcode': address.postal_code,
            'city': address.city,
            'country_code': address.country.code,
            **{f'addr_l{i}': line for i, line in enumerate(lines, 1)},
            }
        if siret := self.get_siret(party, address):
            values['identifiers'] = {SIRET: siret}
        if tax_identifier and tax_identifier.type == 'eu_vat':
            values['vat_identifier'] = tax_identifier.code_compact
        else:
            # An exempt seller is known by another number (BR-E-02)
            values['tax_identifier'] = siren
        return values

    # The lines and their VAT

    def get_line(self, number, line):
        category, rate = self.get_line_vat(line)
        # A price is never negative (BR-27)
        sign = -1 if line.unit_price < 0 else 1
        quantity = Decimal(repr(line.quantity)) * sign * self.type_sign
        values = {
            'BT-126': str(number),
            'BT-129': _text(quantity),
            'BT-130': (line.unit and line.unit.unece_code) or ONE,
            'BT-131': self.get_amount(line.amount),
            'BT-146': _text(abs(line.unit_price)),
            'BT-151': category,
            'BT-152': _text(rate),
            'BT-153': line.product.name if line.product else line.description,
            }
        if deliveries := line.deliveries:
            values['BT-127-00'] = [{'BT-127': d} for d in deliveries]
        if line.product:
            values['BT-154'] = line.description
            values['BT-155'] = line.product.code
        return {k: v for k, v in values.items() if v}

    @classmethod
    def get_line_vat(cls, line):
        for tax in line.taxes:
            return cls.get_tax_vat(tax)
        return 'E', Decimal(0)

    @classmethod
    def get_tax_vat(cls, tax):
        rate = (tax.rate or Decimal(0)) * 100
        return (tax.unece_category_code or ('S' if rate else 'E')), rate

    @cached_property
    def vat_bases(self):
        bases = defaultdict(Decimal)
        for line in self.lines:
            bases[self.get_line_vat(line)] += line.amount
        return bases

    @cached_property
    def vat_amounts(self):
        amounts = defaultdict(Decimal)
        for tax in self.invoice.taxes:
            amounts[self.get_tax_vat(tax.tax)] += tax.amount
        return amounts

    def get_vat(self, category, rate):
        values = {
            'BT-116': self.get_amount(self.vat_bases[category, rate]),
            'BT-117': self.get_amount(self.vat_amounts[category, rate]),
            'BT-118': category,
            'BT-119': _text(rate),
            }
        if not rate and self.exemption:
            values['BT-120'] = self.exemption.text
            values['BT-121'] = self.exemption.vatex_code
        return values

    @cached_property
    def exemption(self):
        "The mention that says why no VAT is charged"
        return self.mentions.get(
            self.vat_regime, self.mentions.get('exempt'))

    @property
    def vat_regime(self):
        "The one of who sells: an agent has his own for his services"
        pool = Pool()
        Agent = pool.get('commission.agent')
        Producer = pool.get('shortcircuit.producer')
        for line in self.lines:
            if isinstance(line.origin, Agent):
                return line.origin.vat_regime
        for producer in Producer.search([
                    ('company', '=', self.invoice.company.id),
                    ('party', '=', self.seller_trade_party.id),
                    ], limit=1):
            return producer.vat_regime

    # What the buyer needs to find the order and to pay

    @property
    def printed_references(self):
        "What the buyer recognizes the invoice by, as a list of texts"
        if self.invoice.type != 'out' or not self.invoice.reference:
            return []
        return [gettext(
                'shortcircuit_commission.msg_invoice_order',
                number=self.invoice.reference)]

    @cached_property
    def delivery_dates(self):
        "The first and the last day, those of what a credit note credits"
        for invoice in [self.invoice, *self.preceding_invoices]:
            if dates := invoice.delivery_dates:
                return dates

    @property
    def payee(self):
        "Who is paid"
        return self.seller_trade_party

    @cached_property
    def iban(self):
        for account in self.payee.bank_accounts_used:
            if account.iban:
                return account.iban

    def get_references(self):
        if self.invoice.type == 'in':
            return {'BT-14': self.invoice.reference}
        return {'BT-13': self.invoice.reference}

    def get_delivery(self):
        # The schema wants a day: services are supplied on that of the invoice
        first, last = self.delivery_dates or [self.invoice.invoice_date] * 2
        return {'BT-72': last, 'BT-73': first, 'BT-74': last}

    def get_payment(self):
        invoice = self.invoice
        maturity_dates = [
            l.maturity_date for l in invoice.lines_to_pay if l.maturity_date]
        values = {
            # What is late already is due at once (BR-FR-CO-07)
            'BT-9': max([invoice.invoice_date, *maturity_dates]),
            'BT-20': invoice.payment_term and invoice.payment_term.name,
            }
        if self.iban:
            values['BT-81'] = CREDIT_TRANSFER
            values['BT-84'] = self.iban.replace(' ', '')
        return values


class EDocumentStart(metaclass=PoolMeta):
    __name__ = 'account.invoice.edocument.start'

    @fields.depends('format')
    def get_templates(self):
        templates = super().get_templates()
        if self.format == 'edocument.uncefact.invoice':
            templates.append(('Factur-X', "Factur-X"))
        return templates
