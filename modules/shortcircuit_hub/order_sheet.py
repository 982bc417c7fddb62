# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.i18n import gettext
from trytond.model import fields
from trytond.model.exceptions import AccessError
from trytond.pool import PoolMeta
from trytond.pyson import Bool, Eval


class OrderAsk(metaclass=PoolMeta):
    __name__ = 'shortcircuit.order.ask'

    distribution_points = fields.Many2Many(
        'shortcircuit.distribution_point', None, None, "Distribution Points")
    distribution_point = fields.Many2One(
        'shortcircuit.distribution_point', "Distribution Point",
        domain=[
            ('id', 'in', Eval('distribution_points', [])),
            ],
        states={
            'required': Bool(Eval('distribution_points', [])),
            'invisible': ~Eval('distribution_points', []),
            })

    @fields.depends('party', 'distribution_point', 'distribution_points')
    def on_change_party(self):
        super().on_change_party()
        points = self.party.all_distribution_points if self.party else []
        self.distribution_points = points
        if self.distribution_point not in points:
            self.distribution_point = points[0] if points else None


class OrderSheet(metaclass=PoolMeta):
    __name__ = 'shortcircuit.order_sheet'

    distribution_point = fields.Many2One(
        'shortcircuit.distribution_point', "Distribution Point",
        readonly=True,
        states={
            'invisible': ~Eval('distribution_point'),
            })

    @fields.depends('party', 'order', 'distribution_point')
    def check_access(self):
        super().check_access()
        allowed = {
            None, *self.party.all_distribution_points,
            self.order.distribution_point if self.order else None}
        if self.distribution_point not in allowed:
            raise AccessError(gettext(
                    'shortcircuit_catalog.msg_order_sheet_access'))

    @fields.depends('distribution_point')
    def get_order_domain(self):
        domain = super().get_order_domain()
        if self.distribution_point:
            domain = [
                domain,
                ('distribution_point', '=', self.distribution_point.id)]
        return domain

    def get_order_values(self):
        values = super().get_order_values()
        if self.distribution_point:
            values['distribution_point'] = self.distribution_point
        return values


class Order(metaclass=PoolMeta):
    __name__ = 'shortcircuit.order'

    @property
    def asks(self):
        return super().asks or len(self.ask.distribution_points) > 1

    def default_ask(self, fields):
        values = super().default_ask(fields)
        values['distribution_points'] = [
            p.id for p in self.ask.distribution_points]
        if self.ask.distribution_point:
            values['distribution_point'] = self.ask.distribution_point.id
        return values

    def transition_open_(self):
        self.sheet.distribution_point = self.ask.distribution_point
        return super().transition_open_()

    def _open(self, order):
        super()._open(order)
        self.sheet.distribution_point = order.distribution_point

    def value_sheet(self, fields):
        values = super().value_sheet(fields)
        values['distribution_point'] = self.sheet.distribution_point
        return values
