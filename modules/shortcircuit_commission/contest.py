# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What who is invoiced for says against the invoice made in his name"

import datetime as dt

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.modules.shortcircuit_catalog.moment import Moment
from trytond.modules.shortcircuit_catalog.today import today
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import check_access, without_check_access
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .exceptions import ContestError


class ContestMixin:
    "Contest the invoice that contested_invoice returns, sent at sent_at"
    __slots__ = ()

    contest_until = fields.Function(fields.Date(
            "Contest Until",
            states={
                'invisible': ~Eval('contest_until'),
                },
            help="The last day to contest the invoice."),
        'get_contest_until')
    contested_at = Moment(
        "Contested at", readonly=True,
        states={
            'invisible': ~Eval('contested_at'),
            })
    contest_reason = fields.Text(
        "Why it is Contested", readonly=True,
        states={
            'invisible': ~Eval('contested_at'),
            })

    @classmethod
    def copy(cls, records, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('contested_at', None)
        default.setdefault('contest_reason', None)
        return super().copy(records, default=default)

    def get_contest_until(self, name=None):
        invoice = self.contested_invoice
        if invoice and invoice.mandate and invoice.type == 'in':
            sent = self.sent_at.date() if self.sent_at else (
                invoice.invoice_date)
            if sent:
                return sent + dt.timedelta(days=invoice.mandate.contest_days)

    def set_contest(self, reason):
        """
        Record why the invoice is contested, and do not pay it meanwhile.

        ContestError is raised once the delay of the mandate is over.
        """
        pool = Pool()
        Lang = pool.get('ir.lang')
        MoveLine = pool.get('account.move.line')
        until = get_contest_until(self)
        if today(self.company) > until:
            raise ContestError(gettext(
                    'shortcircuit_commission.msg_contest_late',
                    record=self.rec_name,
                    date=Lang.get().strftime(until)))
        self.contested_at = dt.datetime.now()
        self.contest_reason = reason
        self.save()
        # It waits until the accountant unblocks it
        MoveLine.payment_block(self.contested_invoice.lines_to_pay)


def get_contest_until(record):
    "Return the last day to contest the invoice of a record, which has one"
    if not record.contest_until:
        raise ContestError(gettext(
                'shortcircuit_commission.msg_contest_nothing',
                record=record.rec_name))
    return record.contest_until


class Contest(Wizard):
    __name__ = 'shortcircuit.contest'

    start = StateView(
        'shortcircuit.contest.start',
        'shortcircuit_commission.contest_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Contest", 'contest', 'tryton-ok', default=True),
            ])
    contest = StateTransition()

    def transition_contest(self):
        # A wizard does not check what its user may read
        with check_access():
            self.record.__class__.read([self.record.id], ['id'])
        with without_check_access():
            self.record.set_contest(self.start.reason)
        return 'end'

    def end(self):
        return 'reload'


class ContestStart(ModelView):
    __name__ = 'shortcircuit.contest.start'

    reason = fields.Text(
        "Reason", required=True, help="What is wrong, and what is right.")
