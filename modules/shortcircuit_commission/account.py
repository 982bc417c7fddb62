# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import fields
from trytond.pool import Pool, PoolMeta


class InvoiceLine(metaclass=PoolMeta):
    __name__ = 'account.invoice.line'

    @classmethod
    def _get_origin(cls):
        return super()._get_origin() + ['shortcircuit.settlement']

    @fields.depends(methods=['_get_vat_producer'])
    def on_change_product(self):
        super().on_change_product()
        producer = self._get_vat_producer()
        if producer and producer.vat_regime != 'normal':
            # Flat-rate farmers and franchises charge no VAT
            self.taxes = []

    @fields.depends(
        'origin', 'invoice', '_parent_invoice.type', 'invoice_type', 'seller')
    def _get_vat_producer(self):
        "Return the producer who invoices, or None if it is the cooperative"
        pool = Pool()
        Settlement = pool.get('shortcircuit.settlement')
        type_ = self.invoice.type if self.invoice else self.invoice_type
        if type_ == 'out':
            return self.seller
        elif isinstance(self.origin, Settlement):
            return self.origin.producer
