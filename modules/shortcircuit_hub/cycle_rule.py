# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import fields
from trytond.pool import Pool, PoolMeta


class CycleRule(metaclass=PoolMeta):
    __name__ = 'shortcircuit.cycle.rule'

    warehouse = fields.Many2One(
        'stock.location', "Hub", required=True, ondelete='RESTRICT',
        domain=[
            ('type', '=', 'warehouse'),
            ],
        help="Where the producers deliver.")

    @classmethod
    def default_warehouse(cls):
        pool = Pool()
        Location = pool.get('stock.location')
        return Location.get_default_warehouse()

    def get_cycle(self, date):
        cycle = super().get_cycle(date)
        cycle.warehouse = self.warehouse
        return cycle
