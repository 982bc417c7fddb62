# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The moves of rounds, for the queries on what these delivered"

from collections import namedtuple

from sql.operators import Concat

from trytond.model import fields
from trytond.pool import Pool

RoundMoves = namedtuple('RoundMoves', [
        'move', 'shipment', 'stop', 'joined', 'where'])


def get_round_moves(rounds):
    """
    Return the tables of the moves of rounds, joined, and their condition.

    rounds are the records of one query. Whether a move is due is to be told
    of those that are found: before the first rounds are done the statistics
    promise that none is, and PostgreSQL would go through all of them.
    """
    pool = Pool()
    Shipment = pool.get('stock.shipment.out')
    move, shipment, stop = (
        pool.get(n).__table__() for n in [
            'stock.move', 'stock.shipment.out', 'shortcircuit.round.stop'])
    joined = (move
        .join(shipment, condition=move.shipment == Concat(
                f'{Shipment.__name__},', shipment.id))
        .join(stop, condition=shipment.round_stop == stop.id))
    return RoundMoves(
        move, shipment, stop, joined,
        fields.SQL_OPERATORS['in'](stop.round, [r.id for r in rounds]))
