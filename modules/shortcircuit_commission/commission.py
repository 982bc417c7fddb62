# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from collections import defaultdict

from trytond.i18n import gettext
from trytond.modules.product import round_price
from trytond.pool import Pool, PoolMeta
from trytond.transaction import Transaction

from .exceptions import DeliverySplitError


class Commission(metaclass=PoolMeta):
    __name__ = 'commission'

    @classmethod
    def _get_origin(cls):
        return super()._get_origin() + [
            'stock.shipment.out', 'stock.shipment.out.return']

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
                shipment = move.shipment or (
                    delivered[move].shipment if move in delivered else None)
                grouped[
                    move.commission_agent, shipment, move.effective_date
                    ].append(move)
        commissions = [
            cls._get_from_moves(*key, sub_moves)
            for key, sub_moves in grouped.items()]
        # What comes back the day it went earns nothing
        cls.save([c for c in commissions if c.amount])

    @classmethod
    def _get_from_moves(cls, agent, shipment, date, moves):
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
            origin=shipment,
            date=date,
            product=agent.plan.commission_product,
            base_amount=convert(sum(m.sale_amount for m in moves)),
            amount=convert(sum(m.commission_due for m in moves)))
