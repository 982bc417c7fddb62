# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What a past period would have given by another grid or other shares"

from collections import defaultdict, namedtuple
from decimal import Decimal
from functools import cache

from sql import Literal, Null
from sql.operators import Concat

from trytond.pool import Pool
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from .grid_split import get_pattern, spread_by_value
from .round_move import get_round_moves
from .split import split, split_net

# How many rounds, or moves of no round, are in memory at once
ROUNDS, MOVES = 50, 5000

Line = namedtuple('Line', [
        'id', 'sale_line', 'delivered', 'round', 'point', 'channel',
        'producer', 'agreement', 'agent', 'sale_amount', 'producer_due',
        'commission_due', 'cooperative_due', 'grid_due'])
# The parts of the producer, of the agents and of the cooperative
Parts = namedtuple('Parts', ['producer', 'commission', 'cooperative'])


class Totals:
    """
    What is split of the sale amount, by dimension.

    producers, points and channels are dictionaries of id, or None, to list
    [sale amount, *current parts, *simulated parts]; agents is one of id to
    list [current commission, simulated commission]. Amounts are Decimals in
    EUR excl. tax.
    """

    def __init__(self):
        def parts():
            return defaultdict(lambda: [Decimal(0)] * 7)
        self.producers, self.points, self.channels = (
            parts() for _ in range(3))
        self.agents = defaultdict(lambda: [Decimal(0)] * 2)

    def add(self, line, simulated):
        amounts = (
            line.sale_amount, line.producer_due, line.commission_due,
            line.cooperative_due, *simulated)
        for totals, key in [
                (self.producers, line.producer),
                (self.points, line.point),
                (self.channels, line.channel)]:
            total = totals[key]
            for i, amount in enumerate(amounts):
                total[i] += amount

    def add_agent(self, agent, current, simulated):
        if agent:
            total = self.agents[agent]
            total[0] += current
            total[1] += simulated


class Replay:
    """
    The deliveries of a period, split again.

    grid is the one that pays the rounds, None for what they were paid;
    shares is the tuple of those of the producer, the driver and the
    cooperative, Decimals that add up to 1, None for those of the agreements.
    Nothing is written, and the memory does not grow with the period.
    """

    def __init__(self, company, start_date, end_date, grid=None, shares=None):
        pool = Pool()
        Agreement = pool.get('shortcircuit.agreement')
        self.company = company
        self.start_date, self.end_date = start_date, end_date
        self.grid, self.shares = grid, shares
        self.digits = company.currency.digits
        self.totals = Totals()
        # The same amounts are split again and again
        self.split = cache(split)
        self.agreement_shares = cache(
            lambda agreement, channel: self._read_shares(
                Agreement(agreement), channel))

    def _read_shares(self, agreement, channel):
        pool = Pool()
        Channel = pool.get('shortcircuit.channel')
        return (agreement.pricing == 'net',
            agreement.get_shares(Channel(channel) if channel else None))

    def run(self):
        "Return the totals"
        pool = Pool()
        Round = pool.get('shortcircuit.round')
        rounds = Round.search([
                ('company', '=', self.company.id),
                ('state', '=', 'done'),
                ('date', '>=', self.start_date),
                ('date', '<=', self.end_date),
                ], order=[('id', 'ASC')])
        for sub_rounds in grouped_slice(rounds, ROUNDS):
            self._replay_rounds(Round.browse([r.id for r in sub_rounds]))
        self._replay_moves()
        return self.totals

    def _replay_rounds(self, rounds):
        lines = defaultdict(list)
        for line in self._fetch_round_lines(rounds):
            lines[line.round].append(line)
        recorded = self._get_recorded(rounds)
        dues = recorded if self.grid is None else self._get_dues(rounds)
        drivers = self._get_drivers(rounds)
        for round_ in rounds:
            for agent, amount in recorded[round_.id].items():
                self.totals.add_agent(agent, amount, Decimal(0))
            for agent, amount in dues[round_.id].items():
                self.totals.add_agent(agent, Decimal(0), amount)
            self._replay_round(
                round_, lines[round_.id],
                sum(dues[round_.id].values(), Decimal(0)),
                drivers.get((round_.company, round_.driver)))

    def _replay_round(self, round_, lines, due, driver):
        @cache
        def pays_share(point, channel):
            return self.grid.pays_share(**get_pattern(
                    round_, point, channel))
        parts = spread_by_value(
            [line.sale_amount for line in lines], due, self.digits)
        for line, part in zip(lines, parts):
            agent = line.agent
            if self.grid:
                agent = driver.id if driver and pays_share(
                    line.point, line.channel) else None
            self._replay_line(line, agent, part)

    def _replay_moves(self):
        "Split again what no round of the period delivered"
        last = -1
        while lines := list(self._fetch_other_lines(last)):
            for line in lines:
                self._replay_line(line, line.agent, line.grid_due)
            last = lines[-1].id

    def _replay_line(self, line, agent, grid_due):
        producer, commission, cooperative = self._split_line(line, agent)
        self.totals.add(line, Parts(
                producer, commission + grid_due, cooperative - grid_due))
        self.totals.add_agent(
            line.agent, line.commission_due - line.grid_due, Decimal(0))
        self.totals.add_agent(agent, Decimal(0), commission)

    def _split_line(self, line, agent):
        if not line.sale_line or not (line.delivered or self.shares):
            # What is lost, or comes back, is as it was
            return Parts(
                line.producer_due, line.commission_due - line.grid_due,
                line.cooperative_due + line.grid_due)
        net, shares = self.agreement_shares(line.agreement, line.channel)
        if self.shares:
            net, shares = False, self.shares
        if net:
            parts = split_net(
                line.sale_amount, line.producer_due, shares[1], self.digits)
        else:
            parts = self.split(line.sale_amount, shares, self.digits)
        producer, commission, cooperative = parts
        if not agent:
            return Parts(producer, Decimal(0), cooperative + commission)
        return Parts(producer, commission, cooperative)

    def _get_dues(self, rounds):
        pool = Pool()
        Due = pool.get('shortcircuit.round.due')
        dues = defaultdict(lambda: defaultdict(Decimal))
        for round_, computed in Due.compute(rounds, self.grid).items():
            for (agent, _, _), (_, amount) in computed.items():
                dues[round_.id][agent.id] += amount
        return dues

    def _get_recorded(self, rounds):
        pool = Pool()
        Due = pool.get('shortcircuit.round.due')
        dues = defaultdict(lambda: defaultdict(Decimal))
        for round_, recorded in Due.get_recorded(rounds).items():
            for (agent, _, _), (_, amount) in recorded.items():
                dues[round_][agent.id] += amount
        return dues

    def _get_drivers(self, rounds):
        pool = Pool()
        Agent = pool.get('commission.agent')
        if not self.grid:
            return {}
        return Agent.of_parties(
            (r.company, r.driver) for r in rounds if r.driver)

    def _fetch_round_lines(self, rounds):
        move, _, stop, joined, where = get_round_moves(rounds)
        return self._fetch(
            joined, move, where, round=stop.round, point=stop.point)

    def _fetch_other_lines(self, last):
        pool = Pool()
        Round = pool.get('shortcircuit.round')
        Shipment = pool.get('stock.shipment.out')
        Stop = pool.get('shortcircuit.round.stop')
        shipment, stop, round_ = (
            m.__table__() for m in [Shipment, Stop, Round])
        move = pool.get('stock.move').__table__()
        from_ = (move
            .join(shipment, 'LEFT', condition=move.shipment == Concat(
                    f'{Shipment.__name__},', shipment.id))
            .join(stop, 'LEFT', condition=shipment.round_stop == stop.id)
            .join(round_, 'LEFT', condition=stop.round == round_.id))
        where = (
            (move.id > last)
            & (move.company == self.company.id)
            & (move.effective_date >= self.start_date)
            & (move.effective_date <= self.end_date)
            & (move.producer_due != Null)
            # What a round delivered is of its day
            & ((stop.round == Null) | (round_.state != 'done')))
        return self._fetch(
            from_, move, where, point=shipment.distribution_point,
            limit=MOVES)

    @staticmethod
    def _fetch(
            from_, move, where, round=Literal(None), point=Literal(None),
            limit=None):
        pool = Pool()
        Cycle = pool.get('shortcircuit.cycle')
        Location = pool.get('stock.location')
        Move = pool.get('stock.move')
        Sale = pool.get('sale.sale')
        SaleLine = pool.get('sale.line')
        cycle, location, sale, sale_line = (
            m.__table__() for m in [Cycle, Location, Sale, SaleLine])
        cursor = Transaction().connection.cursor()
        cursor.execute(*from_
            .join(location, condition=move.to_location == location.id)
            .join(sale_line, 'LEFT', condition=move.origin.like('sale.line,%')
                & (Move.origin.sql_id(move.origin, Move) == sale_line.id))
            .join(sale, 'LEFT', condition=sale_line.sale == sale.id)
            .join(cycle, 'LEFT', condition=sale.cycle == cycle.id)
            .select(
                move.id, sale_line.id, location.type == 'customer', round,
                point, cycle.channel, move.producer,
                move.agreement, move.commission_agent, move.sale_amount,
                move.producer_due, move.commission_due, move.cooperative_due,
                move.grid_due,
                where=where, order_by=move.id, limit=limit))
        for *row, grid_due in cursor:
            line = Line(*row, grid_due or Decimal(0))
            if line.producer_due is not None:
                yield line
