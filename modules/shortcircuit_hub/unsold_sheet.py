# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.pool import Pool
from trytond.transaction import without_check_access

from .document import SharedReport, format_quantity


class UnsoldReport(SharedReport):
    __name__ = 'shortcircuit.unsold'

    @classmethod
    def execute(cls, ids, data):
        pool = Pool()
        Unsold = pool.get('shortcircuit.unsold')
        # A producer may print his own but does not read the recipient
        Unsold.read(ids, ['id'])
        with without_check_access():
            return super().execute(ids, data)

    @classmethod
    def get_context(cls, records, header, data):
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        context = super().get_context(records, header, data)
        context['format_quantity'] = format_quantity
        context['gift_mention'] = Configuration(1).gift_mention
        return context
