# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

"What is sold, by whom it is shared, and what waits to be settled"

from dateutil.relativedelta import relativedelta
from sql import Null
from sql.aggregate import Count, Max, Min, Sum
from sql.conditionals import Case, Coalesce
from sql.functions import DateTrunc, Round

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.transaction import Transaction

from .reconciliation import PeriodContext
from .settlement_line import settled_lines
from .sql_amount import sum_amount


class DeliveredMixin:
    "Sum the delivered moves of producers by a column"
    __slots__ = ()

    company = fields.Many2One('company.company', "Company")
    sale_amount = Monetary(
        "Turnover", currency='currency', digits='currency',
        help="Excluding taxes.")
    producer_amount = Monetary(
        "Producers", currency='currency', digits='currency',
        help="What the producers are owed, excluding taxes.")
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None

    @classmethod
    def table_query(cls):
        from_item, tables = cls._joins()
        columns = cls._columns(tables)
        return from_item.select(
            *(c.as_(n) for n, c in columns.items()),
            where=cls._where(tables),
            # Their names, as databases do not group by parameters
            group_by=[columns[n].as_(n) for n in cls._group_by()])

    @classmethod
    def _joins(cls):
        move = Pool().get('stock.move').__table__()
        return move, {'stock.move': move}

    @classmethod
    def _columns(cls, tables):
        move = tables['stock.move']
        return {
            'id': Min(move.id),
            'company': move.company,
            'sale_amount': sum_amount(cls.sale_amount, move.sale_amount),
            'producer_amount': sum_amount(
                cls.producer_amount, move.producer_due),
            }

    @classmethod
    def _group_by(cls):
        return ['company']

    @classmethod
    def _where(cls, tables):
        move = tables['stock.move']
        return (move.state == 'done') & (move.producer_due != Null)


class TurnoverMixin(DeliveredMixin):
    __slots__ = ()

    commission_amount = Monetary(
        "Aidants", currency='currency', digits='currency',
        help="What the aidants are owed, excluding taxes.")
    cooperative_amount = Monetary(
        "Cooperative", currency='currency', digits='currency',
        help="What the cooperative keeps, losses deducted.")
    margin = fields.Numeric(
        "Margin", digits=(1, 4),
        help="What the cooperative keeps of the turnover.")

    @classmethod
    def _columns(cls, tables):
        move = tables['stock.move']
        columns = super()._columns(tables)
        columns['commission_amount'] = sum_amount(
            cls.commission_amount, move.commission_due)
        columns['cooperative_amount'] = sum_amount(
            cls.cooperative_amount, move.cooperative_due)
        columns['margin'] = cls.margin.sql_cast(Case(
                (Coalesce(Sum(move.sale_amount), 0) != 0, Round(
                        cls.margin.sql_cast(
                            Sum(move.cooperative_due) * 1.0
                            / Sum(move.sale_amount)), 4)),
                else_=Null))
        columns[cls._key] = cls._column_key(tables)
        return columns

    @classmethod
    def _group_by(cls):
        return [*super()._group_by(), cls._key]

    @classmethod
    def _where(cls, tables):
        context = Transaction().context
        date = tables['stock.move'].effective_date
        start_date = (context.get('start_date')
            or TurnoverContext.default_start_date())
        end_date = (context.get('end_date')
            or TurnoverContext.default_end_date())
        return (super()._where(tables)
            & (date >= start_date) & (date <= end_date))

    def get_rec_name(self, name):
        key = getattr(self, self._key)
        return key.rec_name if hasattr(key, 'rec_name') else str(key or '')


class TurnoverProducer(TurnoverMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.turnover.producer'
    _key = 'producer'

    producer = fields.Many2One('shortcircuit.producer', "Producer")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('sale_amount', 'DESC'), ('id', 'ASC')]

    @classmethod
    def _joins(cls):
        from_item, tables = super()._joins()
        tables['stock.lot'] = lot = Pool().get('stock.lot').__table__()
        return from_item.join(
            lot, condition=lot.id == tables['stock.move'].lot), tables

    @classmethod
    def _column_key(cls, tables):
        return tables['stock.lot'].producer


class TurnoverChannel(TurnoverMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.turnover.channel'
    _key = 'channel'

    channel = fields.Many2One('shortcircuit.channel', "Channel")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('sale_amount', 'DESC'), ('id', 'ASC')]

    @classmethod
    def _joins(cls):
        pool = Pool()
        Move = pool.get('stock.move')
        from_item, tables = super()._joins()
        move = tables['stock.move']
        line, sale, cycle = (pool.get(n).__table__() for n in [
                'sale.line', 'sale.sale', 'shortcircuit.cycle'])
        tables['shortcircuit.cycle'] = cycle
        from_item = (from_item
            .join(line, 'LEFT', condition=move.origin.like('sale.line,%')
                & (Move.origin.sql_id(move.origin, Move) == line.id))
            .join(sale, 'LEFT', condition=sale.id == line.sale)
            .join(cycle, 'LEFT', condition=cycle.id == sale.cycle))
        return from_item, tables

    @classmethod
    def _column_key(cls, tables):
        return tables['shortcircuit.cycle'].channel


class TurnoverFamily(TurnoverMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.turnover.family'
    _key = 'family'

    family = fields.Selection('get_families', "Family", sort=False)
    family_string = family.translated('family')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('sale_amount', 'DESC'), ('id', 'ASC')]

    @classmethod
    def get_families(cls):
        pool = Pool()
        Template = pool.get('product.template')
        return Template.fields_get(
            ['shortcircuit_family'])['shortcircuit_family']['selection']

    @classmethod
    def _joins(cls):
        pool = Pool()
        from_item, tables = super()._joins()
        product, template = (pool.get(n).__table__() for n in [
                'product.product', 'product.template'])
        tables['product.template'] = template
        from_item = (from_item
            .join(product,
                condition=product.id == tables['stock.move'].product)
            .join(template, condition=template.id == product.template))
        return from_item, tables

    @classmethod
    def _column_key(cls, tables):
        return tables['product.template'].shortcircuit_family

    def get_rec_name(self, name):
        return self.family_string


class TurnoverMonth(TurnoverMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.turnover.month'
    _key = 'month'

    month = fields.Date("Month", help="Its first day.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('month', 'ASC'), ('id', 'ASC')]

    @classmethod
    def _column_key(cls, tables):
        date = tables['stock.move'].effective_date
        return cls.month.sql_cast(DateTrunc('month', date))


class TurnoverContext(PeriodContext):
    __name__ = 'shortcircuit.turnover.context'

    @classmethod
    def default_start_date(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        return (Transaction().context.get('start_date')
            or Date.today() + relativedelta(months=-11, day=1))


class ToSettle(DeliveredMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.to_settle'

    producer = fields.Many2One('shortcircuit.producer', "Producer")
    moves = fields.Integer("Moves")
    start_date = fields.Date("From")
    end_date = fields.Date("To")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('start_date', 'ASC'), ('id', 'ASC')]

    @classmethod
    def _joins(cls):
        pool = Pool()
        from_item, tables = super()._joins()
        move = tables['stock.move']
        tables['stock.lot'] = lot = pool.get('stock.lot').__table__()
        tables['settled'] = line = settled_lines()
        from_item = (from_item
            .join(lot, condition=lot.id == move.lot)
            .join(line, 'LEFT', condition=line.move == move.id))
        return from_item, tables

    @classmethod
    def _columns(cls, tables):
        move = tables['stock.move']
        return super()._columns(tables) | {
            'producer': tables['stock.lot'].producer,
            'moves': Count(move.id),
            'start_date': Min(move.effective_date),
            'end_date': Max(move.effective_date),
            }

    @classmethod
    def _group_by(cls):
        return [*super()._group_by(), 'producer']

    @classmethod
    def _where(cls, tables):
        line = tables['settled']
        return super()._where(tables) & (line.id == Null)

    def get_rec_name(self, name):
        return self.producer.rec_name
