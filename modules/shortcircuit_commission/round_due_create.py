# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The commissions of the rounds of a period"

from trytond.model import ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Bool, Eval, If
from trytond.transaction import Transaction
from trytond.wizard import Button, StateAction, StateView, Wizard


class Create(Wizard):
    __name__ = 'shortcircuit.round.due.create'

    start = StateView(
        'shortcircuit.round.due.create.start',
        'shortcircuit_commission.round_due_create_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Compute", 'create_', 'tryton-ok', default=True),
            ])
    create_ = StateAction('shortcircuit_commission.act_round_due_form')

    def do_create_(self, action):
        pool = Pool()
        Due = pool.get('shortcircuit.round.due')
        Round = pool.get('shortcircuit.round')
        rounds = Round.search([
                ('company', '=', self.start.company.id),
                ('state', '=', 'done'),
                ('date', '>=', self.start.start_date),
                ('date', '<=', self.start.end_date),
                ])
        # Two runs at once would both find what is missing
        Round.lock(rounds)
        Due.create_from_rounds(rounds)
        return action, {}


class CreateStart(ModelView):
    __name__ = 'shortcircuit.round.due.create.start'

    company = fields.Many2One(
        'company.company', "Company", required=True, readonly=True)
    start_date = fields.Date(
        "Start Date", required=True,
        domain=[
            If(Bool(Eval('end_date')) & Bool(Eval('start_date')),
                ('start_date', '<=', Eval('end_date')),
                ()),
            ])
    end_date = fields.Date("End Date", required=True)

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_start_date(cls):
        return cls.default_end_date().replace(day=1)

    @classmethod
    def default_end_date(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        return Date.today()
