# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What is left to do of the orders of a cycle, told by a query

Core looks again at all the moves and invoice lines of an order each time that
one of its documents moves on, mostly to find that nothing is left to create.
"""

from sql.aggregate import Max, Sum
from sql.conditionals import Case, Coalesce
from sql.functions import Abs
from sql.operators import Concat

from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

_in = fields.SQL_OPERATORS['in']


class Sale(metaclass=PoolMeta):
    __name__ = 'sale.sale'

    @classmethod
    def _process_invoice(cls, sales):
        super()._process_invoice(cls.find_left(sales, 'to_invoice'))

    @classmethod
    def _process_fulfillment(cls, sales):
        super()._process_fulfillment(cls.find_left(sales, 'to_ship'))

    @classmethod
    def _process_invoice_fulfillment_states(cls, sales):
        left = set(cls.find_left(sales, 'changing'))
        changing, settled = [], []
        for sale in sales:
            (changing if sale in left else settled).append(sale)
        for sale in changing:
            sale._keep_invoices()
            sale._keep_moves()
        super()._process_invoice_fulfillment_states(changing)
        # All that may have changed of the others is what their invoices are
        for sale in settled:
            sale._keep_invoices()
        with Transaction().set_context(_settled=True):
            super()._process_invoice_fulfillment_states(settled)

    def _keep_invoices(self):
        # The ORM computes a field on other instances, which read again all
        # that those at hand have
        invoices = self.get_invoices('invoices')
        self._local_cache[self.id]['invoices'] = tuple(invoices)

    def _keep_moves(self):
        for line in self.line_lines:
            line._keep_moves()
        self._local_cache[self.id]['moves'] = tuple(
            m for l in self.line_lines for m in l.moves)

    @classmethod
    def find_left(cls, sales, what):
        """
        Return the sales of which something may be left to do.

        what is to_invoice or to_ship for those that may lack an invoice or a
        shipment, changing for those of which the quantities of the lines, or
        the state of the shipments, may differ from what is stored.
        """
        pool = Pool()
        Line = pool.get('sale.line')
        known = [
            s for s in sales
            if s.cycle and s.invoice_method == 'fulfillment'
            and s.shipment_method == 'order'
            and (what != 'changing' or s.shipment_state == 'sent')]
        done = set(known) - Line.find_left(known, what)
        return [s for s in sales if s not in done]

    def get_shipment_state(self):
        if Transaction().context.get('_settled'):
            return self.shipment_state
        return super().get_shipment_state()


class Line(metaclass=PoolMeta):
    __name__ = 'sale.line'

    def _keep_moves(self):
        values = {
            'movable': self.on_change_with_movable(),
            'moves_exception': self.get_moves_exception('moves_exception'),
            }
        self._local_cache[self.id]._update(values)
        progress = self.get_moves_progress('moves_progress')
        self._local_cache[self.id]['moves_progress'] = progress

    def set_quantities(self):
        if not Transaction().context.get('_settled'):
            super().set_quantities()

    @classmethod
    def find_left(cls, sales, what):
        "Return the set of the sales of which a line leaves something to do"
        pool = Pool()
        Sale = pool.get('sale.sale')
        cursor = Transaction().connection.cursor()
        left = []
        for sub_sales in grouped_slice(sales, 1000):
            cursor.execute(*cls._query_left(what, [s.id for s in sub_sales]))
            left.extend(id_ for id_, in cursor)
        return set(Sale.browse(left))

    @classmethod
    def _query_left(cls, what, sales):
        pool = Pool()
        line, product, template, unit = (
            pool.get(name).__table__() for name in [
                'sale.line', 'product.product', 'product.template',
                'product.uom'])
        move, invoice = cls._query_moves(sales), cls._query_invoices(sales)
        conditions = cls._nothing_left(line, unit, move, invoice)
        nothing = conditions[what] & cls._is_plain(
            line, template, move, invoice)
        return (line
            .join(unit, 'LEFT', condition=line.unit == unit.id)
            .join(product, 'LEFT', condition=line.product == product.id)
            .join(template, 'LEFT', condition=product.template == template.id)
            .join(move, 'LEFT', condition=move.line == line.id)
            .join(invoice, 'LEFT', condition=invoice.line == line.id)
            .select(
                line.sale,
                where=(line.type == 'line') & _in(line.sale, sales),
                group_by=line.sale,
                having=Max(Case((nothing, 0), else_=1)) == 1))

    @staticmethod
    def _nothing_left(line, unit, move, invoice):
        "Return the conditions under which a line leaves nothing to do"
        # As many decimals as the unit has are told from rounding
        half = unit.rounding / 2
        done, moved, invoiced, allocated = (
            Coalesce(quantity, 0) for quantity in [
                move.done, move.moved, invoice.invoiced,
                line.allocated_quantity])
        is_invoiced = Abs(done - invoiced) < half
        return {
            'to_invoice': is_invoiced,
            'to_ship': allocated - moved < half,
            'changing': is_invoiced
            & (done == moved)
            & (Abs(allocated - moved) < half)
            & (Abs(line.actual_quantity - moved) < half)
            & (line.quantity_to_ship == 0)
            & (line.quantity_to_invoice == 0),
            }

    @staticmethod
    def _is_plain(line, template, move, invoice):
        "Return the condition under which quantities tell all of a line"
        pool = Pool()
        Move = pool.get('stock.move')
        return ((line.quantity >= 0)
            & template.type.in_(Move.get_product_types())
            & (Coalesce(move.odd, 0) == 0)
            & (Coalesce(invoice.odd, 0) == 0))

    @classmethod
    def _query_moves(cls, sales):
        pool = Pool()
        Location = pool.get('stock.location')
        line = cls.__table__()
        move = pool.get('stock.move').__table__()
        from_, to = Location.__table__(), Location.__table__()
        is_plain = (
            (move.state != 'cancelled') & (move.unit == line.unit)
            & (from_.type != 'customer') & (to.type == 'customer'))
        return (line
            .join(move, condition=move.origin == Concat(
                    f'{cls.__name__},', line.id))
            .join(from_, condition=move.from_location == from_.id)
            .join(to, condition=move.to_location == to.id)
            .select(
                line.id.as_('line'),
                Sum(move.quantity).as_('moved'),
                Sum(Case((move.state == 'done', move.quantity), else_=0)
                    ).as_('done'),
                Max(Case((is_plain, 0), else_=1)).as_('odd'),
                where=_in(line.sale, sales),
                group_by=line.id))

    @classmethod
    def _query_invoices(cls, sales):
        pool = Pool()
        line, invoice, invoice_line = (
            pool.get(name).__table__() for name in [
                'sale.line', 'account.invoice', 'account.invoice.line'])
        is_plain = (
            cls._is_plainly_invoiced(invoice_line)
            & (invoice_line.unit == line.unit)
            & (Coalesce(invoice.state, 'draft') != 'cancelled'))
        return (line
            .join(invoice_line, condition=invoice_line.origin == Concat(
                    f'{cls.__name__},', line.id))
            .join(invoice, 'LEFT',
                condition=invoice_line.invoice == invoice.id)
            .select(
                line.id.as_('line'),
                Sum(invoice_line.quantity).as_('invoiced'),
                Max(Case((is_plain, 0), else_=1)).as_('odd'),
                where=_in(line.sale, sales),
                group_by=line.id))

    @classmethod
    def _is_plainly_invoiced(cls, invoice_line):
        "Return the condition on an invoice line to count as it is"
        return invoice_line.type == 'line'
