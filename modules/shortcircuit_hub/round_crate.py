# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import ModelSQL, ModelView, Unique, fields
from trytond.pool import PoolMeta


class Stop(metaclass=PoolMeta):
    __name__ = 'shortcircuit.round.stop'

    crates = fields.One2Many(
        'shortcircuit.round.stop.crate', 'stop', "Crates")

    @classmethod
    def write_crates(cls, stops):
        """
        Write in the ledger of crates what was left and taken at the stops.

        It may be called again after a correction.
        """


class StopCrate(ModelSQL, ModelView):
    __name__ = 'shortcircuit.round.stop.crate'

    stop = fields.Many2One(
        'shortcircuit.round.stop', "Stop", required=True, ondelete='CASCADE')
    crate = fields.Many2One(
        'shortcircuit.crate', "Crate", required=True, ondelete='RESTRICT')
    left = fields.Integer(
        "Left",
        domain=['OR',
            ('left', '=', None),
            ('left', '>=', 0),
            ],
        help="How many crates are left at the point.")
    taken = fields.Integer(
        "Taken Back",
        domain=['OR',
            ('taken', '=', None),
            ('taken', '>=', 0),
            ],
        help="How many crates are taken back from the point.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('stop')
        cls._sql_constraints += [
            ('crate_unique', Unique(t, t.stop, t.crate),
                'shortcircuit_hub.msg_stop_crate_unique'),
            ]
        cls._order.insert(0, ('crate', 'ASC'))

    def get_rec_name(self, name):
        return f'{self.stop.rec_name} - {self.crate.rec_name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('stop.rec_name', *clause[1:]),
            ('crate.rec_name', *clause[1:]),
            ]
