# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"How the quantities of an order sheet become the lines of an order"

import datetime as dt
import math
from collections import defaultdict
from decimal import Decimal
from functools import reduce

from trytond.i18n import gettext
from trytond.modules.product import round_price
from trytond.pool import Pool, PoolMeta
from trytond.transaction import Transaction, without_check_access

from .computed import computed
from .exceptions import OrderError
from .rows import write_rows

# From the least to the most advanced of the orders that can still change
CHANGEABLE = ['draft', 'quotation', 'confirmed']


class MercurialeLine(metaclass=PoolMeta):
    __name__ = 'shortcircuit.mercuriale.line'

    @property
    def key(self):
        "The ids that the lines of an order have in common with the line"
        return self.product.id, self.producer.id if self.producer else None

    def get_amount(self, quantity):
        "Return what the quantity of the unit of order costs, excl. tax"
        return self.currency.round(
            self.ordering_price * Decimal(repr(quantity)))

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
    def ordering_uom(self):
        return self.product.template.ordering_uom

    def get_nearest_quantities(self, quantity):
        unit = self.ordering_uom
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
            quantity=format_quantity(quantity, self.ordering_uom),
            packaging=self.get_packaging() or self._get_packaging(
                'multiple', self.ordering_uom.rounding),
            nearest=reduce(
                lambda first, second: gettext(
                    'shortcircuit_catalog.msg_or', first=first, second=second),
                (format_quantity(q, self.ordering_uom) for q in nearest)))

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
            quantity=format_quantity(quantity, self.ordering_uom))


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
        with computed():
            sale.on_change_party()
        for name, value in values.items():
            setattr(sale, name, value)
        return sale

    @classmethod
    def find_changeable(cls, domain):
        "Return the orders that can still change, the last ones first"
        return cls.search([
                domain,
                ('state', 'in', CHANGEABLE),
                ], order=[('id', 'DESC')])

    @classmethod
    def find_same(cls, order):
        "Return the one that a new order changes, or the new one if none"
        orders = cls.find_changeable([
                ('party', '=', order.party.id),
                ('cycle', '=', order.cycle.id),
                ])
        return next(
            (o for o in orders if o.destination == order.destination), order)

    @property
    def destination(self):
        "Who the order is for: he needs no other one in the cycle"
        return (self.party,)

    @classmethod
    def get_quantities(cls, orders):
        """
        Return by line of the mercuriale what orders of a cycle take together.

        The quantities are in the unit of order of the products. OrderError is
        raised if one of them is no longer published.
        """
        pool = Pool()
        Line = pool.get('sale.line')
        Product = pool.get('product.product')
        quantities = {}
        if not orders:
            return quantities
        mercuriale = orders[0].cycle.mercuriale
        published = {l.key: l for l in mercuriale.lines}
        for key, quantity in Line.sum_quantities(
                [l for o in orders for l in o.line_lines]).items():
            if key not in published:
                raise OrderError(gettext(
                        'shortcircuit_catalog.msg_order_not_published',
                        line=Product(key[0]).rec_name,
                        mercuriale=mercuriale.rec_name))
            quantities[published[key]] = quantity
        return quantities

    @classmethod
    def fill(cls, orders):
        """
        Set the quantities of the lines of the mercuriale on orders.

        orders is a list of tuples (order, quantities), quantities being a
        dictionary of line of the mercuriale to the quantity in the unit of
        order of its product; those that it does not name are no longer
        ordered. The orders keep their state: what was confirmed is checked
        and confirmed again. OrderError is raised with the reason for each of
        the lines that cannot be ordered, and nothing is changed. The number
        of queries does not depend on the number of lines.
        """
        orders = [
            (o, {l: q for l, q in quantities.items() if q})
            for o, quantities in orders]
        saved = [o for o, _ in orders if o.id is not None]
        cls.lock(saved)
        quoted = [o for o in saved if o.state == 'quotation']
        confirmed = [o for o in saved if o.state == 'confirmed']
        places = cls._get_places(orders)
        if quoted or confirmed:
            cls.draft(quoted + confirmed)
        cls.check_fill(orders)
        # What is typed was checked against what the mercuriale sells
        with computed():
            cls._fill(orders)
        with Transaction().set_context(ordered_at=places):
            if quoted:
                cls.quote(cls.browse(quoted))
            if confirmed:
                cls.order(cls.browse(confirmed))

    @classmethod
    def _get_places(cls, orders):
        """
        Return by id when orders took their part of the offers.

        An order keeps its place unless it takes more of what a producer
        already needed to know: what he is asked for depends on it too.
        """
        pool = Pool()
        Line = pool.get('sale.line')
        Offer = pool.get('shortcircuit.offer')
        more = {}
        for order, quantities in orders:
            if order.id is not None and order.state != 'draft':
                taken = Line.sum_quantities(order.line_lines)
                more[order] = {
                    (order.cycle, l.product)
                    for l, q in quantities.items() if q > taken[l.key]}
        if not more:
            return {}
        keys = set().union(*more.values())
        with without_check_access():
            offers = Offer.search([
                    ('cycle', 'in', list({c.id for c, _ in keys})),
                    ('product', 'in', list({p.id for _, p in keys})),
                    ])
        now = dt.datetime.now()
        late = {(o.cycle, o.product) for o in offers if o.cut_off <= now}
        return {o.id: o.ordered_at for o, k in more.items() if not k & late}

    @classmethod
    def check_fill(cls, orders):
        refusals = []
        for order, quantities in orders:
            order.check_cycle_window()
            mercuriale = order.cycle.mercuriale
            for line, quantity in quantities.items():
                if line.mercuriale != mercuriale:
                    refusals.append(gettext(
                            'shortcircuit_catalog.msg_order_not_published',
                            line=line.rec_name,
                            mercuriale=mercuriale.rec_name))
                elif not line.product.template.salable:
                    refusals.append(gettext(
                            'shortcircuit_catalog.msg_order_not_salable',
                            product=line.product.rec_name))
                elif refusal := line.check_quantity(quantity):
                    refusals.append(refusal)
        if refusals:
            raise OrderError('\n'.join(refusals))

    @classmethod
    def _fill(cls, orders):
        pool = Pool()
        Line = pool.get('sale.line')
        # The lines of a new order are not read, there are none
        lines = [o.line_lines if o.id is not None else [] for o, _ in orders]
        cls.save([o for o, _ in orders if o.id is None])
        kept, to_delete, to_save = {}, [], []
        for (order, quantities), lines in zip(orders, lines):
            published = {l.key: l for l in quantities}
            for line in lines:
                key = line.product and line.mercuriale_key
                if key in published and line.fits(published[key]):
                    kept[line] = quantities[published.pop(key)]
                else:
                    to_delete.append(line)
            to_save.extend(
                l.get_sale_line(order, quantities[l])
                for l in published.values())
        Line.delete(to_delete)
        Line.write_quantities(kept)
        Line.save(to_save)


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
        write_rows(cls, values)

    @classmethod
    def sum_quantities(cls, lines):
        "Return the quantity of lines by key, in the unit of order"
        quantities = defaultdict(float)
        for line in lines:
            if line.product:
                key = line.mercuriale_key
                quantities[key] = line.product.ordering_uom.round(
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
