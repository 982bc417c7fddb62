# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.shortcircuit_catalog.period import PeriodMixin


class Mention(PeriodMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.mention'
    _rec_name = 'text'

    kind = fields.Selection([
            ('self_billing', "Self-Billing"),
            ('mandate', "Sale in the Name of a Producer"),
            ('flat_rate', "Flat-Rate Farmer"),
            ('franchise', "VAT Franchise"),
            ('late', "Late Payment"),
            ], "Kind", required=True, sort=False,
        help="Which invoices bear the text.")
    text = fields.Text("Text", required=True)

    @classmethod
    def at(cls, date):
        "Return by kind the text that the invoices of the date bear"
        texts = {}
        for mention in cls.search([], order=[('start_date', 'ASC')]):
            if mention.covers_date(date):
                texts[mention.kind] = mention.text
        return texts

    @classmethod
    def get_text(cls, date, kinds):
        "Return the texts of the kinds that an invoice of the date bears"
        texts = cls.at(date)
        return '\n'.join(texts[kind] for kind in kinds if kind in texts)
