# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What the shuttle brings from a hub to another, leg by leg"

import datetime as dt
from collections import defaultdict, namedtuple
from heapq import heappop, heappush
from itertools import permutations

from trytond.model import ModelView, Workflow, fields
from trytond.modules.shortcircuit_catalog.computed import computed
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval, If

from .stock import ArrivalMixin

Leg = namedtuple('Leg', 'source target origin')
Leg.__doc__ = """What the shuttle travels from a hub to the next one.

origin is the hub where the goods lay when they were allocated.
"""


class LeadTime(metaclass=PoolMeta):
    __name__ = 'stock.location.lead_time'

    @classmethod
    def get_legs(cls, routes):
        """
        Return the list of the Leg of each route that the shuttles travel.

        routes are tuples of two hubs.
        """
        pool = Pool()
        Location = pool.get('stock.location')
        routes = set(routes)
        if not routes:
            return {}
        times = cls.get_times(
            Location.search([('type', '=', 'warehouse')]))
        legs = {}
        for source, target in routes:
            _, path = find_path(times, source.id, target.id)
            hubs = Location.browse(path)
            legs[source, target] = [
                Leg(*leg, source) for leg in zip(hubs, hubs[1:])]
        return legs

    @classmethod
    def get_times(cls, warehouses):
        """
        Return the lead times between the hubs that a shuttle links.

        The keys are tuples of the ids of two of the warehouses.
        """
        records = cls.search([])
        times = {}
        for source, target in permutations(warehouses, 2):
            pattern = {
                'warehouse_from': source.id,
                'warehouse_to': target.id,
                }
            time = next(
                (r.lead_time for r in records if r.match(pattern)), None)
            if time is not None:
                times[source.id, target.id] = time
        return times


class ShipmentInternal(ArrivalMixin, metaclass=PoolMeta):
    __name__ = 'stock.shipment.internal'

    cycle = fields.Many2One(
        'shortcircuit.cycle', "Cycle", readonly=True, ondelete='RESTRICT')
    passing_from = fields.Many2One(
        'stock.location', "Passing from", readonly=True, ondelete='RESTRICT',
        states={
            'invisible': ~Eval('passing_from'),
            },
        help="The hub that the goods come from: another transfer brings them "
        "first.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        # The goods leave from and arrive at the locations of the producers
        # which are children of the storages of the hubs
        cls.moves.domain = [
            If(Bool(Eval('cycle')),
                ('company', '=', Eval('company', -1)),
                cls.moves.domain),
            ]
        cls.outgoing_moves.domain = [
            If(Bool(Eval('cycle')), [], cls.outgoing_moves.domain),
            ]
        cls.incoming_moves.domain = [
            If(Bool(Eval('cycle')), [], cls.incoming_moves.domain),
            ]
        cls.internal_transit_location.domain = [
            If(Bool(Eval('cycle')),
                ('type', '=', 'supplier'),
                cls.internal_transit_location.domain),
            ]

    @fields.depends('cycle', 'state')
    def on_change_with_transit_location(self, name=None):
        pool = Pool()
        ModelData = pool.get('ir.model.data')
        transit = super().on_change_with_transit_location(name=name)
        if transit and self.cycle and self.state in {'request', 'draft'}:
            # Of type supplier so that the goods stay the producers'
            return ModelData.get_id(
                'shortcircuit_hub', 'location_consignment_transit')
        return transit

    @property
    def leg(self):
        "The leg it travels"
        source = self.from_location.warehouse
        return Leg(
            source, self.to_location.warehouse, self.passing_from or source)

    @classmethod
    def plan(cls, lots):
        """
        Create the transfers of allocated lots, leg by leg.

        What lies where a leg starts is assigned, what passes there waits for
        the former leg.
        """
        pool = Pool()
        LeadTime = pool.get('stock.location.lead_time')
        Location = pool.get('stock.location')
        lots = [l for l in lots if l.route]
        legs = LeadTime.get_legs(l.route for l in lots)
        quantities = defaultdict(lambda: defaultdict(float))
        for lot in lots:
            for leg in legs[lot.route]:
                quantities[lot.line.allocation.cycle, leg][
                    lot.lot,
                    lot.location if leg.source == leg.origin else None,
                    ] += lot.quantity
        locations = Location.get_consignment(
            (hub.id, lot.producer.party.id)
            for (_, leg), lots in quantities.items() for lot, _ in lots
            for hub in [leg.source, leg.target])
        transfers = [
            cls.get_transfer(cycle, leg, lots, locations)
            for (cycle, leg), lots in quantities.items()]
        cls.save(transfers)
        cls.wait(transfers)
        cls.assign([t for t in transfers if not t.passing_from])

    @classmethod
    def get_transfer(cls, cycle, leg, lots, locations):
        """
        Return the transfer of lots on a leg for a cycle.

        lots is a dictionary of tuple (lot, location or None where it passes)
        to the quantity in the unit of order of the product, locations those
        of the producers by tuple of ids of warehouse and party.
        """
        pool = Pool()
        Move = pool.get('stock.move')
        moves = []
        for (lot, location), quantity in lots.items():
            unit = lot.product.ordering_uom
            unit, quantity = lot.get_moved(unit, unit.round(quantity))
            party = lot.producer.party.id
            moves.append(Move(
                    product=lot.product,
                    lot=lot,
                    unit=unit,
                    quantity=quantity,
                    from_location=location or locations[leg.source.id, party],
                    to_location=locations[leg.target.id, party],
                    company=cycle.company,
                    planned_date=cycle.delivery_date))
        transfer = cls(
            company=cycle.company,
            cycle=cycle,
            passing_from=leg.origin if leg.origin != leg.source else None,
            state='draft',
            from_location=leg.source.storage_location,
            to_location=leg.target.storage_location,
            planned_date=cycle.delivery_date,
            moves=moves)
        transfer.planned_start_date = (
            transfer.on_change_with_planned_start_date())
        return transfer

    @classmethod
    @ModelView.button
    @Workflow.transition('done')
    def do(cls, shipments):
        super().do(shipments)
        cls.arrived([s for s in shipments if s.cycle])

    @classmethod
    def arrived(cls, transfers):
        "Assign what waited for the goods, to go further or to be packed"
        pool = Pool()
        ShipmentOut = pool.get('stock.shipment.out')
        keys = {(t.cycle.id, t.to_warehouse) for t in transfers}
        further = cls.search([
                ('state', '=', 'waiting'),
                ['OR', *([
                        ('cycle', '=', cycle),
                        ('from_location', '=', hub.storage_location.id),
                        ] for cycle, hub in keys)],
                ], order=[('id', 'ASC')])
        packed = ShipmentOut.search([
                ('state', '=', 'waiting'),
                ['OR', *([
                        ('cycle', '=', cycle),
                        ('warehouse', '=', hub.id),
                        ] for cycle, hub in keys)],
                ], order=[('id', 'ASC')])
        with computed():
            cls.assign_arrived(further)
            ShipmentOut.assign_arrived(packed)

    @classmethod
    def copy(cls, shipments, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('passing_from', None)
        return super().copy(shipments, default=default)


def find_path(times, start, end):
    """
    Return the shortest way between two places.

    times is a dictionary of tuple of two places to the time between them, as
    timedelta. Return a tuple of the time of the whole way and of its places,
    the fewest of the ways of a same time; it goes straight, in no known time,
    if the places are not linked.
    """
    ways, seen = [(dt.timedelta(0), 1, (start,))], set()
    while ways:
        time, length, way = heappop(ways)
        place = way[-1]
        if place == end:
            return time, way
        if place not in seen:
            seen.add(place)
            for (source, target), more in times.items():
                if source == place:
                    heappush(ways, (time + more, length + 1, (*way, target)))
    return dt.timedelta.max, (start, end)
