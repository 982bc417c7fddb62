# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import PoolMeta
from trytond.pyson import Eval

from .loss import BEARERS
from .unsold import KINDS


class Move(metaclass=PoolMeta):
    __name__ = 'stock.move'

    _states = {
        'invisible': ~Eval('unsold_kind', None),
        }

    unsold_kind = fields.Selection(
        [(None, "")] + KINDS, "Unsold", sort=False, readonly=True,
        states=_states)
    borne_by = fields.Selection(
        [(None, "")] + BEARERS, "Borne by", sort=False, readonly=True,
        states=_states, help="Whose loss it is.")
    unsold_amount = Monetary(
        "Value", currency='company_currency', digits='company_currency',
        readonly=True, states=_states,
        help="What the producer would have been owed of a loss, excluding "
        "taxes.")

    del _states

    @classmethod
    def _get_origin(cls):
        return super()._get_origin() + ['shortcircuit.unsold.line']

    @classmethod
    def copy(cls, moves, default=None):
        default = default.copy() if default is not None else {}
        for name in ['unsold_kind', 'borne_by', 'unsold_amount']:
            default.setdefault(name, None)
        return super().copy(moves, default=default)
