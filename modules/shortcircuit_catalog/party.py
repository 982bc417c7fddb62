# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import fields
from trytond.pool import PoolMeta


class Party(metaclass=PoolMeta):
    __name__ = 'party.party'

    shortcircuit_channel = fields.Many2One(
        'shortcircuit.channel', "Channel", ondelete='RESTRICT',
        help="The channel the party orders by.")


class Replace(metaclass=PoolMeta):
    __name__ = 'party.replace'

    @classmethod
    def fields_to_replace(cls):
        return super().fields_to_replace() + [
            ('shortcircuit.favorite', 'party'),
            ('shortcircuit.producer', 'party'),
            ('res.user-party.party', 'party'),
            ]
