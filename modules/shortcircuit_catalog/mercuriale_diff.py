# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What a mercuriale changes"

from sql import Literal, Null, Union
from sql.conditionals import Case, Coalesce

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.modules.product import price_digits
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import Transaction


class Mercuriale(metaclass=PoolMeta):
    __name__ = 'shortcircuit.mercuriale'

    previous = fields.Function(
        fields.Many2One('shortcircuit.mercuriale', "Previous"),
        'get_previous')

    def get_previous(self, name):
        "Return the one of the channel that was published before"
        mercuriales = self.search([
                ('channel', '=', self.channel.id),
                ('state', '!=', 'draft'),
                ['OR',
                    ('start_date', '<', self.start_date),
                    [
                        ('start_date', '=', self.start_date),
                        ('id', '<', self.id),
                        ],
                    ],
                ], order=[('start_date', 'DESC'), ('id', 'DESC')], limit=1)
        return mercuriales[0] if mercuriales else None


class MercurialeDiff(ModelSQL, ModelView):
    __name__ = 'shortcircuit.mercuriale.diff'

    mercuriale = fields.Many2One(
        'shortcircuit.mercuriale', "Mercuriale", required=True)
    kind = fields.Selection([
            ('new', "New"),
            ('gone', "Gone"),
            ('dearer', "Dearer"),
            ('cheaper', "Cheaper"),
            ], "Kind", sort=False)
    product = fields.Many2One(
        'product.product', "Product",
        context={
            'company': Eval('company', -1),
            },
        depends={'company'})
    producer = fields.Many2One('shortcircuit.producer', "Producer")
    producer_name = fields.Function(
        fields.Char("Producer"), 'on_change_with_producer_name')
    unit = fields.Function(
        fields.Many2One('product.uom', "Unit"), 'on_change_with_unit')
    old_price = Monetary(
        "Old Price", currency='currency', digits=price_digits)
    new_price = Monetary(
        "New Price", currency='currency', digits=price_digits)
    change = fields.Function(
        fields.Numeric("Change", digits=(None, 4)), 'on_change_with_change')
    company = fields.Function(
        fields.Many2One('company.company', "Company"),
        'on_change_with_company')
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('mercuriale')
        cls._order = [
            ('kind', 'ASC'),
            ('product.template.shortcircuit_family', 'ASC'),
            ('product.template.name', 'ASC'),
            ('id', 'ASC'),
            ]

    @classmethod
    def table_query(cls):
        """
        Compare the mercuriale of the context with the previous one.

        Lines are the same when they have the same product and producer; those
        at the same price are left out.
        """
        pool = Pool()
        Mercuriale = pool.get('shortcircuit.mercuriale')
        id_ = Transaction().context.get('mercuriale')
        previous = Mercuriale(id_).previous if id_ else None
        pair = (id_ or -1, previous.id if previous else -1)
        return Union(
            cls._query_published(*pair), cls._query_gone(*pair), all_=True)

    @classmethod
    def _query_published(cls, mercuriale, previous):
        new, old, joined = cls._join(mercuriale, previous)
        return joined.select(
            (new.id * 2).as_('id'),
            new.mercuriale.as_('mercuriale'),
            Case(
                (old.id == Null, 'new'),
                (new.unit_price > old.unit_price, 'dearer'),
                else_='cheaper').as_('kind'),
            new.product.as_('product'),
            new.producer.as_('producer'),
            old.unit_price.as_('old_price'),
            new.unit_price.as_('new_price'),
            where=(new.mercuriale == mercuriale)
            & ((old.id == Null) | (new.unit_price != old.unit_price)))

    @classmethod
    def _query_gone(cls, mercuriale, previous):
        old, new, joined = cls._join(previous, mercuriale)
        return joined.select(
            (old.id * 2 + 1).as_('id'),
            Literal(mercuriale).as_('mercuriale'),
            Literal('gone').as_('kind'),
            old.product.as_('product'),
            old.producer.as_('producer'),
            old.unit_price.as_('old_price'),
            Literal(None).as_('new_price'),
            where=(old.mercuriale == previous) & (new.id == Null))

    @classmethod
    def _join(cls, mercuriale, other):
        "Return the tables of the lines of both and their left join"
        pool = Pool()
        Line = pool.get('shortcircuit.mercuriale.line')
        line, twin = Line.__table__(), Line.__table__()
        return line, twin, line.join(
            twin, 'LEFT', condition=(
                (twin.mercuriale == other)
                & (twin.product == line.product)
                & (Coalesce(twin.producer, -1)
                    == Coalesce(line.producer, -1))))

    @fields.depends('producer')
    def on_change_with_producer_name(self, name=None):
        return self.producer.rec_name if self.producer else None

    @fields.depends('product')
    def on_change_with_unit(self, name=None):
        return self.product.sale_uom if self.product else None

    @fields.depends('old_price', 'new_price')
    def on_change_with_change(self, name=None):
        if self.old_price and self.new_price is not None:
            return round(self.new_price / self.old_price - 1, 4)

    @fields.depends('mercuriale')
    def on_change_with_company(self, name=None):
        return self.mercuriale.company if self.mercuriale else None

    @fields.depends('mercuriale')
    def on_change_with_currency(self, name=None):
        return self.mercuriale.company.currency if self.mercuriale else None

    def get_rec_name(self, name):
        return self.product.rec_name

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('product.rec_name', *clause[1:])]
