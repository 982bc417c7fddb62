# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What is loaded in the vehicle of a round, and what comes back"

from collections import defaultdict
from types import SimpleNamespace

from trytond.pool import Pool

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
    pool = Pool()
    Balance = pool.get('shortcircuit.crate.balance')
    held = Balance.at({o.point for o in orders if o.point}, round_.date)
    return SimpleNamespace(
        round=round_,
        stops=[get_stop(stop, held) for stop in get_stops(orders)],
        crates=count_crates(orders),
        weight=sum_loads(m for o in orders for m in o.moves))


def get_stop(orders, held):
    "Return what is loaded for a stop, held being the crates of the points"
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
        held=[
            (crate.name, count) for crate, count in sorted(
                held.get(point, {}).items(),
                key=lambda item: (item[0].sequence or 0, item[0].name))
            if count > 0],
        crates=count_crates(orders))
