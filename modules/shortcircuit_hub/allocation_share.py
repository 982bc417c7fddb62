# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from collections import defaultdict, namedtuple
from itertools import groupby, permutations

from sql import Null
from sql.aggregate import Sum
from sql.conditionals import Coalesce

from trytond.model import ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.transaction import Transaction

from .allocation_reason import explain_shares
from .sharing import Order, Stock, from_steps, serve, share_packed, to_steps
from .substitution import Shortage
from .transfer import find_path

OrderLine = namedtuple(
    'OrderLine', 'id product producer quantity unit sale party warehouse '
    'ordered_at cycle kind pieces')


class Allocation(metaclass=PoolMeta):
    __name__ = 'shortcircuit.allocation'

    @classmethod
    @ModelView.button
    def compute(cls, allocations):
        """
        Share what lies at the hubs between the lines of the orders.

        The cycles of a same policy are shared together.
        """
        pool = Pool()
        Line = pool.get('shortcircuit.allocation.line')
        Line.clear(allocations)
        Line.insert(cls.simulate({a: a.policy for a in allocations}))
        cls.write(allocations, {'computed_at': dt.datetime.now()})

    @classmethod
    def simulate(cls, policies):
        """
        Return the list of the values of the lines that allocations would have.

        policies is a dictionary of allocation to policy.
        """
        allocations = list(policies)
        again = cls.find_again(allocations)
        orders = cls._find_orders(allocations, again)
        substitutes = cls._find_substitutes(allocations, orders)
        products = cls._browse_products(
            {o.product for o in orders}.union(*substitutes.values()))
        stocks = cls._find_stocks(
            products, again, max(
                (a.cycle.delivery_date for a in allocations), default=None))
        lines = []
        for policy, grouped in groupby(
                sorted(allocations, key=lambda a: (
                        policies[a].sequence or 0, policies[a].id)),
                key=policies.get):
            by_cycle = {a.cycle.id: a for a in grouped}
            lines.extend(cls._share(
                    policy, by_cycle,
                    [o for o in orders if o.cycle in by_cycle],
                    products, stocks, substitutes))
        return lines

    @classmethod
    def _browse_products(cls, ids):
        pool = Pool()
        Product = pool.get('product.product')
        return {p.id: p for p in Product.browse(sorted(ids))}

    @classmethod
    def _find_orders(cls, allocations, again):
        """
        Return the lines of the orders to share, ordered by id.

        They are those that are not allocated yet, and those of the applied
        allocation lines of again.
        """
        cursor = Transaction().connection.cursor()
        cursor.execute(*cls._orders_query(allocations, again))
        return [OrderLine(*row) for row in cursor]

    @classmethod
    def _orders_query(cls, allocations, again):
        pool = Pool()
        Channel = pool.get('shortcircuit.channel')
        Cycle = pool.get('shortcircuit.cycle')
        Sale = pool.get('sale.sale')
        SaleLine = pool.get('sale.line')
        line, sale = SaleLine.__table__(), Sale.__table__()
        cycle, channel = Cycle.__table__(), Channel.__table__()
        return (line
            .join(sale, condition=line.sale == sale.id)
            .join(cycle, condition=sale.cycle == cycle.id)
            .join(channel, condition=cycle.channel == channel.id)
            .select(
                line.id, line.product, line.producer, line.quantity,
                line.unit, sale.id, sale.party, sale.warehouse,
                sale.ordered_at, cycle.id, channel.kind, line.pieces,
                where=(line.type == 'line')
                & (line.product != Null)
                & (line.quantity > 0)
                & (((line.allocated_quantity == Null)
                    & sale.state.in_(['confirmed', 'processing']))
                    | fields.SQL_OPERATORS['in'](
                        line.id, [
                            l.sale_line.id for l in again
                            if not l.substitute_for]))
                & cycle.id.in_([a.cycle.id for a in allocations]),
                order_by=line.id))

    @classmethod
    def _find_stocks(cls, products, again, date):
        """
        Return by product id the list of its Stock at the hubs.

        What the applied allocation lines of again hold is shared too, what
        may not be sold on the date is not. The key is a tuple of the ids of
        the lot and the location, the steps are of the rounding of the unit of
        order, and the age is the day of the delivery.
        """
        pool = Pool()
        Location = pool.get('stock.location')
        Lot = pool.get('stock.lot')
        Uom = pool.get('product.uom')
        quantities = defaultdict(
            float, Location.free_quantities(products.values()))
        for line in again:
            for lot in line.lots:
                quantities[lot.location.id, line.product.id, lot.lot.id] += (
                    Uom.compute_qty(
                        *lot.get_moved(), line.product.default_uom,
                        round=False))
        quantities = {
            key: q for key, q in quantities.items() if key[2] and q > 0}
        lots = {
            l.id: l for l in Lot.browse(
                sorted({lot for _, _, lot in quantities}))
            if l.can_be_sold(date)}
        locations = {l.id: l for l in Location.browse(
                sorted({location for location, _, _ in quantities}))}
        stocks = defaultdict(list)
        for key in sorted(
                (k for k in quantities if k[2] in lots),
                key=lambda k: (k[2], k[0])):
            location, product, lot = key
            stocks[product].append(Stock(
                    (lot, location),
                    cls._stock_steps(lots[lot], quantities[key]),
                    locations[location].warehouse.id,
                    lots[lot].producer.id if lots[lot].producer else 0,
                    lots[lot].delivered_on))
        return stocks

    @classmethod
    def _stock_steps(cls, lot, quantity):
        return to_steps(
            lot.get_order_quantity(quantity),
            lot.product.ordering_uom.rounding)

    @classmethod
    def _share(
            cls, policy, allocations, orders, products, stocks, substitutes):
        """
        Return the values of the allocation lines of the orders.

        The lines that wish a producer come first because only his lots can
        serve them, the others share what is left. allocations are by id of
        cycle; what is given is taken from stocks.
        """
        by_producer = defaultdict(list)
        for order in orders:
            by_producer[order.product, order.producer].append(order)
        claims = cls._get_claims(policy, allocations, orders, products)
        multiples = cls._find_multiples(allocations.values(), products)
        given = cls.find_given(
            policy, [a.cycle for a in allocations.values()], products)
        distances = cls._find_distances(
            {o.warehouse for o in orders}
            | {s.place for p in products for s in stocks[p]})
        shared_orders, lines = [], []
        for (product, producer), product_orders in sorted(
                by_producer.items(),
                key=lambda item: (item[0][1] is None, item[0])):
            usable = [s for s in stocks[product]
                if not producer or s.giver == producer]
            shared = cls._share_product(
                policy, products[product], product_orders, claims, {
                    o.id: multiples.get((o.cycle, product, producer), 1)
                    for o in product_orders}, usable)
            served = serve(
                [(o.id, steps, o.warehouse)
                    for o in product_orders if (steps := shared[o.id][1])],
                usable, distances, given[product])
            stocks[product] = cls._take(stocks[product], served)
            shared_orders.extend(product_orders)
            lines.extend(cls._get_line_values(
                    allocations, products[product], product_orders, claims,
                    shared, served))
        return lines + cls._substitute(
            policy, allocations, [
                Shortage(o, values, substitutes[o.id])
                for o, values in zip(shared_orders, lines)
                if o.id in substitutes],
            products, stocks, multiples, distances)

    @classmethod
    def _share_product(
            cls, policy, product, orders, claims, multiples, stocks):
        """
        Return by id of order line a tuple of what tells its share: the
        reason, the steps it gets and those it gets for what it lacked.
        """
        shares = share_packed(
            {o.id: claims[o.id] for o in orders}, multiples,
            sum(s.steps for s in stocks), **policy.options)
        reasons = explain_shares(
            shares, sum(s.steps for s in stocks), product.ordering_uom)
        # To be served first is worth nothing when all are served
        short = any(s.quantity < s.ordered for s, _ in shares.values())
        return {
            id_: (reasons[id_], share.quantity * pack, pack * sum(
                    p.quantity for p in share.parts
                    if p.stage == 'memory' and short))
            for id_, (share, pack) in shares.items()}

    @classmethod
    def _take(cls, stocks, served):
        taken = defaultdict(int)
        for _, key, steps in served:
            taken[key] += steps
        return [
            s._replace(steps=s.steps - taken[s.key]) for s in stocks
            if s.steps > taken[s.key]]

    @classmethod
    def _get_line_values(
            cls, allocations, product, orders, claims, shared, served):
        uom = product.ordering_uom
        lots = defaultdict(list)
        for id_, (lot, location), steps in served:
            lots[id_].append({
                    'lot': lot,
                    'location': location,
                    'quantity': from_steps(steps, uom.rounding),
                    })
        for order in orders:
            reason, steps, compensated = shared[order.id]
            yield {
                'allocation': allocations[order.cycle].id,
                'sale_line': order.id,
                'product': product.id,
                'unit': uom.id,
                'ordered': from_steps(claims[order.id].steps, uom.rounding),
                'quantity': from_steps(steps, uom.rounding),
                'compensated': from_steps(compensated, uom.rounding),
                'reason': reason,
                'warehouse': order.warehouse,
                'substitute_for': None,
                'lots': lots[order.id],
                }

    @classmethod
    def _get_claims(cls, policy, allocations, orders, products):
        "Return by id of order line the Order that it is for the engine"
        pool = Pool()
        SaleLine = pool.get('sale.line')
        ranks = policy.ranks
        kinds = SaleLine.get_sharing_kinds({o.id: o.kind for o in orders})
        owed = cls._find_owed(policy, allocations.values(), products)
        claims = {}
        for order in orders:
            uom = products[order.product].ordering_uom
            # A customer is owed once, by the first of his lines
            lacked = owed.pop((order.party, order.product), 0)
            claims[order.id] = Order(
                to_steps(
                    cls._order_quantity(order, products[order.product]),
                    uom.rounding),
                ranks.get(kinds[order.id], len(ranks)),
                lacked, order.ordered_at)
        return claims

    @classmethod
    def _order_quantity(cls, order, product):
        "Return what is ordered in the unit of order of the product"
        pool = Pool()
        Uom = pool.get('product.uom')
        if product.piece_weight and order.pieces is not None:
            return float(order.pieces)
        return product.get_order_quantity(order.quantity, Uom(order.unit))

    @classmethod
    def _find_multiples(cls, allocations, products):
        """
        Return how many steps make the multiple of the mercuriale.

        The keys are tuples of the ids of the cycle, the product and the
        producer that it names; who has no multiple is missing.
        """
        pool = Pool()
        Line = pool.get('shortcircuit.mercuriale.line')
        cycles = defaultdict(list)
        for allocation in allocations:
            cycle = allocation.cycle
            cycles[cycle.mercuriale.id].append(cycle.id)
        line = Line.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*line.select(
                line.mercuriale, line.product, line.producer, line.multiple,
                where=line.mercuriale.in_(list(cycles))
                & (line.multiple != Null)))
        return {
            (cycle, product, producer): max(1, to_steps(
                    multiple, products[product].ordering_uom.rounding))
            for mercuriale, product, producer, multiple in cursor
            if product in products for cycle in cycles[mercuriale]}

    @classmethod
    def _find_owed(cls, policy, allocations, products):
        """
        Return the steps that customers have lacked of products.

        The keys are tuples of the ids of the party and the product. What was
        already given for having lacked is deducted.
        """
        pool = Pool()
        Line = pool.get('shortcircuit.allocation.line')
        Sale = pool.get('sale.sale')
        SaleLine = pool.get('sale.line')
        if not policy.memory:
            return {}
        line, sale_line = Line.__table__(), SaleLine.__table__()
        sale = Sale.__table__()
        owed = defaultdict(int)
        for (party, product, _), quantity in cls._sum_allocated(
                line
                .join(sale_line, condition=line.sale_line == sale_line.id)
                .join(sale, condition=sale_line.sale == sale.id),
                line, sale.party,
                line.ordered - line.quantity
                + Coalesce(line.withdrawn, 0)
                - Coalesce(line.compensated, 0),
                {c.id for a in allocations
                    for c in a.cycle.get_remembered(policy.memory)},
                products).items():
            owed[party, product] += quantity
        return {k: steps for k, steps in owed.items() if steps > 0}

    @classmethod
    def find_given(cls, policy, cycles, products):
        """
        Return by product the steps that each producer has served.

        The products are by id, the keys and the producers are ids too; it
        counts what was allocated in the weeks of the season before the
        delivery of the cycles.
        """
        pool = Pool()
        Cycle = pool.get('shortcircuit.cycle')
        Line = pool.get('shortcircuit.allocation.line')
        LineLot = pool.get('shortcircuit.allocation.line.lot')
        Lot = pool.get('stock.lot')
        line, line_lot = Line.__table__(), LineLot.__table__()
        lot = Lot.__table__()
        date = min(c.delivery_date for c in cycles)
        given = defaultdict(dict)
        if not policy.season:
            return given
        cycles = Cycle.search([
                ('delivery_date', '<=', date),
                ('delivery_date', '>=', date - dt.timedelta(
                        weeks=policy.season)),
                ('company', 'in', [c.company.id for c in cycles]),
                ])
        for (producer, product, _), steps in cls._sum_allocated(
                line
                .join(line_lot, condition=line_lot.line == line.id)
                .join(lot, condition=line_lot.lot == lot.id),
                line, lot.producer, line_lot.quantity,
                {c.id for c in cycles}, products).items():
            given[product][producer or 0] = (
                given[product].get(producer or 0, 0) + steps)
        return given

    @classmethod
    def _sum_allocated(cls, tables, line, key, quantity, cycles, products):
        "Sum quantities in steps of applied allocations by key and product"
        pool = Pool()
        Uom = pool.get('product.uom')
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*tables
            .join(table, condition=line.allocation == table.id)
            .select(
                key, line.product, line.unit, Sum(quantity),
                where=(table.state == 'applied')
                & (line.replaced_by == Null)
                & fields.SQL_OPERATORS['in'](table.cycle, list(cycles))
                & fields.SQL_OPERATORS['in'](line.product, list(products)),
                group_by=[key, line.product, line.unit]))
        sums = {}
        for value, product, unit, total in cursor:
            uom = products[product].ordering_uom
            if unit != uom.id:
                total = Uom.compute_qty(Uom(unit), total, uom, round=False)
            sums[value, product, unit] = to_steps(
                uom.round(total), uom.rounding)
        return sums

    @classmethod
    def _find_distances(cls, warehouses):
        "Return the lead times by tuple of ids of warehouses, leg by leg"
        pool = Pool()
        LeadTime = pool.get('stock.location.lead_time')
        Location = pool.get('stock.location')
        times = LeadTime.get_times(
            Location.search([('type', '=', 'warehouse')]))
        return {
            route: find_path(times, *route)[0]
            for route in permutations(sorted(warehouses), 2)}


class SaleLine(metaclass=PoolMeta):
    __name__ = 'sale.line'

    @classmethod
    def get_sharing_kinds(cls, kinds):
        """
        Return the kind that ranks each order line in the classes of a policy.

        kinds is a dictionary of line id to the kind of the channel.
        """
        return kinds
