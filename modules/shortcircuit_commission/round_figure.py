# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What a round has done, that grids pay"

from collections import defaultdict, namedtuple
from decimal import Decimal

from sql import Null
from sql.aggregate import Sum
from sql.conditionals import Case, Coalesce

from trytond import backend
from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, fields
from trytond.model.exceptions import AccessError
from trytond.tools import grouped_slice, sqlite_apply_types
from trytond.transaction import Transaction

from .grid import BASES
from .round_move import get_round_moves

HOUR = 3600

# What a grid pays: point and channel are ids, or None
Quantity = namedtuple('Quantity', 'base point channel quantity')


class Figure(ModelSQL, ModelView):
    __name__ = 'shortcircuit.round.figure'

    round = fields.Many2One(
        'shortcircuit.round', "Round", required=True, readonly=True,
        ondelete='CASCADE')
    base = fields.Selection(
        [b for b in BASES if b[0] != 'share'], "Base", required=True,
        readonly=True, sort=False)
    base_string = base.translated('base')
    point = fields.Many2One(
        'shortcircuit.distribution_point', "Distribution Point",
        readonly=True, ondelete='RESTRICT',
        help="Empty for what is of the whole round.")
    channel = fields.Many2One(
        'shortcircuit.channel', "Channel", readonly=True, ondelete='RESTRICT')
    quantity = fields.Numeric("Quantity", digits=(None, 2), required=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('round')
        t = cls.__table__()
        cls._sql_indexes.add(Index(t, (t.round, Index.Equality())))

    def get_rec_name(self, name):
        return ' - '.join(filter(None, [
                    self.base_string,
                    self.point.rec_name if self.point else None,
                    self.channel.rec_name if self.channel else None,
                    ]))

    @property
    def key(self):
        return self.base, self.point, self.channel

    @classmethod
    def check_modification(cls, mode, figures, values=None, external=False):
        super().check_modification(
            mode, figures, values=values, external=external)
        # They are corrected with a reason
        if external:
            raise AccessError(gettext(
                    'shortcircuit_commission.msg_figure_modify'))

    @classmethod
    def create_from_rounds(cls, rounds):
        "Keep the figures of done rounds, that are computed once"
        kept = {f.round.id for f in cls.search([
                    ('round', 'in', [r.id for r in rounds])])}
        cls.save(sum(
                cls.compute([r for r in rounds if r.id not in kept]).values(),
                []))

    @classmethod
    def get_by_round(cls, rounds):
        """
        Return by round the list of its figures.

        Those that are not kept are computed and not stored: from what is done
        of a done round, else from what is planned.
        """
        figures = {r: [] for r in rounds}
        for sub_rounds in grouped_slice(rounds, 1000):
            for figure in cls.search([
                        ('round', 'in', [r.id for r in sub_rounds]),
                        ]):
                figures[figure.round].append(figure)
        return figures | cls.compute([r for r, f in figures.items() if not f])

    @classmethod
    def get_quantities(cls, rounds):
        """
        Return by round the list of its quantities, as get_by_round does.

        A season has more figures than records are kept in memory, so none is
        made of them.
        """
        quantities = defaultdict(list)
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        for sub_rounds in grouped_slice(rounds, 1000):
            query = table.select(
                table.round, table.base, table.point, table.channel,
                table.quantity.as_('quantity'),
                where=fields.SQL_OPERATORS['in'](
                    table.round, [r.id for r in sub_rounds]),
                order_by=table.id)
            if backend.name == 'sqlite':
                sqlite_apply_types(query, [None] * 4 + ['NUMERIC'])
            cursor.execute(*query)
            for round_, *quantity in cursor:
                quantities[round_].append(Quantity(*quantity))
        for round_, figures in cls.compute(
                [r for r in rounds if r.id not in quantities]).items():
            quantities[round_.id] = [f._as_quantity for f in figures]
        return {r: quantities[r.id] for r in rounds}

    @property
    def _as_quantity(self):
        return Quantity(
            self.base, self.point.id if self.point else None,
            self.channel.id if self.channel else None, self.quantity)

    @classmethod
    def compute(cls, rounds):
        "Return by round the list of its figures, which are not stored"
        values = cls._get_values(rounds)
        return {r: cls._compute_round(r, values) for r in rounds}

    @classmethod
    def _compute_round(cls, round_, values):
        figures = defaultdict(Decimal)
        for base, quantity in cls._get_round_quantities(round_):
            figures[base, None, None] += quantity
        for stop in round_.stops:
            if round_.state == 'done' and stop.state != 'done':
                continue
            for base, quantity in cls._get_stop_quantities(stop):
                figures[base, stop.point, None] += quantity
            for shipment in stop.shipments:
                channel = shipment.cycle.channel if shipment.cycle else None
                for base, quantity in [
                        ('order', 1),
                        ('crate', shipment.crate_count),
                        ('kilogram', Decimal(repr(shipment.weight))),
                        ('value', values[shipment.id]),
                        ]:
                    figures[base, stop.point, channel] += quantity
        return [
            cls(round=round_, base=base, point=point, channel=channel,
                quantity=round(quantity, 2))
            for (base, point, channel), quantity in figures.items()]

    @classmethod
    def _get_round_quantities(cls, round_):
        yield 'round', 1
        distance, hours = round_.done_distance, round_.done_hours
        if round_.state != 'done':
            distance, hours = round_.distance, round_.planned_hours
        if distance:
            yield 'kilometre', Decimal(repr(distance))
        if hours:
            yield 'hour', Decimal(repr(hours))

    @classmethod
    def _get_stop_quantities(cls, stop):
        yield 'stop', 1
        # A point that is always open has no stand
        if stop.point.hours:
            seconds = sum(
                closes - opens for opens, closes
                in stop.point.get_windows(stop.round.date))
            yield 'stand', Decimal(seconds) / HOUR

    @classmethod
    def _get_values(cls, rounds):
        "Return by id of shipment what is delivered by it, in EUR excl. tax"
        values = defaultdict(Decimal)
        cursor = Transaction().connection.cursor()
        for sub_rounds in grouped_slice(rounds, 1000):
            move, shipment, _, joined, where = get_round_moves(sub_rounds)
            query = joined.select(
                shipment.id, Coalesce(Sum(Case((
                                move.producer_due != Null,
                                move.sale_amount))), 0).as_('amount'),
                where=where, group_by=shipment.id)
            if backend.name == 'sqlite':
                sqlite_apply_types(query, [None, 'NUMERIC'])
            cursor.execute(*query)
            values.update(cursor)
        for round_ in rounds:
            if round_.state != 'done':
                values.update(
                    (s.id, s.expected_value) for s in round_.shipments)
        return values
