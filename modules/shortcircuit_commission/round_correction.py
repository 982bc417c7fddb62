# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The figures of done rounds, corrected with a reason"

from decimal import Decimal

from trytond.model import ModelSQL, ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.transaction import check_access
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .round_figure import Figure

# What the round itself keeps, and may not be known when it is done
ROUND_FIELDS = {'kilometre': 'done_distance', 'hour': 'done_hours'}


class Round(metaclass=PoolMeta):
    __name__ = 'shortcircuit.round'

    corrections = fields.One2Many(
        'shortcircuit.round.correction', 'round', "Corrections",
        readonly=True)

    @classmethod
    def copy(cls, rounds, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('corrections', None)
        return super().copy(rounds, default=default)

    def correct_figures(self, quantities, reason):
        """
        Correct figures of the round, and what the agents are owed for it.

        quantities is a dictionary of (base, distribution point, channel) to
        the right quantity. The difference is due by new commissions.
        """
        pool = Pool()
        Correction = pool.get('shortcircuit.round.correction')
        Due = pool.get('shortcircuit.round.due')
        Figure = pool.get('shortcircuit.round.figure')
        # Two corrections at once would both add the difference
        self.__class__.lock([self])
        Figure.create_from_rounds([self])
        figures = {f.key: f for f in Figure.search([('round', '=', self.id)])}
        changed, corrections = [], []
        for (base, point, channel), quantity in quantities.items():
            figure = figures.get((base, point, channel)) or Figure(
                round=self, base=base, point=point, channel=channel,
                quantity=Decimal(0))
            if figure.quantity == quantity:
                continue
            corrections.append(Correction(
                    round=self, base=base, point=point, channel=channel,
                    before=figure.quantity, after=quantity, reason=reason))
            figure.quantity = quantity
            changed.append(figure)
            if base in ROUND_FIELDS:
                setattr(self, ROUND_FIELDS[base], float(quantity))
        Figure.save(changed)
        Correction.save(corrections)
        self.save()
        Due.create_from_rounds([self], reason=reason)


class Correction(ModelSQL, ModelView):
    __name__ = 'shortcircuit.round.correction'

    round = fields.Many2One(
        'shortcircuit.round', "Round", required=True, readonly=True,
        ondelete='CASCADE')
    base = fields.Selection(
        Figure.base.selection, "Base", required=True, readonly=True,
        sort=False)
    point = fields.Many2One(
        'shortcircuit.distribution_point', "Distribution Point",
        readonly=True, ondelete='RESTRICT')
    channel = fields.Many2One(
        'shortcircuit.channel', "Channel", readonly=True, ondelete='RESTRICT')
    before = fields.Numeric(
        "Before", digits=(None, 2), required=True, readonly=True)
    after = fields.Numeric(
        "After", digits=(None, 2), required=True, readonly=True)
    reason = fields.Char("Reason", required=True, readonly=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('round')
        cls._order = [('id', 'DESC')]

    def get_rec_name(self, name):
        return f'{self.round.rec_name} - {self.reason}'


class Correct(Wizard):
    __name__ = 'shortcircuit.round.correct'

    start = StateView(
        'shortcircuit.round.correct.start',
        'shortcircuit_commission.round_correct_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Correct", 'correct', 'tryton-ok', default=True),
            ])
    correct = StateTransition()

    def default_start(self, fields):
        pool = Pool()
        Figure = pool.get('shortcircuit.round.figure')
        figures = Figure.get_by_round([self.record])[self.record]
        quantities = {
            (base, None, None): Decimal(0) for base in ROUND_FIELDS}
        quantities.update((f.key, f.quantity) for f in figures)
        return {
            'figures': [{
                    'base': base,
                    'point': point.id if point else None,
                    'channel': channel.id if channel else None,
                    'before': quantity,
                    'quantity': quantity,
                    } for (base, point, channel), quantity
                in quantities.items()],
            }

    def transition_correct(self):
        # A wizard does not check what its user may read
        with check_access():
            self.record.__class__.read([self.record.id], ['id'])
        self.record.correct_figures({
                (f.base, f.point, f.channel): f.quantity
                for f in self.start.figures}, self.start.reason)
        return 'end'

    def end(self):
        return 'reload'


class CorrectStart(ModelView):
    __name__ = 'shortcircuit.round.correct.start'

    figures = fields.One2Many(
        'shortcircuit.round.correct.figure', None, "Figures")
    reason = fields.Char(
        "Reason", required=True, help="What was wrong, for who reads it.")


class CorrectFigure(ModelView):
    __name__ = 'shortcircuit.round.correct.figure'

    base = fields.Selection(
        Figure.base.selection, "Base", readonly=True, sort=False)
    point = fields.Many2One(
        'shortcircuit.distribution_point', "Distribution Point",
        readonly=True)
    channel = fields.Many2One(
        'shortcircuit.channel', "Channel", readonly=True)
    before = fields.Numeric("Before", digits=(None, 2), readonly=True)
    quantity = fields.Numeric(
        "Quantity", digits=(None, 2), required=True,
        domain=[
            ('quantity', '>=', 0),
            ])
