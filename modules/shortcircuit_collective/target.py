# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from decimal import Decimal

from trytond.model import ModelSQL, ModelView, Unique, fields
from trytond.transaction import without_check_access

from . import egalim, gap
from .proportion import domain, proportion


class Target(ModelSQL, ModelView):
    __name__ = 'shortcircuit.egalim.target'

    territory = fields.Selection(
        egalim.TERRITORIES, "Territory", required=True, sort=False)
    year = fields.Integer(
        "From Year", required=True,
        help="The first year of purchases that has these targets.")
    bio_share = proportion("Organic")
    egalim_share = proportion("EGAlim")
    meat_fish_share = proportion(
        "Meat and Fish",
        help="The part of the meat, poultry and seafood that has to count "
        "for EGAlim.")
    state_meat_fish_share = proportion(
        "Meat and Fish of the State",
        help="The same part for the canteens of the State.")
    territory_string = territory.translated('territory')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        for name in [
                'bio_share', 'egalim_share', 'meat_fish_share',
                'state_meat_fish_share']:
            getattr(cls, name).domain = domain(name)
        cls._sql_constraints += [
            ('territory_year_unique', Unique(t, t.territory, t.year),
                'shortcircuit_collective.msg_target_unique'),
            ]
        cls._order = [
            ('territory', 'ASC'),
            ('year', 'DESC'),
            ('id', 'DESC'),
            ]

    def get_rec_name(self, name):
        return f'{self.territory_string} {self.year}'

    @classmethod
    def get_target(cls, territory, year):
        "Return the target of the territory for the year, None without one"
        with without_check_access():
            targets = cls.search([
                    ('territory', '=', territory),
                    ('year', '<=', year),
                    ], order=[('year', 'DESC')], limit=1)
        return targets[0] if targets else None

    def get_gaps(self, canteen, share):
        """
        Return the gap.Target of a canteen, narrowest first.

        share is what was delivered to it in the year, None if nothing was.
        """
        def amount(*names):
            return sum(
                (getattr(share, f'{n}_amount') for n in names if share),
                Decimal(0))

        total = amount('total')
        return [
            gap.Target(*values) for values in [
                ('bio', self.bio_share, total, amount('bio'), []),
                ('meat_fish', self.get_meat_fish_share(canteen),
                    amount('meat', 'fish'),
                    amount('meat_egalim', 'fish_egalim'), egalim.MEAT_FISH),
                ('egalim', self.egalim_share, total,
                    amount('bio', 'siqo', 'other', 'externality'), []),
                ]
            if values[1] is not None]

    def get_meat_fish_share(self, canteen):
        if canteen.line_ministry and self.state_meat_fish_share is not None:
            return self.state_meat_fish_share
        return self.meat_fish_share
