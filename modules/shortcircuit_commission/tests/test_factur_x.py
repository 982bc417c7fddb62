# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import io
import unittest
from decimal import Decimal

from facturx import get_facturx_xml_from_pdf, xml_check_xsd
from lxml import etree
from proteus import Model, Report, Wizard
from pypdf import PdfReader

from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_customer, create_producer, create_product, open_cycle, order,
    publish_mercuriale, setup)
from trytond.modules.shortcircuit_commission.exceptions import FacturXError
from trytond.modules.shortcircuit_commission.tests.schematron import failures
from trytond.modules.shortcircuit_commission.tests.tools import (
    identify, settle)
from trytond.modules.shortcircuit_hub.tests.tools import (
    allocate, create_hubs, create_point, deliver, receive)
from trytond.tests.test_tryton import drop_db
from trytond.tests.tools import activate_modules

NAMESPACES = {
    'ram': 'urn:un:unece:uncefact:data:standard:'
    'ReusableAggregateBusinessInformationEntity:100',
    'rsm': 'urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100',
    }
REGIMES = {
    "Farm": 'normal',
    "Orchard": 'flat_rate',
    "Garden": 'franchise',
    }


class FacturXTestCase(unittest.TestCase):
    "Test the electronic invoices of a week"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        drop_db()
        cls.addClassCleanup(drop_db)
        activate_modules('shortcircuit_commission', setup)
        Party = Model.get('party.party')
        hub, _ = create_hubs()
        cls.school = create_customer("School")
        create_point(cls.school, hub)
        farms = [
            create_producer(name, vat_regime=regime)
            for name, regime in REGIMES.items()]
        carrot = create_product("Carrot")
        publish_mercuriale([(carrot, Decimal('1.37'), None)])
        cycle = open_cycle([(f, carrot, 10) for f in farms], warehouse=hub)
        cls.sale = order(cls.school, [(carrot, 27.5)])
        cycle.click('close')
        receive(cycle)
        allocate(cycle)
        driver = create_producer("Driver").party
        deliver(cycle, driver)
        identify(Party.find([]), exempt=["Orchard", "Garden"])
        settlements = settle(dt.date.today(), dt.date.today())
        for settlement in settlements:
            settlement.click('validate_settlement')
            settlement.reload()
        cls.settlements = {s.producer.party.name: s for s in settlements}

    def assertValid(self, xml):
        xml_check_xsd(xml, 'factur-x', 'en16931')
        self.assertEqual(failures(xml), [])

    def assertTerms(self, xml, **terms):
        tree = etree.fromstring(xml)
        for name, expected in terms.items():
            with self.subTest(term=name):
                self.assertEqual([
                        e.text for e in tree.iterfind(
                            f'.//ram:{name}', NAMESPACES)], expected)

    def test_self_billed(self):
        "Test the invoice of each VAT regime follows all the rules"
        for name, settlement in self.settlements.items():
            with self.subTest(producer=name):
                _, xml = get_facturx_xml_from_pdf(settlement.document)
                self.assertValid(xml)
                seller = etree.fromstring(xml).find(
                    './/ram:SellerTradeParty/ram:Name', NAMESPACES)
                self.assertEqual(seller.text, name)
                self.assertIn(b'<ram:TypeCode>389</ram:TypeCode>', xml)

    def test_rules(self):
        "Test the rules find what an invoice lacks"
        _, xml = get_facturx_xml_from_pdf(self.settlements["Farm"].document)
        for term, rule in [
                (b'<ram:SubjectCode>PMT</ram:SubjectCode>', 'BR-FR-05'),
                (b'schemeID="0002"', 'BR-FR-10'),
                (b'<ram:ID>B1</ram:ID>', 'BR-FR-08'),
                ]:
            with self.subTest(rule=rule):
                self.assertIn(term, xml)
                self.assertIn(rule, ' '.join(failures(xml.replace(term, b''))))

    def test_missing(self):
        "Test the invoice that lacks something says what"
        invoice = self.settlements["Orchard"].invoice
        address = invoice.invoice_address
        country, address.country = address.country, None
        address.save()
        with self.assertRaisesRegex(FacturXError, "Orchard"):
            self.render(invoice)
        address.country = country
        address.save()

    def test_exemption(self):
        "Test who charges no VAT says why"
        for name, code in [
                ("Orchard", []), ("Garden", ['VATEX-FR-FRANCHISE'])]:
            _, xml = get_facturx_xml_from_pdf(
                self.settlements[name].document)
            self.assertTerms(
                xml, ExemptionReasonCode=code, TaxTotalAmount=['0.00'])
            self.assertIn('TVA non applicable', xml.decode())

    def test_archive(self):
        "Test the PDF is an archive that brings all it needs"
        for settlement in self.settlements.values():
            pdf = PdfReader(io.BytesIO(settlement.document))
            metadata = pdf.xmp_metadata.stream.get_data().decode()
            self.assertIn('<pdfaid:part>3</pdfaid:part>', metadata)
            self.assertIn(
                '<pdfaid:conformance>B</pdfaid:conformance>', metadata)
            self.assertIn('EN 16931', metadata)
            self.assertIn('/OutputIntents', pdf.trailer['/Root'])
            for page in pdf.pages:
                for font in page['/Resources']['/Font'].values():
                    for descendant in font['/DescendantFonts']:
                        self.assertTrue({'/FontFile2', '/FontFile3'} & set(
                                descendant['/FontDescriptor']))

    def test_frozen(self):
        "Test what is printed later is what was frozen"
        settlement = self.settlements["Farm"]
        report = Report('shortcircuit.self_billing')
        _, pdf, *_ = report.execute([settlement])
        self.assertEqual(pdf, settlement.document)

    def test_late(self):
        "Test a public body is told of its own rate"
        Channel = Model.get('shortcircuit.channel')
        Invoice = Model.get('account.invoice')
        invoice, = Invoice.find([
                ('type', '=', 'out'), ('party.name', '=', "School"),
                ('untaxed_amount', '>', 0)])
        if invoice.state == 'draft':
            invoice.click('post')
        channel = Channel(self.school.shortcircuit_channel.id)
        for kind, article, other in [
                ('collective', 'R.2192-31', 'L.441-10'),
                ('trade', 'L.441-10', 'R.2192-31')]:
            with self.subTest(kind=kind):
                channel.kind = kind
                channel.save()
                xml = self.render(invoice)
                self.assertValid(xml)
                self.assertIn(article, xml.decode())
                self.assertNotIn(other, xml.decode())

    def test_credit_note(self):
        "Test a credit note names the invoice it credits, in positive"
        Invoice = Model.get('account.invoice')
        of_school, = Invoice.find([
                ('type', '=', 'out'), ('party.name', '=', "School"),
                ('untaxed_amount', '>', 0)])
        for invoice, code in [
                (self.settlements["Farm"].invoice, b'261'),
                (of_school, b'381')]:
            with self.subTest(code=code):
                if invoice.state == 'draft':
                    invoice.click('post')
                credit = Wizard('account.invoice.credit', [invoice])
                credit.execute('credit')
                credit_note, = Invoice.find([
                        ('type', '=', invoice.type),
                        ('untaxed_amount', '<', 0)])
                # The one of a customer refunds him at once
                if credit_note.state == 'draft':
                    credit_note.invoice_date = dt.date.today()
                    credit_note.click('post')
                xml = self.render(credit_note)
                self.assertValid(xml)
                self.assertIn(
                    b'<ram:TypeCode>' + code + b'</ram:TypeCode>', xml)
                self.assertTerms(
                    xml, GrandTotalAmount=[str(invoice.total_amount)],
                    IssuerAssignedID=[invoice.number])

    def test_customer(self):
        "Test the invoice of a customer is printed as Factur-X"
        invoice, = Model.get('account.invoice').find([
                ('type', '=', 'out'), ('party.name', '=', "School"),
                ('untaxed_amount', '>', 0)])
        if invoice.state == 'draft':
            invoice.click('post')
        _, pdf, *_ = Report('account.invoice').execute([invoice])
        _, xml = get_facturx_xml_from_pdf(pdf)
        self.assertValid(xml)
        self.assertIn(b'<ram:TypeCode>380</ram:TypeCode>', xml)
        moves = [m for line in invoice.lines for m in line.stock_moves]
        self.assertTrue(moves)
        for move in moves:
            lot = move.lot
            self.assertIn(
                f"{lot.number} ({lot.producer.party.name})", xml.decode())
        invoice.reload()
        self.assertEqual(invoice.invoice_report_format, 'pdf')

    def render(self, invoice):
        wizard = Wizard('account.invoice.edocument', [invoice])
        wizard.form.format = 'edocument.uncefact.invoice'
        wizard.form.template = 'Factur-X'
        wizard.execute('render')
        return wizard.form.file
