# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

"The sales of which goods are sold in the name of their producers"

from sql import Null

from trytond.pool import Pool, PoolMeta
from trytond.transaction import Transaction


class Sale(metaclass=PoolMeta):
    __name__ = 'sale.sale'

    @classmethod
    def _process_invoice(cls, sales):
        pool = Pool()
        InvoiceLine = pool.get('account.invoice.line')
        super()._process_invoice(sales)
        lines = InvoiceLine.search([
                # By what there is an index of, whatever was invoiced before
                ('origin', 'in', [str(l) for s in sales for l in s.lines]),
                ('seller', '!=', None),
                ('invoice.seller', '=', None),
                ('invoice.state', '=', 'draft'),
                ])
        if lines:
            InvoiceLine.move_to_sellers(lines)


class SaleLine(metaclass=PoolMeta):
    __name__ = 'sale.line'

    def get_invoice_line(self):
        "Return a line for each producer who sells, and one for the rest"
        sellers = self._sellers
        if not sellers:
            return super().get_invoice_line()
        lines = []
        for seller in [None, *sellers]:
            with Transaction().set_context(
                    _invoice_seller=seller.id if seller else None):
                for line in super().get_invoice_line():
                    line.set_seller(seller)
                    lines.append(line)
        return lines

    @property
    def _sellers(self):
        "The producers in whose name something of the line is sold"
        sellers = {m.seller for m in self.moves if m.state == 'done'}
        sellers.update(l.seller for l in self.invoice_lines)
        return sorted(filter(None, sellers), key=lambda s: s.id)

    def _get_invoice_line_quantity(self):
        pool = Pool()
        Uom = pool.get('product.uom')
        if '_invoice_seller' not in Transaction().context:
            return super()._get_invoice_line_quantity()
        return sum(
            Uom.compute_qty(m.unit, m.quantity, self.unit)
            * (-1 if m.from_location.type == 'customer' else 1)
            for m in self._get_seller_moves())

    def _get_invoiced_quantity(self):
        pool = Pool()
        Uom = pool.get('product.uom')
        context = Transaction().context
        if '_invoice_seller' not in context:
            return super()._get_invoiced_quantity()
        skips = {l for i in self.sale.invoices_recreated for l in i.lines}
        return sum(
            Uom.compute_qty(l.unit, l.quantity, self.unit)
            for l in self.invoice_lines
            if l not in skips and is_of(l, context['_invoice_seller']))

    def _get_invoice_line_moves(self, quantity):
        if '_invoice_seller' not in Transaction().context:
            return super()._get_invoice_line_moves(quantity)
        return [
            m for m in self._get_seller_moves()
            if abs(m.invoiced_quantity) < m.quantity]

    def _get_seller_moves(self):
        seller = Transaction().context['_invoice_seller']
        return [
            m for m in self.moves if m.state == 'done' and is_of(m, seller)]

    @classmethod
    def _is_plainly_invoiced(cls, invoice_line):
        # The quantities that each of them sells are counted apart
        return (super()._is_plainly_invoiced(invoice_line)
            & (invoice_line.seller == Null))

    def get_support_invoice_line(self, move, quantity):
        line = super().get_support_invoice_line(move, quantity)
        line.set_seller(move.seller)
        return line


def is_of(record, seller):
    "If the producer of that id sells it, or the cooperative if it is None"
    return (record.seller.id if record.seller else None) == seller
