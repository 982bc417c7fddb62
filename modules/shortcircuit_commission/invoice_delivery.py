# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

"What was delivered of the lines of the customers' invoices"

from itertools import groupby

from trytond.i18n import gettext
from trytond.pool import Pool, PoolMeta


class InvoiceLine(metaclass=PoolMeta):
    __name__ = 'account.invoice.line'

    @property
    def deliveries(self):
        "What was delivered by each shipment, in order, as a list of texts"
        if self.invoice_type == 'in':
            return []
        moves = sorted(
            (m for m in self.stock_moves if m.state == 'done'),
            key=_delivery_key)
        return [
            self._get_delivery(list(moves))
            for _, moves in groupby(moves, key=_delivery_key)]

    @staticmethod
    def _get_delivery(moves):
        pool = Pool()
        Lang = pool.get('ir.lang')
        move = moves[0]
        delivered = move.to_location.type == 'customer'
        kind = 'delivery' if delivered else 'return'
        return gettext(
            f'shortcircuit_commission.msg_invoice_{kind}',
            date=Lang.get().strftime(move.effective_date),
            shipment=move.shipment.number if move.shipment else '',
            lots=', '.join(dict.fromkeys(m.lot_mention for m in moves)))


def _delivery_key(move):
    return move.effective_date, str(move.shipment)
