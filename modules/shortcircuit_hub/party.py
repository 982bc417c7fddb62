# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import ModelSQL, fields
from trytond.pool import PoolMeta


class Party(metaclass=PoolMeta):
    __name__ = 'party.party'

    distribution_point = fields.Many2One(
        'shortcircuit.distribution_point', "Distribution Point",
        ondelete='RESTRICT',
        help="Where the orders of the party are brought.")
    other_distribution_points = fields.Many2Many(
        'party.party-shortcircuit.distribution_point',
        'party', 'distribution_point', "Other Distribution Points",
        help="Where the party may also have its orders brought.")

    @property
    def all_distribution_points(self):
        points = [self.distribution_point, *self.other_distribution_points]
        return list(dict.fromkeys(p for p in points if p))


class PartyDistributionPoint(ModelSQL):
    __name__ = 'party.party-shortcircuit.distribution_point'

    party = fields.Many2One(
        'party.party', "Party", required=True, ondelete='CASCADE')
    distribution_point = fields.Many2One(
        'shortcircuit.distribution_point', "Distribution Point",
        required=True, ondelete='CASCADE')


class Replace(metaclass=PoolMeta):
    __name__ = 'party.replace'

    @classmethod
    def fields_to_replace(cls):
        return super().fields_to_replace() + [
            ('shortcircuit.distribution_point', 'party'),
            ('shortcircuit.round', 'driver'),
            ('shortcircuit.vehicle', 'driver'),
            ('shortcircuit.substitution', 'party'),
            ('party.party-shortcircuit.distribution_point', 'party'),
            ('shortcircuit.recall.line', 'party'),
            ('shortcircuit.recall.line', 'driver'),
            ('shortcircuit.recall.notice', 'party'),
            ('shortcircuit.unsold', 'recipient'),
            ('shortcircuit.unsold', 'carrier'),
            ('stock.shipment.internal', 'driver'),
            ]
