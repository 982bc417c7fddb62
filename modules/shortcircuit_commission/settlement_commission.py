# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What a producer who delivers has earned while his goods are settled"

from collections import defaultdict

from trytond.model import fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval


class Settlement(metaclass=PoolMeta):
    __name__ = 'shortcircuit.settlement'

    commissions = fields.Function(fields.Many2Many(
            'commission', None, None, "Commissions",
            states={
                'invisible': ~Eval('commissions', []),
                },
            help="What the producer earned by delivering in the period."),
        'get_commissions')
    commissions_amount = fields.Function(Monetary(
            "Earned by Delivering", currency='currency', digits='currency',
            states={
                'invisible': ~Eval('commissions', []),
                },
            help="The commissions of the producer in the period, excluding "
            "taxes. They are invoiced apart from his goods."),
        'on_change_with_commissions_amount')

    @classmethod
    def get_commissions(cls, settlements, name):
        pool = Pool()
        Commission = pool.get('commission')
        periods = defaultdict(list)
        for settlement in settlements:
            periods[
                settlement.company, settlement.start_date, settlement.end_date
                ].append(settlement)
        commissions = {}
        for period, settlements in periods.items():
            earned = Commission.of_parties(
                *period, {s.producer.party for s in settlements})
            for settlement in settlements:
                commissions[settlement.id] = [
                    c.id for c in earned[settlement.producer.party]]
        return commissions

    @fields.depends('commissions', 'currency')
    def on_change_with_commissions_amount(self, name=None):
        amount = sum(c.amount for c in self.commissions or [])
        return self.currency.round(amount) if self.currency else amount


class Commission(metaclass=PoolMeta):
    __name__ = 'commission'

    @classmethod
    def of_parties(cls, company, start_date, end_date, parties):
        """
        Find what parties earned as agents from a date to another, included.

        Return a dictionary of party to the list of its commissions.
        """
        earned = defaultdict(list)
        for commission in cls.search([
                    ('agent.company', '=', company.id),
                    ('agent.type_', '=', 'agent'),
                    ('agent.party', 'in', [p.id for p in parties]),
                    ('date', '>=', start_date),
                    ('date', '<=', end_date),
                    ], order=[('date', 'ASC'), ('id', 'ASC')]):
            earned[commission.agent.party].append(commission)
        return earned
