# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What the customers order of what is offered, as its producer may read it"

from collections import defaultdict

from sql import Null
from sql.aggregate import Sum

from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import Transaction, without_check_access


class Configuration(metaclass=PoolMeta):
    __name__ = 'shortcircuit.configuration'

    producers_see_customers = fields.Boolean(
        "Producers See Customers",
        help="The producers read who has ordered what they offer, beside how "
        "much.")


class Offer(metaclass=PoolMeta):
    __name__ = 'shortcircuit.offer'

    ordered = fields.Function(
        fields.Float(
            "Ordered", digits='unit',
            help="What is ordered of the product in the cycle, from this "
            "producer or from whoever has it."),
        'get_orders')
    customers = fields.Function(
        fields.Text(
            "Customers",
            states={
                'invisible': ~Eval('customers'),
                }),
        'get_orders')

    @classmethod
    def get_orders(cls, offers, names):
        quantities, parties = cls._sum_orders(offers)
        if cls._hides_customers():
            parties = {}
        result = {name: {} for name in names}
        for offer in offers:
            key = (offer.cycle.id, offer.product.id)
            keys = [(*key, None), (*key, offer.producer.id)]
            values = {
                'ordered': offer.unit.round(
                    sum(quantities.get(k, 0) for k in keys)),
                'customers': '\n'.join(sorted(set().union(
                            *(parties.get(k, ()) for k in keys)))) or None,
                }
            for name in names:
                result[name][offer.id] = values[name]
        return result

    @staticmethod
    def _hides_customers():
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        User = pool.get('res.user')
        with without_check_access():
            return (bool(User.get_parties())
                and not Configuration(1).producers_see_customers)

    @classmethod
    def _sum_orders(cls, offers):
        """
        Sum the confirmed orders of the products of offers.

        Return two dictionaries of tuple of the ids of the cycle, the product
        and the wished producer or None: the quantity in the unit of order,
        and the names of the customers.
        """
        pool = Pool()
        Line = pool.get('sale.line')
        Party = pool.get('party.party')
        Product = pool.get('product.product')
        Sale = pool.get('sale.sale')
        cursor = Transaction().connection.cursor()
        sale, line = Sale.__table__(), Line.__table__()
        columns = [
            sale.cycle, line.product, line.producer, sale.party, line.unit]
        in_ = fields.SQL_OPERATORS['in']
        cursor.execute(*line.join(sale, condition=line.sale == sale.id).select(
                *columns, Sum(line.quantity), Sum(line.pieces),
                where=in_(sale.cycle, list({o.cycle.id for o in offers}))
                & in_(line.product, list({o.product.id for o in offers}))
                & sale.state.in_(['confirmed', 'processing', 'done']),
                group_by=[*columns, line.pieces == Null]))
        rows = cursor.fetchall()
        with without_check_access():
            # Neither the orders nor the customers are his to read
            products = {p.id: p for p in Product.browse({r[1] for r in rows})}
            names = {
                p.id: p.rec_name for p in Party.browse({r[3] for r in rows})}
            quantities, parties = defaultdict(float), defaultdict(set)
            for cycle, product, producer, party, *values in rows:
                key = (cycle, product, producer)
                quantities[key] += Line(
                    product=products[product], **dict(zip(
                            ['unit', 'quantity', 'pieces'], values))
                    ).get_order_quantity(round=False)
                parties[key].add(names[party])
        return quantities, parties
