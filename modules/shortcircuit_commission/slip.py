# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Who gets what of what the customer pays, on his slip"

from collections import defaultdict
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import fields
from trytond.pool import Pool, PoolMeta

from .grid_split import spread_by_value
from .split import split


class Configuration(metaclass=PoolMeta):
    __name__ = 'shortcircuit.configuration'

    slip_parts = fields.Boolean(
        "Split of the Euro on the Slips",
        help="Print on the packing slips and the delivery notes what the "
        "producers, those who deliver and the cooperative get of the order.")


class PartsMixin:
    __slots__ = ()

    @classmethod
    def get_sheet(cls, orders):
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        sheet = super().get_sheet(orders)
        if Configuration(1).slip_parts:
            parts = get_parts([o.shipment for o in orders])
            for order in orders:
                order.parts = list(zip([
                            gettext(f'shortcircuit_commission.msg_part_{who}')
                            for who in ['producer', 'aidant', 'cooperative']],
                        parts[order.shipment]))
        return sheet


class PackingSlip(PartsMixin, metaclass=PoolMeta):
    __name__ = 'shortcircuit.packing_slip'


class DeliveryNote(PartsMixin, metaclass=PoolMeta):
    __name__ = 'shortcircuit.delivery_note'


def get_parts(shipments):
    """
    Split what is sold by orders between who gets it.

    Return a dictionary of order to tuple (producers, who delivers,
    cooperative) in EUR excl. tax. What is not delivered yet is split by the
    agreements of its day, and its round paid as it is planned.
    """
    delivered = {
        s: [m for m in s.outgoing_moves if m.agreement] for s in shipments}
    parts = {
        s: tuple(sum(getattr(m, n) for m in moves) for n in [
                'producer_due', 'commission_due', 'cooperative_due'])
        for s, moves in delivered.items() if moves}
    return parts | _get_expected([s for s in shipments if s not in parts])


def _get_expected(shipments):
    pool = Pool()
    Agreement = pool.get('shortcircuit.agreement')
    agreements = Agreement.at(
        (m.lot.producer.id, s.planned_date)
        for s in shipments for m in s.outgoing_moves
        if m.is_shortcircuit_consignment)
    dues, shared = _get_dues(shipments)
    parts = {}
    for shipment in shipments:
        total = [Decimal(0)] * 3
        for move in shipment.outgoing_moves:
            for i, part in enumerate(_split_move(move, agreements)):
                total[i] += part
        producer, aidant, cooperative = total
        if shipment not in shared:
            aidant, cooperative = Decimal(0), cooperative + aidant
        due = dues.get(shipment, Decimal(0))
        parts[shipment] = (producer, aidant + due, cooperative - due)
    return parts


def _split_move(move, agreements):
    value = move.expected_value
    if not value or not move.is_shortcircuit_consignment:
        return (Decimal(0), Decimal(0), value)
    agreement = agreements.get(
        (move.lot.producer.id, move.shipment.planned_date))
    if not agreement:
        return (Decimal(0), Decimal(0), value)
    return split(
        value, agreement.get_shares(move._sale_channel),
        move.company.currency.digits)


def _get_dues(shipments):
    """
    Find what is expected of the rounds of orders.

    Return the dictionary of order to its part of what its round will be owed
    by the grid, and the set of the orders whose driver earns the share of
    the agreements.
    """
    pool = Pool()
    Agent = pool.get('commission.agent')
    Due = pool.get('shortcircuit.round.due')
    Move = pool.get('stock.move')
    rounds = list({s.round_stop.round for s in shipments if s.round_stop})
    agents = Agent.of_parties(
        (r.company, r.driver) for r in rounds if r.driver)
    shared = {
        m.shipment for m in Move.earn_share([
                m for s in shipments
                if s.round_stop and (s.company, s.driver) in agents
                for m in s.outgoing_moves])}
    dues = defaultdict(Decimal)
    for round_, computed in Due.compute(rounds).items():
        amount = sum(a for _, a in computed.values())
        dues.update(zip(round_.shipments, spread_by_value(
                    [s.expected_value for s in round_.shipments], amount,
                    round_.company.currency.digits)))
    return dues, shared
