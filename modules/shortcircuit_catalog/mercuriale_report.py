# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The mercuriale on paper"

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from types import SimpleNamespace

from trytond.i18n import gettext
from trytond.modules.company import CompanyReport
from trytond.pool import Pool, PoolMeta
from trytond.transaction import Transaction, without_check_access

from .pdf import PDFMixin


class Mercuriale(metaclass=PoolMeta):
    __name__ = 'shortcircuit.mercuriale'

    def get_sheet(self):
        """
        Return the list of tuples (family, rows) in the order of the State.

        The number of queries does not depend on the number of lines.
        """
        pool = Pool()
        Certificate = pool.get('shortcircuit.certificate')
        Line = pool.get('shortcircuit.mercuriale.line')
        producers = Line.get_shown_producers(self.lines)
        proofs = Certificate.proofs(
            (p.id, l.product.id, self.start_date)
            for l in self.lines for p in producers[l])
        changes = {(d.product, d.producer): d for d in self.get_changes()}
        rows = defaultdict(list)
        for line in self.lines:
            row = line.get_row()
            row.change = changes.get((line.product, line.producer))
            row.producers = [
                (p.rec_name, unique(
                        c.label.rec_name for c in proofs[
                            p.id, line.product.id, self.start_date]))
                for p in producers[line]]
            rows[line.family].append(row)
        families = Line.get_families()
        return [(n, rows[f]) for f, n in families[1:] + families[:1]
            if rows[f]]

    def get_changes(self):
        "Return what changed since the previous one, if any"
        pool = Pool()
        Diff = pool.get('shortcircuit.mercuriale.diff')
        if not self.previous:
            return []
        with Transaction().set_context(mercuriale=self.id):
            return Diff.search([])


class Line(metaclass=PoolMeta):
    __name__ = 'shortcircuit.mercuriale.line'

    def get_row(self):
        "Return what is printed of the line"
        product = self.product
        measure_price, measure = self.measure_price or (None, None)
        return SimpleNamespace(
            line=self,
            product=product.name,
            origin=self.origin,
            season=self.season,
            allergens=self.allergens,
            unit=self.unit_name,
            packaging=self.packaging_name,
            minimum=self.minimum_name,
            price_digits=max(
                self.currency.digits, decimals(self.unit_price or Decimal(0))),
            measure_price=measure_price,
            measure=measure)

    @property
    def origin(self):
        "Where the product grows, as near as it is known"
        product = self.product
        subdivision = product.shortcircuit_subdivision
        if product.shortcircuit_municipality:
            if subdivision:
                return (f'{product.shortcircuit_municipality}'
                    f' ({subdivision.name})')
            return product.shortcircuit_municipality
        place = subdivision or product.shortcircuit_origin
        return place.name if place else None

    @property
    def season(self):
        "The months of the product as ranges, None for the whole year"
        pool = Pool()
        Lang = pool.get('ir.lang')
        lang = Lang.get()

        def name(month):
            return lang.strftime(dt.date(2000, month, 1), '%B')
        return ', '.join(
            name(first) if first == last else f'{name(first)}–{name(last)}'
            for first, last in month_ranges(
                {int(m) for m in self.product.seasons or []})) or None

    @property
    def allergens(self):
        pool = Pool()
        Template = pool.get('product.template')
        names = dict(Template.fields_get(
                ['allergens'])['allergens']['selection'])
        return ', '.join(
            names[a].lower() for a in self.product.allergens or [])

    @property
    def packaging_name(self):
        texts = [self.piece_name] if self.piece_name else []
        if self.packed_quantity:
            texts.append(gettext(
                    'shortcircuit_catalog.msg_mercuriale_case',
                    quantity=self._format_quantity(self.packed_quantity)))
        return ', '.join(texts) or None

    @property
    def minimum_name(self):
        if self.minimum:
            return gettext(
                'shortcircuit_catalog.msg_mercuriale_minimum',
                quantity=self._format_quantity(self.minimum))

    @property
    def unit_name(self):
        if is_piece(self.unit):
            return gettext('shortcircuit_catalog.msg_mercuriale_piece')
        return self.unit.symbol

    def _format_quantity(self, quantity):
        pool = Pool()
        Lang = pool.get('ir.lang')
        digits = decimals(Decimal(repr(quantity)))
        if is_piece(self.order_unit):
            return Lang.get().format_number(quantity, digits=digits)
        return Lang.get().format_number_symbol(
            quantity, self.order_unit, digits=digits)

    @property
    def packed_quantity(self):
        "What is sold at once, in the unit of order"
        return self.case_quantity or self.multiple

    @property
    def case_price(self):
        "The price of what is sold at once, in the currency excl. tax"
        if self.unit_price is not None and self.packed_quantity:
            return self.get_amount(self.packed_quantity)

    @property
    def measure_price(self):
        """
        Return the tuple of the price per kilogram or litre and the unit.

        It is found by the weight or the volume of what is sold by piece, and
        is None if nobody has measured it.
        """
        pool = Pool()
        ModelData = pool.get('ir.model.data')
        Uom = pool.get('product.uom')
        if self.unit_price is None:
            return
        for name, uom in [
                ('weight', 'uom_kilogram'), ('volume', 'uom_liter')]:
            measure = Uom(ModelData.get_id('product', uom))
            if quantity := self.product.measure_of(name, self.unit, measure):
                price = self.unit_price / Decimal(repr(quantity))
                return self.currency.round(price), measure


class MercurialeReport(PDFMixin, CompanyReport):
    __name__ = 'shortcircuit.mercuriale'

    @classmethod
    def get_context(cls, records, header, data):
        context = super().get_context(records, header, data)
        # What is printed of the producers is their names and labels
        with without_check_access():
            mercuriales = cls.browse_records(records)
            context['sheets'] = {m.id: m.get_sheet() for m in mercuriales}
        return context

    @classmethod
    def browse_records(cls, records):
        pool = Pool()
        Mercuriale = pool.get('shortcircuit.mercuriale')
        return Mercuriale.browse([int(r) for r in records])


class MercurialeDiffReport(MercurialeReport):
    __name__ = 'shortcircuit.mercuriale.diff'

    @classmethod
    def get_context(cls, records, header, data):
        pool = Pool()
        Diff = pool.get('shortcircuit.mercuriale.diff')
        context = super(MercurialeReport, cls).get_context(
            records, header, data)
        kinds = Diff.fields_get(['kind'])['kind']['selection']
        with without_check_access():
            context['changes'] = {}
            for mercuriale in cls.browse_records(records):
                changes = mercuriale.get_changes()
                context['changes'][mercuriale.id] = [
                    (kind, name, [c for c in changes if c.kind == kind])
                    for kind, name in kinds]
        return context


def is_piece(unit):
    pool = Pool()
    ModelData = pool.get('ir.model.data')
    return unit.id in {
        ModelData.get_id('product', 'uom_unit'),
        ModelData.get_id('shortcircuit_catalog', 'uom_piece')}


def decimals(number):
    "Return how many decimals are needed to write the Decimal"
    return max(0, -number.normalize().as_tuple().exponent)


def unique(values):
    "Return the list of the values without those that come again"
    return list(dict.fromkeys(values))


def month_ranges(months):
    """
    Return the tuples of first and last month of each run of months.

    months is a set of numbers from 1 to 12; December is followed by January.
    The whole year has no range.
    """
    ranges = []
    for first in sorted(months):
        if (first - 2) % 12 + 1 not in months:
            last = first
            while last % 12 + 1 in months:
                last = last % 12 + 1
            ranges.append((first, last))
    return ranges
