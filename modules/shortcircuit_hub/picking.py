# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The sheets that hub staff picks and packs with"

from collections import defaultdict
from types import SimpleNamespace

from .document import (
    Document, count_crates, count_pieces, format_quantity, get_hubs, get_lots,
    get_stops, get_storage_classes, sum_loads, sum_moves)


class PickProduct(Document):
    __name__ = 'shortcircuit.pick.product'

    @classmethod
    def get_sheet(cls, orders):
        return {
            'hubs': [
                (warehouse, get_products(orders))
                for warehouse, orders in get_hubs(orders)],
            }


class PickOrder(Document):
    __name__ = 'shortcircuit.pick.order'

    @classmethod
    def get_sheet(cls, orders):
        classes = list(get_storage_classes())
        hubs = get_hubs(orders)
        for _, orders in hubs:
            for order in orders:
                order.rows = get_rows(order.moves, classes)
                order.crates = count_crates([order])
        return {'hubs': [(w, o) for w, o in hubs if o]}


class PackList(Document):
    __name__ = 'shortcircuit.pack.list'

    @classmethod
    def get_sheet(cls, orders):
        return {
            'hubs': [
                (warehouse, get_rounds(orders), get_total(orders))
                for warehouse, orders in get_hubs(orders)],
            }


def get_products(orders):
    """
    Return what is to be taken of each product and for whom.

    It is a list of tuples (storage class, products) in the order of the
    classes, the products by name.
    """
    moves = defaultdict(list)
    for order in orders:
        for move in order.moves:
            moves[move.product].append((order, move))
    products = defaultdict(list)
    for product, pairs in sorted(
            moves.items(), key=lambda item: (item[0].name, item[0].id)):
        products[product.storage_class or 'ambient'].append(
            get_product(product, pairs))
    return [(c, products[c]) for c in get_storage_classes() if products[c]]


def get_product(product, pairs):
    unit = product.sale_uom
    by_order = defaultdict(list)
    for order, move in pairs:
        by_order[order.shipment].append((order, move))
    targets = [
        SimpleNamespace(
            order=pairs[0][0],
            pieces=count_pieces(m for _, m in pairs),
            quantity=format_quantity(
                sum_moves([m for _, m in pairs], unit), unit))
        for pairs in by_order.values()]
    return SimpleNamespace(
        product=product,
        quantity=format_quantity(
            sum_moves([m for _, m in pairs], unit), unit),
        pieces=count_pieces(m for _, m in pairs),
        lots=get_lots([m for _, m in pairs]),
        # Two orders are printed on a row
        pairs=[targets[i:i + 2] for i in range(0, len(targets), 2)])


def get_rows(moves, classes):
    "Return what is to be taken, by storage class, product and lot"
    by_product = defaultdict(list)
    for move in moves:
        by_product[move.product].append(move)
    return [
        SimpleNamespace(
            product=product,
            storage_class=product.storage_class or 'ambient',
            quantity=format_quantity(
                sum_moves(moves, product.sale_uom), product.sale_uom),
            pieces=count_pieces(moves),
            lots=get_lots(moves))
        for product, moves in sorted(
            by_product.items(), key=lambda item: (
                classes.index(item[0].storage_class or 'ambient'),
                item[0].name, item[0].id))]


def get_rounds(orders):
    "Return the list of what is packed for each round, by stop"
    rounds = defaultdict(list)
    for order in orders:
        order.crates = count_crates([order])
        order.weight = sum_loads(order.moves)
        order.products = len({m.product for m in order.moves})
        rounds[order.warehouse, order.round].append(order)
    return [
        SimpleNamespace(
            round=round_, warehouse=warehouse, stops=get_stops(orders),
            total=get_total(orders))
        for (warehouse, round_), orders in rounds.items()]


def get_total(orders):
    return SimpleNamespace(
        orders=len(orders),
        crates=count_crates(orders),
        weight=sum_loads(m for o in orders for m in o.moves))
