# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import ModelSQL, ModelView, fields
from trytond.pyson import Eval, If


class Threshold(ModelSQL, ModelView):
    __name__ = 'shortcircuit.threshold'

    kind = fields.Selection([
            ('need', "Need without Procedure"),
            ('small_lot', "Small Lot"),
            ('small_lots', "Part of the Small Lots"),
            ('eu_state', "EU, State"),
            ('eu_local', "EU, Local Authorities"),
            ('eu_entity', "EU, Contracting Entities"),
            ('duration', "Years of a Framework Agreement"),
            ], "Kind", required=True, sort=False)
    kind_string = kind.translated('kind')
    value = fields.Numeric(
        "Value", digits=(16, 2), required=True,
        domain=[
            ('value', '>=', 0),
            ],
        help="In EUR excl. tax for the amounts.")
    start_date = fields.Date(
        "Start Date", required=True,
        domain=[
            If(Eval('end_date'),
                ('start_date', '<=', Eval('end_date')),
                ()),
            ],
        help="The first day on which it applies.")
    end_date = fields.Date("End Date")
    source = fields.Text("Source", help="The text of law it is taken from.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('kind', 'ASC'),
            ('start_date', 'DESC'),
            ('id', 'DESC'),
            ]

    def get_rec_name(self, name):
        return self.kind_string

    @classmethod
    def get_values(cls, date):
        "Return the values that apply on the date by kind"
        return {t.kind: t.value for t in cls.search([
                    ('start_date', '<=', date),
                    ['OR',
                        ('end_date', '=', None),
                        ('end_date', '>=', date),
                        ],
                    ], order=[('start_date', 'ASC'), ('id', 'ASC')])}
