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
from .today import today

WEEKS = {
    'weekly': 1,
    'fortnightly': 2,
    }


class CycleRule(DeactivableMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.cycle.rule'

    name = fields.Char(
        "Name", required=True, help="How the names of the cycles start.")
    company = fields.Many2One('company.company', "Company", required=True)
    channel = fields.Many2One(
        'shortcircuit.channel', "Channel", required=True,
        ondelete='CASCADE',
        domain=[
            ('company', '=', Eval('company', -1)),
            ])
    frequency = fields.Selection([
            ('weekly', "Weekly"),
            ('fortnightly', "Fortnightly"),
            ], "Frequency", required=True, sort=False)
    weekday = fields.Many2One(
        'ir.calendar.day', "Day of Delivery", required=True)
    start_date = fields.Date(
        "Start Date", required=True,
        domain=[
            If(Eval('start_date') & Eval('end_date'),
                ('start_date', '<=', Eval('end_date')),
                ()),
            ],
        help="The first delivery is on the first day of delivery from this "
        "date.\nEvery other week is counted from it.")
    end_date = fields.Date("End Date")
    opens_days = fields.Integer(
        "Opens", required=True,
        domain=[
            ('opens_days', '>=', 0),
            ],
        help="How many days before the delivery.")
    opens_time = fields.Time(
        "Opens at", format='%H:%M', required=True,
        help="By the clock of the company.")
    closes_days = fields.Integer(
        "Closes", required=True,
        domain=[
            ('closes_days', '>=', 0),
            ],
        help="How many days before the delivery.")
    closes_time = fields.Time(
        "Closes at", format='%H:%M', required=True,
        help="By the clock of the company.")
    school_weeks = fields.Boolean(
        "School Weeks Only",
        help="Create no cycle for a delivery during the school holidays.")
    skip_holidays = fields.Boolean(
        "Skip Holidays",
        help="Create no cycle for a delivery on a bank holiday or when the "
        "cooperative is closed.")
    weeks_ahead = fields.Integer(
        "Weeks Ahead", required=True,
        domain=[
            ('weeks_ahead', '>=', 1),
            ('weeks_ahead', '<=', 53),
            ],
        help="How long before their delivery the cycles are created.")
    cycles = fields.One2Many(
        'shortcircuit.cycle', 'rule', "Cycles", readonly=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order.insert(0, ('name', 'ASC'))
        cls._buttons.update({
                'create_cycles': {},
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
    def default_skip_holidays(cls):
        return True

    @classmethod
    def default_weeks_ahead(cls):
        return 4

    @classmethod
    def validate_fields(cls, rules, field_names):
        super().validate_fields(rules, field_names)
        cls.check_hours(rules, field_names)

    @classmethod
    def check_hours(cls, rules, field_names=None):
        if field_names and not (field_names & {
                    'opens_days', 'opens_time', 'closes_days',
                    'closes_time'}):
            return
        for rule in rules:
            if ((-rule.opens_days, rule.opens_time)
                    >= (-rule.closes_days, rule.closes_time)):
                raise CycleRuleError(gettext(
                        'shortcircuit_catalog.msg_cycle_rule_hours',
                        rule=rule.rec_name))

    @classmethod
    def copy(cls, rules, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('cycles', None)
        return super().copy(rules, default=default)

    @classmethod
    def create_ahead(cls):
        "Create the cycles of each rule, whatever happens to the others"
        for rule in cls.search(company_domain()):
            with Transaction().set_context(company=rule.company.id):
                cls.__queue__.create_cycles([rule])

    @classmethod
    @ModelView.button
    def create_cycles(cls, rules):
        "Create the cycles that are not there yet"
        pool = Pool()
        Cycle = pool.get('shortcircuit.cycle')
        # Two at once would both find them missing
        cls.lock(rules)
        Cycle.save([c for r in rules for c in r.get_missing()])

    def get_missing(self):
        "Return the cycles to come which were not created yet"
        pool = Pool()
        Cycle = pool.get('shortcircuit.cycle')
        date = today(self.company)
        dates = self.get_dates(
            date, date + dt.timedelta(weeks=self.weeks_ahead))
        created = {c.delivery_date for c in Cycle.search([
                    ('rule', '=', self.id),
                    ('delivery_date', 'in', dates),
                    ])}
        now = dt.datetime.now()
        cycles = (self.get_cycle(d) for d in dates if d not in created)
        return [c for c in cycles if c.closes_at > now]

    def get_dates(self, start_date, end_date):
        "Return the days of delivery between two dates, both included"
        pool = Pool()
        Holiday = pool.get('shortcircuit.holiday')
        if self.end_date:
            end_date = min(end_date, self.end_date)
        step = dt.timedelta(weeks=WEEKS[self.frequency])
        date = self.start_date + dt.timedelta(
            days=(self.weekday.index - self.start_date.weekday()) % 7)
        if date < start_date:
            date += -((date - start_date) // step) * step
        skipped = Holiday.between(start_date, end_date, self._skipped_kinds)
        dates = []
        while date <= end_date:
            if date not in skipped:
                dates.append(date)
            date += step
        return dates

    @property
    def _skipped_kinds(self):
        kinds = set()
        if self.skip_holidays:
            kinds |= {'bank', 'closing'}
        if self.school_weeks:
            kinds.add('school')
        return kinds

    def get_cycle(self, date):
        "Return the cycle that delivers on the date"
        pool = Pool()
        Cycle = pool.get('shortcircuit.cycle')
        Lang = pool.get('ir.lang')
        cycle = Cycle(
            rule=self,
            name=gettext(
                'shortcircuit_catalog.msg_cycle_rule_name',
                rule=self.name, date=Lang.get().strftime(date)),
            company=self.company,
            delivery_date=date,
            opens_at=self._get_time(date, self.opens_days, self.opens_time),
            closes_at=self._get_time(
                date, self.closes_days, self.closes_time),
            by_clock=True)
        cycle.channel = self.channel
        cycle.on_change_channel()
        return cycle

    def _get_time(self, date, days, time):
        return to_utc(
            date - dt.timedelta(days=days), time, get_zone(self.company))


def company_domain():
    "Return the domain of the company the cron runs for, if any"
    company = Transaction().context.get('company')
    return [('company', '=', company)] if company is not None else []


def get_zone(company):
    "Return the time zone whose clock the company follows"
    return tz.get_tzinfo(company.timezone) if company.timezone else tz.SERVER


def to_utc(date, time, zone):
    """
    Return the naive datetime in UTC of a time of the clock of a zone.

    A time which the summer time skips is taken as if the clock had not been
    put forward, the first of the times it repeats is taken.
    """
    local = dt.datetime.combine(date, time, zone)
    return local.astimezone(tz.UTC).replace(tzinfo=None)
