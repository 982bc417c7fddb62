# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from collections import defaultdict
from itertools import pairwise

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.shortcircuit_catalog.period import PeriodMixin
from trytond.pool import PoolMeta
from trytond.pyson import Eval

from .exceptions import PointAgentOverlapError
from .grid import ROLES


class DistributionPoint(metaclass=PoolMeta):
    __name__ = 'shortcircuit.distribution_point'

    agents = fields.One2Many(
        'shortcircuit.distribution_point.agent', 'point', "Agents",
        help="Who holds the point and who animates it, that the grids pay.")

    @classmethod
    def copy(cls, points, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('agents', None)
        return super().copy(points, default=default)


class PointAgent(PeriodMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.distribution_point.agent'

    point = fields.Many2One(
        'shortcircuit.distribution_point', "Distribution Point",
        required=True, ondelete='CASCADE')
    company = fields.Function(
        fields.Many2One('company.company', "Company"),
        'on_change_with_company', searcher='search_company')
    role = fields.Selection(
        [r for r in ROLES if r[0] != 'driver'], "Role",
        required=True, sort=False)
    agent = fields.Many2One(
        'commission.agent', "Agent", required=True, ondelete='RESTRICT',
        domain=[
            ('type_', '=', 'agent'),
            ('company', '=', Eval('company', -1)),
            ])

    @fields.depends('point', '_parent_point.company')
    def on_change_with_company(self, name=None):
        return self.point.company if self.point else None

    @classmethod
    def search_company(cls, name, clause):
        return [(f'point.{clause[0]}', *clause[1:])]

    def get_rec_name(self, name):
        return f'{self.agent.party.rec_name} - {self.point.rec_name}'

    @classmethod
    def validate_fields(cls, records, field_names):
        super().validate_fields(records, field_names)
        cls.check_overlap(records, field_names)

    @classmethod
    def check_overlap(cls, records, field_names=None):
        if field_names and not (field_names & {
                    'point', 'role', 'start_date', 'end_date'}):
            return
        grouped = defaultdict(list)
        for record in cls.search([
                    ('point', 'in', list({r.point.id for r in records})),
                    ], order=[('start_date', 'ASC')]):
            grouped[record.point, record.role].append(record)
        for siblings in grouped.values():
            for first, second in pairwise(siblings):
                if (first.end_date or dt.date.max) >= second.start_date:
                    raise PointAgentOverlapError(gettext(
                            'shortcircuit_commission.msg_point_agent_overlap',
                            first=first.rec_name, second=second.rec_name))

    @classmethod
    def by_point(cls, company):
        "Return by id of distribution point the list of its agents"
        return cls._group_by(company, lambda r: r.point.id)

    @classmethod
    def by_agent(cls, company):
        "Return by agent the list of what he is at the points"
        return cls._group_by(company, lambda r: r.agent)

    @classmethod
    def _group_by(cls, company, key):
        grouped = defaultdict(list)
        for record in cls.search([('point.company', '=', company.id)]):
            grouped[key(record)].append(record)
        return grouped


class Agent(metaclass=PoolMeta):
    __name__ = 'commission.agent'

    @classmethod
    def of_parties(cls, keys):
        """
        Find the agents that parties are.

        keys is an iterable of tuples (company, party). Return a dictionary of
        key to agent, the first created if there are several; those who are no
        agent are missing.
        """
        keys = set(keys)
        if not keys:
            return {}
        agents = cls.search([
                ('type_', '=', 'agent'),
                ('company', 'in', list({c.id for c, _ in keys})),
                ('party', 'in', list({p.id for _, p in keys})),
                ], order=[('id', 'DESC')])
        return {(a.company, a.party): a for a in agents}
