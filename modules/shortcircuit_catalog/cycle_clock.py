# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt

from trytond.exceptions import UserError
from trytond.i18n import gettext
from trytond.model import ModelView, Unique, Workflow, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval, If
from trytond.transaction import Transaction

from .cycle_rule import company_domain
from .exceptions import CycleError


class Cycle(metaclass=PoolMeta):
    __name__ = 'shortcircuit.cycle'

    rule = fields.Many2One(
        'shortcircuit.cycle.rule', "Rule", readonly=True,
        ondelete='SET NULL')
    by_clock = fields.Boolean(
        "By the Clock",
        states={
            'invisible': ~Eval('state').in_(['draft', 'open']),
            },
        help="The cycle opens and closes by itself at its hours.")
    problem = fields.Text(
        "Problem", readonly=True,
        states={
            'invisible': ~Eval('problem'),
            },
        help="Why the cycle could not be opened or closed by itself.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            ('rule_date_unique', Unique(t, t.rule, t.delivery_date),
                'shortcircuit_catalog.msg_cycle_rule_date_unique'),
            ]

    @classmethod
    def default_by_clock(cls):
        return True

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual', If(Eval('problem'), 'danger', '')),
            ('//group[@id="problem"]', 'states', {
                    'invisible': ~Eval('problem'),
                    }),
            ]

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def draft(cls, cycles):
        super().draft(cycles)
        # Who has drafted it opens it again
        cls.write(cycles, {'by_clock': False})

    @classmethod
    def copy(cls, cycles, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('rule', None)
        default.setdefault('problem', None)
        return super().copy(cycles, default=default)

    @classmethod
    def run_clock(cls):
        "Open and close the cycles, whatever happens to the others"
        for cycle in cls.search(company_domain() + cls._clock_domain()):
            with Transaction().set_context(company=cycle.company.id):
                cls.__queue__.keep_hours([cycle])
        cls.process_left()

    @classmethod
    def process_left(cls):
        "Process the orders that were confirmed as their cycle was closed"
        pool = Pool()
        Sale = pool.get('sale.sale')
        for cycle in cls.search(company_domain() + [
                    ('state', '=', 'closed'),
                    ('sales.state', '=', 'confirmed'),
                    ]):
            with Transaction().set_context(
                    company=cycle.company.id, queue_batch=True):
                Sale.__queue__.process([
                        s for s in cycle.sales if s.state == 'confirmed'])

    @classmethod
    def _clock_domain(cls):
        now = dt.datetime.now()
        return [
            ('by_clock', '=', True),
            ['OR', [
                    ('state', '=', 'draft'),
                    ('opens_at', '<=', now),
                    ], [
                    ('state', '=', 'open'),
                    ('closes_at', '<=', now),
                    ],
                ],
            ]

    @classmethod
    def keep_hours(cls, cycles):
        "Open or close the cycles by the clock and keep what prevents it"
        cls.lock(cycles)
        for cycle in cls.search([
                    ('id', 'in', [c.id for c in cycles]),
                    cls._clock_domain(),
                    ]):
            try:
                cycle._keep_hours()
                problem = None
            except UserError as error:
                Transaction().rollback()
                Transaction().tasks.clear()
                problem = error.message
            if problem != cycle.problem:
                cls.write([cycle], {'problem': problem})

    def _keep_hours(self):
        now = dt.datetime.now()
        if self.state == 'open':
            self.__class__.close([self])
        elif self.closes_at <= now:
            raise CycleError(gettext(
                    'shortcircuit_catalog.msg_cycle_too_late',
                    cycle=self.rec_name))
        else:
            self._open_by_clock()

    def _open_by_clock(self):
        if not self.mercuriale or self.mercuriale.state != 'published':
            self.on_change_delivery_date()
            self.save()
        self.__class__.open([self])
