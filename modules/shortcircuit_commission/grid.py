# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from decimal import Decimal
from itertools import pairwise

from trytond.i18n import gettext
from trytond.model import (
    MatchMixin, ModelSQL, ModelView, Workflow, fields, sequence_ordered)
from trytond.model.exceptions import AccessError
from trytond.modules.currency.fields import Monetary
from trytond.modules.shortcircuit_catalog.document import DocumentMixin
from trytond.modules.shortcircuit_catalog.period import PeriodMixin
from trytond.pool import Pool
from trytond.pyson import Bool, Eval, If
from trytond.transaction import Transaction

from .exceptions import GridError

ROLES = [
    ('driver', "Driver"),
    ('pick_up', "Pick-up Manager"),
    ('facilitator', "Facilitator"),
    ]
BASES = [
    ('share', "Share of the Agreement"),
    ('round', "Round"),
    ('kilometre', "Kilometre"),
    ('hour', "Hour of Round"),
    ('stop', "Stop"),
    ('stand', "Hour of Stand"),
    ('order', "Order"),
    ('crate', "Crate"),
    ('kilogram', "Kilogram"),
    ('value', "% of the Delivered Value"),
    ]
# What the whole round has, only its driver earns it
ROUND_BASES = ['round', 'kilometre', 'hour']
# What a stop has, whatever it brings
STOP_BASES = ['stop', 'stand']


class Grid(Workflow, DocumentMixin, PeriodMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.grid'

    _states = {
        'readonly': Eval('state') != 'draft',
        }

    name = fields.Char("Name", required=True, states=_states)
    company = fields.Many2One(
        'company.company', "Company", required=True, states=_states)
    decision = fields.Char(
        "Decision",
        states={
            'readonly': _states['readonly'],
            'required': Eval('state') == 'voted',
            },
        help="The resolution by which the cooperative voted the grid.")
    vote_date = fields.Date(
        "Voted on",
        states={
            'readonly': _states['readonly'],
            'required': Eval('state') == 'voted',
            })
    lines = fields.One2Many(
        'shortcircuit.grid.line', 'grid', "Lines", states=_states)
    state = fields.Selection([
            ('draft', "Draft"),
            ('voted', "Voted"),
            ], "State", required=True, readonly=True, sort=False)

    del _states

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.start_date.states = {'readonly': Eval('state') != 'draft'}
        cls._transitions |= {
            ('draft', 'voted'),
            ('voted', 'draft'),
            }
        cls._buttons.update({
                'vote': {
                    'invisible': Eval('state') != 'draft',
                    'readonly': (~Eval('lines', []) | ~Eval('decision')
                        | ~Eval('vote_date', None)),
                    'icon': 'tryton-ok',
                    'depends': ['state', 'lines', 'decision', 'vote_date'],
                    },
                'draft': {
                    'invisible': Eval('state') != 'voted',
                    'icon': 'tryton-undo',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_state(cls):
        return 'draft'

    @classmethod
    def copy(cls, grids, default=None):
        default = default.copy() if default is not None else {}
        for name in ['decision', 'vote_date']:
            default.setdefault(name, None)
        default.setdefault('state', 'draft')
        return super().copy(grids, default=default)

    @classmethod
    def validate_fields(cls, grids, field_names):
        super().validate_fields(grids, field_names)
        cls.check_overlap(grids, field_names)

    @classmethod
    def check_overlap(cls, grids, field_names=None):
        if field_names and not (field_names & {
                    'company', 'start_date', 'end_date', 'state'}):
            return
        for company in {g.company for g in grids}:
            voted = cls.search([
                    ('company', '=', company.id),
                    ('state', '=', 'voted'),
                    ], order=[('start_date', 'ASC')])
            for first, second in pairwise(voted):
                if (first.end_date or dt.date.max) >= second.start_date:
                    raise GridError(gettext(
                            'shortcircuit_commission.msg_grid_overlap',
                            first=first.rec_name, second=second.rec_name))

    @classmethod
    def check_modification(cls, mode, grids, values=None, external=False):
        super().check_modification(
            mode, grids, values=values, external=external)
        if mode == 'create':
            return
        fixed = mode == 'delete' or values.keys() & {
            'company', 'start_date', 'decision', 'vote_date', 'lines'}
        for grid in grids:
            if fixed and grid.state == 'voted':
                raise AccessError(gettext(
                        'shortcircuit_commission.msg_grid_voted',
                        grid=grid.rec_name))
            if mode == 'write' and values.get('end_date'):
                grid.check_paid(values['end_date'])

    def check_paid(self, date):
        "Refuse to end before a day that was paid by the grid"
        pool = Pool()
        Due = pool.get('shortcircuit.round.due')
        if paid := Due.search([
                    ('line.grid', '=', self.id),
                    ('round.date', '>', date),
                    ], limit=1):
            raise AccessError(gettext(
                    'shortcircuit_commission.msg_grid_paid',
                    grid=self.rec_name, round=paid[0].round.rec_name))

    @classmethod
    @ModelView.button
    @Workflow.transition('voted')
    def vote(cls, grids):
        pool = Pool()
        Lang = pool.get('ir.lang')
        Round = pool.get('shortcircuit.round')
        for grid in grids:
            # Their drivers have earned the share of the agreements
            if done := Round.search([
                        ('company', '=', grid.company.id),
                        ('state', '=', 'done'),
                        ('date', '>=', grid.start_date),
                        ], order=[('date', 'DESC')], limit=1):
                raise GridError(gettext(
                        'shortcircuit_commission.msg_grid_late',
                        grid=grid.rec_name, round=done[0].rec_name,
                        date=Lang.get().strftime(done[0].date)))

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def draft(cls, grids):
        for grid in grids:
            grid.check_paid(dt.date.min)

    @classmethod
    def at(cls, keys):
        """
        Find the voted grids in force.

        keys is an iterable of tuples (company, date). Return a dictionary of
        key to grid; keys without grid are missing.
        """
        keys = set(keys)
        grids = cls.search([
                ('company', 'in', list({c.id for c, _ in keys})),
                ('state', '=', 'voted'),
                ])
        return {
            (company, date): grid for company, date in keys for grid in grids
            if grid.company == company and grid.covers_date(date)}

    def find_line(self, **pattern):
        "Return the first line that matches the pattern, if any"
        for line in self.lines:
            if line.match(pattern):
                return line

    def pays_share(self, **pattern):
        """
        Tell if the driver earns the share of the agreement of the producer.

        He does unless the grid has something else for him.
        """
        if not any(l.role == 'driver' for l in self.lines):
            return True
        return bool(self.find_line(role='driver', base='share', **pattern))


class GridLine(sequence_ordered(), MatchMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.grid.line'

    grid = fields.Many2One(
        'shortcircuit.grid', "Grid", required=True, ondelete='CASCADE')
    company = fields.Function(
        fields.Many2One('company.company', "Company"),
        'on_change_with_company')
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    role = fields.Selection(ROLES, "Role", required=True, sort=False)
    role_string = role.translated('role')
    base = fields.Selection(
        BASES, "Base", required=True, sort=False,
        domain=[
            If(Eval('role') == 'driver',
                (),
                ('base', 'not in', ['share', *ROUND_BASES])),
            ],
        help="What is counted of the round.\n"
        "Share of the Agreement: what the agreements of the producers give "
        "the driver.")
    base_string = base.translated('base')

    _rated = {
        'invisible': Eval('base') == 'share',
        }

    rate = fields.Numeric(
        "Rate", digits=(None, 4),
        domain=[
            If(Bool(Eval('rate')), ('rate', '>=', 0), ()),
            ],
        states={
            'invisible': _rated['invisible'],
            'required': ~_rated['invisible'],
            },
        help="What one of the base is paid, excluding taxes, or the "
        "percentage of the value.")
    minimum = Monetary(
        "Minimum", currency='currency', digits='currency',
        domain=[
            If(Bool(Eval('minimum')) & Bool(Eval('maximum')),
                ('minimum', '<=', Eval('maximum', 0)),
                ()),
            ],
        states=_rated,
        help="What the agent earns at least on a round by the line, once "
        "there is something to count.")
    maximum = Monetary(
        "Maximum", currency='currency', digits='currency', states=_rated,
        help="What the agent earns at most on a round by the line.")

    _of_stop = {
        'invisible': Eval('base').in_(ROUND_BASES),
        }

    point = fields.Many2One(
        'shortcircuit.distribution_point', "Distribution Point",
        ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states=_of_stop)
    channel = fields.Many2One(
        'shortcircuit.channel', "Channel", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states={
            'invisible': Eval('base').in_(ROUND_BASES + STOP_BASES),
            })
    vehicle = fields.Many2One(
        'shortcircuit.vehicle', "Vehicle", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ])
    warehouse = fields.Many2One(
        'stock.location', "Hub", ondelete='RESTRICT',
        domain=[
            ('type', '=', 'warehouse'),
            ])

    del _rated, _of_stop

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('grid')

    @fields.depends('grid', '_parent_grid.company')
    def on_change_with_company(self, name=None):
        return self.grid.company if self.grid else None

    @fields.depends('grid', '_parent_grid.company')
    def on_change_with_currency(self, name=None):
        if self.grid and self.grid.company:
            return self.grid.company.currency

    @fields.depends('base', 'point', 'channel')
    def on_change_base(self):
        if self.base in ROUND_BASES:
            self.point = None
        if self.base in ROUND_BASES + STOP_BASES:
            self.channel = None

    def get_rec_name(self, name):
        return f'{self.role_string}, {self.base_string}'

    @classmethod
    def check_modification(cls, mode, lines, values=None, external=False):
        super().check_modification(
            mode, lines, values=values, external=external)
        for line in lines:
            if line.grid.state == 'voted':
                raise AccessError(gettext(
                        'shortcircuit_commission.msg_grid_voted',
                        grid=line.grid.rec_name))

    def get_amount(self, quantity):
        """
        Return what is owed for a quantity of the base, in EUR excl. tax.

        quantity is a Decimal of what the base says. The amount is within the
        minimum and the maximum, and rounded half to even to the cent.
        """
        amount = quantity * self.rate
        if self.base == 'value':
            amount /= Decimal(100)
        if self.minimum is not None:
            amount = max(amount, self.minimum)
        if self.maximum is not None:
            amount = min(amount, self.maximum)
        return self.grid.company.currency.round(amount)
