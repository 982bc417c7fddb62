# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Eval, If
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .rhythm import get_bank_holidays


class Holiday(ModelSQL, ModelView):
    __name__ = 'shortcircuit.holiday'

    name = fields.Char("Name", required=True)
    kind = fields.Selection([
            ('bank', "Bank Holiday"),
            ('school', "School Holidays"),
            ], "Kind", required=True, sort=False)
    start_date = fields.Date(
        "Start Date", required=True,
        domain=[
            If(Eval('start_date') & Eval('end_date'),
                ('start_date', '<=', Eval('end_date')),
                ()),
            ],
        help="The first day without delivery.")
    end_date = fields.Date(
        "End Date", required=True,
        domain=[
            If(Eval('start_date') & Eval('end_date'),
                ('end_date', '>=', Eval('start_date')),
                ()),
            ],
        help="The last day without delivery.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order.insert(0, ('start_date', 'DESC'))

    @fields.depends('start_date', 'end_date')
    def on_change_start_date(self):
        if not self.end_date:
            self.end_date = self.start_date

    @classmethod
    def get_periods(cls, kinds, start, end):
        "Return the tuples (start, end) of the holidays between two dates"
        return [
            (h.start_date, h.end_date) for h in cls.search([
                    ('kind', 'in', kinds),
                    ('start_date', '<=', end),
                    ('end_date', '>=', start),
                    ])]

    @classmethod
    def create_bank_holidays(cls, year):
        "Create the bank holidays of the year that are not there yet"
        holidays = get_bank_holidays(year)
        known = {
            h.start_date for h in cls.search([
                    ('kind', '=', 'bank'),
                    ('start_date', 'in', [d for d, _ in holidays]),
                    ])}
        return cls.create([{
                    'name': gettext(
                        f'shortcircuit_catalog.msg_holiday_{name}'),
                    'kind': 'bank',
                    'start_date': date,
                    'end_date': date,
                    } for date, name in holidays if date not in known])


class HolidayCreate(Wizard):
    __name__ = 'shortcircuit.holiday.create'

    start = StateView(
        'shortcircuit.holiday.create.start',
        'shortcircuit_catalog.holiday_create_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Create", 'create_', 'tryton-ok', default=True),
            ])
    create_ = StateTransition()

    def transition_create_(self):
        pool = Pool()
        Holiday = pool.get('shortcircuit.holiday')
        Holiday.create_bank_holidays(self.start.year)
        return 'end'

    def end(self):
        return 'reload'


class HolidayCreateStart(ModelView):
    __name__ = 'shortcircuit.holiday.create.start'

    year = fields.Integer(
        "Year", required=True,
        domain=[
            ('year', '>=', 1583),
            ('year', '<=', 4099),
            ])

    @classmethod
    def default_year(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        return Date.today().year
