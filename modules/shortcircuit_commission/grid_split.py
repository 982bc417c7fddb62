# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What a round is owed by the grid, on the lines that it delivered"

from collections import defaultdict
from decimal import Decimal

from trytond.modules.currency.fields import Monetary
from trytond.modules.shortcircuit_catalog.rows import forget, update_rows
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from .round_move import get_round_moves
from .split import spread


class ShipmentOut(metaclass=PoolMeta):
    __name__ = 'stock.shipment.out'

    @property
    def expected_value(self):
        "What is to be delivered, in EUR excl. tax, rounded by move"
        return sum(
            (m.expected_value for m in self.outgoing_moves
                if m.state != 'cancelled'), Decimal(0))


class Move(metaclass=PoolMeta):
    __name__ = 'stock.move'

    grid_due = Monetary(
        "Due by the Grid", currency='company_currency',
        digits='company_currency', readonly=True,
        states={
            'invisible': ~Eval('grid_due', None),
            },
        help="What the commission due has of what the round is owed by the "
        "grid.")

    @property
    def expected_value(self):
        pool = Pool()
        SaleLine = pool.get('sale.line')
        Uom = pool.get('product.uom')
        if not isinstance(self.origin, SaleLine):
            return Decimal(0)
        quantity = Uom.compute_qty(
            self.unit, self.quantity, self.origin.unit)
        return self.company.currency.round(
            Decimal(repr(quantity)) * self.origin.full_unit_price)

    @classmethod
    def _get_commission_agents(cls, moves, delivered):
        agents = super()._get_commission_agents(moves, delivered)
        earned = cls.earn_share([m for m in agents if m not in delivered])
        return {
            m: a for m, a in agents.items() if m in delivered or m in earned}

    @classmethod
    def earn_share(cls, moves):
        "Return those whose driver earns the share of the agreement"
        pool = Pool()
        Grid = pool.get('shortcircuit.grid')
        rounds = {m: m.shipment.round_stop.round for m in moves}
        grids = Grid.at({(r.company, r.date) for r in rounds.values()})
        return {
            m for m, r in rounds.items()
            if (r.company, r.date) not in grids
            or grids[r.company, r.date].pays_share(**m._grid_pattern)}

    @property
    def _grid_pattern(self):
        stop, cycle = self.shipment.round_stop, self.shipment.cycle
        return get_pattern(
            stop.round, stop.point, cycle.channel if cycle else None)

    @classmethod
    def spread_dues(cls, rounds):
        """
        Spread what rounds are owed by the grid over what they delivered.

        It is taken from the part of the cooperative: the producers are owed
        what they were. What a round that delivered nothing is owed is on no
        line.
        """
        lines = cls.get_round_lines(rounds)
        values = []
        for round_ in rounds:
            values += cls._spread_round(
                lines[round_.id], sum(d.amount for d in round_.dues),
                round_.company.currency)
        if values:
            cls._write_dues(values)

    @classmethod
    def _spread_round(cls, lines, amount, currency):
        parts = spread_by_value(
            [line[1] for line in lines], amount, currency.digits)
        for (id_, _, before, commission, cooperative), part in zip(
                lines, parts):
            if part != (before or 0):
                change = part - (before or 0)
                yield id_, part, commission + change, cooperative - change

    @classmethod
    def get_round_lines(cls, rounds):
        """
        Find the moves that rounds delivered, in the order of their ids.

        Return by id of round the list of tuples (id, sale amount, due by the
        grid, commission due, cooperative due).
        """
        lines = defaultdict(list)
        cursor = Transaction().connection.cursor()
        for sub_rounds in grouped_slice(rounds, 1000):
            move, _, stop, joined, where = get_round_moves(sub_rounds)
            cursor.execute(*joined.select(
                    stop.round, move.producer_due, move.id, move.sale_amount,
                    move.grid_due, move.commission_due, move.cooperative_due,
                    where=where, order_by=move.id))
            for round_, producer_due, *line in cursor:
                if producer_due is not None:
                    lines[round_].append(line)
        return lines

    @classmethod
    def _write_dues(cls, values):
        "Write the parts of lines, and of what settled them"
        pool = Pool()
        SettlementLine = pool.get('shortcircuit.settlement.line')
        update_rows(
            cls, 'id', ['grid_due', 'commission_due', 'cooperative_due'],
            values)
        update_rows(
            SettlementLine, 'move',
            ['commission_amount', 'cooperative_amount'],
            [[move, *parts] for move, _, *parts in values])
        forget(cls, [id_ for id_, *_ in values])
        forget(SettlementLine)

    @classmethod
    def copy(cls, moves, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('grid_due', None)
        return super().copy(moves, default=default)


def get_pattern(round_, point, channel):
    "Return what selects the lines of a grid, beside the role and the base"
    return {
        'point': int(point) if point else None,
        'channel': int(channel) if channel else None,
        'vehicle': round_.vehicle.id if round_.vehicle else None,
        'warehouse': round_.warehouse.id,
        }


def spread_by_value(values, amount, digits=2):
    """
    Spread an amount over lines by what they are sold for.

    values are their sale amounts and amount is what is spread, Decimals in
    EUR excl. tax; the lines share it equally when all of them are given away.
    Return the parts as spread does, nothing without lines.
    """
    if not values:
        return []
    weights = [abs(v) for v in values]
    if not any(weights):
        weights = [Decimal(1)] * len(values)
    return spread(amount, weights, digits)
