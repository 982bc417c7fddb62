# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The prices of the moves from the producers to the customers

Core computes those of all moves again each time that one is written or its
invoice is posted. The goods of the producers have none, only what is earned on
them might change.
"""

from sql import Null
from sql.operators import Concat

from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

_in = fields.SQL_OPERATORS['in']


class Move(metaclass=PoolMeta):
    __name__ = 'stock.move'

    @classmethod
    def update_unit_price(cls, moves):
        priced = cls._find_priced(moves)
        # What is set on the others is saved as well
        super().update_unit_price([
                m for m in moves if m.id in priced or m._values])

    @classmethod
    def _find_priced(cls, moves):
        "Return the ids of the moves of which a price may have changed"
        cursor = Transaction().connection.cursor()
        ids = set()
        for sub_moves in grouped_slice(moves, 1000):
            cursor.execute(*cls._query_priced([m.id for m in sub_moves]))
            ids.update(id_ for id_, in cursor)
        return ids

    @classmethod
    def _query_priced(cls, ids):
        pool = Pool()
        Location = pool.get('stock.location')
        move = cls.__table__()
        from_, to = Location.__table__(), Location.__table__()
        link = pool.get('account.invoice.line-stock.move').__table__()
        commission = pool.get('commission').__table__()
        earned = link.join(commission, condition=commission.origin == Concat(
                'account.invoice.line,', link.invoice_line))
        return (move
            .join(from_, condition=move.from_location == from_.id)
            .join(to, condition=move.to_location == to.id)
            .select(
                move.id,
                where=_in(move.id, ids) & (move.state == 'done') & (
                    (from_.type != 'supplier')
                    | (to.type != 'customer')
                    | (move.commission_price == Null)
                    | (move.commission_price != 0)
                    | move.id.in_(earned.select(
                            link.stock_move,
                            where=_in(link.stock_move, ids))))))
