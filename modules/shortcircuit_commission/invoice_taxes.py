# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Which invoices have other taxes than those of their products

Core computes the taxes of each line again when it is posted, to warn of what
a user has changed: a third of the posting. Here it is done once for all the
lines of a product that are taxed alike.
"""

from trytond.pool import PoolMeta


class Invoice(metaclass=PoolMeta):
    __name__ = 'account.invoice'

    @classmethod
    def _check_taxes(cls, invoices):
        expected = {}
        super()._check_taxes([
                i for i in invoices
                if any(l.has_other_taxes(expected) for l in i.line_lines)])


class InvoiceLine(metaclass=PoolMeta):
    __name__ = 'account.invoice.line'

    def has_other_taxes(self, expected):
        """
        Tell if the line is taxed otherwise than by its product.

        expected is a dictionary to remember what was computed for the lines
        that follow: the taxes and the part that is deductible.
        """
        key = self._taxes_key()
        if key not in expected:
            line = self.__class__(self.id)
            line.on_change_product()
            expected[key] = set(line.taxes), line.taxes_deductible_rate
        taxes, rate = expected[key]
        return (set(self.taxes) != taxes
            or (self.invoice.type == 'in'
                and self.taxes_deductible_rate != rate))

    def _taxes_key(self):
        "Return what the taxes of the line depend on"
        if not self.product:
            return self
        party = self.invoice.party
        rule = (party.supplier_tax_rule if self.invoice.type == 'in'
            else party.customer_tax_rule)
        return (
            self.company, self.invoice.type, self.product, rule,
            self._charges_vat(),
            tuple(sorted(self._get_tax_rule_pattern().items())))
