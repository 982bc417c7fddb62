# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What posting invoices locks

A lock restarts the transaction. Core takes each one when it needs it, the last
once all the work is done: here they are taken first.
"""

from trytond.model import ModelView, Workflow
from trytond.modules.shortcircuit_catalog.computed import computed
from trytond.pool import Pool, PoolMeta


class Invoice(metaclass=PoolMeta):
    __name__ = 'account.invoice'

    @classmethod
    @ModelView.button
    @Workflow.transition('posted')
    def post(cls, invoices):
        # What is checked first would be checked again
        cls.lock_to_post(invoices)
        super().post(invoices)

    @classmethod
    def _post(cls, invoices):
        # What comes from the queue has its numbers, the rest is locked
        cls.lock_to_post(invoices, numbers=False)
        with computed():
            super()._post(invoices)
        # What is typed may lack what is required once it is posted
        cls._validate(invoices, {'state'})
        cls._validate_dated_accounts(invoices)

    @classmethod
    def _validate_dated_accounts(cls, invoices):
        "Refuse to post on the accounts that are not in use on the day"
        pool = Pool()
        MoveLine = pool.get('account.move.line')
        MoveLine._validate(MoveLine.search([
                    ('move', 'in', [i.move.id for i in invoices]),
                    ['OR',
                        ('account.start_date', '!=', None),
                        ('account.end_date', '!=', None),
                        ],
                    ]), {'account'})

    @classmethod
    def lock_to_post(cls, invoices, numbers=True):
        "Lock the series of the moves of invoices, and of their numbers"
        pool = Pool()
        MoveLine = pool.get('account.move.line')
        Period = pool.get('account.period')
        Sequence = pool.get('ir.sequence.strict')
        sequences, journal_periods = set(), set()
        for invoice in invoices:
            if invoice.move and invoice.move.number:
                continue
            period = invoice.move.period if invoice.move else Period.find(
                invoice.company,
                date=invoice.accounting_date or invoice.date_used)
            sequences.add(period.move_sequence_used)
            if invoice.journal:
                journal_periods.add((period, invoice.journal))
            # Who sells has a series of his own, which numbering locks
            if numbers and not invoice.number and not invoice.seller:
                sequence, _ = invoice._number_sequence()
                sequences.add(sequence)
        Sequence.lock(list(sequences))
        for period, journal in journal_periods:
            MoveLine.check_journal_period_modify(period, journal)
