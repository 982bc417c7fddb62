# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The terms that the law counts from the delivery (C. com. art. L.441-11 II)"

from calendar import monthrange

from sql.aggregate import Max, Min

from trytond import backend
from trytond.model import ModelView, Workflow, fields
from trytond.pool import Pool, PoolMeta
from trytond.tools import sqlite_apply_types
from trytond.transaction import Transaction


def end_of_ten_days(date):
    "Return the last day of the ten-day period: the 10th, the 20th or the end"
    for day in [10, 20]:
        if date.day <= day:
            return date.replace(day=day)
    return date.replace(day=monthrange(date.year, date.month)[1])


class PaymentTerm(metaclass=PoolMeta):
    __name__ = 'account.invoice.payment_term'

    @property
    def from_delivery(self):
        return any(line.start for line in self.lines)


class PaymentTermLine(metaclass=PoolMeta):
    __name__ = 'account.invoice.payment_term.line'

    start = fields.Selection([
            (None, "Invoice"),
            ('delivery', "Delivery"),
            ('ten_days', "Ten-Day Period of Delivery"),
            ], "Counted from", sort=False,
        help="What the deltas are added to.\n"
        "Delivery: the first delivery of what is invoiced.\n"
        "Ten-Day Period of Delivery: the 10th, the 20th or the last day of "
        "the month that follows the first delivery.")

    def get_date(self, date):
        if self.start == 'ten_days':
            date = end_of_ten_days(date)
        return super().get_date(date)


class Invoice(metaclass=PoolMeta):
    __name__ = 'account.invoice'

    @property
    def delivery_dates(self):
        "The first and the last day of delivery of what is invoiced, if known"
        return self.get_delivery_dates([self]).get(self.id)

    @classmethod
    def get_delivery_dates(cls, invoices):
        """
        Return by id of invoice the first and the last day of delivery.

        What came back does not count. The invoices of nothing delivered are
        missing.
        """
        cursor = Transaction().connection.cursor()
        dates = {}
        ids = [i.id for i in invoices]
        if not ids:
            return dates
        for query in [cls._query_delivered(ids), cls._query_settled(ids)]:
            if backend.name == 'sqlite':
                sqlite_apply_types(query, [None, 'DATE', 'DATE'])
            cursor.execute(*query)
            dates.update((id_, (first, last)) for id_, first, last in cursor)
        return dates

    @classmethod
    def _query_delivered(cls, ids):
        pool = Pool()
        Line = pool.get('account.invoice.line')
        LineMove = pool.get('account.invoice.line-stock.move')
        Move = pool.get('stock.move')
        line, line_move, move = map(
            lambda m: m.__table__(), [Line, LineMove, Move])
        return (line
            .join(line_move, condition=line_move.invoice_line == line.id)
            .join(move, condition=line_move.stock_move == move.id)
            .select(
                line.invoice,
                Min(move.effective_date).as_('first'),
                Max(move.effective_date).as_('last'),
                where=fields.SQL_OPERATORS['in'](line.invoice, ids)
                & (line.quantity > 0) & (move.state == 'done'),
                group_by=line.invoice))

    @classmethod
    def _query_settled(cls, ids):
        pool = Pool()
        Settlement = pool.get('shortcircuit.settlement')
        Line = pool.get('shortcircuit.settlement.line')
        settlement, line = Settlement.__table__(), Line.__table__()
        return (settlement
            .join(line, condition=line.settlement == settlement.id)
            .select(
                settlement.invoice,
                Min(line.date).as_('first'),
                Max(line.date).as_('last'),
                where=fields.SQL_OPERATORS['in'](settlement.invoice, ids)
                & (line.quantity > 0),
                group_by=settlement.invoice))

    @classmethod
    def set_payment_term_date(cls, invoices):
        "Count from the first delivery the terms that want it"
        undated = [
            i for i in invoices
            if not i.move and not i.payment_term_date
            and i.payment_term and i.payment_term.from_delivery]
        dates = cls.get_delivery_dates(undated)
        dated = [i for i in undated if i.id in dates]
        for invoice in dated:
            invoice.payment_term_date, _ = dates[invoice.id]
        cls.save(dated)

    @classmethod
    @ModelView.button
    @Workflow.transition('validated')
    def validate_invoice(cls, invoices):
        cls.set_payment_term_date(invoices)
        super().validate_invoice(invoices)

    @classmethod
    @Workflow.transition('posted')
    def post_batch(cls, invoices):
        # Core would count from today what has no date yet
        cls.set_payment_term_date(invoices)
        super().post_batch(invoices)

    @classmethod
    def _post(cls, invoices):
        cls.set_payment_term_date(invoices)
        super()._post(invoices)
