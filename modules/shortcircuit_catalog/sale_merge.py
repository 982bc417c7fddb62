# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.i18n import gettext
from trytond.model import fields
from trytond.pool import PoolMeta
from trytond.pyson import Eval
from trytond.wizard import StateAction, StateTransition, Wizard

from .exceptions import OrderError
from .order_fill import CHANGEABLE


class Sale(metaclass=PoolMeta):
    __name__ = 'sale.sale'

    merged_into = fields.Many2One(
        'sale.sale', "Merged Into", readonly=True, ondelete='RESTRICT',
        states={
            'invisible': ~Eval('merged_into'),
            },
        help="The order that takes what was ordered here.")

    @classmethod
    def copy(cls, sales, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('merged_into', None)
        return super().copy(sales, default=default)

    @classmethod
    def merge(cls, orders):
        """
        Add the quantities of orders to the first of the most advanced ones.

        The others are cancelled. OrderError is raised if they are not for the
        same customer and cycle, if one of them can no longer change or if a
        sum cannot be ordered; nothing is changed then.
        """
        cls.lock(orders)
        cls.check_merge(orders)
        target = min(
            orders, key=lambda o: (-CHANGEABLE.index(o.state), o.id))
        others = [o for o in orders if o != target]
        cls.fill([(target, cls.get_quantities(orders))])
        cls.draft([o for o in others if o.state == 'confirmed'])
        cls.cancel(others)
        cls.write(others, {'merged_into': target.id})
        return target

    @classmethod
    def check_merge(cls, orders):
        if len(orders) < 2:
            raise OrderError(gettext('shortcircuit_catalog.msg_merge_one'))
        first, *others = orders
        for order in orders:
            if not order.cycle or order.state not in CHANGEABLE:
                raise OrderError(gettext(
                        'shortcircuit_catalog.msg_merge_state',
                        sale=order.rec_name))
        for order in others:
            if order.merge_key != first.merge_key:
                raise OrderError(gettext(
                        'shortcircuit_catalog.msg_merge_different',
                        first=first.rec_name, second=order.rec_name))

    @property
    def merge_key(self):
        "What the orders that can be merged have in common"
        return (
            self.company, self.cycle, self.invoice_party, *self.destination)


class SaleMerge(Wizard):
    __name__ = 'shortcircuit.sale.merge'

    start = StateTransition()
    open_ = StateAction('shortcircuit_catalog.act_order_form_buyer')

    def transition_start(self):
        self.order = self.model.merge(self.records)
        return 'open_'

    def do_open_(self, action):
        action['views'].reverse()
        return action, {'res_id': [self.order.id]}
