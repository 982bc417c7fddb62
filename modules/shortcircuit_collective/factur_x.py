# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What a public buyer finds its invoices by, electronic and printed"

from trytond.i18n import gettext
from trytond.pool import PoolMeta

# What is printed for each business term of EN 16931
PRINTED = {
    'BT-12': 'contract',
    'BT-13': 'engagement',
    'BT-10': 'service',
    }


class EDocument(metaclass=PoolMeta):
    __name__ = 'edocument.uncefact.invoice'

    def get_references(self):
        references = super().get_references()
        if self.invoice.type == 'out':
            references.update(self.invoice.buyer_references)
        return references

    @property
    def printed_references(self):
        references = self.invoice.buyer_references
        if not self.invoice.engagement_number:
            # It is the order that is printed already
            references.pop('BT-13', None)
        return super().printed_references + [
            gettext(f'shortcircuit_collective.msg_invoice_{name}',
                number=references[term])
            for term, name in PRINTED.items() if term in references]
