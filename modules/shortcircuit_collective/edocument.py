# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What Chorus Pro needs on the electronic invoice and core leaves out"

from lxml import etree

from trytond.pool import PoolMeta
from trytond.transaction import Transaction

NAMESPACE = (
    'urn:un:unece:uncefact:data:standard:'
    'ReusableAggregateBusinessInformationEntity:100')


class EDocument(metaclass=PoolMeta):
    __name__ = 'edocument.uncefact.invoice'

    def render(self, template):
        document = super().render(template)
        if Transaction().context.get('account_fr_chorus'):
            document = add_references(
                document, self.invoice.buyer_references)
        return document


def add_references(document, references):
    """
    Return the document with the references of the buyer.

    document is the bytes of a Cross Industry Invoice (UN/CEFACT D16B) and
    references a dictionary of BT-10, BT-12 and BT-13 to text, as of
    Invoice.buyer_references. They are put where the schema wants them, the
    engagement in the place of core's reference.
    """
    root = etree.fromstring(document)
    agreement = root.find(f'.//{_tag("ApplicableHeaderTradeAgreement")}')
    order = agreement.find(_tag('BuyerOrderReferencedDocument'))
    if 'BT-10' in references:
        agreement.insert(0, _element('BuyerReference', references['BT-10']))
    if 'BT-12' in references:
        order.addnext(
            _document('ContractReferencedDocument', references['BT-12']))
    if 'BT-13' in references:
        order.find(_tag('IssuerAssignedID')).text = references['BT-13']
    else:
        agreement.remove(order)
    return etree.tostring(root, encoding='UTF-8', xml_declaration=True)


def _tag(name):
    return f'{{{NAMESPACE}}}{name}'


def _element(name, text=None):
    element = etree.Element(_tag(name))
    element.text = text
    return element


def _document(name, number):
    document = _element(name)
    document.append(_element('IssuerAssignedID', number))
    return document
