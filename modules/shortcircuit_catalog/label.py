# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import DeactivableMixin, ModelSQL, ModelView, fields
from trytond.pyson import Eval, If

from .product import FAMILIES


class Label(DeactivableMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.label'

    name = fields.Char("Name", required=True, translate=True)
    code = fields.Selection([
            (None, ""),
            ('BIO', "Organic"),
            ('LABEL_ROUGE', "Label Rouge"),
            ('AOCAOP', "AOC / AOP"),
            ('IGP', "IGP"),
            ('STG', "STG"),
            ('HVE', "High Environmental Value"),
            ('PECHE_DURABLE', "Sustainable Fishing"),
            ('RUP', "Outermost Region"),
            ('COMMERCE_EQUITABLE', "Fair Trade"),
            ('FERMIER', "Farmhouse"),
            ], "EGAlim Code", sort=False,
        help="The characteristic the label counts as for EGAlim.\n"
        "Leave empty if it does not count.")
    start_date = fields.Date(
        "Start Date",
        domain=[
            If(Eval('start_date') & Eval('end_date'),
                ('start_date', '<=', Eval('end_date')),
                ()),
            ],
        help="The label does not count before this date.")
    end_date = fields.Date(
        "End Date",
        domain=[
            If(Eval('start_date') & Eval('end_date'),
                ('end_date', '>=', Eval('start_date')),
                ()),
            ],
        help="The label does not count any more after this date.")
    families = fields.MultiSelection(
        FAMILIES, "Families", sort=False,
        help="The only families of products that the label applies to.\n"
        "Leave empty for all.")
