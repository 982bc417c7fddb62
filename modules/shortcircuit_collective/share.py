# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from sql import Null
from sql.aggregate import Min, Sum
from sql.conditionals import Case, NullIf
from sql.functions import Extract, Round

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool

from .egalim import GROUPS


class Share(ModelSQL, ModelView):
    __name__ = 'shortcircuit.egalim.share'

    canteen = fields.Many2One('shortcircuit.canteen', "Canteen")
    company = fields.Many2One('company.company', "Company")
    year = fields.Integer("Year")
    total_amount = Monetary(
        "Total", currency='currency', digits='currency',
        help="All the food delivered in the year, excluding taxes.")
    bio_amount = Monetary(
        "Organic Amount", currency='currency', digits='currency')
    siqo_amount = Monetary(
        "SIQO Amount", currency='currency', digits='currency',
        help="Official signs of quality and origin: Label Rouge, AOC / AOP, "
        "IGP and STG.")
    other_amount = Monetary(
        "Other EGAlim Amount", currency='currency', digits='currency',
        help="HVE, sustainable fishing, outermost region, fair trade and "
        "farmhouse.")
    externality_amount = Monetary(
        "Externalities Amount", currency='currency', digits='currency',
        help="Bought for its externalities or environmental performance.")
    bio_share = fields.Numeric("Organic", digits=(1, 4))
    egalim_share = fields.Numeric(
        "EGAlim", digits=(1, 4),
        help="The part of the total that counts for EGAlim, organic "
        "included.")
    currency = fields.Many2One('currency.currency', "Currency")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('year', 'DESC'),
            ('canteen', 'ASC'),
            ('id', 'DESC'),
            ]

    @classmethod
    def table_query(cls):
        """
        Sum what was delivered to each canteen by calendar year.

        The amounts are those of the simple declaration of the State, each
        delivery being in the only group of its class. What came back is
        deducted. The shares are null without total, or above it when more
        came back than was delivered.
        """
        pool = Pool()
        Company = pool.get('company.company')
        Currency = pool.get('currency.currency')
        Move = pool.get('stock.move')
        move = Move.__table__()
        company = Company.__table__()
        currency = Currency.__table__()
        year = cls._year(move)
        return (move
            .join(company, condition=move.company == company.id)
            .join(currency, condition=company.currency == currency.id)
            .select(
                Min(move.id).as_('id'),
                move.canteen.as_('canteen'),
                move.company.as_('company'),
                year.as_('year'),
                *cls._amounts(move, currency),
                *cls._shares(move),
                currency.id.as_('currency'),
                where=(move.canteen != Null)
                & (move.sale_amount != Null)
                & (move.egalim_family != Null)
                & (move.state == 'done'),
                group_by=[
                    move.canteen, move.company, year,
                    currency.id, currency.digits]))

    @classmethod
    def _year(cls, move):
        return cls.year.sql_cast(Extract('YEAR', move.effective_date))

    @classmethod
    def _amounts(cls, move, currency):
        yield cls.total_amount.sql_cast(
            Round(Sum(move.sale_amount), currency.digits)).as_('total_amount')
        for group, classes in GROUPS.items():
            name = f'{group}_amount'
            amount = Round(cls._sum(move, classes), currency.digits)
            yield getattr(cls, name).sql_cast(amount).as_(name)

    @classmethod
    def _shares(cls, move):
        total = NullIf(Sum(move.sale_amount), 0)
        for name, classes in [
                ('bio_share', GROUPS['bio']),
                ('egalim_share', sum(GROUPS.values(), [])),
                ]:
            part = cls._sum(move, classes)
            share = Case(
                ((part >= 0) & (part <= total), Round(part / total, 4)),
                else_=Null)
            yield getattr(cls, name).sql_cast(share).as_(name)

    @classmethod
    def _sum(cls, move, classes):
        return Sum(Case(
                (move.egalim_class.in_(classes), move.sale_amount),
                else_=0))

    def get_rec_name(self, name):
        return f'{self.canteen.rec_name} {self.year}'

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('canteen.rec_name', *clause[1:])]
