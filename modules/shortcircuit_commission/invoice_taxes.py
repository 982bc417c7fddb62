# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""When the taxes of invoices are computed, and which are not as expected

Core computes the taxes of a draft again whatever is written on it, and those
of each line once more to warn of what a user has changed: two thirds of the
posting. Here they are when what they depend on may change, and once for all
the lines of a product that are taxed alike.
"""

from contextlib import nullcontext

from trytond.pool import Pool, PoolMeta


class Invoice(metaclass=PoolMeta):
    __name__ = 'account.invoice'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        # What posting writes, of which the taxes are independent
        cls._taxes_independent = {
            'state', 'move', 'number', 'number_alnum', 'number_digit',
            'sequence', 'sequence_type_cache', 'tax_identifier',
            'party_tax_identifier', 'payment_term_date',
            'untaxed_amount_cache', 'tax_amount_cache', 'total_amount_cache',
            'validated_by', 'posted_by'}

    @classmethod
    def on_modification(cls, mode, invoices, field_names=None):
        independent = (
            mode == 'write' and set(field_names) <= cls._taxes_independent)
        with cls.generated() if independent else nullcontext():
            super().on_modification(mode, invoices, field_names=field_names)

    @classmethod
    def _check_taxes(cls, invoices):
        pool = Pool()
        Line = pool.get('account.invoice.line')
        others = Line.find_other_taxes([
                l for i in invoices for l in i.line_lines])
        super()._check_taxes([
                i for i in invoices if others.intersection(i.line_lines)])


class InvoiceLine(metaclass=PoolMeta):
    __name__ = 'account.invoice.line'

    @classmethod
    def find_other_taxes(cls, lines):
        "Return the set of the lines taxed otherwise than by their products"
        keys = {l: l._taxes_key() for l in lines}
        samples = {key: l for l, key in keys.items()}
        # Together, for what they need to be read at once; not the lines
        # themselves, which must not change
        expected = {}
        for key, line in zip(samples, cls.browse(samples.values())):
            line.on_change_product()
            expected[key] = set(line.taxes), line.taxes_deductible_rate
        return {
            l for l, key in keys.items()
            if l._is_taxed_otherwise(*expected[key])}

    def _is_taxed_otherwise(self, taxes, rate):
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
