# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.i18n import gettext
from trytond.modules.shortcircuit_hub.exceptions import CorrectionError
from trytond.pool import Pool, PoolMeta


class DeliveryLine(metaclass=PoolMeta):
    __name__ = 'shortcircuit.delivery.line'

    def check_correction(self, values):
        pool = Pool()
        SettlementLine = pool.get('shortcircuit.settlement.line')
        super().check_correction(values)
        settled = SettlementLine.search([
                ('move.lot', 'in', [l.id for l in self.lots]),
                ('settlement.state', '!=', 'cancelled'),
                ], limit=1)
        if settled:
            raise CorrectionError(gettext(
                    'shortcircuit_commission.msg_correction_settled',
                    line=self.rec_name,
                    settlement=settled[0].settlement.rec_name))
