# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"How the orders of the canteens are invoiced: once a month and by engagement"

from trytond.model import ModelView, Workflow
from trytond.modules.shortcircuit_catalog.rows import write_grouped
from trytond.pool import Pool, PoolMeta
from trytond.transaction import without_check_access

# What the invoices of an order have of it
REFERENCES = ['contract', 'engagement_number', 'service_code']


class Sale(metaclass=PoolMeta):
    __name__ = 'sale.sale'

    @property
    def invoice_grouping_method(self):
        # What is invoiced on a day to come is invoiced together
        return super().invoice_grouping_method or (
            'standard' if self.invoice_term else None)

    def _get_invoice_grouping_fields(self, invoice):
        return super()._get_invoice_grouping_fields(invoice) | set(REFERENCES)

    @property
    def _invoice_term_date(self):
        "The last delivery: it may be recorded in the month that follows"
        dates = [
            m.effective_date for l in self.line_lines for m in l.moves
            if m.state == 'done']
        return max(dates, default=super()._invoice_term_date)

    def _get_invoice(self):
        invoice = super()._get_invoice()
        for name in REFERENCES:
            setattr(invoice, name, getattr(self, name) or None)
        return invoice

    @classmethod
    def _process_invoice(cls, sales):
        pool = Pool()
        Canteen = pool.get('shortcircuit.canteen')
        # Two deliveries at once would begin the same month's invoice twice
        if grouped := [s for s in sales if s.invoice_grouping_method]:
            if canteens := Canteen.find_by_party(cls._get_payers(grouped)):
                Canteen.lock(list(canteens.values()))
        super()._process_invoice(sales)

    @classmethod
    @ModelView.button
    @Workflow.transition('quotation')
    def quote(cls, sales):
        with without_check_access():
            cls.set_canteen_terms(sales)
        super().quote(sales)

    @classmethod
    def set_canteen_terms(cls, sales):
        "Set on the orders of canteens when these are invoiced and pay"
        pool = Pool()
        Canteen = pool.get('shortcircuit.canteen')
        canteens = Canteen.find_by_party(cls._get_payers(sales))
        write_grouped(cls, {
                sale: terms for sale in sales
                if (canteen := canteens.get((sale.company, sale.payer)))
                and (terms := dict(sale._get_canteen_terms(canteen)))})

    def _get_canteen_terms(self, canteen):
        "Yield the name and the value of what the order lacks"
        term = self.payer.sale_invoice_term
        if term and self.invoice_term != term:
            yield 'invoice_term', term.id
        if (canteen.payment_term
                and self.payment_term != canteen.payment_term):
            yield 'payment_term', canteen.payment_term.id
        if canteen.chorus_service_code and not self.service_code:
            yield 'service_code', canteen.chorus_service_code

    @property
    def payer(self):
        return self.invoice_party or self.party

    @classmethod
    def _get_payers(cls, sales):
        return {s.payer for s in sales}
