# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.wizard import (
    Button, StateAction, StateTransition, StateView, Wizard)

from .order_sheet import FILTERS


class OrderAsk(ModelView):
    __name__ = 'shortcircuit.order.ask'

    party = fields.Many2One(
        'party.party', "Customer", required=True,
        domain=[
            ('shortcircuit_channel', '!=', None),
            ])
    channel = fields.Many2One('shortcircuit.channel', "Channel")
    cycle = fields.Many2One(
        'shortcircuit.cycle', "Cycle", required=True,
        domain=[
            ('state', '=', 'open'),
            ('channel', '=', Eval('channel', -1)),
            ])

    @fields.depends('party', 'cycle')
    def on_change_party(self):
        pool = Pool()
        Cycle = pool.get('shortcircuit.cycle')
        self.channel = self.party.shortcircuit_channel if self.party else None
        if not self.channel:
            self.cycle = None
        elif not self.cycle or self.cycle.channel != self.channel:
            self.cycle = Cycle.get_next(self.channel)


class OrderConfirm(ModelView):
    __name__ = 'shortcircuit.order.confirm'

    order = fields.Many2One('sale.sale', "Order", readonly=True)
    party = fields.Many2One('party.party', "Customer", readonly=True)
    delivery_date = fields.Date("Delivery Date", readonly=True)
    count = fields.Integer("Products", readonly=True)
    currency = fields.Many2One(
        'currency.currency', "Currency", readonly=True)
    untaxed_amount = Monetary(
        "Untaxed", currency='currency', digits='currency', readonly=True)
    tax_amount = Monetary(
        "Tax", currency='currency', digits='currency', readonly=True)
    total_amount = Monetary(
        "Total", currency='currency', digits='currency', readonly=True)
    organic_share = fields.Numeric("Organic", digits=(1, 3), readonly=True)
    quality_share = fields.Numeric(
        "Quality", digits=(1, 3), readonly=True)


class Order(Wizard):
    __name__ = 'shortcircuit.order'

    start = StateTransition()
    ask = StateView(
        'shortcircuit.order.ask',
        'shortcircuit_catalog.order_ask_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Open", 'open_', 'tryton-ok', default=True),
            ])
    open_ = StateTransition()
    sheet = StateView(
        'shortcircuit.order_sheet',
        'shortcircuit_catalog.order_sheet_view_form', [
            Button("Close", 'end', 'tryton-cancel'),
            Button("Change", 'ask', 'tryton-back', validate=False),
            Button("Save", 'save', 'tryton-save'),
            Button("Order", 'review', 'tryton-forward', default=True),
            ])
    save = StateTransition()
    review = StateTransition()
    confirm = StateView(
        'shortcircuit.order.confirm',
        'shortcircuit_catalog.order_confirm_view_form', [
            Button("Back", 'sheet', 'tryton-back'),
            Button("Confirm", 'order', 'tryton-ok', default=True),
            ])
    order = StateAction('shortcircuit_catalog.act_order_form_buyer')

    # What was just saved was checked
    _saved = False

    def transition_start(self):
        pool = Pool()
        Sale = pool.get('sale.sale')
        active = {self.model.__name__: self.record} if self.record else {}
        order = active.get('sale.sale')
        self.ask.party = (
            order.party if order
            else active.get('party.party') or Sale.default_party())
        self.ask.cycle = (
            order.cycle if order else active.get('shortcircuit.cycle'))
        self.ask.on_change_party()
        if self.asks and not (order and order.cycle):
            return 'ask'
        if order:
            self._open(order)
            return 'sheet'
        return self.transition_open_()

    def _open(self, order):
        "Set the order on the sheet with what it is for"
        self.sheet.order = order
        self.sheet.party = order.party
        self.sheet.cycle = order.cycle
        self.sheet.basket = None

    @property
    def asks(self):
        "Test if something is left to choose"
        return not self.ask.party or not self.ask.cycle

    def default_ask(self, fields):
        return {
            name: value.id for name in ['party', 'channel', 'cycle']
            if (value := getattr(self.ask, name, None))}

    def transition_open_(self):
        self.sheet.order = None
        self.sheet.party = self.ask.party
        self.sheet.cycle = self.ask.cycle
        self.sheet.basket = None
        return 'sheet'

    def value_sheet(self, fields):
        pool = Pool()
        Line = pool.get('shortcircuit.order_sheet.line')
        sheet = self.sheet
        if sheet.basket is None:
            sheet.load()
        elif not self._saved:
            sheet.check_access()
        values = {
            name: getattr(sheet, name) for name in [
                'party', 'cycle', 'order', 'last_cycle', 'currency',
                'closes_at', 'basket', 'favorites', 'untaxed_amount',
                'missing_amount', 'organic_share', 'quality_share',
                *FILTERS]}
        names = Line._fields.keys() | {'product.', 'unit.', 'currency.'}
        values['lines'] = [
            {k: v for k, v in row.items() if k in names}
            for row in filter(sheet.shows, sheet._get_rows())]
        return values

    def _save_order(self):
        self.sheet.save_order()
        # The lines are read again when the sheet opens again
        self.sheet.lines = []
        self._saved = True

    def transition_save(self):
        self._save_order()
        return 'sheet'

    def transition_review(self):
        self._save_order()
        return 'confirm'

    def default_confirm(self, fields):
        order = self.sheet.order
        return {
            'order': order.id,
            'party': order.party.id,
            'delivery_date': order.shipping_date,
            'count': len(order.line_lines),
            'currency': order.currency.id,
            'untaxed_amount': order.untaxed_amount,
            'tax_amount': order.tax_amount,
            'total_amount': order.total_amount,
            'organic_share': self.sheet.organic_share,
            'quality_share': self.sheet.quality_share,
            }

    def do_order(self, action):
        pool = Pool()
        Sale = pool.get('sale.sale')
        order = self.confirm.order
        self._open(order)
        self.sheet.check_access()
        if order.state == 'draft':
            Sale.order([order])
        elif order.state == 'quotation':
            Sale.confirm([order])
        action['views'].reverse()
        return action, {'res_id': [order.id]}
