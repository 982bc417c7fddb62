# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from collections import defaultdict, namedtuple

from trytond.i18n import gettext
from trytond.model import (
    DeactivableMixin, ModelSQL, ModelView, fields, sequence_ordered)
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval

from .sharing import Order, from_steps, serve, share_packed, to_steps

Shortage = namedtuple('Shortage', 'order values substitutes')


class Substitution(
        sequence_ordered(), DeactivableMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.substitution'

    party = fields.Many2One(
        'party.party', "Customer", required=True, ondelete='CASCADE')
    product = fields.Many2One(
        'product.product', "Product", ondelete='CASCADE',
        states={
            'required': ~Eval('family'),
            'invisible': Bool(Eval('family')),
            },
        help="What may be replaced when it is short.")
    family = fields.Selection(
        'get_families', "Family",
        states={
            'invisible': Bool(Eval('product')),
            },
        help="The products that may be replaced when they are short.")
    substitute = fields.Many2One(
        'product.product', "Replaced by", ondelete='CASCADE',
        states={
            'required': Bool(Eval('product')),
            },
        help="Leave empty for any product of the family.")
    agreed_on = fields.Date(
        "Agreed on", required=True,
        help="Since when the customer consents.")

    @classmethod
    def default_agreed_on(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        return Date.today()

    @classmethod
    def get_families(cls):
        pool = Pool()
        Template = pool.get('product.template')
        return Template.fields_get(
            ['shortcircuit_family'])['shortcircuit_family']['selection']

    def get_rec_name(self, name):
        return ' → '.join(filter(None, [
                    self.product.rec_name if self.product
                    else dict(self.get_families())[self.family],
                    self.substitute.rec_name if self.substitute else None]))

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('product.rec_name', *clause[1:]),
            ('substitute.rec_name', *clause[1:]),
            ]

    @classmethod
    def find(cls, parties, date):
        "Return by id of party what it consents to on the date"
        consents = defaultdict(list)
        for consent in cls.search([
                    ('party', 'in', list(parties)),
                    ('agreed_on', '<=', date),
                    ]):
            consents[consent.party.id].append(consent)
        return consents

    def covers(self, product):
        if self.product:
            return product == self.product
        return product.shortcircuit_family == self.family

    def get_substitutes(self, product, published):
        """
        Return those of the published products that may replace the product.

        They are counted in units that convert into each other.
        """
        return [
            p for p in published
            if p != product
            and (p == self.substitute if self.substitute
                else p.shortcircuit_family == self.family)
            and p.ordering_uom.category == product.ordering_uom.category]


class Allocation(metaclass=PoolMeta):
    __name__ = 'shortcircuit.allocation'

    @classmethod
    def _find_substitutes(cls, allocations, orders):
        """
        Return the products that may replace what orders ask for.

        It is a dictionary of id of order line to the list of the ids of the
        products by preference, all sold by the mercuriale to any producer.
        """
        pool = Pool()
        Consent = pool.get('shortcircuit.substitution')
        Product = pool.get('product.product')
        by_cycle = defaultdict(list)
        for order in orders:
            by_cycle[order.cycle].append(order)
        substitutes = {}
        for allocation in allocations:
            cycle_orders = by_cycle[allocation.cycle.id]
            consents = Consent.find(
                {o.party for o in cycle_orders},
                allocation.cycle.delivery_date)
            if not consents:
                continue
            published = [
                l.product for l in allocation.cycle.mercuriale.lines
                if not l.producer]
            products = {p.id: p for p in Product.browse(sorted(
                        {o.product for o in cycle_orders}))}
            for order in cycle_orders:
                product = products[order.product]
                substitutes[order.id] = list(dict.fromkeys(
                        p.id for consent in consents[order.party]
                        if consent.covers(product)
                        for p in consent.get_substitutes(product, published)))
        return {k: v for k, v in substitutes.items() if v}

    @classmethod
    def _substitute(
            cls, policy, allocations, shortages, products, stocks, multiples,
            distances):
        """
        Return the values of the lines that replace what is short.

        It is shared from what the orders of the substitutes themselves have
        left, the first choices of all before the second ones.
        """
        lines = []
        missing = {
            s.order.id: s.values['ordered'] - s.values['quantity']
            for s in shortages}
        for choice in range(max(
                    (len(s.substitutes) for s in shortages), default=0)):
            by_substitute = defaultdict(list)
            for shortage in shortages:
                if (missing[shortage.order.id] > 0
                        and choice < len(shortage.substitutes)):
                    by_substitute[shortage.substitutes[choice]].append(
                        shortage)
            for substitute in sorted(by_substitute):
                lines.extend(cls._share_substitute(
                        policy, allocations, by_substitute[substitute],
                        missing, products[substitute], products, stocks,
                        multiples, distances))
        return lines

    @classmethod
    def _share_substitute(
            cls, policy, allocations, shortages, missing, substitute,
            products, stocks, multiples, distances):
        pool = Pool()
        Uom = pool.get('product.uom')
        uom = substitute.ordering_uom
        usable = stocks[substitute.id]
        orders, packs = {}, {}
        for order, values, _ in shortages:
            pack = multiples.get((order.cycle, substitute.id, None), 1)
            quantity = Uom.compute_qty(
                products[order.product].ordering_uom, missing[order.id], uom,
                round=False)
            # A pack is not opened to replace something else
            orders[order.id] = Order(
                to_steps(uom.floor(quantity), uom.rounding) // pack * pack)
            packs[order.id] = pack
        shares = share_packed(
            orders, packs, sum(s.steps for s in usable), **policy.options)
        got = {k: s.quantity * p for k, (s, p) in shares.items()}
        served = serve(
            [(s.order.id, got[s.order.id], s.order.warehouse)
                for s in shortages if got[s.order.id]],
            usable, distances)
        stocks[substitute.id] = cls._take(usable, served)
        lines = []
        for order, values, _ in shortages:
            if not got[order.id]:
                continue
            product = products[order.product]
            quantity = from_steps(got[order.id], uom.rounding)
            replaced = Uom.compute_qty(uom, quantity, product.ordering_uom)
            missing[order.id] = product.ordering_uom.round(
                missing[order.id] - replaced)
            lines.append({
                    **values,
                    'product': substitute.id,
                    'unit': uom.id,
                    'ordered': quantity,
                    'quantity': quantity,
                    'compensated': 0.,
                    'substitute_for': order.id,
                    'reason': gettext(
                        'shortcircuit_hub.msg_allocation_substitute',
                        quantity=cls._format(replaced, product.ordering_uom),
                        product=product.rec_name),
                    'lots': [{
                            'lot': lot,
                            'location': location,
                            'quantity': from_steps(steps, uom.rounding),
                            } for id_, (lot, location), steps in served
                        if id_ == order.id],
                    })
        return lines

    @classmethod
    def _format(cls, quantity, uom):
        pool = Pool()
        Lang = pool.get('ir.lang')
        return Lang.get().format_number_symbol(
            quantity, uom, digits=uom.digits)

    @classmethod
    def _order_substitutes(cls, lines):
        "Add to the orders what replaces, at the published prices"
        pool = Pool()
        Line = pool.get('shortcircuit.allocation.line')
        Sale = pool.get('sale.sale')
        SaleLine = pool.get('sale.line')
        lines = [l for l in lines if l.substitute_for]
        if not lines:
            return
        sale_lines = [l.get_substitute() for l in lines]
        SaleLine.save(sale_lines)
        for line, sale_line in zip(lines, sale_lines):
            line.sale_line = sale_line
        Line.save(lines)
        Sale.store_cache(sorted({l.sale for l in sale_lines}))

    @classmethod
    def _release(cls, lines):
        pool = Pool()
        Line = pool.get('shortcircuit.allocation.line')
        Sale = pool.get('sale.sale')
        SaleLine = pool.get('sale.line')
        lots = super()._release(lines)
        substituted = [l for l in lines if l.substitute_for]
        sale_lines = [l.sale_line for l in substituted]
        for line in substituted:
            line.sale_line = line.substitute_for
        Line.save(substituted)
        sales = sorted({l.sale for l in sale_lines})
        SaleLine.delete(sale_lines)
        Sale.store_cache(sales)
        return lots


class AllocationLine(metaclass=PoolMeta):
    __name__ = 'shortcircuit.allocation.line'

    substitute_for = fields.Many2One(
        'sale.line', "Replaces", readonly=True, ondelete='CASCADE',
        states={
            'invisible': ~Eval('substitute_for'),
            },
        help="The line of the order whose product was short.")

    def get_substitute(self):
        "Return the line that orders what replaces"
        pool = Pool()
        SaleLine = pool.get('sale.line')
        line = SaleLine(
            type='line', sale=self.substitute_for.sale,
            substitute_for=self.substitute_for, product=self.product)
        line.on_change_product()
        line.set_order_quantity(self.quantity)
        line.on_change_quantity()
        return line


class SaleLine(metaclass=PoolMeta):
    __name__ = 'sale.line'

    substitute_for = fields.Many2One(
        'sale.line', "Replaces", readonly=True, ondelete='RESTRICT',
        states={
            'invisible': ~Eval('substitute_for'),
            },
        help="The line whose product was short, that the customer lets "
        "replace.")

    @classmethod
    def check_modification(cls, mode, lines, values=None, external=False):
        if mode in {'create', 'delete'} and not external:
            # The allocation replaces in orders that no longer change
            lines = [l for l in lines if not l.substitute_for]
        super().check_modification(
            mode, lines, values=values, external=external)

    @classmethod
    def copy(cls, lines, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('substitute_for', None)
        return super().copy(lines, default=default)


class Party(metaclass=PoolMeta):
    __name__ = 'party.party'

    substitutions = fields.One2Many(
        'shortcircuit.substitution', 'party', "Substitutions",
        help="What the customer lets replace when it is short, in the order "
        "of the preferences.")
