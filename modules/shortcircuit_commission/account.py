# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import fields
from trytond.pool import Pool, PoolMeta


class InvoiceLine(metaclass=PoolMeta):
    __name__ = 'account.invoice.line'

    @classmethod
    def _get_origin(cls):
        return super()._get_origin() + ['shortcircuit.settlement']

    @fields.depends(methods=['_charges_vat'])
    def on_change_product(self):
        super().on_change_product()
        if not self._charges_vat():
            self.taxes = []

    @fields.depends(
        'origin', 'invoice', '_parent_invoice.type', 'invoice_type', 'seller')
    def _charges_vat(self):
        "If who invoices does: flat-rate farmers and franchises do not"
        pool = Pool()
        Settlement = pool.get('shortcircuit.settlement')
        type_ = self.invoice.type if self.invoice else self.invoice_type
        producer = None
        if type_ == 'out':
            producer = self.seller
        elif isinstance(self.origin, Settlement):
            producer = self.origin.producer
        return not producer or producer.vat_regime == 'normal'
