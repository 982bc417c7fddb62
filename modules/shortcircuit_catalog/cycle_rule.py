# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt

from trytond.i18n import gettext
from trytond.model import DeactivableMixin, ModelSQL, ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Eval, If
from trytond.tools import timezone as tz
from trytond.transaction import Transaction

from .exceptions import CycleRuleError
from .rhythm import exclude, get_dates, get_time

WEEKS = {
    'weekly': 1,
    'fortnightly': 2,
    }


class CycleRule(DeactivableMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.cycle.rule'

    name = fields.Char(
        "Name", required=True,
        help="The first words of the names of the cycles.")
    company = fields.Many2One('company.company', "Company", required=True)
    channel = fields.Many2One(
        'shortcircuit.channel', "Channel", required=True, ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ])
    frequency = fields.Selection([
            ('weekly', "Every Week"),
            ('fortnightly', "Every Other Week"),
            ], "Frequency", required=True, sort=False)
    weekday = fields.Many2One(
        'ir.calendar.day', "Delivery Day", required=True,
        help="The day of the week on which the cycles are delivered.")
    start_date = fields.Date(
        "Start Date", required=True,
        help="The first delivery is the first such day from then on.\n"
        "Every other week is counted from it.")
    end_date = fields.Date(
        "End Date",
        domain=[
            If(Eval('start_date') & Eval('end_date'),
                ('end_date', '>=', Eval('start_date')),
                ()),
            ],
        help="No delivery comes after.")
    opening_days = fields.Integer(
        "Opening Days", required=True,
        domain=[
            ('opening_days', '>=', 0),
            ],
        help="How many days before the delivery the cycle opens.")
    opening_time = fields.Time("Opening Time", required=True, format='%H:%M')
    closing_days = fields.Integer(
        "Closing Days", required=True,
        domain=[
            ('closing_days', '>=', 0),
            ],
        help="How many days before the delivery the cycle closes.")
    closing_time = fields.Time("Closing Time", required=True, format='%H:%M')
    skip_bank_holidays = fields.Boolean(
        "Skip Bank Holidays",
        help="Nothing is delivered on a bank holiday.")
    school_weeks_only = fields.Boolean(
        "School Weeks Only",
        help="Nothing is delivered during the school holidays.")
    weeks_ahead = fields.Integer(
        "Weeks Ahead", required=True,
        domain=[
            ('weeks_ahead', '>=', 1),
            ('weeks_ahead', '<=', 52),
            ],
        help="How long before their delivery the cycles are created.")
    cycles = fields.One2Many(
        'shortcircuit.cycle', 'rule', "Cycles", readonly=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order.insert(0, ('name', 'ASC'))
        cls._buttons.update({
                'create_cycles': {
                    'readonly': ~Eval('active', True),
                    'icon': 'tryton-shortcircuit-cycle',
                    'depends': ['active'],
                    },
                })

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_frequency(cls):
        return 'weekly'

    @classmethod
    def default_start_date(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        return Date.today()

    @classmethod
    def default_skip_bank_holidays(cls):
        return True

    @classmethod
    def default_weeks_ahead(cls):
        return 3

    @classmethod
    def validate_fields(cls, rules, field_names):
        super().validate_fields(rules, field_names)
        cls.check_window(rules, field_names)

    @classmethod
    def check_window(cls, rules, field_names=None):
        if field_names and not (field_names & {
                    'opening_days', 'opening_time',
                    'closing_days', 'closing_time'}):
            return
        for rule in rules:
            opening = (-rule.opening_days, rule.opening_time)
            closing = (-rule.closing_days, rule.closing_time)
            if opening >= closing:
                raise CycleRuleError(gettext(
                        'shortcircuit_catalog.msg_cycle_rule_window',
                        rule=rule.rec_name))

    @classmethod
    @ModelView.button
    def create_cycles(cls, rules):
        "Create the cycles to come that are not there yet"
        pool = Pool()
        Cycle = pool.get('shortcircuit.cycle')
        cycles = []
        for rule in rules:
            with Transaction().set_context(company=rule.company.id):
                cycles.extend(map(rule.get_cycle, rule.get_missing_dates()))
        Cycle.save(cycles)
        return cycles

    def get_missing_dates(self):
        "Return the dates of delivery to come that have no cycle yet"
        pool = Pool()
        Cycle = pool.get('shortcircuit.cycle')
        Date = pool.get('ir.date')
        now = dt.datetime.now()
        today = Date.today()
        until = min(
            today + dt.timedelta(weeks=self.weeks_ahead),
            self.end_date or dt.date.max)
        dates = [
            d for d in get_dates(
                self.start_date, until, int(self.weekday.index),
                WEEKS[self.frequency])
            if self.get_closing(d) > now]
        known = {
            c.delivery_date for c in Cycle.search([
                    ('rule', '=', self.id),
                    ('delivery_date', 'in', dates),
                    ])}
        dates = exclude(dates, self.get_holidays(today, until))
        return [d for d in dates if d not in known]

    def get_holidays(self, start, end):
        pool = Pool()
        Holiday = pool.get('shortcircuit.holiday')
        kinds = []
        if self.skip_bank_holidays:
            kinds.append('bank')
        if self.school_weeks_only:
            kinds.append('school')
        return Holiday.get_periods(kinds, start, end)

    def get_cycle(self, date):
        "Return the cycle that is delivered on the date"
        pool = Pool()
        Cycle = pool.get('shortcircuit.cycle')
        Lang = pool.get('ir.lang')
        cycle = Cycle(
            rule=self,
            name=f'{self.name} {Lang.get().strftime(date)}',
            company=self.company,
            channel=self.channel,
            opens_at=get_time(
                date, self.opening_days, self.opening_time, self.timezone),
            closes_at=self.get_closing(date),
            delivery_date=date,
            automatic=True)
        cycle.on_change_channel()
        return cycle

    def get_closing(self, date):
        return get_time(
            date, self.closing_days, self.closing_time, self.timezone)

    @property
    def timezone(self):
        timezone = self.company.timezone
        return tz.get_tzinfo(timezone) if timezone else tz.SERVER
