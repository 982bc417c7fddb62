# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from collections import defaultdict

from sql import Null
from sql.aggregate import Avg, Count, Min, Sum
from sql.conditionals import Case, Coalesce, Least, NullIf
from sql.functions import DateTrunc, Function

from trytond import backend
from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.shortcircuit_catalog.own import OwnMixin, is_own
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval


class SQLiteDate(Function):
    __slots__ = ()
    _function = 'DATE'


class Reliability(OwnMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.reliability'

    company = fields.Many2One('company.company', "Company")
    producer = fields.Many2One('shortcircuit.producer', "Producer")
    product = fields.Many2One(
        'product.product', "Product",
        context={
            'company': Eval('company', -1),
            },
        depends={'company'})
    week = fields.Date("Week", help="The Monday of the week of delivery.")
    unit = fields.Function(
        fields.Many2One('product.uom', "Unit"), 'on_change_with_unit')
    announced = fields.Float(
        "Announced", digits='unit', help="What the producer offered.")
    expected = fields.Float(
        "Expected", digits='unit', help="What was ordered from him.")
    delivered = fields.Float(
        "Delivered", digits='unit', help="What he has brought.")
    rate = fields.Float(
        "Rate", digits=(1, 4),
        help="The part he has brought of what was ordered from him.\n"
        "More than that counts as all of it.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('week', 'DESC'),
            ('producer', 'ASC'),
            ('product', 'ASC'),
            ('id', 'DESC'),
            ]

    @classmethod
    def table_query(cls):
        """
        Sum what was received of each producer and product by week.

        The quantities are in the unit of order of the product, the rate is
        null if nothing was expected.
        """
        pool = Pool()
        Delivery = pool.get('shortcircuit.delivery')
        Line = pool.get('shortcircuit.delivery.line')
        delivery = Delivery.__table__()
        line = Line.__table__()
        # Its name, as databases do not group by parameters
        week = cls._week(delivery).as_('week')
        sums = {
            'announced': Sum(Coalesce(line.announced, 0)),
            'expected': Sum(Coalesce(line.expected, 0)),
            'delivered': Sum(Coalesce(line.quantity, 0)),
            }
        rate = Least(
            sums['delivered'] / NullIf(sums['expected'], 0), 1)
        return line.join(
            delivery, condition=line.delivery == delivery.id).select(
            Min(line.id).as_('id'),
            delivery.company.as_('company'),
            delivery.producer.as_('producer'),
            line.product.as_('product'),
            week,
            *(getattr(cls, n).sql_cast(s).as_(n) for n, s in sums.items()),
            # The least of a number and null is the number
            cls.rate.sql_cast(Case(
                    (sums['expected'] > 0, rate), else_=Null)).as_('rate'),
            where=(delivery.state == 'received')
            & is_own(delivery.producer, 'shortcircuit.producer'),
            group_by=[
                delivery.company, delivery.producer, line.product, week])

    @classmethod
    def _week(cls, delivery):
        if backend.name == 'sqlite':
            # Its date_trunc does not know the weeks
            week = SQLiteDate(delivery.date, '-6 days', 'weekday 1')
        else:
            week = DateTrunc('week', delivery.date)
        return cls.week.sql_cast(week)

    @fields.depends('product')
    def on_change_with_unit(self, name=None):
        return self.product.ordering_uom if self.product else None

    def get_rec_name(self, name):
        return f'{self.producer.rec_name} - {self.product.rec_name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('producer.rec_name', *clause[1:]),
            ('product.rec_name', *clause[1:]),
            ]

    @classmethod
    def get_rates(cls, keys, date, weeks=8):
        """
        Find how much producers bring of what is ordered from them.

        keys is an iterable of tuples (producer id, product id).
        Return a dictionary of key to the rate, between 0 and 1, of the weeks
        before the one of the date; keys from which nothing was expected are
        missing.
        """
        keys = set(keys)
        monday = date - dt.timedelta(days=date.weekday())
        sums = defaultdict(lambda: [0, 0])
        for week in cls.search([
                    ('producer', 'in', list({p for p, _ in keys})),
                    ('product', 'in', list({p for _, p in keys})),
                    ('week', '<', monday),
                    ('week', '>=', monday - dt.timedelta(weeks=weeks)),
                    ('expected', '>', 0),
                    ]):
            key = (week.producer.id, week.product.id)
            sums[key][0] += min(week.delivered, week.expected)
            sums[key][1] += week.expected
        return {
            k: delivered / expected
            for k, (delivered, expected) in sums.items() if k in keys}


class ReliabilityWeek(OwnMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.reliability.week'

    company = fields.Many2One('company.company', "Company")
    producer = fields.Many2One('shortcircuit.producer', "Producer")
    week = fields.Date("Week", help="The Monday of the week of delivery.")
    products = fields.Integer(
        "Products", help="How many products were ordered from him.")
    complete = fields.Integer(
        "In Full", help="How many of them he has brought in full.")
    rate = fields.Float(
        "Rate", digits=(1, 4), help="The mean of the rates of the products.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('week', 'DESC'),
            ('producer', 'ASC'),
            ('id', 'DESC'),
            ]

    @classmethod
    def table_query(cls):
        "Sum up the products of each producer by week"
        pool = Pool()
        Reliability = pool.get('shortcircuit.reliability')
        table = Reliability.__table__()
        return table.select(
            Min(table.id).as_('id'),
            table.company.as_('company'),
            table.producer.as_('producer'),
            table.week.as_('week'),
            Count(table.id).as_('products'),
            Sum(Case((table.rate >= 1, 1), else_=0)).as_('complete'),
            cls.rate.sql_cast(Avg(table.rate)).as_('rate'),
            where=table.rate != Null,
            group_by=[table.company, table.producer, table.week])

    def get_rec_name(self, name):
        return self.producer.rec_name

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('producer.rec_name', *clause[1:])]


class Offer(metaclass=PoolMeta):
    __name__ = 'shortcircuit.offer'

    rate = fields.Function(
        fields.Float(
            "Reliability", digits=(1, 4),
            help="The part he has brought of what was ordered from him of "
            "the product, in the weeks before."),
        'get_rate')

    @classmethod
    def get_rate(cls, offers, name):
        pool = Pool()
        Reliability = pool.get('shortcircuit.reliability')
        dates = defaultdict(set)
        for offer in offers:
            dates[offer.cycle.delivery_date].add(offer.reliability_key)
        rates = {
            date: Reliability.get_rates(keys, date)
            for date, keys in dates.items()}
        return {
            o.id: rates[o.cycle.delivery_date].get(o.reliability_key)
            for o in offers}

    @property
    def reliability_key(self):
        return self.producer.id, self.product.id
