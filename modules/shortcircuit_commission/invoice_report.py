# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The invoices as they are printed: PDF/A-3 with their XML"

from facturx import generate_from_binary

from trytond.modules.shortcircuit_catalog.pdf import write_pdf
from trytond.pool import Pool, PoolMeta
from trytond.transaction import Transaction, without_check_access

from .factur_x import PROFILE


class FacturXMixin:
    __slots__ = ()

    @classmethod
    def get_invoice(cls, record):
        return record

    @classmethod
    def get_context(cls, records, header, data):
        context = super().get_context(records, header, data)
        context['document'] = cls.get_document(records[0])
        return context

    @classmethod
    def get_document(cls, record):
        pool = Pool()
        EDocument = pool.get('edocument.uncefact.invoice')
        return EDocument(int(cls.get_invoice(record)))

    @classmethod
    def _execute(cls, records, header, data, action):
        # Who prints reads neither the banks nor the taxes; what is converted
        # does not tell its record
        with (without_check_access(),
                Transaction().set_context(printed=int(records[0]))):
            return super()._execute(records, header, data, action)

    @classmethod
    def convert(cls, report, data, **options):
        pool = Pool()
        Model = pool.get(report.model)
        # What is archived brings its fonts and its colours with it
        pdf = write_pdf(data, {'data'}, pdf_variant='pdf/a-3b')
        record = Model(Transaction().context['printed'])
        return 'pdf', embed(pdf, cls.get_document(record))


def embed(pdf, document):
    "Return the PDF with the XML of its document, or as it is without one"
    if document.missing:
        return pdf
    return generate_from_binary(
        pdf, document.render('Factur-X'), check_xsd=False,
        flavor='factur-x', level=PROFILE, lang=document.invoice.party_lang,
        pdf_metadata={
            'author': document.seller_trade_party.name,
            'keywords': "Factur-X",
            'title': document.invoice.number,
            'subject': document.invoice.rec_name,
            })


class InvoiceReport(FacturXMixin, metaclass=PoolMeta):
    __name__ = 'account.invoice'
