# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What is loaded in the vehicle of a round, and what comes back"

from collections import defaultdict
from types import SimpleNamespace

from .document import Document, count_crates, get_stops, sum_loads


class LoadList(Document):
    __name__ = 'shortcircuit.load_list'

    @classmethod
    def get_sheet(cls, orders):
        rounds = defaultdict(list)
        for order in orders:
            if order.round:
                rounds[order.round].append(order)
        return {
            'loads': [
                get_load(round_, orders) for round_, orders in rounds.items()],
            }


def get_load(round_, orders):
    "Return what is loaded for a round, by stop"
    return SimpleNamespace(
        round=round_,
        stops=[get_stop(stop) for stop in get_stops(orders)],
        crates=count_crates(orders),
        weight=sum_loads(m for o in orders for m in o.moves))


def get_stop(orders):
    for order in orders:
        order.crates = count_crates([order])
        order.weight = sum_loads(order.moves)
    point = orders[0].point
    address = point.address if point else None
    return SimpleNamespace(
        rank=orders[0].rank,
        point=point,
        address=address.full_address.splitlines() if address else [],
        orders=orders,
        crates=count_crates(orders))
