# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What the agents are owed for a round by the grid"

from collections import defaultdict
from decimal import Decimal
from functools import cache

from sql.aggregate import Sum

from trytond import backend
from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Workflow, fields
from trytond.model.exceptions import AccessError
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.tools import grouped_slice, sqlite_apply_types
from trytond.transaction import Transaction, without_check_access

from .grid import ROLES
from .grid_split import get_pattern


class Due(ModelSQL, ModelView):
    __name__ = 'shortcircuit.round.due'

    round = fields.Many2One(
        'shortcircuit.round', "Round", required=True, readonly=True,
        ondelete='RESTRICT')
    # A pick-up manager does not read the rounds that stop at his point
    date = fields.Function(fields.Date("Date"), 'get_round')
    number = fields.Function(fields.Char("Number"), 'get_round')
    agent = fields.Many2One(
        'commission.agent', "Agent", required=True, readonly=True,
        ondelete='RESTRICT')
    role = fields.Selection(
        ROLES, "Role", required=True, readonly=True, sort=False)
    line = fields.Many2One(
        'shortcircuit.grid.line', "Line of the Grid", required=True,
        readonly=True, ondelete='RESTRICT')
    quantity = fields.Numeric(
        "Quantity", digits=(None, 2), required=True, readonly=True,
        help="Of the base of the line; a correction has the difference.")
    rate = fields.Function(
        fields.Numeric("Rate", digits=(None, 4)), 'on_change_with_rate')
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    amount = Monetary(
        "Amount", currency='currency', digits='currency', required=True,
        readonly=True,
        help="What the agent is owed, excluding taxes.")
    reason = fields.Char("Reason", readonly=True)
    commission = fields.Many2One(
        'commission', "Commission", readonly=True, ondelete='RESTRICT')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('agent')
        t = cls.__table__()
        cls._sql_indexes.add(Index(t, (t.round, Index.Equality())))
        cls._order = [
            ('round', 'DESC'),
            ('id', 'ASC'),
            ]

    def get_round(self, name):
        return getattr(self.round, name)

    @fields.depends('line', '_parent_line.rate')
    def on_change_with_rate(self, name=None):
        return self.line.rate if self.line else None

    @fields.depends('line', '_parent_line.currency')
    def on_change_with_currency(self, name=None):
        return self.line.currency if self.line else None

    def get_rec_name(self, name):
        return f'{self.line.rec_name} @ {self.round.rec_name}'

    @classmethod
    def check_modification(cls, mode, dues, values=None, external=False):
        super().check_modification(
            mode, dues, values=values, external=external)
        if mode == 'delete' or external:
            raise AccessError(gettext(
                    'shortcircuit_commission.msg_due_modify'))

    @classmethod
    def create_from_rounds(cls, rounds, reason=None):
        """
        Record what the agents are owed for done rounds and is not yet.

        Only the differences with what is recorded are added, with a
        commission per round and agent: run again, it adds nothing. reason is
        why the figures of the rounds were corrected.
        """
        pool = Pool()
        Commission = pool.get('commission')
        Figure = pool.get('shortcircuit.round.figure')
        Move = pool.get('stock.move')
        Figure.create_from_rounds(rounds)
        recorded = cls.get_recorded(rounds)
        dues = []
        computed = cls.compute(rounds)
        for round_ in rounds:
            owed, known = computed.get(round_, {}), recorded[round_.id]
            # In the order of the grid, then what it does not pay anymore
            for key in dict.fromkeys([*owed, *known]):
                dues.append(cls._get_difference(
                        round_, key, owed.get(key), known.get(key)))
        dues = [d for d in dues if d.quantity or d.amount]
        if not dues:
            return
        for due in dues:
            due.reason = reason
        Commission.create_from_dues(dues)
        cls.save(dues)
        Move.spread_dues(list({d.round for d in dues}))

    @classmethod
    def _get_difference(cls, round_, key, owed, known):
        zero = (Decimal(0), Decimal(0))
        agent, role, line = key
        quantity, amount = (
            a - b for a, b in zip(owed or zero, known or zero))
        return cls(
            round=round_, agent=agent, role=role, line=line,
            quantity=quantity, amount=amount)

    @classmethod
    def get_recorded(cls, rounds):
        "Return by id of round what is recorded, as compute does"
        pool = Pool()
        Agent = pool.get('commission.agent')
        Line = pool.get('shortcircuit.grid.line')
        table = cls.__table__()
        recorded = defaultdict(dict)
        cursor = Transaction().connection.cursor()
        for sub_rounds in grouped_slice(rounds, 1000):
            query = table.select(
                table.round, table.agent, table.role, table.line,
                Sum(table.quantity).as_('quantity'),
                Sum(table.amount).as_('amount'),
                where=fields.SQL_OPERATORS['in'](
                    table.round, [r.id for r in sub_rounds]),
                group_by=[table.round, table.agent, table.role, table.line])
            if backend.name == 'sqlite':
                sqlite_apply_types(query, [None] * 4 + ['NUMERIC'] * 2)
            cursor.execute(*query)
            for round_, agent, role, line, *owed in cursor:
                recorded[round_][Agent(agent), role, Line(line)] = [
                    round(d, 2) for d in owed]
        return recorded

    @classmethod
    def compute(cls, rounds, grid=None):
        """
        Compute what the agents are owed for rounds, without storing it.

        It is by the grid in force on the day of each round, or by grid if it
        is given. Return a dictionary of round to dictionary of (agent, role,
        line of grid) to tuple (quantity, amount in EUR excl. tax).
        """
        pool = Pool()
        Agent = pool.get('commission.agent')
        Figure = pool.get('shortcircuit.round.figure')
        Grid = pool.get('shortcircuit.grid')
        PointAgent = pool.get('shortcircuit.distribution_point.agent')
        grids = Grid.at({(r.company, r.date) for r in rounds})
        if grid:
            grids = {(r.company, r.date): grid for r in rounds}
        rounds = [r for r in rounds if (r.company, r.date) in grids]
        drivers = Agent.of_parties(
            (r.company, r.driver) for r in rounds if r.driver)
        points = {c: PointAgent.by_point(c) for c in {
                r.company for r in rounds}}
        find_lines = {g: cache(g.find_line) for g in set(grids.values())}
        figures = Figure.get_quantities(rounds)
        return {
            round_: cls._compute_round(
                round_, figures[round_],
                find_lines[grids[round_.company, round_.date]],
                drivers.get((round_.company, round_.driver)),
                points[round_.company])
            for round_ in rounds}

    @classmethod
    def _compute_round(cls, round_, figures, find_line, driver, points):
        quantities = defaultdict(Decimal)

        @cache
        def get_earners(point):
            return list(cls._get_earners(round_, point, driver, points))
        pattern = get_pattern(round_, None, None)
        for figure in figures:
            pattern.update(
                base=figure.base, point=figure.point, channel=figure.channel)
            for role, agent in get_earners(figure.point):
                if line := find_line(role=role, **pattern):
                    quantities[agent, role, line] += figure.quantity
        return {
            key: (quantity, key[-1].get_amount(quantity))
            for key, quantity in quantities.items() if quantity}

    @classmethod
    def _get_earners(cls, round_, point, driver, points):
        if driver:
            yield 'driver', driver
        for record in points.get(point, []):
            if record.covers_date(round_.date):
                yield record.role, record.agent


class Round(metaclass=PoolMeta):
    __name__ = 'shortcircuit.round'

    figures = fields.One2Many(
        'shortcircuit.round.figure', 'round', "Figures", readonly=True)
    dues = fields.One2Many(
        'shortcircuit.round.due', 'round', "Commissions", readonly=True)
    expected_dues = fields.Function(fields.Text("Expected Commissions",
            states={
                'invisible': ~Eval('expected_dues'),
                },
            help="What the agents will be owed by the grid if the round is "
            "done as it is planned."),
        'get_expected_dues')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'correct': {
                    'invisible': Eval('state') != 'done',
                    'icon': 'tryton-edit',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('//page[@id="commissions"]', 'states', {
                    'invisible': Eval('state') != 'done',
                    }),
            ]

    def get_delivered_value(self, points=None):
        "Return what is delivered, at points if given, in EUR excl. tax"
        return sum(
            (f.quantity for f in self.figures
                if f.base == 'value'
                and (points is None or f.point in points)), Decimal(0))

    @property
    def planned_hours(self):
        if not self.end_time:
            return None
        start, end = (
            t.hour + t.minute / 60 for t in [self.start_time, self.end_time])
        return round((end - start) % 24, 2)

    @classmethod
    def get_expected_dues(cls, rounds, name):
        pool = Pool()
        Due = pool.get('shortcircuit.round.due')
        Lang = pool.get('ir.lang')
        User = pool.get('res.user')
        lang = Lang.get()
        # A driver is not told what the others earn
        parties = User.get_parties()
        expected = dict.fromkeys((r.id for r in rounds), '')
        planned = [r for r in rounds if r.state in {'draft', 'running'}]
        with without_check_access():
            computed = Due.compute(planned)
        for round_, dues in computed.items():
            amounts = defaultdict(Decimal)
            for (agent, _, line), (_, amount) in dues.items():
                if not parties or agent.party.id in parties:
                    amounts[agent.party.rec_name, line.role_string] += amount
            expected[round_.id] = '\n'.join(
                f'{name} ({role}) — '
                f'{lang.currency(amount, round_.company.currency)}'
                for (name, role), amount in amounts.items())
        return expected

    @classmethod
    @ModelView.button
    @Workflow.transition('done')
    def do(cls, rounds):
        pool = Pool()
        Due = pool.get('shortcircuit.round.due')
        super().do(rounds)
        Due.create_from_rounds(cls.browse(rounds))

    @classmethod
    @ModelView.button_action('shortcircuit_commission.wizard_round_correct')
    def correct(cls, rounds):
        pass

    @classmethod
    def copy(cls, rounds, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('figures', None)
        default.setdefault('dues', None)
        return super().copy(rounds, default=default)
