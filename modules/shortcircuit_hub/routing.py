# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""
The routing of rounds: which vehicle stops where, in which order and when.

It knows nothing of the database. Distances are in kilometres, moments in
seconds since midnight, durations in seconds, loads in crates and kilograms.
"""

import datetime as dt
import math
from importlib.util import find_spec
from typing import NamedTuple

from trytond.modules.shortcircuit_catalog.geolocation import great_circle

DAY = 24 * 60 * 60
# What a vehicle more, and a point left out, weigh in metres
VEHICLE = 20_000
LEFT_OUT = 10_000_000


class Demand(NamedTuple):
    """
    What is to be brought to a point.

    windows are the tuples of moments between which the point is open: none if
    it is closed, all the day if nothing says it.
    """
    point: object
    place: tuple
    crates: int
    weight: float
    classes: frozenset
    windows: tuple = ((0, DAY),)


class Vehicle(NamedTuple):
    "What a vehicle carries, and between which moments it is on the road"
    vehicle: object
    crates: int
    weight: float
    classes: frozenset
    start: int = 0
    end: int = DAY


class Roads(NamedTuple):
    """
    How distances and durations are found without a map.

    factor is what the roads add to the great circle, speed is in kilometres
    per hour, stop is how long the vehicle stays at a point.
    """
    factor: float
    speed: float
    stop: int

    def distance(self, place, other):
        "Return the kilometres by road between two places"
        return great_circle(place, other) * self.factor

    def duration(self, distance):
        "Return the seconds a vehicle needs for the kilometres"
        return math.ceil(distance * 3600 / self.speed)


def seconds(time):
    "Return the time as seconds since midnight"
    return (time.hour * 60 + time.minute) * 60 + time.second


def to_time(moment):
    "Return the seconds since midnight as time, those of the next day too"
    minutes = int(moment // 60) % (24 * 60)
    return dt.time(*divmod(minutes, 60))


def format_moments(start, end):
    "Return the two moments of a day as a user writes them"
    return f'{to_time(start):%H:%M}–{to_time(end):%H:%M}'


def arrive(moment, windows):
    """
    Return when a vehicle that comes at the moment is let in.

    It waits for the next window, and is late if there is no more.
    """
    for start, end in sorted(windows):
        if moment <= end:
            return max(moment, start)
    return moment


def is_late(moment, windows):
    "Return if the point is closed at the moment"
    return not any(start <= moment <= end for start, end in windows)


def follow(hub, stops, start, roads):
    """
    Follow a round from the hub, in the order of its stops, and back.

    stops is a list of tuples (place, windows). Return the list of tuples
    (kilometres from the previous place, moment the vehicle is let in), the
    last one being the hub. What comes after a place that is not located is
    (None, None).
    """
    legs = []
    place, moment = hub, start
    for i, (next_, windows) in enumerate([*stops, (hub, ((0, math.inf),))]):
        distance = roads.distance(place, next_) if place and next_ else None
        if distance is None or moment is None:
            moment = None
        else:
            moment += roads.stop if i else 0
            moment = arrive(moment + roads.duration(distance), windows)
        legs.append((distance, moment))
        place = next_
    return legs


def object_to(hub, demand, vehicles, roads):
    """
    Return why none of the vehicles can bring what is to be brought.

    The reason is one of 'place', 'closed', 'vehicle', 'classes', 'crates',
    'weight' and 'hours'; None if at least one vehicle can do it alone.
    """
    if not hub or not demand.place:
        return 'place'
    if not demand.windows:
        return 'closed'
    if not vehicles:
        return 'vehicle'
    duration = roads.duration(roads.distance(hub, demand.place))
    last = max(end for _, end in demand.windows)
    for reason, is_able in [
            ('classes', lambda v: demand.classes <= v.classes),
            ('crates', lambda v: demand.crates <= v.crates),
            ('weight', lambda v: demand.weight <= v.weight),
            ('hours', lambda v: v.start + duration <= last
                and arrive(v.start + duration, demand.windows)
                + roads.stop + duration <= v.end)]:
        vehicles = [v for v in vehicles if is_able(v)]
        if not vehicles:
            return reason


def has_solver():
    "Return if the library that finds the rounds is there"
    return find_spec('pyvrp') is not None


def propose(hub, demands, vehicles, roads, iterations, seed=0):
    """
    Propose the rounds that bring what is to be brought.

    Everything starts from the hub and comes back to it. Return a dictionary
    of vehicle to tuple (moment it leaves, list of points in order) and a
    dictionary of the points left out to their reason: one of object_to, or
    'fleet' if the vehicles cannot bring it beside the rest. The same data
    give the same rounds.
    """
    left = {}
    possible = []
    for demand in demands:
        if reason := object_to(hub, demand, vehicles, roads):
            left[demand.point] = reason
        else:
            possible.append(demand)
    if not possible:
        return {}, left
    routes = _solve(hub, possible, vehicles, roads, iterations, seed)
    served = {p for _, points in routes.values() for p in points}
    for demand in possible:
        if demand.point not in served:
            left[demand.point] = 'fleet'
    return routes, left


def _solve(hub, demands, vehicles, roads, iterations, seed):
    # Python 3.10 has it not, and who plans by hand does not need it
    from pyvrp.stop import MaxIterations
    model, visits, used = _model(hub, demands, vehicles, roads)
    result = model.solve(
        MaxIterations(iterations), seed=seed, display=False,
        collect_stats=False)
    if not result.is_feasible():
        return {}
    routes = {}
    for route in result.best.routes():
        points = [
            visits[a.idx].point for a in route.schedule() if a.is_client()]
        routes[used[route.vehicle_type()].vehicle] = (
            route.start_time(), points)
    return routes


def _model(hub, demands, vehicles, roads):
    """
    Return the model of PyVRP, the demand of each visit, the vehicles.

    A point with several windows is a group of visits of which one is made.
    Each class of goods is a load of its own, for which the vehicles that do
    not carry it have no room.
    """
    from pyvrp import Model
    classes = sorted({c for d in demands for c in d.classes})
    model = Model()
    places = [hub, *(d.place for d in demands)]
    locations = [model.add_location(0, i) for i in range(len(places))]
    depot = model.add_depot(locations[0])
    visits = []
    for demand, location in zip(demands, locations[1:]):
        _add_visits(model, demand, location, classes, roads)
        visits.extend([demand] * len(demand.windows))
    for vehicle in vehicles:
        model.add_vehicle_type(
            1, _capacity(vehicle, classes), depot, depot,
            fixed_cost=VEHICLE, tw_early=vehicle.start, tw_late=vehicle.end)
    for place, from_ in zip(places, locations):
        for other, to in zip(places, locations):
            distance = roads.distance(place, other)
            model.add_edge(
                from_, to, round(distance * 1000), roads.duration(distance))
    return model, visits, vehicles


def _add_visits(model, demand, location, classes, roads):
    group = None
    if len(demand.windows) > 1:
        group = model.add_client_group(required=False)
    load = [demand.crates, math.ceil(demand.weight)]
    load += [int(c in demand.classes) for c in classes]
    for start, end in demand.windows:
        model.add_client(
            location, delivery=load, service_duration=roads.stop,
            tw_early=start, tw_late=end, prize=LEFT_OUT, required=False,
            group=group)


def _capacity(vehicle, classes):
    # More crates than any load is no limit
    capacity = [vehicle.crates, math.floor(vehicle.weight)]
    return capacity + [
        10 ** 6 if c in vehicle.classes else 0 for c in classes]
