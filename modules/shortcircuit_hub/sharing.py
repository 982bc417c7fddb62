# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

"""Share what was received among those who ordered it.

No model is used here: quantities are counted in whole steps (the unit of sale
or the packaging multiple), so that every result is exact.
"""
from collections import defaultdict, namedtuple
from decimal import ROUND_FLOOR, Decimal

Order = namedtuple(
    'Order', 'steps rank owed ordered_at', defaults=[0, 0, None])
Order.__doc__ = """What is ordered and what it counts for.

steps is the ordered quantity, rank the place of its priority class (the least
is served first), owed the steps lacked before, and ordered_at any comparable
value that is only read to serve by order of arrival.
"""

Share = namedtuple('Share', 'ordered quantity parts')
Share.__doc__ = """What one of those who ordered gets, in steps.

parts is the tuple of the Part of each stage in which something was left to
share and to claim.
"""

Part = namedtuple('Part', 'stage claimed total available exact rank quantity')
Part.__doc__ = """What a stage of the sharing gives to one order, in steps.

stage is one of the STAGES, claimed what the order may get in it, total the sum
of the claims of all and available what there is for them. exact is the
proportional part before rounding (as Decimal), None by order of arrival. rank
is the place (from 1) by which an undivided step was got, None without.
"""

Stock = namedtuple('Stock', 'key steps place giver age', defaults=[None, 0])
Stock.__doc__ = """What lies at a place.

giver is any sortable key of whose it is, age is sorted, the oldest first.
"""

STAGES = ['floor', 'memory', 'rest']


def to_steps(quantity, step, rounding=ROUND_FLOOR):
    """
    Count the whole steps in a quantity.

    quantity and step are floats of the same unit; floats are read by their
    decimal representation so that 0.3 is three times 0.1.
    """
    return int((Decimal(repr(quantity)) / Decimal(repr(step))).quantize(
            Decimal(1), rounding=rounding))


def from_steps(steps, step):
    "Return the quantity as float of a number of steps"
    return float(steps * Decimal(repr(step)))


def divide(claims, available, ties=None):
    """
    Divide the available steps between claims in proportion.

    claims is a dictionary of sortable key to steps, available is in steps
    too. Each gets the whole part of its share; the steps left go to the
    largest remainders (largest remainder method), then by ties, a dictionary
    of key to what is sorted, then to the largest claims, then by key: the
    result depends neither on the order of the rows nor on chance.

    Return a dictionary of key to tuple (steps, exact share as Decimal, rank
    among the remainders rounded up or None).
    Raise ValueError if a quantity is negative.
    """
    if available < 0 or any(c < 0 for c in claims.values()):
        raise ValueError("negative quantity")
    total = sum(claims.values())
    if total <= available:
        return {k: (c, Decimal(c), None) for k, c in claims.items()}

    ties = ties or {}
    floors = {k: c * available // total for k, c in claims.items()}
    left = available - sum(floors.values())
    by_remainder = sorted(claims, key=lambda k: (
            -(claims[k] * available % total), ties.get(k, ()),
            -claims[k], k))
    ranks = {k: rank for rank, k in enumerate(by_remainder[:left], 1)}
    return {
        k: (floors[k] + (k in ranks), Decimal(c * available) / total,
            ranks.get(k))
        for k, c in claims.items()}


def share(orders, available, floor=False, first_come=False):
    """
    Share the available steps between orders by a policy.

    orders is a dictionary of sortable key to Order, available is in steps.
    The stages follow each other, each shares what the former ones have left:

    - floor: each one gets a step (only if floor),
    - then class by class, by their rank:
        - memory: each one gets what is owed to it,
        - rest: each one gets what it ordered.

    A stage that has not enough divides it in proportion, by largest
    remainder; when they are equal who is owed more comes first, then who
    orders more. If first_come the rest is served by order of arrival instead.

    Never more than ordered nor, in total, than available is shared, and
    nothing that is ordered is left.

    Return a dictionary of key to Share.
    Raise ValueError if a quantity is negative.
    """
    if available < 0 or any(
            o.steps < 0 or o.owed < 0 for o in orders.values()):
        raise ValueError("negative quantity")
    ties = {k: (-o.owed, -o.steps) for k, o in orders.items()}
    got, parts = defaultdict(int), defaultdict(list)
    left = available
    for stage, claims in _stages(orders, got, floor):
        total = sum(claims.values())
        if not left or not total:
            continue
        if stage == 'rest' and first_come:
            divided = _serve_arrivals(claims, left, orders)
        else:
            divided = divide(claims, left, ties)
        for key, (steps, exact, rank) in divided.items():
            parts[key].append(Part(
                    stage, claims[key], total, left, exact, rank, steps))
            got[key] += steps
        left -= sum(steps for steps, _, _ in divided.values())
    return {
        k: Share(o.steps, got[k], tuple(parts[k]))
        for k, o in orders.items()}


def _stages(orders, got, floor):
    "Yield each stage and its claims, which depend on what was got before"
    classes = defaultdict(list)
    for key, order in orders.items():
        if order.steps:
            classes[order.rank].append(key)
    ranks = sorted(classes)
    if floor:
        for rank in ranks:
            yield 'floor', {k: 1 for k in classes[rank]}
    for rank in ranks:
        lacking = [k for k in classes[rank] if orders[k].owed]
        yield 'memory', {
            k: min(orders[k].owed, orders[k].steps - got[k]) for k in lacking}
        yield 'rest', {k: orders[k].steps - got[k] for k in classes[rank]}


def _serve_arrivals(claims, available, orders):
    served = {}
    arrivals = sorted(claims, key=lambda k: (
            orders[k].ordered_at is None, orders[k].ordered_at, k))
    for rank, key in enumerate(arrivals, 1):
        steps = min(claims[key], available)
        available -= steps
        served[key] = steps, None, rank
    return served


def level(claims, needed, before):
    """
    Take what is needed so that in the end all have given as evenly as can be.

    claims is a dictionary of sortable key to the steps it can give at most,
    needed is in steps and before a dictionary of key to what it has already
    given, in any number of steps. Who has given least gives first, until he
    has given as much as the next; an odd step is given by who has least, then
    by who can give more, then by key.

    Return a dictionary of key to the steps it gives: they add up to needed,
    or to all that can be given.
    Raise ValueError if a quantity is negative.
    """
    if needed < 0 or any(c < 0 for c in claims.values()):
        raise ValueError("negative quantity")
    start = {k: int(before.get(k, 0)) for k in claims}
    if sum(claims.values()) <= needed:
        return dict(claims)
    # The highest level that does not take more than what is needed
    low, high = 0, max(start[k] + c for k, c in claims.items())
    while low < high:
        middle = (low + high + 1) // 2
        if sum(_up_to(claims, start, middle).values()) <= needed:
            low = middle
        else:
            high = middle - 1
    given = _up_to(claims, start, low)
    odd = sorted(
        (k for k, c in claims.items()
            if given[k] < c and start[k] + given[k] == low),
        key=lambda k: (-claims[k], k))
    for key in odd[:needed - sum(given.values())]:
        given[key] += 1
    return given


def _up_to(claims, start, height):
    return {
        k: min(max(height - start[k], 0), c) for k, c in claims.items()}


def ask(offers, likely, needed, before=None):
    """
    Say what to ask of each of those who offer.

    offers is a dictionary of sortable key to the steps offered and likely to
    those that its owner will probably bring; needed is in steps. What is
    likely is asked first, then the rest of the offers. It is asked in
    proportion, or as evenly as can be if before says what each has already
    given.

    Return a dictionary of key to the steps asked, never more than offered.
    Raise ValueError if a quantity is negative.
    """
    asked = dict.fromkeys(offers, 0)
    for limits in [likely, offers]:
        claims = {
            k: max(0, min(limits[k], o) - asked[k]) for k, o in offers.items()}
        if before is None:
            taken = {k: q for k, (q, _, _) in divide(claims, needed).items()}
        else:
            taken = level(claims, needed, {
                    k: before.get(k, 0) + asked[k] for k in offers})
        for key, steps in taken.items():
            asked[key] += steps
            needed -= steps
    return asked


def serve(quantities, stocks, distances=None, before=None):
    """
    Say from which stock each quantity is served.

    quantities is an ordered list of (key, steps, place) and stocks an ordered
    list of Stock. What lies at the place is used first, for all the places
    before anything travels, then what is nearest: distances is a dictionary
    of tuple (from, to) to what is sorted. At a place the oldest stocks are
    used first; of the same age their givers give as evenly as can be if all
    is not used, before being a dictionary of giver to the steps he has already
    given.

    Return a list of (key, stock key, steps).
    Raise ValueError if there is not enough.
    """
    distances = distances or {}
    given = defaultdict(int, before or {})
    pending = list(quantities)
    if sum(q for _, q, _ in pending) >= sum(s.steps for s in stocks):
        # All is used: levelling would only part the lots
        stocks = [s._replace(giver=None) for s in stocks]
    remaining = {s.key: s.steps for s in stocks}
    served = []
    for source, target in _routes(pending, stocks, distances):
        waiting = [q for q in pending if q[2] == target]
        chosen = _choose(
            [s for s in stocks if s.place == source], remaining, given,
            sum(steps for _, steps, _ in waiting))
        left = {}
        for key, steps, _ in waiting:
            left[key] = steps
            while left[key] and chosen:
                stock, there = chosen[-1]
                taken = min(left[key], there)
                served.append((key, stock, taken))
                left[key] -= taken
                remaining[stock] -= taken
                chosen[-1] = stock, there - taken
                if there == taken:
                    chosen.pop()
        pending = [(k, left.get(k, s), p) for k, s, p in pending]
    if any(steps for _, steps, _ in pending):
        raise ValueError("not enough stock")
    return served


def _routes(quantities, stocks, distances):
    "Return the tuples (from, to) of places, the nearest first"
    targets = dict.fromkeys(place for _, _, place in quantities)
    sources = dict.fromkeys(s.place for s in stocks)
    return sorted(
        ((source, target) for source in sources for target in targets),
        key=lambda route: (
            route[0] != route[1], distances.get(route, 0), *route))


def _choose(stocks, remaining, given, needed):
    "Return the reversed list of the (stock key, steps) to take"
    by_age = defaultdict(lambda: defaultdict(list))
    for stock in stocks:
        if remaining[stock.key]:
            by_age[stock.age][stock.giver].append(stock)
    chosen = []
    for age in sorted(by_age):
        givers = by_age[age]
        levelled = level(
            {g: sum(remaining[s.key] for s in g_stocks)
                for g, g_stocks in givers.items()}, needed, given)
        for giver, steps in levelled.items():
            needed -= steps
            given[giver] += steps
            for stock in givers[giver]:
                taken = min(steps, remaining[stock.key])
                if taken:
                    chosen.append((stock.key, taken))
                    steps -= taken
    return chosen[::-1]


def share_packed(orders, multiples, available, **policy):
    """
    Share the available steps, as share does, in the packs of each order.

    orders and available are in steps, multiples is a dictionary of key to how
    many steps make a pack. When there is enough each one gets its steps, even
    if they make no whole pack. The orders of different packs are first given
    a part of what there is, by the same policy; what the larger packs leave
    of theirs goes to the smaller ones.

    Return a dictionary of key to tuple (Share in packs, steps of a pack).
    Raise ValueError if a quantity is negative or a multiple is not positive.
    """
    if any(multiples[k] <= 0 for k in orders):
        raise ValueError("multiple not positive")
    loose = share(orders, available, **policy)
    if all(s.quantity == s.ordered for s in loose.values()):
        return {k: (s, 1) for k, s in loose.items()}
    groups = defaultdict(dict)
    for key, order in orders.items():
        pack = multiples[key]
        groups[pack][key] = order._replace(
            steps=order.steps // pack, owed=order.owed // pack)
    shared, parts, left = {}, available, 0
    for pack in sorted(groups, reverse=True):
        packed = groups[pack]
        if len(groups) > 1:
            parts = left + sum(loose[k].quantity for k in packed)
        shares = share(packed, parts // pack, **policy)
        left = parts - pack * sum(s.quantity for s in shares.values())
        shared.update((k, (s, pack)) for k, s in shares.items())
    return shared
