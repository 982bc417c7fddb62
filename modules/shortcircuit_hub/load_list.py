# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What is loaded in the vehicle of a round, and what comes back"

from collections import Counter, defaultdict
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
    stops = [get_stop(s, held) for s in get_stops(orders)]
    return SimpleNamespace(
        round=round_,
        stops=stops,
        crates=count_crates(orders),
        types=sum_types(t for s in stops for t in s.types),
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
        types=get_types(
            count_out(orders), count_held(orders[0].stop, held.get(point))),
        crates=count_crates(orders))


def count_out(orders):
    "Return the number of crates loaded for a stop, by type"
    packed = Counter(p.crate for o in orders for p in o.packages if p.crate)
    # Empty ones may be left too
    return packed | Counter({
            c.crate: c.left or 0 for c in orders[0].stop.crates})


def count_held(stop, held):
    "Return the number of crates the point has before the stop, by type"
    held = Counter(held)
    for crate in stop.crates:
        if crate.is_written:
            held[crate.crate] += (crate.taken or 0) - (crate.left or 0)
    return held


def get_types(out, held):
    "Return the types of crates that are left or that are to bring back"
    crates = sorted(
        {c for c, count in out.items() if count}
        | {c for c, count in held.items() if count > 0},
        key=lambda c: (c.sequence or 0, c.name))
    return [
        SimpleNamespace(
            crate=c, out=out.get(c, 0), back=max(held.get(c, 0), 0))
        for c in crates]


def sum_types(types):
    "Return the sum of the types of crates of the stops"
    out, back = Counter(), Counter()
    for type_ in types:
        out[type_.crate] += type_.out
        back[type_.crate] += type_.back
    return get_types(out, back)
