# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

"The rates of the flat-rate compensation of farmers (CGI art. 298 quater)"

from sql import Null
from sql.aggregate import Min
from sql.conditionals import Coalesce

from trytond.model import ModelSQL, ModelView, Unique, fields, sequence_ordered
from trytond.modules.shortcircuit_catalog.period import PeriodMixin
from trytond.pool import Pool


class FlatRate(sequence_ordered(), ModelSQL, ModelView):
    __name__ = 'shortcircuit.flat_rate'

    name = fields.Char("Name", required=True, translate=True)
    rates = fields.One2Many(
        'shortcircuit.flat_rate.rate', 'flat_rate', "Rates")
    families = fields.One2Many(
        'shortcircuit.flat_rate.family', 'flat_rate', "Families",
        help="The families of products that have the rate, but for the "
        "categories of another one.")
    categories = fields.Many2Many(
        'shortcircuit.flat_rate-product.category', 'flat_rate', 'category',
        "Categories",
        help="The categories of products that have the rate, whatever the "
        "family.")

    @classmethod
    def sql_products(cls):
        "Return the query of the rate of each product, null if it has none"
        pool = Pool()
        (product, template, family, category, link) = (
            pool.get(name).__table__() for name in [
                'product.product', 'product.template',
                'shortcircuit.flat_rate.family',
                'shortcircuit.flat_rate-product.category',
                'product.template-product.category'])
        by_category = link.join(
            category, condition=category.category == link.category).select(
            link.template, Min(category.flat_rate).as_('flat_rate'),
            group_by=link.template)
        return (product
            .join(template, condition=template.id == product.template)
            .join(by_category, 'LEFT',
                condition=by_category.template == template.id)
            .join(family, 'LEFT',
                condition=family.family == template.shortcircuit_family)
            .select(
                product.id.as_('product'),
                Coalesce(by_category.flat_rate, family.flat_rate
                    ).as_('flat_rate')))

    @classmethod
    def sql_at(cls, rate, date):
        "Return the condition of the row of a rate that covers a date"
        return (rate.start_date <= date) & (
            (rate.end_date == Null) | (rate.end_date >= date))


class FlatRateRate(PeriodMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.flat_rate.rate'

    flat_rate = fields.Many2One(
        'shortcircuit.flat_rate', "Flat Rate", required=True,
        ondelete='CASCADE')
    rate = fields.Numeric(
        "Rate", digits=(1, 4), required=True,
        domain=[
            ('rate', '>=', 0),
            ('rate', '<=', 1),
            ])

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('flat_rate')

    def get_rec_name(self, name):
        return f'{self.flat_rate.rec_name} {self.rate * 100:.2f} %'

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('flat_rate.rec_name', *clause[1:])]


class FlatRateFamily(ModelSQL, ModelView):
    __name__ = 'shortcircuit.flat_rate.family'

    flat_rate = fields.Many2One(
        'shortcircuit.flat_rate', "Flat Rate", required=True,
        ondelete='CASCADE')
    family = fields.Selection(
        'get_families', "Family", required=True, sort=False)
    family_string = family.translated('family')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('flat_rate')
        t = cls.__table__()
        cls._sql_constraints += [
            ('family_unique', Unique(t, t.family),
                'shortcircuit_commission.msg_flat_rate_unique'),
            ]

    @classmethod
    def get_families(cls):
        pool = Pool()
        Template = pool.get('product.template')
        return Template.fields_get(
            ['shortcircuit_family'])['shortcircuit_family']['selection']

    def get_rec_name(self, name):
        return self.family_string


class FlatRateCategory(ModelSQL):
    __name__ = 'shortcircuit.flat_rate-product.category'

    flat_rate = fields.Many2One(
        'shortcircuit.flat_rate', "Flat Rate", required=True,
        ondelete='CASCADE')
    category = fields.Many2One(
        'product.category', "Category", required=True, ondelete='CASCADE')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('flat_rate')
        t = cls.__table__()
        cls._sql_constraints += [
            ('category_unique', Unique(t, t.category),
                'shortcircuit_commission.msg_flat_rate_unique'),
            ]
