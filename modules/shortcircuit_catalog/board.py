# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from sql import Literal, Null
from sql.operators import Exists

from trytond.model import fields
from trytond.pool import Pool, PoolMeta


class WaitingMixin:
    "A boolean that is true for the records that a query selects"
    __slots__ = ()

    @classmethod
    def get_waiting(cls, records, name):
        waiting = {r.id for r in cls.search([
                    ('id', 'in', [r.id for r in records]),
                    (name, '=', True),
                    ])}
        return {r.id: r.id in waiting for r in records}

    @classmethod
    def search_waiting(cls, name, clause):
        _, operator, value = clause
        query = getattr(cls, f'query_{name}')()
        return [(
                'id', 'in' if value == (operator == '=') else 'not in',
                query)]


class Producer(WaitingMixin, metaclass=PoolMeta):
    __name__ = 'shortcircuit.producer'

    offer_missing = fields.Function(
        fields.Boolean(
            "Offer Missing",
            help="He has products and offers none for a cycle that is open, "
            "or for which he was asked, of a channel that he sells by."),
        'get_waiting', searcher='search_waiting')

    @classmethod
    def query_offer_missing(cls):
        pool = Pool()
        Cycle = pool.get('shortcircuit.cycle')
        ProducerProduct = pool.get('shortcircuit.producer.product')
        cycle = Cycle.__table__()
        producer = cls.__table__()
        product = ProducerProduct.__table__()
        offers = cls._query_offers(producer)
        return (producer
            .join(cycle, condition=cycle.company == producer.company)
            .select(
                producer.id,
                where=((cycle.state == 'open')
                    | ((cycle.state == 'draft') & (cycle.asked_at != Null)))
                & (producer.state == 'active')
                & Exists(product.select(
                        product.id,
                        where=(product.producer == producer.id)
                        & product.active))
                & ~Exists(offers(lambda other: other.id == cycle.id))
                # Who sells by other channels only is not waited for
                & (Exists(offers(
                            lambda other: other.channel == cycle.channel))
                    | ~Exists(offers()))))

    @classmethod
    def _query_offers(cls, producer):
        "Return the function that queries the offers made for some cycles"
        pool = Pool()
        Cycle = pool.get('shortcircuit.cycle')
        Offer = pool.get('shortcircuit.offer')

        def query(where=lambda cycle: Literal(True)):
            offer, cycle = Offer.__table__(), Cycle.__table__()
            return offer.join(
                cycle, condition=offer.cycle == cycle.id).select(
                offer.id,
                where=(offer.producer == producer.id) & where(cycle))
        return query


class ProducerProduct(WaitingMixin, metaclass=PoolMeta):
    __name__ = 'shortcircuit.producer.product'

    unpriced = fields.Function(
        fields.Boolean(
            "Without Price",
            help="No mercuriale that runs or is to come has the product."),
        'get_waiting', searcher='search_waiting')

    @classmethod
    def query_unpriced(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        Mercuriale = pool.get('shortcircuit.mercuriale')
        MercurialeLine = pool.get('shortcircuit.mercuriale.line')
        Producer = pool.get('shortcircuit.producer')
        line = MercurialeLine.__table__()
        mercuriale = Mercuriale.__table__()
        producer = Producer.__table__()
        product = cls.__table__()
        return (product
            .join(producer, condition=product.producer == producer.id)
            .select(
                product.id,
                where=product.active
                & (producer.state == 'active')
                & ~Exists(line
                    .join(mercuriale,
                        condition=line.mercuriale == mercuriale.id)
                    .select(
                        line.id,
                        where=(line.product == product.product)
                        & (mercuriale.company == producer.company)
                        & (mercuriale.state == 'published')
                        & (mercuriale.end_date >= Date.today())))))
