# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import fields
from trytond.pool import Pool, PoolMeta


class InvoiceLine(metaclass=PoolMeta):
    __name__ = 'account.invoice.line'

    @classmethod
    def _get_origin(cls):
        return super()._get_origin() + ['shortcircuit.settlement']

    @fields.depends('origin')
    def on_change_product(self):
        pool = Pool()
        Settlement = pool.get('shortcircuit.settlement')
        super().on_change_product()
        if (isinstance(self.origin, Settlement)
                and self.origin.producer.vat_regime != 'normal'):
            # Flat-rate farmers and franchises charge no VAT
            self.taxes = []
