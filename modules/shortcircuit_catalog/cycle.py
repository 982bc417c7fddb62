# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from decimal import Decimal

from sql.aggregate import Count, Sum

from trytond import backend
from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, Workflow, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Date, Eval, If
from trytond.report import Report
from trytond.tools import sqlite_apply_types
from trytond.tools import timezone as tz
from trytond.transaction import Transaction, without_check_access

from .exceptions import CycleError


class Cycle(Workflow, ModelSQL, ModelView):
    __name__ = 'shortcircuit.cycle'

    _states = {
        'readonly': Eval('state') != 'draft',
        }

    name = fields.Char("Name", required=True, states=_states)
    company = fields.Many2One(
        'company.company', "Company", required=True, states=_states)
    channel = fields.Many2One(
        'shortcircuit.channel', "Channel", required=True,
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states=_states)
    mercuriale = fields.Many2One(
        'shortcircuit.mercuriale', "Mercuriale",
        domain=[
            ('channel', '=', Eval('channel', -1)),
            ('state', '!=', 'draft'),
            ('start_date', '<=', Eval('delivery_date', Date())),
            ('end_date', '>=', Eval('delivery_date', Date())),
            ],
        states={
            'readonly': _states['readonly'],
            'required': ~Eval('state').in_(['draft', 'cancelled']),
            },
        help="What can be ordered and at which price.")
    opens_at = fields.DateTime(
        "Opens at", required=True, format='%H:%M', states=_states)
    closes_at = fields.DateTime(
        "Closes at", required=True, format='%H:%M',
        domain=[
            If(Eval('opens_at') & Eval('closes_at'),
                ('closes_at', '>', Eval('opens_at')),
                ()),
            ],
        states={
            'readonly': ~Eval('state').in_(['draft', 'open']),
            })
    delivery_date = fields.Date(
        "Delivery Date", required=True, states=_states)
    limited = fields.Boolean(
        "Limited", states=_states,
        help="The orders may not exceed the offers.")
    minimum = Monetary(
        "Minimum", currency='currency', digits='currency',
        domain=['OR',
            ('minimum', '=', None),
            ('minimum', '>=', 0),
            ],
        states=_states,
        help="The least amount of an order, excluding taxes.")
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    offers = fields.One2Many(
        'shortcircuit.offer', 'cycle', "Offers",
        states={
            'readonly': ~Eval('state').in_(['draft', 'open']),
            })
    sales = fields.One2Many('sale.sale', 'cycle', "Orders", readonly=True)
    order_count = fields.Function(
        fields.Integer("Orders Placed"), 'get_orders')
    order_amount = fields.Function(Monetary(
            "Ordered", currency='currency', digits='currency',
            help="What the customers have ordered, excluding taxes."),
        'get_orders')
    previous_amount = fields.Function(Monetary(
            "Ordered Before", currency='currency', digits='currency',
            help="What was ordered in the previous cycle of the channel."),
        'get_orders')
    state = fields.Selection([
            ('draft', "Draft"),
            ('open', "Open"),
            ('closed', "Closed"),
            ('done', "Done"),
            ('cancelled', "Cancelled"),
            ], "State", required=True, readonly=True, sort=False)

    del _states

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('delivery_date', 'DESC'),
            ('id', 'DESC'),
            ]
        cls._transitions |= {
            ('draft', 'open'),
            ('open', 'draft'),
            ('open', 'closed'),
            ('closed', 'done'),
            ('draft', 'cancelled'),
            ('open', 'cancelled'),
            ('cancelled', 'draft'),
            }
        cls._buttons.update({
                'cancel': {
                    'invisible': ~Eval('state').in_(['draft', 'open']),
                    'depends': ['state'],
                    },
                'draft': {
                    'invisible': ~Eval('state').in_(['open', 'cancelled']),
                    'icon': If(Eval('state') == 'cancelled',
                        'tryton-undo', 'tryton-back'),
                    'depends': ['state'],
                    },
                'open': {
                    'invisible': Eval('state') != 'draft',
                    'readonly': ~Eval('mercuriale'),
                    'depends': ['state', 'mercuriale'],
                    },
                'close': {
                    'invisible': Eval('state') != 'open',
                    'icon': 'tryton-forward',
                    'depends': ['state'],
                    },
                'do': {
                    'invisible': Eval('state') != 'closed',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_opens_at(cls):
        return dt.datetime.now().replace(second=0, microsecond=0)

    @classmethod
    def default_state(cls):
        return 'draft'

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None

    @fields.depends('channel', 'delivery_date', 'mercuriale')
    def on_change_delivery_date(self):
        pool = Pool()
        Mercuriale = pool.get('shortcircuit.mercuriale')
        if self.channel and self.delivery_date:
            mercuriales = Mercuriale.search([
                    ('channel', '=', self.channel.id),
                    ('state', '=', 'published'),
                    ('start_date', '<=', self.delivery_date),
                    ('end_date', '>=', self.delivery_date),
                    ], limit=1)
            self.mercuriale = mercuriales[0] if mercuriales else None

    @fields.depends('channel', methods=['on_change_delivery_date'])
    def on_change_channel(self):
        self.on_change_delivery_date()
        if self.channel:
            for name, value in self._channel_values(self.channel).items():
                setattr(self, name, value)

    @classmethod
    def _channel_values(cls, channel):
        "Return what a cycle takes from its channel whoever creates it"
        return {
            'limited': channel.limited,
            'minimum': channel.minimum,
            }

    @classmethod
    def preprocess_values(cls, mode, values):
        pool = Pool()
        Channel = pool.get('shortcircuit.channel')
        values = super().preprocess_values(mode, values)
        if mode == 'create' and values.get('channel'):
            values = cls._channel_values(Channel(values['channel'])) | values
        return values

    @classmethod
    def get_orders(cls, cycles, names):
        previous = cls._get_previous(cycles)
        sums = cls._sum_orders({*(c.id for c in cycles), *previous.values()})
        result = {n: {} for n in names}
        for cycle in cycles:
            count, amount = sums.get(cycle.id, (0, Decimal(0)))
            _, before = sums.get(previous.get(cycle.id), (0, None))
            values = {
                'order_count': count,
                'order_amount': cycle.currency.round(amount),
                'previous_amount': before and cycle.currency.round(before),
                }
            for name in names:
                result[name][cycle.id] = values[name]
        return result

    @classmethod
    def _get_previous(cls, cycles):
        "Return by id the id of the cycle of the channel delivered before"
        previous, last = {}, {}
        for cycle in cls.search([
                    ('channel', 'in', [c.channel.id for c in cycles]),
                    ('state', '!=', 'cancelled'),
                    ], order=[('delivery_date', 'ASC'), ('id', 'ASC')]):
            if cycle.channel in last:
                previous[cycle.id] = last[cycle.channel]
            last[cycle.channel] = cycle.id
        return previous

    @classmethod
    def _sum_orders(cls, cycles):
        "Return by id of cycle the number of orders and their amount"
        pool = Pool()
        Sale = pool.get('sale.sale')
        sale = Sale.__table__()
        query = sale.select(
            sale.cycle, Count(sale.id).as_('count'),
            Sum(sale.untaxed_amount_cache).as_('amount'),
            where=fields.SQL_OPERATORS['in'](sale.cycle, list(cycles))
            & ~sale.state.in_(['draft', 'cancelled']),
            group_by=sale.cycle)
        if backend.name == 'sqlite':
            sqlite_apply_types(query, [None, None, 'NUMERIC'])
        cursor = Transaction().connection.cursor()
        cursor.execute(*query)
        return {
            id_: (count, amount or Decimal(0))
            for id_, count, amount in cursor}

    @property
    def takes_orders(self):
        now = dt.datetime.now()
        return (self.state == 'open'
            and self.opens_at <= now < self.closes_at)

    @classmethod
    def get_coming(cls):
        "Return the cycles for which producers can still announce"
        return cls.search([
                ('state', 'in', ['draft', 'open']),
                ('closes_at', '>', dt.datetime.now()),
                ], order=[('closes_at', 'ASC'), ('id', 'ASC')])

    @property
    def takes_late_orders(self):
        "Whether an operator may still let an order in"
        return (self.state == 'closed'
            or (self.state == 'open'
                and dt.datetime.now() >= self.closes_at))

    def explain_window(self, sale):
        "Return why the sale is not taken now, and when it would be"
        now = dt.datetime.now()
        if self.state in {'draft', 'open'} and now < self.opens_at:
            return gettext(
                'shortcircuit_catalog.msg_order_early',
                sale=sale.rec_name,
                cycle=self.rec_name,
                opening=self.format_time(self.opens_at))
        following = self.get_following(now)
        if following:
            lang = Pool().get('ir.lang').get()
            return gettext(
                'shortcircuit_catalog.msg_order_late',
                sale=sale.rec_name,
                cycle=self.rec_name,
                delivery=lang.strftime(following.delivery_date),
                closing=self.format_time(following.closes_at))
        return gettext(
            'shortcircuit_catalog.msg_order_window',
            sale=sale.rec_name,
            cycle=self.rec_name)

    def get_following(self, now):
        "Return the next cycle of the channel to be delivered, if any"
        with without_check_access():
            # The buyers are told the date, they do not see the drafts
            cycles = self.__class__.search([
                    ('id', '!=', self.id),
                    ('channel', '=', self.channel.id),
                    ('state', 'in', ['draft', 'open']),
                    ('closes_at', '>', now),
                    ], order=[('closes_at', 'ASC'), ('id', 'ASC')], limit=1)
            return cycles[0] if cycles else None

    def format_time(self, value):
        "Return the stored time as the clock of the company shows it"
        pool = Pool()
        Lang = pool.get('ir.lang')
        lang = Lang.get()
        return Report.format_datetime(
            value, lang, format=f'{lang.date} %H:%M',
            timezone=self.company.timezone or tz.SERVER)

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, cycles):
        cls.check_no_orders(cycles)

    @classmethod
    def check_no_orders(cls, cycles):
        for cycle in cycles:
            if any(s.state != 'cancelled' for s in cycle.sales):
                raise CycleError(gettext(
                        'shortcircuit_catalog.msg_cycle_orders',
                        cycle=cycle.rec_name))

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def draft(cls, cycles):
        cls.check_no_orders(cycles)

    @classmethod
    @ModelView.button
    @Workflow.transition('open')
    def open(cls, cycles):
        for cycle in cycles:
            if not cycle.mercuriale:
                raise CycleError(gettext(
                        'shortcircuit_catalog.msg_cycle_no_mercuriale',
                        cycle=cycle.rec_name))

    @classmethod
    @ModelView.button
    @Workflow.transition('closed')
    def close(cls, cycles):
        pool = Pool()
        Sale = pool.get('sale.sale')
        # From now on the orders no longer change
        with Transaction().set_context(queue_batch=True):
            Sale.__queue__.process([
                    s for c in cycles for s in c.sales
                    if s.state == 'confirmed'])

    @classmethod
    @ModelView.button
    @Workflow.transition('done')
    def do(cls, cycles):
        pass

    @classmethod
    def copy(cls, cycles, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('sales', None)
        return super().copy(cycles, default=default)
