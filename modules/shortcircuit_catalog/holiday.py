# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt

from dateutil.easter import easter

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Eval, If
from trytond.wizard import (
    Button, StateAction, StateTransition, StateView, Wizard)


class Holiday(ModelSQL, ModelView):
    __name__ = 'shortcircuit.holiday'

    name = fields.Char("Name", required=True)
    kind = fields.Selection([
            ('bank', "Bank Holiday"),
            ('school', "School Holiday"),
            ('closing', "Closing"),
            ], "Kind", required=True, sort=False,
        help="Closing: the cooperative delivers nothing.")
    start_date = fields.Date(
        "Start Date", required=True,
        domain=[
            If(Eval('start_date') & Eval('end_date'),
                ('start_date', '<=', Eval('end_date')),
                ()),
            ])
    end_date = fields.Date(
        "End Date", required=True, help="The last day of the holiday.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order.insert(0, ('start_date', 'DESC'))

    @classmethod
    def default_kind(cls):
        return 'bank'

    @fields.depends('start_date', 'end_date')
    def on_change_start_date(self):
        if not self.end_date:
            self.end_date = self.start_date

    @classmethod
    def between(cls, start_date, end_date, kinds):
        "Return the days of the holidays of some kinds between two dates"
        days = set()
        for holiday in cls.search([
                    ('kind', 'in', list(kinds)),
                    ('start_date', '<=', end_date),
                    ('end_date', '>=', start_date),
                    ]):
            first = max(holiday.start_date, start_date)
            last = min(holiday.end_date, end_date)
            days.update(
                first + dt.timedelta(days=i)
                for i in range((last - first).days + 1))
        return days

    @classmethod
    def create_bank_holidays(cls, year):
        "Create the bank holidays of the year which are not there yet"
        days = bank_holidays(year)
        known = {h.start_date for h in cls.search([
                    ('kind', '=', 'bank'),
                    ('start_date', 'in', list(days.values())),
                    ])}
        return cls.create([{
                    'name': gettext(f'shortcircuit_catalog.{message}'),
                    'kind': 'bank',
                    'start_date': day,
                    'end_date': day,
                    } for message, day in days.items() if day not in known])


def bank_holidays(year):
    """
    Return the bank holidays of France as dictionary of message to date.

    They are those of the article L3133-1 of the Code du travail.
    """
    sunday = easter(year)
    return {
        'msg_holiday_new_year': dt.date(year, 1, 1),
        'msg_holiday_easter_monday': sunday + dt.timedelta(days=1),
        'msg_holiday_labour_day': dt.date(year, 5, 1),
        'msg_holiday_victory_1945': dt.date(year, 5, 8),
        'msg_holiday_ascension': sunday + dt.timedelta(days=39),
        'msg_holiday_whit_monday': sunday + dt.timedelta(days=50),
        'msg_holiday_national_day': dt.date(year, 7, 14),
        'msg_holiday_assumption': dt.date(year, 8, 15),
        'msg_holiday_all_saints': dt.date(year, 11, 1),
        'msg_holiday_armistice_1918': dt.date(year, 11, 11),
        'msg_holiday_christmas': dt.date(year, 12, 25),
        }


class HolidayCreate(Wizard):
    __name__ = 'shortcircuit.holiday.create'

    start = StateView(
        'shortcircuit.holiday.create.start',
        'shortcircuit_catalog.holiday_create_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Create", 'create_', 'tryton-ok', default=True),
            ])
    create_ = StateTransition()
    open_ = StateAction('shortcircuit_catalog.act_holiday_form')

    def transition_create_(self):
        pool = Pool()
        Holiday = pool.get('shortcircuit.holiday')
        Holiday.create_bank_holidays(self.start.year)
        return 'open_'


class HolidayCreateStart(ModelView):
    __name__ = 'shortcircuit.holiday.create.start'

    year = fields.Integer(
        "Year", required=True,
        domain=[
            ('year', '>=', 1990),
            ('year', '<=', 2099),
            ])

    @classmethod
    def default_year(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        return Date.today().year + 1
