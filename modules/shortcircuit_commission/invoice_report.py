# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The invoices as they are printed: PDF/A-3 with their XML"

from functools import cache, partial

from facturx import generate_from_binary

import trytond.config as config
from trytond import backend
from trytond.model import dualmethod
from trytond.modules.shortcircuit_catalog.pdf import write_pdf
from trytond.pool import Pool, PoolMeta
from trytond.tools import grouped_slice
from trytond.transaction import (
    Transaction, TransactionError, without_check_access)

from .factur_x import PROFILE

# How many are read, and kept, together
PAPERS = 20
# After these all the task is done again
RETRIED = (TransactionError, backend.DatabaseOperationalError)


class Page(str):
    "The HTML of a document: what is converted does not tell its record"

    def __new__(cls, html, document):
        page = super().__new__(cls, html)
        page.document = document
        return page


class FacturXMixin:
    __slots__ = ()

    @classmethod
    def get_invoices(cls, ids):
        "Return the invoices of the records of these ids"
        pool = Pool()
        Invoice = pool.get('account.invoice')
        return Invoice.browse(ids)

    @classmethod
    def get_documents(cls, ids):
        "Return the electronic documents by id of the records"
        pool = Pool()
        EDocument = pool.get('edocument.uncefact.invoice')
        return dict(zip(ids, EDocument.get_documents(cls.get_invoices(ids))))

    @classmethod
    def print_papers(cls, ids, papers):
        """
        Print the records of these ids without keeping what is printed.

        The extension and the content of each are put in papers, in their
        order, by id.
        """
        with Transaction().set_context(papers_kept=True):
            cls.execute(ids, {'papers': papers})

    @classmethod
    def execute(cls, ids, data):
        # All that is printed is read together, if any is not printed yet
        documents = cache(partial(cls.get_documents, list(map(int, ids))))
        return super().execute(ids, {**data, 'documents': documents})

    @classmethod
    def get_context(cls, records, header, data):
        context = super().get_context(records, header, data)
        context['document'] = data['documents']()[int(records[0])]
        return context

    @classmethod
    def _execute(cls, records, header, data, action):
        # Who prints reads neither the banks nor the taxes
        with without_check_access():
            paper = super()._execute(records, header, data, action)
        if 'papers' in data:
            data['papers'][int(records[0])] = paper
        return paper

    @classmethod
    def render(cls, report, report_context):
        return Page(
            super().render(report, report_context), report_context['document'])

    @classmethod
    def convert(cls, report, data, **options):
        # What is archived brings its fonts and its colours with it
        pdf = write_pdf(data, {'data'}, pdf_variant='pdf/a-3b')
        return 'pdf', embed(pdf, data.document)


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


class Invoice(metaclass=PoolMeta):
    __name__ = 'account.invoice'

    @property
    def invoice_report_versioned(self):
        # What is printed with others is kept with them: each write makes
        # Tryton read again all that is left to print
        return (super().invoice_report_versioned
            and not Transaction().context.get('papers_kept'))

    @dualmethod
    def print_invoice(cls, invoices):
        """
        Print invoices, some of them together, and keep their papers.

        Of several, what can not be printed is left to a task of its own,
        which tells why.
        """
        if len(invoices) > PAPERS and config.getboolean('queue', 'worker'):
            # What is lost with a worker is few papers
            with Transaction().set_context(queue_batch=PAPERS):
                cls.__queue__.print_invoice(invoices)
            return
        for some in cls.find_unprinted(invoices):
            while some:
                papers = {}
                try:
                    cls.print_together(some, papers)
                except RETRIED:
                    raise
                except Exception:
                    if len(invoices) == 1:
                        raise
                    cls.keep_papers(papers)
                    cls.__queue__.print_invoice([some[len(papers)]])
                some = some[len(papers) + 1:]

    @classmethod
    def find_unprinted(cls, invoices):
        "Yield lists of those that are not printed, few enough to be together"
        for some in grouped_slice(list(invoices), PAPERS):
            yield [i for i in cls.browse(some) if not i.invoice_report_cache]

    @classmethod
    def print_together(cls, invoices, papers):
        "Print invoices and keep their papers, also put in papers by id"
        pool = Pool()
        Report = pool.get('account.invoice', type='report')
        if invoices:
            Report.print_papers([i.id for i in invoices], papers)
            cls.keep_papers(papers)

    @classmethod
    def keep_papers(cls, papers):
        invoices = [
            i for i in cls.browse(papers.keys()) if i.invoice_report_versioned]
        for invoice in invoices:
            format_, content = papers[invoice.id]
            invoice.invoice_report_format = format_
            invoice.invoice_report_cache = cls.invoice_report_cache.cast(
                content)
        cls.save(invoices)


class InvoiceReport(FacturXMixin, metaclass=PoolMeta):
    __name__ = 'account.invoice'
