# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

"The orders on contracts, as a class of their own when goods are short"

from sql import Null

from trytond.i18n import gettext
from trytond.model import fields
from trytond.pool import PoolMeta
from trytond.transaction import Transaction

KIND = 'contract'


class Policy(metaclass=PoolMeta):
    __name__ = 'shortcircuit.allocation.policy'

    @property
    def ranks(self):
        ranks = super().ranks
        # A policy that tells no class for them leaves them with the canteens
        if 'collective' in ranks:
            ranks.setdefault(KIND, ranks['collective'])
        return ranks


class PolicyClass(metaclass=PoolMeta):
    __name__ = 'shortcircuit.allocation.policy.class'

    @classmethod
    def get_kinds(cls):
        return super().get_kinds() + [
            (KIND, gettext('shortcircuit_collective.msg_contract_lots'))]


class SaleLine(metaclass=PoolMeta):
    __name__ = 'sale.line'

    @classmethod
    def get_sharing_kinds(cls, kinds):
        kinds = super().get_sharing_kinds(kinds)
        line = cls.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*line.select(
                line.id,
                where=(line.contract_price != Null)
                & fields.SQL_OPERATORS['in'](line.id, list(kinds))))
        return kinds | {id_: KIND for id_, in cursor}
