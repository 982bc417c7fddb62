# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What the sheets of delivery day share"

from collections import Counter, defaultdict
from decimal import Decimal
from io import BytesIO
from itertools import groupby
from pathlib import Path
from types import SimpleNamespace

from genshi.template import MarkupTemplate, TemplateLoader

from trytond.i18n import gettext
from trytond.modules.company import CompanyReport
from trytond.modules.shortcircuit_catalog.pdf import PDFMixin
from trytond.pool import Pool
from trytond.transaction import check_access, without_check_access

# What tells the orders of each record that a sheet is printed from
SOURCES = {
    'shortcircuit.cycle': 'cycle',
    'shortcircuit.round': 'round_stop.round',
    'stock.shipment.out': 'id',
    }


class SharedReport(PDFMixin, CompanyReport):
    "A report whose template includes document.html"

    @classmethod
    def render(cls, report, report_context):
        # Core gives no loader to the template, which includes the shared one
        if report.get_template_cached() is None:
            report.set_template_cached(MarkupTemplate(
                    BytesIO(report.report_content),
                    loader=TemplateLoader(str(Path(__file__).parent))))
        return super().render(report, report_context)


class Document(SharedReport):

    @classmethod
    def get_context(cls, records, header, data):
        context = super().get_context(records, header, data)
        context['storage_classes'] = get_storage_classes()
        context['group_lots'] = group_lots
        context.update(cls.get_sheets(records))
        return context

    @classmethod
    def get_sheets(cls, records):
        "Return what the template shows of the records, as a dictionary"
        readable = cls.find_shipments(records)
        # The lots, the producers and the rounds come with the orders
        with without_check_access():
            return cls.get_sheet(get_orders(readable))

    @classmethod
    def find_shipments(cls, records):
        "Return the ids of the orders of the records that the user reads"
        pool = Pool()
        ShipmentOut = pool.get('stock.shipment.out')
        if not records:
            return []
        source = SOURCES[records[0].__class__.__name__]
        with check_access():
            return [s.id for s in ShipmentOut.search([
                        (source, 'in', [int(r) for r in records]),
                        ('state', '!=', 'cancelled'),
                        ])]

    @classmethod
    def get_sheet(cls, orders):
        "Return what the template shows of the list of get_orders"
        return {'orders': orders}


def get_orders(shipments):
    """
    Return what is printed of the orders, sorted by round, stop and customer.

    shipments is the list of their ids. The number of SQL statements does not
    depend on the number of orders nor of their lines.
    """
    pool = Pool()
    ShipmentOut = pool.get('stock.shipment.out')
    shipments = ShipmentOut.browse(shipments)
    ranks = {
        stop: rank
        for round_ in {s.round_stop.round for s in shipments if s.round_stop}
        for rank, stop in enumerate(round_.stops, 1)}
    return sorted(
        (get_order(s, ranks.get(s.round_stop)) for s in shipments),
        key=lambda o: o.sort_key)


def get_order(shipment, rank):
    "Return what is printed of an order, rank being the one of its stop"
    point = shipment.distribution_point
    stop = shipment.round_stop
    round_ = stop.round if stop else None
    moves = [m for m in shipment.moves if m.state != 'cancelled']
    return SimpleNamespace(
        shipment=shipment,
        number=', '.join(sorted(
                {m.origin.sale.number for m in moves if m.sale})),
        customer=shipment.customer.name,
        point=point,
        # A canteen is mostly its own point
        place=(point.name if point and point.name != shipment.customer.name
            else None),
        warehouse=shipment.warehouse,
        round=round_,
        stop=stop,
        rank=rank,
        moves=moves,
        packages=shipment.packages,
        sort_key=(
            shipment.warehouse.name, round_ is None,
            (round_.date, round_.id, rank) if round_ else (),
            point is None,
            (point.sequence or 0, point.name, point.id) if point else (),
            shipment.customer.name, shipment.id))


def get_stops(orders):
    "Return the list of the orders of each stop, or point if not planned yet"
    stops = defaultdict(list)
    for order in orders:
        stops[order.warehouse, order.round, order.stop or order.point].append(
            order)
    return list(stops.values())


def get_hubs(orders):
    """
    Return what is packed at each hub as a list of tuples (hub, orders).

    An order whose goods lie at two hubs is packed at each of them, with the
    moves and the crates of that hub only.
    """
    hubs = defaultdict(list)
    for order in orders:
        warehouses = {m.packed_at for m in order.moves}
        warehouses |= {p.warehouse for p in order.packages}
        for warehouse in warehouses:
            hubs[warehouse].append(SimpleNamespace(
                    **vars(order) | {
                        'moves': [
                            m for m in order.moves
                            if m.packed_at == warehouse],
                        'packages': [
                            p for p in order.packages
                            if p.warehouse == warehouse],
                        'crosses': order.warehouse != warehouse,
                        'elsewhere': sorted(
                            warehouses - {warehouse}, key=lambda w: w.name),
                        }))
    return sorted(hubs.items(), key=lambda item: item[0].name)


def count_crates(orders):
    "Return the number of crates of the orders by storage class"
    return Counter(p.storage_class for o in orders for p in o.packages)


def get_storage_classes():
    "Return the names of the storage classes, in their order"
    pool = Pool()
    Package = pool.get('shortcircuit.package')
    return dict(Package.get_storage_classes())


def get_allergens():
    "Return the names of the allergens"
    pool = Pool()
    Template = pool.get('product.template')
    return dict(Template.fields_get(['allergens'])['allergens']['selection'])


def sum_moves(moves, unit):
    "Return the quantity of the moves of a product in the unit"
    pool = Pool()
    Uom = pool.get('product.uom')
    return unit.round(sum(
            Uom.compute_qty(m.unit, m.quantity, unit, round=False)
            for m in moves))


def count_pieces(moves):
    "Return how many pieces were weighed one by one"
    return sum(bool(m.lot and m.lot.piece_weight) for m in moves)


def get_lots(moves):
    "Return the list of what is taken of each lot, from the first one received"
    lots = defaultdict(list)
    for move in moves:
        lots[move.lot].append(move)
    return [
        SimpleNamespace(
            number=lot.number if lot else None,
            producer=lot.producer.party.name if lot and lot.producer else None,
            durability=get_durability(lot),
            quantity=format_quantity(
                sum_moves(moves, moves[0].unit), moves[0].unit))
        for lot, moves in sorted(
            lots.items(), key=lambda item: item[0].id if item[0] else 0)]


def group_lots(lots):
    """
    Return the lots of get_lots, those that follow each other together.

    It is a list of tuples (producer, durability, lots): the pieces that were
    weighed one by one have lots of their own.
    """
    return [
        (*key, list(same)) for key, same in groupby(
            lots, key=lambda lot: (lot.producer, lot.durability))]


def get_durability(lot):
    "Return until when the lot may be used or is at its best, if it is known"
    pool = Pool()
    Lang = pool.get('ir.lang')
    date = getattr(lot, 'durability_date', None)
    if date:
        return gettext(
            f'shortcircuit_hub.msg_document_{lot.durability_kind}',
            date=Lang.get().strftime(date))


def sum_loads(moves):
    "Return the kilograms that are known of the moves"
    return sum(m.get_load('weight', 'uom_kilogram') for m in moves)


def format_quantity(quantity, unit):
    "Return the quantity with its unit and only the decimals it has"
    pool = Pool()
    Lang = pool.get('ir.lang')
    exponent = Decimal(repr(quantity)).normalize().as_tuple().exponent
    return Lang.get().format_number_symbol(
        quantity, unit, digits=max(0, -exponent))
