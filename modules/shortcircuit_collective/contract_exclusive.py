# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What the buyers have committed to order on an exclusive lot only"

from trytond.i18n import gettext
from trytond.model import ModelView, Workflow
from trytond.modules.shortcircuit_catalog.today import today
from trytond.pool import Pool, PoolMeta
from trytond.transaction import without_check_access

from .exceptions import ExclusiveWarning
from .warning import warn


class Sale(metaclass=PoolMeta):
    __name__ = 'sale.sale'

    @classmethod
    @ModelView.button
    @Workflow.transition('quotation')
    def quote(cls, sales):
        super().quote(sales)
        cls.warn_exclusive([s for s in sales if not s.contract])

    @classmethod
    @without_check_access
    def warn_exclusive(cls, sales):
        "Warn of what is ordered beside the exclusive lot that has it"
        found = cls.find_exclusive(sales)
        warn(ExclusiveWarning, 'exclusive_lot', list(found), gettext(
                'shortcircuit_collective.msg_exclusive'), [
                gettext('shortcircuit_collective.msg_exclusive_line',
                    line=line.rec_name,
                    lot=lot.rec_name)
                for line, lot in found.items()])

    @classmethod
    def find_exclusive(cls, sales):
        """
        Return by line of orders without contract the lot it belongs to.

        It is the exclusive lot of an active contract of the buyer that has
        the product. What gives goods back is left out. It costs one search,
        whatever the number of orders.
        """
        pool = Pool()
        Lot = pool.get('shortcircuit.contract.lot')
        if not sales:
            return {}
        lots = Lot.search([
                ('exclusive', '=', True),
                ('contract.state', '=', 'active'),
                ('contract.members.party', 'in',
                    list({s.party.id for s in sales})),
                ])
        # Most buyers have none: their lines are not read
        lines = [
            l for s in sales if not s.origin for l in s.line_lines
            if l.product] if lots else []
        found = {}
        for lot in lots:
            products = {p for price in lot.prices for p in price.products}
            for line in lines:
                if line.product in products and lot.binds(line.sale):
                    found[line] = lot
        return found


class Lot(metaclass=PoolMeta):
    __name__ = 'shortcircuit.contract.lot'

    def binds(self, sale):
        "If its buyer can order on the lot for the day it is delivered"
        date = sale.shipping_date or today(sale.company)
        return (
            sale.company == self.contract.company
            and self.contract.start_date <= date <= self.contract.last_date
            and self.is_open(date)
            and bool(self.contract.get_member(sale.party))
            and (not self.members or bool(self.get_member(sale.party))))
