# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from collections import defaultdict

from trytond.i18n import gettext
from trytond.model import Index, fields
from trytond.modules.product import round_price
from trytond.modules.shortcircuit_catalog.rows import group_writes
from trytond.modules.shortcircuit_catalog.today import today
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import Transaction

from .exceptions import DeliverySplitError


class Commission(metaclass=PoolMeta):
    __name__ = 'commission'

    dues = fields.One2Many(
        'shortcircuit.round.due', 'commission', "Detail", readonly=True,
        states={
            'invisible': ~Eval('dues', []),
            })

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(Index(t, (t.agent, Index.Equality())))

    @classmethod
    def _get_origin(cls):
        return super()._get_origin() + [
            'stock.shipment.out', 'stock.shipment.out.return',
            'shortcircuit.round', 'shortcircuit.distribution_point.agent',
            'shortcircuit.unsold']

    @classmethod
    def write(cls, *args):
        # Core saves the commissions of an invoice one by one
        super().write(*group_writes(args))

    @classmethod
    def create_from_moves(cls, moves, delivered):
        """
        Create the commissions of the agents who delivered moves.

        moves are delivered moves with their amounts frozen, delivered is the
        dictionary of those that come back to the moves they give back. There
        is one commission per agent, shipment and date.
        """
        grouped = defaultdict(list)
        for move in moves:
            if move.commission_agent:
                origin = move.commission_origin or (
                    delivered[move].shipment if move in delivered else None)
                grouped[
                    move.commission_agent, origin, move.effective_date
                    ].append(move)
        commissions = [
            cls._get_from_moves(*key, sub_moves)
            for key, sub_moves in grouped.items()]
        # What comes back the day it went earns nothing
        cls.save([c for c in commissions if c.amount])

    @classmethod
    def _get_from_moves(cls, agent, origin, date, moves):
        return cls._get_earned(
            agent, origin, date,
            sum(m.sale_amount for m in moves),
            sum(m.commission_due for m in moves))

    @classmethod
    def create_from_dues(cls, dues):
        """
        Create the commissions of what rounds are owed by the grid.

        There is one per round and agent, which is set on the dues. What
        corrects one is due today.
        """
        pool = Pool()
        Due = pool.get('shortcircuit.round.due')
        PointAgent = pool.get('shortcircuit.distribution_point.agent')
        grouped = defaultdict(list)
        for due in dues:
            grouped[due.round, due.agent].append(due)
        rounds = {d.round for d in dues}
        corrected = {d.round for d in Due.search([
                    ('round', 'in', [r.id for r in rounds])])}
        points = {c: PointAgent.by_agent(c) for c in {
                r.company for r in rounds}}
        commissions = {}
        for (round_, agent), agent_dues in grouped.items():
            origin, value = round_, round_.get_delivered_value()
            if all(d.role != 'driver' for d in agent_dues):
                origin, value = cls._get_point_origin(
                    round_, points[round_.company][agent])
            commission = cls._get_earned(
                agent, origin,
                today(round_.company) if round_ in corrected
                else round_.date,
                value, sum(d.amount for d in agent_dues))
            # What is corrected from one line of the grid to another
            if commission.amount:
                commissions[round_, agent] = commission
        cls.save(list(commissions.values()))
        for key, commission in commissions.items():
            for due in grouped[key]:
                due.commission = commission

    @classmethod
    def _get_point_origin(cls, round_, records):
        """
        Return for what an agent of points earns, and what is delivered there.

        He reads neither the round nor what else it delivers.
        """
        points = {f.point for f in round_.figures}
        records = [
            r for r in records
            if r.point in points and r.covers_date(round_.date)]
        return (records[0] if records else None,
            round_.get_delivered_value({r.point for r in records}))

    @classmethod
    def _get_earned(cls, agent, origin, date, base_amount, amount):
        "Return the commission of amounts in the currency of the company"
        pool = Pool()
        Currency = pool.get('currency.currency')
        if not agent.plan:
            raise DeliverySplitError(gettext(
                    'shortcircuit_commission.msg_agent_no_plan',
                    agent=agent.rec_name))

        def convert(amount):
            with Transaction().set_context(date=date):
                return round_price(Currency.compute(
                        agent.company.currency, amount, agent.currency,
                        round=False))
        return cls(
            agent=agent,
            origin=origin,
            date=date,
            product=agent.plan.commission_product,
            base_amount=convert(base_amount),
            amount=convert(amount))
