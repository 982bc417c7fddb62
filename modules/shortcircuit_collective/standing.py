# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Where the canteens stand for the regional labels"

import datetime as dt

from sql import Literal, Null
from sql.aggregate import Count, Max, Min, Sum
from sql.conditionals import Case, Coalesce

from trytond.i18n import gettext
from trytond.model import (
    DeactivableMixin, ModelSQL, ModelView, fields, sequence_ordered)
from trytond.modules.shortcircuit_catalog.own import OwnMixin
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval, If
from trytond.transaction import Transaction

from . import delivered
from .evidence import find_delivered
from .proportion import computed, domain, proportion

SHARES = ['local_share', 'bio_share', 'local_bio_share', 'farmland_share']
CRITERIA = [*SHARES, 'sectors']


class Sector(DeactivableMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.sector'

    name = fields.Char("Name", required=True, translate=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order.insert(0, ('name', 'ASC'))


class Template(metaclass=PoolMeta):
    __name__ = 'product.template'

    shortcircuit_sector = fields.Many2One(
        'shortcircuit.sector', "Sector", ondelete='RESTRICT',
        help="The branch of farming the product comes from, as the regional "
        "labels count them.")


class CanteenLabel(
        DeactivableMixin, sequence_ordered(), ModelSQL, ModelView):
    __name__ = 'shortcircuit.canteen.label'

    name = fields.Char("Name", required=True, translate=True)
    local = fields.Selection([
            ('region', "From the Region of the Canteen"),
            ('canteen', "As the Canteen Calls It"),
            ], "Local", required=True, sort=False,
        help="What counts as local for the label.")
    levels = fields.One2Many(
        'shortcircuit.canteen.label.level', 'label', "Levels")

    @classmethod
    def default_local(cls):
        return 'region'


class CanteenLabelLevel(ModelSQL, ModelView):
    __name__ = 'shortcircuit.canteen.label.level'

    label = fields.Many2One(
        'shortcircuit.canteen.label', "Label", required=True,
        ondelete='CASCADE')
    name = fields.Char("Name", required=True, translate=True)
    rank = fields.Integer(
        "Rank", required=True,
        domain=[
            ('rank', '>', 0),
            ],
        help="The higher the better. Two levels of a rank are two ways to "
        "reach it.")
    start_year = fields.Integer(
        "From Year", help="The first year of purchases it holds for.")
    end_year = fields.Integer(
        "To Year",
        domain=[
            If(Eval('start_year') & Eval('end_year'),
                ('end_year', '>=', Eval('start_year')),
                ()),
            ],
        help="The last year of purchases it holds for.")
    local_share = proportion(
        "Local", "The least local part of the purchases.")
    bio_share = proportion(
        "Organic", "The least organic part of the purchases.")
    local_bio_share = proportion(
        "Local Organic",
        "The least part of the purchases that is local and organic.")
    farmland_share = proportion(
        "Organic Farmland",
        "The least organic part of the farmland of the municipality.")
    sectors = fields.Integer(
        "Sectors", help="The least number of sectors of what is local.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        for name in SHARES:
            getattr(cls, name).domain = domain(name)
        cls.__access__.add('label')
        cls._order = [
            ('label', 'ASC'),
            ('rank', 'ASC'),
            ('id', 'ASC'),
            ]

    def get_rec_name(self, name):
        return f'{self.label.rec_name} {self.name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('label.rec_name', *clause[1:]),
            ('name', *clause[1:]),
            ]

    def holds_in(self, year):
        return (
            (self.start_year or year) <= year <= (self.end_year or year))

    def get_lacking(self, standing):
        "Return what the standing lacks for the level: name, has, needs"
        return [
            (name, getattr(standing, name) or 0, getattr(self, name))
            for name in CRITERIA
            if getattr(self, name) is not None
            and (getattr(standing, name) or 0) < getattr(self, name)]


class Canteen(metaclass=PoolMeta):
    __name__ = 'shortcircuit.canteen'

    farmland_share = proportion(
        "Organic Farmland",
        "The organic part of the farmland of the municipality.",
        domain=domain('farmland_share'))


class Standing(OwnMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.canteen.standing'

    canteen = fields.Many2One('shortcircuit.canteen', "Canteen")
    company = fields.Many2One('company.company', "Company")
    year = fields.Integer("Year")
    label = fields.Many2One('shortcircuit.canteen.label', "Label")
    rank = fields.Integer("Rank")
    local_share = computed(
        'local_share', "Local", "By what the label calls local.")
    bio_share = computed('bio_share', "Organic")
    local_bio_share = computed('local_bio_share', "Local Organic")
    farmland_share = computed('farmland_share', "Organic Farmland")
    sectors = fields.Integer(
        "Sectors", help="The number of sectors of what is local.")
    level = fields.Function(
        fields.Char("Level"), 'get_levels')
    lacking = fields.Function(
        fields.Text("Lacking",
            states={
                'invisible': ~Eval('lacking'),
                },
            help="What lacks to reach the next level, by its easiest way."),
        'get_levels')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('year', 'DESC'),
            ('canteen', 'ASC'),
            ('label', 'ASC'),
            ('id', 'DESC'),
            ]

    @classmethod
    def table_query(cls):
        """
        Tell by canteen, year and label the highest rank that is reached.

        A rank is reached by one of its levels whose criteria are all
        fulfilled.
        """
        pool = Pool()
        Level = pool.get('shortcircuit.canteen.label.level')
        level = Level.__table__()
        measure = cls._measures()
        fulfilled = (
            (level.label == measure.label)
            & (Coalesce(level.start_year, measure.year) <= measure.year)
            & (Coalesce(level.end_year, measure.year) >= measure.year))
        for name in CRITERIA:
            criterion = getattr(level, name)
            # SQLite compares numbers only once they are cast
            cast = getattr(cls, name).sql_cast
            fulfilled &= (
                (criterion == Null)
                | (cast(Coalesce(getattr(measure, name), 0))
                    >= cast(criterion)))
        keys = ['id', 'canteen', 'company', 'year', 'label', *CRITERIA]
        return (measure
            .join(level, 'LEFT', condition=fulfilled)
            .select(
                *(getattr(cls, name).sql_cast(getattr(measure, name))
                    .as_(name) for name in keys),
                Coalesce(Max(level.rank), 0).as_('rank'),
                group_by=[getattr(measure, name) for name in keys]))

    @classmethod
    def _measures(cls):
        "Return the query of what the criteria are about"
        pool = Pool()
        Canteen = pool.get('shortcircuit.canteen')
        CanteenLabel = pool.get('shortcircuit.canteen.label')
        canteen = Canteen.__table__()
        label = CanteenLabel.__table__()
        last = CanteenLabel.__table__()
        # More than the id of any label
        labels = last.select(Max(last.id) + 1)
        year = Transaction().context.get('share_year')
        move = delivered.by_sector(year)
        local = (
            ((label.local == 'region') & (move.regional == 1))
            | ((label.local == 'canteen') & (move.local == 1)))

        def share(condition):
            return delivered.share(
                delivered.amount(move, condition), Sum(move.amount))

        return (move
            .join(canteen, condition=move.canteen == canteen.id)
            .join(label, condition=label.active == Literal(True))
            .select(
                # The same whatever the year and whoever asks, as the evidence
                # is found by it: a move is of one canteen and one year
                (Min(move.id) * labels + label.id).as_('id'),
                move.canteen.as_('canteen'),
                move.company.as_('company'),
                move.year.as_('year'),
                label.id.as_('label'),
                share(local).as_('local_share'),
                share(move.class_ == 'bio').as_('bio_share'),
                share(local & (move.class_ == 'bio')).as_('local_bio_share'),
                canteen.farmland_share.as_('farmland_share'),
                Count(Case((local, move.sector), else_=Null), distinct=True)
                .as_('sectors'),
                group_by=[
                    move.canteen, move.company, move.year, label.id,
                    canteen.farmland_share]))

    @classmethod
    def get_levels(cls, standings, names):
        result = {n: {} for n in names}
        for standing in standings:
            levels = [
                l for l in standing.label.levels if l.holds_in(standing.year)]
            values = {
                'level': ' / '.join(dict.fromkeys(
                        l.name for l in levels if l.rank == standing.rank)),
                'lacking': standing.get_next_lacking(levels),
                }
            for name in names:
                result[name][standing.id] = values[name] or None
        return result

    def get_next_lacking(self, levels):
        "Return what lacks for the next rank, as text"
        pool = Pool()
        Level = pool.get('shortcircuit.canteen.label.level')
        following = [l for l in levels if l.rank > self.rank]
        if not following:
            return
        rank = min(l.rank for l in following)
        level = min(
            (l for l in following if l.rank == rank),
            key=lambda l: len(l.get_lacking(self)))
        names = Level.fields_get(CRITERIA)
        return '\n'.join(
            gettext('shortcircuit_collective.msg_standing_lacking',
                level=level.name,
                criterion=names[name]['string'],
                has=self.format_criterion(name, has),
                needs=self.format_criterion(name, needs))
            for name, has, needs in level.get_lacking(self))

    def find_moves(self):
        "Return the deliveries that the criteria are about"
        field = (
            'egalim_region' if self.label.local == 'region'
            else 'egalim_local')
        return find_delivered(
            [self.canteen], dt.date(self.year, 1, 1),
            dt.date(self.year, 12, 31), [
                ['OR',
                    (field, '!=', None),
                    ('egalim_class', '=', 'bio'),
                    ],
                ])

    @staticmethod
    def format_criterion(name, value):
        pool = Pool()
        Lang = pool.get('ir.lang')
        lang = Lang.get()
        if name == 'sectors':
            return lang.format_number(value, digits=0)
        return lang.format_number(value * 100, digits=2) + '\xa0%'

    def get_rec_name(self, name):
        return f'{self.canteen.rec_name} {self.label.rec_name} {self.year}'

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('canteen.rec_name', *clause[1:]),
            ('label.rec_name', *clause[1:]),
            ]
