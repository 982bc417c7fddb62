# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt

from trytond.cache import Cache
from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.modules.product import price_digits
from trytond.pool import Pool
from trytond.transaction import (
    Transaction, check_access, record_cache_size, without_check_access)


class OrderSheetLine(ModelSQL, ModelView):
    __name__ = 'shortcircuit.order_sheet.line'

    mercuriale = fields.Many2One('shortcircuit.mercuriale', "Mercuriale")
    product = fields.Many2One('product.product', "Product", readonly=True)
    unit_price = Monetary(
        "Unit Price", currency='currency', digits=price_digits, readonly=True)
    family = fields.Function(
        fields.Selection('get_families', "Family", readonly=True),
        'get_values')
    producers = fields.Function(
        fields.Char("Producers", readonly=True), 'get_values')
    labels = fields.Function(
        fields.Char("Labels", readonly=True,
            help="What each of the producers proves."),
        'get_values')
    packaging = fields.Function(
        fields.Char("Packaging", readonly=True), 'get_values')
    unit = fields.Function(
        fields.Many2One('product.uom', "Unit", readonly=True), 'get_values')
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency", readonly=True),
        'get_values')
    # How long the rows may still bear a name that has changed
    _rows_cache = Cache(
        'shortcircuit.order_sheet.line.rows', context=False,
        duration=dt.timedelta(minutes=10))

    # What depends on the customer is set by the sheet
    last_quantity = fields.Function(
        fields.Float("Last Time", digits='unit', readonly=True,
            help="What was ordered in the previous cycle."),
        'get_nothing')
    # No domain: the client would test it on each line for each key
    quantity = fields.Function(
        fields.Float("Quantity", digits='unit'),
        'get_nothing', setter='set_nothing')
    amount = fields.Function(
        Monetary(
            "Amount", currency='currency', digits='currency', readonly=True),
        'get_nothing')
    favorite = fields.Function(
        fields.Boolean("★", help="One of the favorites of the customer."),
        'get_nothing', setter='set_nothing')

    @classmethod
    def table_query(cls):
        pool = Pool()
        Line = pool.get('shortcircuit.mercuriale.line')
        line = Line.__table__()
        return line.select(
            line.id, line.mercuriale, line.product, line.unit_price)

    @classmethod
    def get_families(cls):
        pool = Pool()
        Line = pool.get('shortcircuit.mercuriale.line')
        return Line.get_families()

    @classmethod
    def get_rows(cls, cycle):
        """
        Return the values of the lines that the cycle sells, in their order.

        Each is a dictionary with the values of the fields of the line and,
        beside them, the ids of its product and of the producer it names as
        key, the price of its unit of order, the tuples of id and name of the
        labels and of those that may bring it, and if it counts for EGAlim as
        organic, and at all.
        They are kept: nothing of them depends on the customer.
        """
        key = cycle.id, Transaction().language
        rows = cls._rows_cache.get(key)
        if rows is None:
            with without_check_access():
                rows = cls._rows_cache.set(key, cls._read_rows(cycle))
        return rows

    @classmethod
    def _read_rows(cls, cycle):
        count = cls.search(
            [('mercuriale', '=', cycle.mercuriale.id)], count=True)
        # The passes over the lines must not read them again
        size = max(count, record_cache_size(Transaction()))
        with Transaction().set_context(_record_cache_size=size):
            return cls._get_rows(cycle.__class__(cycle.id))

    @classmethod
    def _get_rows(cls, cycle):
        lines = cycle.mercuriale.lines
        producers = cycle.get_producers(lines)
        labels = cycle.get_labels(producers)
        currency = cycle.company.currency
        return [
            cls._get_row(line, producers[line], labels[line], currency)
            for line in lines]

    @classmethod
    def _get_row(cls, line, producers, labels, currency):
        unit = line.ordering_uom
        producers = sort_names(producers)
        labels_names = sort_names(labels)
        return {
            'id': line.id,
            'key': line.key,
            'product': line.product.id,
            'product.': {'rec_name': line.product.rec_name},
            'unit_price': line.unit_price,
            'ordering_price': line.ordering_price,
            'family': line.product.template.shortcircuit_family,
            'producers': ', '.join(name for _, name in producers),
            'labels': ', '.join(name for _, name in labels_names),
            'packaging': line.get_packaging(),
            'unit': unit.id,
            'unit.': {'rec_name': unit.rec_name},
            'currency': currency.id,
            'currency.': {'rec_name': currency.rec_name},
            'producer_choices': producers,
            'label_choices': labels_names,
            'egalim': cls.get_egalim({l.code for l in labels if l.code}),
            }

    @classmethod
    def get_egalim(cls, codes):
        """
        Say how a purchase counts for EGAlim, by the codes of its labels.

        Return if it counts as organic and if it counts at all.
        """
        return 'BIO' in codes, bool(codes)

    @classmethod
    def get_values(cls, lines, names):
        pool = Pool()
        Cycle = pool.get('shortcircuit.cycle')
        values = {n: dict.fromkeys([l.id for l in lines]) for n in names}
        with check_access():
            cycles = Cycle.search([
                    ('mercuriale', 'in', list(
                            {l.mercuriale.id for l in lines})),
                    ('state', '=', 'open'),
                    ], order=[('delivery_date', 'DESC'), ('id', 'DESC')])
        for cycle in cycles:
            for row in cls.get_rows(cycle):
                for name in names:
                    if row['id'] in values[name]:
                        values[name][row['id']] = row[name]
        return values

    def get_nothing(self, name):
        pass

    @classmethod
    def set_nothing(cls, lines, name, value):
        pass


def sort_names(records):
    "Return the id and the name of records, by name"
    return sorted(
        ((r.id, r.rec_name) for r in records), key=lambda r: (r[1], r[0]))
