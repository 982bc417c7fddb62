# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.cache import Cache
from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.shortcircuit_catalog.period import PeriodMixin
from trytond.pyson import Eval


class Mention(PeriodMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.mention'
    _rec_name = 'text'
    _texts_cache = Cache('shortcircuit.mention.texts', context=False)
    _current_cache = Cache('shortcircuit.mention.current', context=False)

    kind = fields.Selection([
            ('self_billing', "Self-Billing"),
            ('mandate', "Sale in the Name of a Producer"),
            ('flat_rate', "Flat-Rate Farmer"),
            ('franchise', "VAT Franchise"),
            ('exempt', "No VAT"),
            ('late', "Late Payment"),
            ('late_public', "Late Payment of a Public Body"),
            ('recovery', "Recovery Cost"),
            ('discount', "Early Payment"),
            ], "Kind", required=True, sort=False,
        help="Which invoices bear the text.")
    text = fields.Text("Text", required=True)
    vatex_code = fields.Char(
        "VATEX Code",
        states={
            'invisible': ~Eval('kind').in_(
                ['flat_rate', 'franchise', 'exempt']),
            },
        help="Why no VAT is charged, by the code list of the electronic "
        "invoices. Leave empty when it has none.")

    @classmethod
    def at(cls, date):
        "Return by kind the text that the invoices of the date bear"
        texts = cls._texts_cache.get(date)
        if texts is None:
            texts = cls._texts_cache.set(date, {
                    k: m.text for k, m in cls.get_current(date).items()})
        return texts

    @classmethod
    def on_modification(cls, mode, mentions, field_names=None):
        super().on_modification(mode, mentions, field_names=field_names)
        cls._texts_cache.clear()
        cls._current_cache.clear()

    @classmethod
    def get_current(cls, date):
        "Return by kind the mention that the invoices of the date bear"
        current = cls._current_cache.get(date)
        if current is None:
            current = cls._current_cache.set(date, {
                    m.kind: m.id
                    for m in cls.search([], order=[('start_date', 'ASC')])
                    if m.covers_date(date)})
        return dict(zip(current, cls.browse(current.values())))

    @classmethod
    def get_text(cls, date, kinds):
        "Return the texts of the kinds that an invoice of the date bears"
        texts = cls.at(date)
        return '\n'.join(texts[kind] for kind in kinds if kind in texts)
