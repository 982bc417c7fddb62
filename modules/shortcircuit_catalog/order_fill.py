# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"How the quantities of an order sheet become the lines of an order"

import datetime as dt
import math
from collections import defaultdict
from decimal import Decimal
from functools import reduce

from sql.conditionals import Case
from sql.functions import CurrentTimestamp

from trytond.i18n import gettext
from trytond.model import fields
from trytond.modules.product import round_price
from trytond.pool import Pool, PoolMeta
from trytond.transaction import Transaction, without_check_access

from .exceptions import OrderError


class MercurialeLine(metaclass=PoolMeta):
    __name__ = 'shortcircuit.mercuriale.line'

    @property
    def key(self):
        "The ids that the lines of an order have in common with the line"
        return self.product.id, self.producer.id if self.producer else None

    def get_amount(self, quantity):
        "Return what the quantity of the unit of order costs, excl. tax"
        return self.currency.round(
            self.order_price * Decimal(repr(quantity)))

    def get_sale_line(self, sale, quantity):
        "Return the line of the order as if it was chosen on it"
        pool = Pool()
        Line = pool.get('sale.line')
        line = Line(
            sale=sale, type='line', product=self.product,
            producer=self.producer, unit=self.sale_uom,
            unit_price=round_price(self.unit_price))
        line.set_order_quantity(quantity)
        line.taxes = line.compute_taxes(sale.invoice_party or sale.party)
        return line

    @property
    def sale_uom(self):
        "The unit, by the only way the ORM reads for all the lines at once"
        return self.product.template.sale_uom

    @property
    def order_uom(self):
        return self.product.template.order_uom

    def get_nearest_quantities(self, quantity):
        unit = self.order_uom
        return get_nearest_quantities(
            quantity, self.multiple or unit.rounding, self.minimum or 0, unit)

    def check_quantity(self, quantity):
        "Return why the quantity cannot be ordered, in the unit of order"
        nearest = self.get_nearest_quantities(quantity)
        if nearest == [quantity]:
            return
        return gettext(
            'shortcircuit_catalog.msg_order_sheet_quantity',
            product=self.product.rec_name,
            quantity=format_quantity(quantity, self.order_uom),
            packaging=self.get_packaging() or self._get_packaging(
                'multiple', self.order_uom.rounding),
            nearest=reduce(
                lambda first, second: gettext(
                    'shortcircuit_catalog.msg_or', first=first, second=second),
                (format_quantity(q, self.order_uom) for q in nearest)))

    def get_packaging(self):
        "Say by how much the product is sold, in its unit of order"
        texts = [
            self._get_packaging(name, quantity)
            for name in ['multiple', 'minimum']
            if (quantity := getattr(self, name))]
        if self.piece_name:
            texts.insert(0, self.piece_name)
        return ', '.join(texts)

    def _get_packaging(self, name, quantity):
        return gettext(
            f'shortcircuit_catalog.msg_packaging_{name}',
            quantity=format_quantity(quantity, self.order_uom))


class Sale(metaclass=PoolMeta):
    __name__ = 'sale.sale'

    @classmethod
    def get_order(cls, party, cycle, **values):
        """
        Return a new order of the party in the cycle, not saved.

        values are set on it before what follows from the party.
        """
        sale = cls(**cls.default_get(
                list(cls._fields.keys()), with_rec_name=False))
        sale.party = party
        sale.cycle = cycle
        sale.on_change_party()
        for name, value in values.items():
            setattr(sale, name, value)
        return sale

    def fill(self, quantities):
        """
        Set the quantities of the lines of the mercuriale on the order.

        quantities is a dictionary of line of the mercuriale to the quantity
        in the unit of order of its product; those that it does not name are no
        longer ordered. The order keeps its state: what was confirmed is
        checked and confirmed again. OrderError is raised with the reason for
        each of the lines that cannot be ordered, and nothing is changed. The
        number of queries does not depend on the number of lines.
        """
        cls = self.__class__
        state = getattr(self, 'state', 'draft')
        since = None
        quantities = {l: q for l, q in quantities.items() if q}
        if self.id is not None:
            cls.lock([self])
            since = self._get_since(quantities)
            if state in {'quotation', 'confirmed'}:
                cls.draft([self])
        self.check_fill(quantities)
        self._fill(quantities)
        order = cls(self.id)
        with Transaction().set_context(ordered_at=since):
            if state in {'quotation', 'confirmed'}:
                cls.quote([order])
        if state == 'confirmed':
            cls.confirm([order])

    def _get_since(self, quantities):
        """
        Return when the order took its part of the limited offers.

        It keeps its place unless it takes more of what a producer already
        needed to know.
        """
        pool = Pool()
        Line = pool.get('sale.line')
        Offer = pool.get('shortcircuit.offer')
        if not self.cycle.limited:
            return
        taken = Line.sum_quantities(self.line_lines)
        more = {l.product for l, q in quantities.items() if q > taken[l.key]}
        with without_check_access():
            offers = Offer.search([
                    ('cycle', '=', self.cycle.id),
                    ('product', 'in', [p.id for p in more]),
                    ])
        if all(o.cut_off > dt.datetime.now() for o in offers):
            return self.ordered_at

    def check_fill(self, quantities):
        self.check_cycle_window()
        mercuriale = self.cycle.mercuriale
        refusals = []
        for line, quantity in quantities.items():
            if line.mercuriale != mercuriale:
                refusals.append(gettext(
                        'shortcircuit_catalog.msg_order_not_published',
                        line=line.rec_name,
                        mercuriale=mercuriale.rec_name))
            elif refusal := line.check_quantity(quantity):
                refusals.append(refusal)
        if refusals:
            raise OrderError('\n'.join(refusals))

    def _fill(self, quantities):
        pool = Pool()
        Line = pool.get('sale.line')
        if self.id is None:
            self.save()
        published = {l.key: l for l in quantities}
        kept, to_delete = {}, []
        for line in self.line_lines:
            published_line = (
                line.product and published.pop(line.mercuriale_key, None))
            if published_line and line.fits(published_line):
                kept[line] = quantities[published_line]
            else:
                if published_line:
                    published[published_line.key] = published_line
                to_delete.append(line)
        Line.delete(to_delete)
        Line.write_quantities(kept)
        Line.save([
                l.get_sale_line(self, quantities[l])
                for l in published.values()])


class SaleLine(metaclass=PoolMeta):
    __name__ = 'sale.line'

    @property
    def mercuriale_key(self):
        return self.product.id, self.producer.id if self.producer else None

    @classmethod
    def write_quantities(cls, quantities):
        """
        Write quantities by line at once, as one statement.

        quantities is a dictionary of line to the quantity in the unit of
        order. The ORM has a statement for each different quantity.
        """
        values = {
            l: l.product.get_order_values(q) for l, q in quantities.items()}
        values = {
            l: v for l, v in values.items()
            if any(getattr(l, n) != v[n] for n in v)}
        if not values:
            return
        transaction = Transaction()
        cursor = transaction.connection.cursor()
        table = cls.__table__()
        cases = [
            getattr(cls, name).sql_cast(Case(*(
                        (table.id == l.id, v[name])
                        for l, v in values.items())))
            for name in ['quantity', 'pieces']]
        cursor.execute(*table.update(
                [table.quantity, table.pieces,
                    table.write_uid, table.write_date],
                [*cases, transaction.user, CurrentTimestamp()],
                where=fields.SQL_OPERATORS['in'](
                    table.id, [l.id for l in values])))
        transaction.counter += 1
        for cache in transaction.cache.values():
            if cls.__name__ in cache:
                cache[cls.__name__].clear()

    @classmethod
    def sum_quantities(cls, lines):
        "Return the quantity of lines by key, in the unit of order"
        quantities = defaultdict(float)
        for line in lines:
            if line.product:
                key = line.mercuriale_key
                quantities[key] = line.product.order_uom.round(
                    quantities[key] + line.get_order_quantity())
        return quantities

    def fits(self, published):
        "Test if the line has the published unit and price"
        return (self.unit == published.sale_uom
            and self.unit_price == published.unit_price)


def get_nearest_quantities(quantity, multiple, minimum, unit):
    """
    Return the quantities that can be ordered the nearest to the quantity.

    All are in the unit. Return the quantity alone if it can be ordered, else
    the nearest multiples below and above it that reach the minimum, if any.
    """
    def get_multiple(quantity, rounding):
        # For floats .3 is not a whole number of .1
        return unit.round(
            rounding(round(quantity / multiple, 6)) * multiple)

    least = get_multiple(max(minimum, multiple), math.ceil)
    if quantity < least:
        return [least]
    return sorted({
            get_multiple(quantity, rounding)
            for rounding in [math.floor, math.ceil]})


def format_quantity(quantity, unit):
    pool = Pool()
    Lang = pool.get('ir.lang')
    if float(quantity).is_integer():
        quantity = int(quantity)
    return Lang.get().format_number_symbol(quantity, unit)
