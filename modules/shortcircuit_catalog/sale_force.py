# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.pool import Pool
from trytond.transaction import Transaction
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .exceptions import OrderError


class SaleForce(Wizard):
    __name__ = 'sale.sale.force'

    start = StateView(
        'sale.sale.force.start',
        'shortcircuit_catalog.sale_force_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Force", 'force', 'tryton-ok', default=True),
            ])
    force = StateTransition()

    def transition_force(self):
        pool = Pool()
        Sale = pool.get('sale.sale')
        reason = (self.start.reason or '').strip()
        if not reason:
            raise OrderError(gettext(
                    'shortcircuit_catalog.msg_order_force_reason',
                    sale=self.record.rec_name))
        for sale in self.records:
            if not sale.cycle or not sale.cycle.takes_late_orders:
                raise OrderError(gettext(
                        'shortcircuit_catalog.msg_order_force',
                        sale=sale.rec_name))
        Sale.write(self.records, {
                'forced_by': Transaction().user,
                'forced_reason': reason,
                })
        return 'end'

    def end(self):
        return 'reload'


class SaleForceStart(ModelView):
    __name__ = 'sale.sale.force.start'

    reason = fields.Text(
        "Reason", required=True,
        help="Why the order is let in after the closing.")
