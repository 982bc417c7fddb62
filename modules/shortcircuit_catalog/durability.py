# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt

from trytond.model import fields
from trytond.pool import PoolMeta
from trytond.pyson import Eval

# The dates of article 24 and annex X of the regulation (EU) 1169/2011: after
# the first one food is deemed unsafe, after the second one it may be sold
DURABILITY_KINDS = [
    (None, ""),
    ('use_by', "Use by"),
    ('best_before', "Best before"),
    ]
DURABILITY_STARTS = [
    ('reception', "Reception"),
    ('production', "Production"),
    ]


class Template(metaclass=PoolMeta):
    __name__ = 'product.template'

    durability_kind = fields.Selection(
        DURABILITY_KINDS, "Date", sort=False,
        states={
            'invisible': Eval('type') == 'service',
            },
        help="The date that the product bears.")
    durability_days = fields.Integer(
        "Days to the Date",
        domain=['OR',
            ('durability_days', '=', None),
            ('durability_days', '>=', 0),
            ],
        states={
            'invisible': ~Eval('durability_kind'),
            },
        help="Leave empty if the date is read on the goods.")
    durability_from = fields.Selection(
        DURABILITY_STARTS, "Counted from", required=True, sort=False,
        states={
            'invisible': ~Eval('durability_kind'),
            })

    @classmethod
    def default_durability_from(cls):
        return 'reception'

    def get_durability_date(self, reception, production):
        """
        Return the date that goods bear by the rule of the product.

        reception and production are the dates that it is counted from, the
        second one may be unknown. None is returned if the rule tells no date.
        """
        start = (reception if self.durability_from == 'reception'
            else production)
        if (self.durability_kind and start
                and self.durability_days is not None):
            return start + dt.timedelta(days=self.durability_days)
