# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The moves that new invoice lines invoice, linked at once"

from trytond.modules.shortcircuit_catalog.computed import is_computed
from trytond.pool import Pool, PoolMeta


class InvoiceLine(metaclass=PoolMeta):
    __name__ = 'account.invoice.line'

    @classmethod
    def create(cls, vlist):
        if not is_computed():
            # The links that a user makes are checked with the line
            return super().create(vlist)
        pool = Pool()
        LineMove = pool.get('account.invoice.line-stock.move')
        vlist = [v.copy() for v in vlist]
        # The ORM looks for the links of each line, which has none yet
        added = [
            v.pop('stock_moves') if _only_adds(v.get('stock_moves')) else []
            for v in vlist]
        lines = super().create(vlist)
        LineMove.create([{
                    'invoice_line': line.id,
                    'stock_move': move,
                    }
                for line, actions in zip(lines, added)
                for _, moves in actions for move in dict.fromkeys(moves)])
        return lines


def _only_adds(actions):
    return bool(actions) and all(a == 'add' for a, *_ in actions)
