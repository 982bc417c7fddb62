# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from sql import Column, Literal
from sql.aggregate import Min, Sum
from sql.functions import Extract, Round, ToChar

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.modules.shortcircuit_catalog.product import FAMILIES
from trytond.pool import Pool
from trytond.transaction import Transaction

from . import delivered as delivered_
from . import egalim
from .delivered import amount, counts_as, in_classes, in_year, is_fair, share
from .egalim import GROUPS
from .proportion import computed, is_empty, percentage

# The classes that count
EGALIM = sum(GROUPS.values(), [])


def _money(string, help=''):
    return Monetary(
        string, currency='currency', digits='currency', help=help)


class ShareMixin(ModelSQL, ModelView):
    "A query of amounts and shares of what was delivered to the canteens"

    canteen = fields.Many2One('shortcircuit.canteen', "Canteen")
    company = fields.Many2One('company.company', "Company")
    year = fields.Integer("Year")
    total_amount = _money(
        "Total", "All the food delivered, excluding taxes.")
    bio_amount = _money("Organic Amount")
    siqo_amount = _money(
        "SIQO Amount",
        "Official signs of quality and origin: Label Rouge, AOC / AOP, "
        "IGP and STG.")
    other_amount = _money(
        "Other EGAlim Amount",
        "HVE, sustainable fishing, outermost region, fair trade and "
        "farmhouse.")
    externality_amount = _money(
        "Externalities Amount",
        "Bought for its externalities or environmental performance.")
    france_amount = _money(
        "France Amount", "What counts as French by the rule of the year.")
    europe_amount = _money(
        "Europe Amount",
        "What comes from the European Economic Area outside of France.\n"
        "It counts from the year the State asks for it.")
    short_circuit_amount = _money(
        "Short Circuit Amount", "The cooperative is the only intermediary.")
    local_amount = _money(
        "Local Amount", "What is local by the definition of the canteen.")
    bio_share = computed('bio_share', "Organic")
    egalim_share = computed(
        'egalim_share', "EGAlim",
        "The part of the total that counts for EGAlim, organic included.")
    france_share = computed('france_share', "France")
    local_share = computed('local_share', "Local")
    currency = fields.Many2One('currency.currency', "Currency")
    # A graph would write the number with a separator; a getter would sum all
    # again
    year_name = fields.Char("Year")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('year', 'DESC'),
            ('canteen', 'ASC'),
            ('id', 'DESC'),
            ]

    @classmethod
    def search(
            cls, domain, offset=0, limit=None, order=None, count=False,
            query=False):
        if count or query or not Transaction().check_access:
            return super().search(
                domain, offset=offset, limit=limit, order=order, count=count,
                query=query)
        # A client reads what it found afterwards: it needs no amount before,
        # which the server would sum
        cursor = Transaction().connection.cursor()
        cursor.execute(*super().search(
                domain, offset=offset, limit=limit, order=order, query=True))
        return cls.browse([id_ for id_, in cursor])

    @classmethod
    def table_query(cls):
        """
        Sum what was delivered by the keys of the model.

        Each delivery is in the only group of its class, whatever its origin.
        What came back is deducted. The shares are null without total, or
        above it when more came back than was delivered. The moves are summed
        once by all that is asked, the little that comes out then makes the
        columns.
        """
        pool = Pool()
        Company = pool.get('company.company')
        Currency = pool.get('currency.currency')
        company = Company.__table__()
        currency = Currency.__table__()
        delivered = cls._delivered()
        keys = cls._keys(delivered)
        return (delivered
            .join(company, condition=delivered.company == company.id)
            .join(currency, condition=company.currency == currency.id)
            .select(
                Min(delivered.id).as_('id'),
                *(getattr(cls, name).sql_cast(key).as_(name)
                    for name, key in keys.items()),
                *cls._amounts(delivered, currency),
                *cls._shares(delivered),
                currency.id.as_('currency'),
                group_by=[
                    *keys.values(), currency.id, currency.digits]))

    @classmethod
    def _delivered(cls, **options):
        context = Transaction().context
        return delivered_.query(
            heads=bool(context.get('share_heads')),
            where=in_year(context.get('share_year')), **options)

    @classmethod
    def _keys(cls, delivered):
        "Return the columns by which the rows are told apart, by field"
        return {
            'canteen': delivered.canteen,
            'company': delivered.company,
            'year': delivered.year,
            'year_name': delivered.year,
            }

    @classmethod
    def _measures(cls, delivered):
        "Return the conditions of the amounts, by field"
        measures = {
            f'{group}_amount': in_classes(delivered, classes)
            for group, classes in GROUPS.items()}
        measures.update({
                'france_amount': cls._is_french(delivered),
                'europe_amount': counts_as(delivered, 'europe'),
                'short_circuit_amount': delivered.short_circuit == 1,
                'local_amount': delivered.local == 1,
                })
        return measures

    @classmethod
    def _is_french(cls, delivered):
        meat_fish = delivered.family.in_(egalim.MEAT_FISH)
        return ((meat_fish & counts_as(delivered, 'meat_fish_france'))
            | (~meat_fish & counts_as(delivered, 'france')))

    @classmethod
    def _ratios(cls, delivered):
        "Return the conditions of the part and of the total, by share"
        measures = cls._measures(delivered)
        everything = Literal(1) == 1
        return {
            'bio_share': (in_classes(delivered, GROUPS['bio']), everything),
            'egalim_share': (in_classes(delivered, EGALIM), everything),
            'france_share': (measures['france_amount'], everything),
            'local_share': (measures['local_amount'], everything),
            }

    @classmethod
    def _amounts(cls, delivered, currency):
        yield cls.total_amount.sql_cast(Round(
                Sum(delivered.amount), currency.digits)).as_('total_amount')
        for name, condition in cls._measures(delivered).items():
            yield getattr(cls, name).sql_cast(Round(
                    amount(delivered, condition), currency.digits)).as_(name)

    @classmethod
    def _shares(cls, delivered):
        for name, (condition, base) in cls._ratios(delivered).items():
            yield getattr(cls, name).sql_cast(share(
                    amount(delivered, condition),
                    amount(delivered, base))).as_(name)

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('canteen.rec_name', *clause[1:])]


class Share(ShareMixin):
    __name__ = 'shortcircuit.egalim.share'

    bio_fair_amount = _money(
        "Organic and Fair Trade Amount", "It is part of the organic amount.")
    other_fair_amount = _money(
        "Other and Fair Trade Amount",
        "It is part of the other EGAlim amount.")
    meat_amount = _money(
        "Meat Amount", "Meat and poultry, without charcuterie.")
    meat_egalim_amount = _money("Meat EGAlim Amount")
    meat_france_amount = _money("Meat France Amount")
    fish_amount = _money("Fish Amount", "Fish and seafood.")
    fish_egalim_amount = _money("Fish EGAlim Amount")
    fish_france_amount = _money("Fish France Amount")
    meat_fish_share = computed(
        'meat_fish_share', "Meat and Fish EGAlim",
        "The part of the meat, poultry, fish and seafood that counts for "
        "EGAlim.")

    def get_rec_name(self, name):
        return f'{self.canteen.rec_name} {self.year}'

    @classmethod
    def _measures(cls, delivered):
        measures = super()._measures(delivered)
        fair = is_fair(delivered)
        for group in ['bio', 'other']:
            measures[f'{group}_fair_amount'] = (
                measures[f'{group}_amount'] & fair)
        for name, family in zip(['meat', 'fish'], egalim.MEAT_FISH):
            belongs = delivered.family == family
            for suffix, condition in [
                    ('amount', belongs),
                    ('egalim_amount',
                        belongs & in_classes(delivered, EGALIM)),
                    ('france_amount',
                        belongs & counts_as(delivered, 'meat_fish_france')),
                    ]:
                measures[f'{name}_{suffix}'] = condition
        return measures

    @classmethod
    def _ratios(cls, delivered):
        meat_fish = delivered.family.in_(egalim.MEAT_FISH)
        return super()._ratios(delivered) | {
            'meat_fish_share': (
                meat_fish & in_classes(delivered, EGALIM), meat_fish),
            }


class FamilyShare(ShareMixin):
    __name__ = 'shortcircuit.egalim.share.family'

    family = fields.Selection(FAMILIES, "Family", sort=False)
    label_rouge_amount = _money("Label Rouge")
    aocaop_igp_stg_amount = _money("AOC / AOP, IGP, STG")
    hve_amount = _money("High Environmental Value")
    peche_durable_amount = _money("Sustainable Fishing")
    rup_amount = _money("Outermost Region")
    commerce_equitable_amount = _money("Fair Trade")
    fermier_amount = _money("Farmhouse")
    externalites_amount = _money("Externalities")
    performance_amount = _money("Environmental Performance")
    non_egalim_amount = _money("Not EGAlim")
    family_string = family.translated('family')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order.insert(2, ('family', 'ASC'))

    def get_rec_name(self, name):
        return f'{self.canteen.rec_name} {self.year} {self.family_string}'

    @classmethod
    def _keys(cls, delivered):
        return super()._keys(delivered) | {'family': delivered.family}

    @classmethod
    def _measures(cls, delivered):
        return super()._measures(delivered) | {
            f'{class_}_amount': in_classes(delivered, [class_])
            for class_, _ in egalim.CLASSES if class_ != 'bio'}


class MonthShare(ShareMixin):
    __name__ = 'shortcircuit.egalim.share.month'

    date = fields.Date("Month", help="The first day of the month.")
    month_name = fields.Char("Month")
    previous_bio_share = computed(
        'previous_bio_share', "Organic the Year Before",
        "The organic part of the same month.")
    previous_egalim_share = computed(
        'previous_egalim_share', "EGAlim the Year Before",
        "The EGAlim part of the same month.")
    bio_percentage = percentage("Organic, in %")
    egalim_percentage = percentage("EGAlim, in %")
    previous_bio_percentage = percentage("Organic the Year Before, in %")
    previous_egalim_percentage = percentage("EGAlim the Year Before, in %")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('date', 'DESC'),
            ('canteen', 'ASC'),
            ('id', 'DESC'),
            ]

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            # A graph would show zero for what is missing
            (f'/graph/y/field[@name="{name}"]', 'domain', ~is_empty(name))
            for name in [
                'bio_percentage', 'egalim_percentage',
                'previous_bio_percentage', 'previous_egalim_percentage']]

    def get_rec_name(self, name):
        return f'{self.canteen.rec_name} {self.month_name}'

    @classmethod
    def order_month_name(cls, tables):
        table, _ = tables[None]
        return [table.date]

    @classmethod
    def table_query(cls):
        current = super().table_query()
        year = Transaction().context.get('share_year')
        with Transaction().set_context(share_year=year and year - 1):
            previous = super().table_query()
        names = [c.output_name for c in current.columns]
        shares = {
            'bio': current.bio_share,
            'egalim': current.egalim_share,
            'previous_bio': previous.bio_share,
            'previous_egalim': previous.egalim_share,
            }
        return (current
            .join(previous, 'LEFT', condition=(
                    (current.canteen == previous.canteen)
                    & (current.company == previous.company)
                    & (current.year == previous.year + 1)
                    & (Extract('MONTH', current.date)
                        == Extract('MONTH', previous.date))))
            .select(
                *(Column(current, n).as_(n) for n in names),
                ToChar(current.date, 'MM/YYYY').as_('month_name'),
                previous.bio_share.as_('previous_bio_share'),
                previous.egalim_share.as_('previous_egalim_share'),
                *(Round(share * 100, 2).as_(f'{name}_percentage')
                    for name, share in shares.items())))

    @classmethod
    def _delivered(cls):
        return super()._delivered(month=True)

    @classmethod
    def _keys(cls, delivered):
        return super()._keys(delivered) | {'date': delivered.month}


class LotShare(ShareMixin):
    __name__ = 'shortcircuit.egalim.share.lot'

    lot = fields.Many2One(
        'shortcircuit.contract.lot', "Contract Lot",
        help="Empty for what was bought without contract.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order.insert(2, ('lot', 'ASC'))

    def get_rec_name(self, name):
        return ' '.join(filter(None, [
                    self.canteen.rec_name, str(self.year),
                    self.lot.rec_name if self.lot else None]))

    @classmethod
    def _delivered(cls):
        return super()._delivered(lot=True)

    @classmethod
    def _keys(cls, delivered):
        return super()._keys(delivered) | {'lot': delivered.lot}


class ShareContext(ModelView):
    __name__ = 'shortcircuit.egalim.share.context'

    share_year = fields.Integer(
        "Year", help="Leave empty for all the years.")
    share_heads = fields.Boolean(
        "By Kitchen or Group",
        help="Check to add the satellites to their kitchen or group.")

    @classmethod
    def default_share_year(cls):
        context = Transaction().context
        return context.get('share_year', Pool().get('ir.date').today().year)

    @classmethod
    def default_share_heads(cls):
        return Transaction().context.get('share_heads', False)
