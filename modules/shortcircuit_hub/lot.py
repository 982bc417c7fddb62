# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt

from sql import Null

from trytond.model import Index, fields
from trytond.pool import PoolMeta


class Lot(metaclass=PoolMeta):
    __name__ = 'stock.lot'

    producer = fields.Many2One(
        'shortcircuit.producer', "Producer", ondelete='RESTRICT',
        readonly=True)
    delivery_line = fields.Many2One(
        'shortcircuit.delivery.line', "Delivery Line", ondelete='RESTRICT',
        readonly=True)
    moves = fields.One2Many('stock.move', 'lot', "Moves", readonly=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(Index(
                t, (t.producer, Index.Range()), where=t.producer != Null))

    @property
    def delivered_on(self):
        "The day the producer brought it, the first one if it is unknown"
        line = self.delivery_line
        return line.delivery.date if line else dt.date.min

    @classmethod
    def copy(cls, lots, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('delivery_line', None)
        default.setdefault('moves', None)
        return super().copy(lots, default=default)
