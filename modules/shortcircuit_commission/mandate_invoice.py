# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

"The customers' invoices made in the name of the producers who sell"

from trytond.i18n import gettext
from trytond.model import fields
from trytond.modules.shortcircuit_catalog.today import today
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval

from .exceptions import MandateInvoiceError
from .factur_x import required_notes


class Invoice(metaclass=PoolMeta):
    __name__ = 'account.invoice'

    seller = fields.Many2One(
        'shortcircuit.producer', "Sold by", readonly=True,
        ondelete='RESTRICT',
        states={
            'invisible': ~Eval('seller'),
            },
        help="The producer in whose name the cooperative sells.")
    settlement = fields.Many2One(
        'shortcircuit.settlement', "Settlement", readonly=True,
        ondelete='RESTRICT',
        states={
            'invisible': ~Eval('seller'),
            },
        help="What gives the producer what was collected for him.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._check_modify_exclude.add('settlement')

    @property
    def series_party(self):
        return self.seller.party if self.seller else super().series_party

    def get_tax_identifier(self, pattern=None):
        if self.seller:
            return self.seller.party.tax_identifier
        return super().get_tax_identifier(pattern=pattern)

    @classmethod
    def set_number(cls, invoices):
        cls.set_seller_mandates([
                i for i in invoices
                if i.seller and not i.number and not i.mandate])
        super().set_number(invoices)

    @classmethod
    def set_seller_mandates(cls, invoices):
        """
        Set the mandates by which invoices are made for those who sell.

        MandateInvoiceError is raised if one has no valid mandate on the date
        of the invoice, which is today if it has none.
        """
        pool = Pool()
        Mandate = pool.get('shortcircuit.mandate')
        Mention = pool.get('shortcircuit.mention')
        for key in {(i.company, i.date_used) for i in invoices}:
            company, date = key
            mandates = Mandate.require(company, {
                    i: i.seller.party for i in invoices
                    if (i.company, i.date_used) == key}, date,
                cls._refuse_without_mandate)
            for invoice, mandate in mandates.items():
                invoice.mandate = mandate
                invoice.mentions = Mention.get_text(date, [
                        'mandate', invoice.seller.vat_regime,
                        *required_notes(invoice)])

    @classmethod
    def _refuse_without_mandate(cls, invoices, date):
        invoice, *_ = invoices
        return MandateInvoiceError(gettext(
                'shortcircuit_commission.msg_invoice_no_mandate',
                invoice=invoice.rec_name,
                producer=invoice.seller.rec_name,
                date=date))

    @property
    def date_used(self):
        return self.invoice_date or today(self.company)

    def _credit(self, **values):
        credit = super()._credit(**values)
        credit.seller = self.seller
        return credit

    @classmethod
    def copy(cls, invoices, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('settlement', None)
        return super().copy(invoices, default=default)


class InvoiceLine(metaclass=PoolMeta):
    __name__ = 'account.invoice.line'

    seller = fields.Many2One(
        'shortcircuit.producer', "Sold by", readonly=True,
        ondelete='RESTRICT',
        states={
            'invisible': ~Eval('seller'),
            },
        help="The producer in whose name the cooperative sells.")

    def set_seller(self, seller):
        "Set who sells, whose VAT it is"
        self.seller = seller
        if seller and seller.vat_regime != 'normal':
            self.taxes = []

    def get_move_lines(self):
        lines = super().get_move_lines()
        if self.invoice.seller:
            post_for_seller(lines, self.invoice)
        return lines

    def _credit(self):
        credit = super()._credit()
        credit.seller = self.seller
        return credit

    @property
    def _support_invoice_key(self):
        return (*super()._support_invoice_key, ('seller', self.seller))

    @classmethod
    def move_to_sellers(cls, lines):
        """
        Put the lines that producers sell on invoices in their names.

        lines are on draft invoices, which keep what the cooperative sells
        and are deleted when nothing is left. Each producer has an invoice of
        his own for each of them.
        """
        pool = Pool()
        Invoice = pool.get('account.invoice')
        copies = {}
        for line in lines:
            key = (line.invoice, line.seller)
            if key not in copies:
                copies[key], = Invoice.copy([line.invoice], default={
                        'lines': None,
                        'taxes': None,
                        'seller': line.seller.id,
                        })
        cls.write(*(argument for line in lines for argument in [
                    [line], {'invoice': copies[line.invoice, line.seller].id}
                    ]))
        invoices = Invoice.browse({i for i, _ in copies})
        Invoice.update_taxes([
                *(i for i in invoices if i.lines),
                *Invoice.browse(copies.values())])
        Invoice.delete([i for i in invoices if not i.lines])


class InvoiceTax(metaclass=PoolMeta):
    __name__ = 'account.invoice.tax'

    def get_move_lines(self):
        lines = super().get_move_lines()
        if self.invoice.seller:
            post_for_seller(lines, self.invoice)
        return lines


class EDocument(metaclass=PoolMeta):
    __name__ = 'edocument.uncefact.invoice'

    @property
    def seller_trade_party(self):
        if self.invoice.seller:
            return self.invoice.seller.party
        return super().seller_trade_party

    @property
    def seller_trade_address(self):
        if self.invoice.seller:
            return self.invoice.seller.party.address_get('invoice')
        return super().seller_trade_address

    @property
    def payee(self):
        # The cooperative collects what it sells for others
        if self.invoice.seller:
            return self.invoice.company.party
        return super().payee


def post_for_seller(lines, invoice):
    "Owe to the seller what the lines post; the VAT is his to declare"
    pool = Pool()
    Configuration = pool.get('shortcircuit.configuration')
    account = Configuration(1).get_multivalue(
        'mandate_account', company=invoice.company.id)
    if not account:
        raise MandateInvoiceError(gettext(
                'shortcircuit_commission.msg_invoice_no_mandate_account',
                invoice=invoice.rec_name,
                producer=invoice.seller.rec_name))
    for line in lines:
        line.account = account
        line.party = invoice.seller.party
        line.tax_lines = []
