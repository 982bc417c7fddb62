# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import (
    DeactivableMixin, ModelSQL, ModelView, fields, sequence_ordered)
from trytond.modules.shortcircuit_catalog.geolocation import GeolocationMixin
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction

from .routing import DAY, format_moments, seconds

# Where nobody looks after what is left
UNATTENDED = {'relay', 'locker'}
# By the number of date.weekday
WEEKDAYS = [
    ('0', "Monday"),
    ('1', "Tuesday"),
    ('2', "Wednesday"),
    ('3', "Thursday"),
    ('4', "Friday"),
    ('5', "Saturday"),
    ('6', "Sunday"),
    ]


class DistributionPoint(
        GeolocationMixin, DeactivableMixin, sequence_ordered(), ModelSQL,
        ModelView):
    __name__ = 'shortcircuit.distribution_point'

    name = fields.Char("Name", required=True)
    company = fields.Many2One('company.company', "Company", required=True)
    kind = fields.Selection([
            (None, ""),
            ('pick_up', "Pick-up Place"),
            ('relay', "Relay"),
            ('locker', "Locker"),
            ('home', "Home"),
            ('canteen', "Canteen"),
            ('shop', "Shop"),
            ], "Kind", sort=False)
    warehouse = fields.Many2One(
        'stock.location', "Hub", required=True, ondelete='RESTRICT',
        domain=[
            ('type', '=', 'warehouse'),
            ],
        help="The hub that serves the point.")
    party = fields.Many2One(
        'party.party', "Party", ondelete='RESTRICT',
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="Who receives at the point.")
    address = fields.Many2One(
        'party.address', "Address", ondelete='RESTRICT',
        domain=[
            ('party', '=', Eval('party', -1)),
            ])
    contact = fields.Char(
        "Contact", help="Who opens to the driver.")
    phone = fields.Char("Phone")
    access_notes = fields.Text(
        "Access Notes",
        help="What the driver needs to know: door, code, ramp, dock.")
    hours = fields.One2Many(
        'shortcircuit.distribution_point.hours', 'point', "Opening Hours",
        help="When the point can be delivered.\n"
        "Leave empty if it always can.")
    crate_capacity = fields.Integer(
        "Capacity in Crates",
        domain=['OR',
            ('crate_capacity', '=', None),
            ('crate_capacity', '>=', 0),
            ],
        help="How many crates the point can hold.\n"
        "Leave empty if it is not limited.")
    cold_storage = fields.Boolean(
        "Cold Storage", help="Check if goods can be kept cold at the point.")
    customers = fields.One2Many(
        'party.party', 'distribution_point', "Customers", readonly=True,
        context={
            'company': Eval('company', -1),
            },
        depends={'company'})
    other_customers = fields.Many2Many(
        'party.party-shortcircuit.distribution_point',
        'distribution_point', 'party', "Other Customers", readonly=True,
        context={
            'company': Eval('company', -1),
            },
        depends={'company'})
    stops = fields.One2Many(
        'shortcircuit.round.stop', 'point', "Stops", readonly=True)

    @classmethod
    def copy(cls, points, default=None):
        default = default.copy() if default is not None else {}
        for name in ['customers', 'other_customers', 'stops']:
            default.setdefault(name, None)
        return super().copy(points, default=default)

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_warehouse(cls):
        pool = Pool()
        Location = pool.get('stock.location')
        return Location.get_default_warehouse()

    @fields.depends('party', 'address', 'latitude', 'longitude')
    def on_change_party(self):
        if self.party:
            self.address = self.party.address_get(type='delivery')
            if self.latitude is None and self.party.coordinates:
                self.latitude, self.longitude = self.party.coordinates

    @property
    def place(self):
        "The coordinates of the point, else of who receives at it"
        return self.coordinates or (
            self.party.coordinates if self.party else None)

    def get_windows(self, date):
        "Return the moments between which the point is open on the date"
        if not self.hours:
            return ((0, DAY),)
        return tuple(sorted(
                (seconds(h.opens), seconds(h.closes)) for h in self.hours
                if h.weekday == str(date.weekday())))

    def format_windows(self, date):
        if not self.hours:
            return ''
        return ', '.join(
            format_moments(*window) for window in self.get_windows(date))


class DistributionPointHours(ModelSQL, ModelView):
    __name__ = 'shortcircuit.distribution_point.hours'

    point = fields.Many2One(
        'shortcircuit.distribution_point', "Distribution Point",
        required=True, ondelete='CASCADE')
    weekday = fields.Selection(WEEKDAYS, "Day", required=True, sort=False)
    opens = fields.Time(
        "Opens", format='%H:%M', required=True,
        domain=[
            ('opens', '<', Eval('closes', None)),
            ])
    closes = fields.Time("Closes", format='%H:%M', required=True)
    weekday_string = weekday.translated('weekday')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('point')
        cls._order = [
            ('weekday', 'ASC'),
            ('opens', 'ASC'),
            ('id', 'ASC'),
            ]

    def get_rec_name(self, name):
        return f'{self.point.rec_name} - {self.weekday_string}'

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('point.rec_name', *clause[1:])]
