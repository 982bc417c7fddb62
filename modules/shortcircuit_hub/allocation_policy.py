# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import (
    DeactivableMixin, ModelSQL, ModelView, fields, sequence_ordered)
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval


class Policy(DeactivableMixin, sequence_ordered(), ModelSQL, ModelView):
    __name__ = 'shortcircuit.allocation.policy'

    name = fields.Char("Name", required=True, translate=True)
    method = fields.Selection([
            ('proportional', "In Proportion to the Orders"),
            ('first_come', "First Come, First Served"),
            ], "Method", required=True, sort=False,
        help="How what is short is shared inside a class.")
    floor = fields.Boolean(
        "At Least One for All",
        help="Everyone who ordered gets one unit or one pack, before the rest "
        "is shared.")
    classes = fields.One2Many(
        'shortcircuit.allocation.policy.class', 'policy', "Classes",
        help="The first class is served in full before the next one.\n"
        "Who is in none of them comes last.")
    memory = fields.Integer(
        "Cycles Remembered", required=True,
        domain=[
            ('memory', '>=', 0),
            ('memory', '<=', 52),
            ],
        help="What a customer has lacked of the product in so many last "
        "cycles of the channel is given first.")
    season = fields.Integer(
        "Weeks of the Season", required=True,
        domain=[
            ('season', '>=', 0),
            ('season', '<=', 52),
            ],
        help="When several producers have brought a product, they serve as "
        "evenly as can be over so many weeks.")
    asking = fields.Selection([
            ('offers', "In Proportion to Their Offers"),
            ('even', "Evenly over the Season"),
            ], "Producers are Asked", required=True, sort=False,
        help="How what is ordered is asked of the producers that offer it, "
        "when the cycle is closed.")

    @classmethod
    def default_method(cls):
        return 'proportional'

    @classmethod
    def default_memory(cls):
        return 0

    @classmethod
    def default_season(cls):
        return 13

    @classmethod
    def default_asking(cls):
        return 'offers'

    @property
    def options(self):
        "How the engine shares"
        return {
            'floor': bool(self.floor),
            'first_come': self.method == 'first_come',
            }

    @property
    def ranks(self):
        "A dictionary of kind to the place of its class, from 0"
        return {
            kind: rank for rank, class_ in reversed(list(enumerate(
                        self.classes))) for kind in class_.kinds}


class PolicyClass(sequence_ordered(), ModelSQL, ModelView):
    __name__ = 'shortcircuit.allocation.policy.class'

    policy = fields.Many2One(
        'shortcircuit.allocation.policy', "Policy", required=True,
        ondelete='CASCADE')
    kinds = fields.MultiSelection(
        'get_kinds', "Orders of", required=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('policy')

    @classmethod
    def get_kinds(cls):
        pool = Pool()
        Channel = pool.get('shortcircuit.channel')
        return Channel.fields_get(['kind'])['kind']['selection']

    def get_rec_name(self, name):
        kinds = dict(self.get_kinds())
        return ', '.join(kinds[k] for k in self.kinds)


class Channel(metaclass=PoolMeta):
    __name__ = 'shortcircuit.channel'

    allocation_policy = fields.Many2One(
        'shortcircuit.allocation.policy', "Sharing of a Shortage",
        ondelete='RESTRICT',
        help="Leave empty for the one of the configuration.")


class Cycle(metaclass=PoolMeta):
    __name__ = 'shortcircuit.cycle'

    allocation_policy = fields.Many2One(
        'shortcircuit.allocation.policy', "Sharing of a Shortage",
        ondelete='RESTRICT',
        states={
            'readonly': Eval('state').in_(['done', 'cancelled']),
            },
        help="Leave empty for the one of the configuration.")

    @classmethod
    def _channel_values(cls, channel):
        values = super()._channel_values(channel)
        policy = channel.allocation_policy
        values['allocation_policy'] = policy.id if policy else None
        return values

    @property
    def allocation_policy_used(self):
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        return self.allocation_policy or Configuration(1).allocation_policy


class Configuration(metaclass=PoolMeta):
    __name__ = 'shortcircuit.configuration'

    allocation_policy = fields.Many2One(
        'shortcircuit.allocation.policy', "Sharing of a Shortage",
        required=True, ondelete='RESTRICT',
        help="For the channels and cycles that have none of their own.")

    @classmethod
    def default_allocation_policy(cls):
        pool = Pool()
        ModelData = pool.get('ir.model.data')
        return ModelData.get_id(
            'shortcircuit_hub', 'allocation_policy_proportional')
