# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What is printed as PDF, by fonts that are looked up once"

import gc
from contextlib import contextmanager
from functools import cache
from threading import Lock

import weasyprint
from weasyprint.text.fonts import FontConfiguration

# Pango does not let two threads use the same fonts
_lock = Lock()


@cache
def _get_fonts():
    # What Fontconfig allocates to look them up, 0.2 MiB, is never given back
    return FontConfiguration()


@contextmanager
def _collecting_later():
    """
    Look for what is no longer used after the block only.

    What is laid out is used until it is written. Each time Python looks, it
    goes through it and all the models: a quarter of the time of a paper.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def write_pdf(html, protocols, **options):
    """
    Return the PDF of a text of HTML.

    protocols are those by which it may bring other files, options those of
    weasyprint.
    """
    with _lock, _collecting_later():
        return weasyprint.HTML(
            string=html,
            url_fetcher=weasyprint.URLFetcher(allowed_protocols=protocols),
            ).write_pdf(font_config=_get_fonts(), **options)


class PDFMixin:
    "A report of which the HTML is printed as PDF"
    __slots__ = ()

    @classmethod
    def convert(cls, report, data, **options):
        if (report.template_extension, report.extension) == ('html', 'pdf'):
            # The protocols of core
            return 'pdf', write_pdf(data, {'http', 'https'})
        return super().convert(report, data, **options)
