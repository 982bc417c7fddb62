# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.transaction import Transaction


class Agreement(metaclass=PoolMeta):
    __name__ = 'shortcircuit.agreement'

    @classmethod
    def get_used(cls, agreements):
        pool = Pool()
        Move = pool.get('stock.move')
        table = Move.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.select(
                table.agreement,
                where=fields.SQL_OPERATORS['in'](
                    table.agreement, [a.id for a in agreements]),
                group_by=table.agreement))
        used = {id_ for id_, in cursor}
        return super().get_used(agreements) + [
            a for a in agreements if a.id in used]
