# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.i18n import gettext
from trytond.model import fields
from trytond.pool import PoolMeta


class OrderRow(metaclass=PoolMeta):
    __name__ = 'shortcircuit.table.order'

    distribution_point = fields.Many2One(
        'shortcircuit.distribution_point', "Distribution Point")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._columns = [*cls._columns, 'distribution_point']
        cls._key = ('distribution_point', *cls._key)
        cls._lookups = cls._lookups | {'distribution_point': ['name']}

    @classmethod
    def explain(cls, values, lines, cycle):
        yield from super().explain(values, lines, cycle)
        party = values['party']
        point = values.get('distribution_point')
        if not point:
            values['distribution_point'] = party.distribution_point
        elif point not in party.all_distribution_points:
            yield 'distribution_point', gettext(
                'shortcircuit_hub.msg_table_order_point',
                party=party.rec_name,
                points=', '.join(
                    p.rec_name for p in party.all_distribution_points))

    @classmethod
    def get_destination(cls, values):
        return (
            *super().get_destination(values), values['distribution_point'])

    @classmethod
    def get_order_values(cls, values):
        point = values['distribution_point']
        return super().get_order_values(values) | (
            {'distribution_point': point} if point else {})
