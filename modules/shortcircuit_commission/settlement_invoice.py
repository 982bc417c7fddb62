# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The invoices of the settlements, made all at once"

from collections import defaultdict
from decimal import Decimal

from sql import Null

from trytond.cache import Cache
from trytond.i18n import gettext
from trytond.model import ModelView, Workflow, dualmethod
from trytond.modules.product import price_digits
from trytond.modules.shortcircuit_catalog.computed import computed
from trytond.modules.shortcircuit_catalog.today import today
from trytond.pool import Pool, PoolMeta
from trytond.transaction import Transaction

from .exceptions import SettlementError
from .split import unit_price


class Settlement(metaclass=PoolMeta):
    __name__ = 'shortcircuit.settlement'

    @classmethod
    @ModelView.button
    @Workflow.transition('validated')
    def validate_settlement(cls, settlements):
        pool = Pool()
        Invoice = pool.get('account.invoice')
        super().validate_settlement(settlements)
        with computed():
            invoices = cls.create_invoices([
                    s for s in settlements if s.regime == 'deposit_sale'])
            cls.save(settlements)
            with Invoice.generated():
                Invoice.validate_invoice(invoices)

    @classmethod
    def create_invoices(cls, settlements):
        """
        Create the draft invoices of the producers of settlements.

        Those who are owed for nothing have none. Return the invoices.
        """
        pool = Pool()
        Invoice = pool.get('account.invoice')
        InvoiceLine = pool.get('account.invoice.line')
        Line = pool.get('shortcircuit.settlement.line')
        groups = Line.get_groups(settlements)
        agreements = Line.get_last_agreements(settlements)
        settlements = [s for s in settlements if groups[s.id]]
        for settlement in settlements:
            settlement.invoice = settlement.get_invoice(
                agreements[settlement.id].payment_term)
        cls.set_mandates(settlements)
        invoices = [s.invoice for s in settlements]
        Invoice.save(invoices)
        InvoiceLine.save([
                line for s in settlements
                for line in s.get_invoice_lines(groups[s.id])])
        invoices = Invoice.browse(invoices)
        Invoice.update_taxes(invoices)
        return invoices

    @classmethod
    def set_mandates(cls, settlements):
        "Set on the invoices of settlements by what mandates they are made"

    def get_invoice(self, payment_term=None):
        """
        Return the self-billed invoice of the producer without lines.

        Without payment term the invoice has the one of the party.
        """
        pool = Pool()
        Invoice = pool.get('account.invoice')
        invoice = Invoice(
            company=self.company,
            type='in',
            party=self.producer.party,
            currency=self.currency,
            invoice_date=today(self.company),
            reference=self.number,
            description=gettext(
                'shortcircuit_commission.msg_settlement_invoice',
                settlement=self.rec_name),
            # The invoice can not be validated with another amount
            source_untaxed_amount=self.amount)
        invoice.set_journal()
        invoice.on_change_party()
        if payment_term:
            invoice.payment_term = payment_term
        self._check_address(invoice)
        return invoice

    def _check_address(self, invoice):
        if not invoice.invoice_address:
            raise SettlementError(gettext(
                    'shortcircuit_commission.msg_settlement_no_address',
                    settlement=self.rec_name,
                    producer=self.producer.rec_name))

    def get_invoice_lines(self, groups):
        """
        Return the lines of the invoice, of the amount to the cent.

        groups are the lines of the settlement summed by product, unit and
        price. What no unit price can give back is added by tax on a line
        apart.
        """
        lines = []
        missing = defaultdict(Decimal)
        for product, unit, quantity, amount in groups:
            line = self._get_invoice_line()
            line.product = product
            line.unit = unit
            line.quantity = quantity
            line.on_change_product()
            line.unit_price, rest = unit_price(
                amount, Decimal(repr(quantity)),
                self.currency.digits, price_digits[1])
            missing[line.account, line.taxes_deductible_rate,
                tuple(sorted(line.taxes))] += rest
            if quantity:
                lines.append(line)
        lines.extend(
            self._get_rounding_line(*key, rest)
            for key, rest in missing.items() if rest)
        return lines

    def _get_rounding_line(self, account, deductible_rate, taxes, amount):
        line = self._get_invoice_line()
        line.description = gettext(
            'shortcircuit_commission.msg_settlement_rounding')
        line.quantity = 1
        line.unit_price = amount
        line.account = account
        line.taxes_deductible_rate = deductible_rate
        line.taxes = taxes
        return line

    def _get_invoice_line(self):
        pool = Pool()
        InvoiceLine = pool.get('account.invoice.line')
        return InvoiceLine(
            invoice=self.invoice,
            type='line',
            company=self.company,
            currency=self.currency,
            origin=self)


class Invoice(metaclass=PoolMeta):
    __name__ = 'account.invoice'

    @classmethod
    def generated(cls):
        """
        Return the context in which invoices are as they were just computed

        Core computes them again at each step, to compare with what users type.
        """
        return Transaction().set_context(_generated=True)

    @classmethod
    def _check_taxes(cls, invoices):
        if not Transaction().context.get('_generated'):
            super()._check_taxes(invoices)

    @classmethod
    def _check_similar(cls, invoices, type='in'):
        if not Transaction().context.get('_generated'):
            super()._check_similar(invoices, type=type)

    @dualmethod
    def update_taxes(cls, invoices, exception=False):
        if not Transaction().context.get('_generated'):
            super().update_taxes(invoices, exception=exception)


class Tax(metaclass=PoolMeta):
    __name__ = 'account.tax'

    _parents_cache = Cache('account.tax.parents', context=False)

    @classmethod
    def _unit_compute(cls, taxes, price_unit, date):
        # The records are new for each line, and read their children again
        parents = cls._get_parents()
        for tax in taxes:
            if tax.id not in parents:
                tax._local_cache[tax.id]['childs'] = ()
        return super()._unit_compute(taxes, price_unit, date)

    @classmethod
    def _get_parents(cls):
        "Return the ids of the taxes that have children"
        parents = cls._parents_cache.get(None)
        if parents is None:
            table = cls.__table__()
            cursor = Transaction().connection.cursor()
            cursor.execute(*table.select(
                    table.parent,
                    where=table.parent != Null, group_by=table.parent))
            parents = cls._parents_cache.set(None, {p for p, in cursor})
        return parents

    @classmethod
    def on_modification(cls, mode, taxes, field_names=None):
        super().on_modification(mode, taxes, field_names=field_names)
        cls._parents_cache.clear()
