# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from collections import defaultdict

from trytond.i18n import gettext
from trytond.model import (
    ModelSQL, ModelView, Workflow, fields, sequence_ordered)
from trytond.model.exceptions import AccessError
from trytond.modules.shortcircuit_catalog.moment import Moment
from trytond.pool import Pool
from trytond.pyson import Eval, If
from trytond.tools import timezone as tz

from . import routing
from .distribution_point import UNATTENDED
from .exceptions import RoundError
from .vehicle import STORAGE_CLASSES

# What the driver notes, who changes nothing else
NOTED = {'temperature', 'received_by', 'photo', 'note', 'crates'}


class Stop(sequence_ordered(), Workflow, ModelSQL, ModelView):
    __name__ = 'shortcircuit.round.stop'

    _planned = {
        'readonly': Eval('round_state', 'draft') != 'draft',
        }
    _noted = {
        'invisible': ~Eval('round_state').in_(['running', 'done']),
        'readonly': Eval('round_state') != 'running',
        }

    round = fields.Many2One(
        'shortcircuit.round', "Round", required=True, ondelete='CASCADE',
        domain=[
            If(Eval('round_state', 'draft') == 'draft', [
                    ('state', '=', 'draft'),
                    ('date', '=', Eval('round_date', None)),
                    ('warehouse', '=', Eval('warehouse', -1)),
                    ], []),
            ],
        states=_planned)
    point = fields.Many2One(
        'shortcircuit.distribution_point', "Distribution Point",
        required=True, ondelete='RESTRICT', states=_planned)
    shipments = fields.One2Many(
        'stock.shipment.out', 'round_stop', "Orders",
        add_remove=[
            ('round_stop', '=', None),
            ('state', 'in', ['assigned', 'packed']),
            ],
        states=_planned)
    brought_back = fields.Many2Many(
        'shortcircuit.round.stop-stock.shipment.out', 'stop', 'shipment',
        "Orders Brought Back", readonly=True,
        states={
            'invisible': ~Eval('brought_back', []),
            })
    state = fields.Selection([
            ('planned', "To Do"),
            ('done', "Done"),
            ('absent', "Absent"),
            ('refused', "Refused"),
            ], "State", required=True, readonly=True, sort=False)
    executed_at = Moment("Time", readonly=True)
    temperature = fields.Numeric(
        "Temperature", digits=(3, 1), states=_noted,
        help="Of the coldest goods when they are handed over, in degrees "
        "Celsius.")
    received_by = fields.Char("Received by", states=_noted)
    photo = fields.Binary(
        "Signature or Photo", file_id='photo_id',
        store_prefix='shortcircuit_round_stop', states=_noted)
    photo_id = fields.Char("Photo ID", readonly=True)
    note = fields.Text("Note", states=_noted)

    round_state = fields.Function(fields.Selection(
            'get_round_states', "State of the Round"),
        'on_change_with_round_state', searcher='search_round')
    round_date = fields.Function(
        fields.Date("Date"),
        'on_change_with_round_date', searcher='search_round')
    warehouse = fields.Function(
        fields.Many2One('stock.location', "Hub"),
        'on_change_with_warehouse', searcher='search_round')

    distance = fields.Function(fields.Float(
            "Kilometres", digits=(None, 1),
            help="From the hub, or from the previous stop."),
        'get_plan')
    arrival = fields.Function(
        fields.Time("Arrival", format='%H:%M'), 'get_plan')
    orders = fields.Function(fields.Integer("Number of Orders"), 'get_load')
    crates_loaded = fields.Function(
        fields.Integer("Crates to Bring"), 'get_load')
    weight = fields.Function(
        fields.Float("Kilograms", digits=(None, 1)), 'get_load')
    storage_classes = fields.Function(fields.MultiSelection(
            STORAGE_CLASSES, "Storage Classes", sort=False), 'get_load')
    opening = fields.Function(fields.Char("Opening Hours"), 'get_opening')
    address = fields.Function(fields.Text("Address"), 'get_address')
    map_link = fields.Function(fields.Char("Map"), 'get_map_link')
    contact = fields.Function(fields.Char("Contact"), 'get_point')
    phone = fields.Function(fields.Char("Phone"), 'get_point')
    access_notes = fields.Function(
        fields.Text("Access Notes"), 'get_point')
    notice = fields.Function(fields.Text("To Look at",
            states={
                'invisible': ~Eval('notice'),
                }),
        'get_notice')

    del _planned, _noted

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('round')
        executed = {'done', 'absent', 'refused'}
        cls._transitions |= {('planned', s) for s in executed}
        cls._transitions |= {(s, 'planned') for s in executed}
        to_do = (Eval('state') != 'planned') | (
            Eval('round_state') != 'running')
        cls._buttons.update({
                'do': {
                    'invisible': to_do,
                    'icon': 'tryton-ok',
                    'depends': ['state', 'round_state'],
                    },
                'be_absent': {
                    'invisible': to_do,
                    'icon': 'tryton-clear',
                    'depends': ['state', 'round_state'],
                    },
                'refuse': {
                    'invisible': to_do,
                    'icon': 'tryton-cancel',
                    'depends': ['state', 'round_state'],
                    },
                'undo': {
                    'invisible': (Eval('state') == 'planned') | (
                        Eval('round_state') != 'running'),
                    'icon': 'tryton-undo',
                    'depends': ['state', 'round_state'],
                    },
                })

    @classmethod
    def default_state(cls):
        return 'planned'

    @classmethod
    def default_round_state(cls):
        return 'draft'

    @classmethod
    def get_round_states(cls):
        pool = Pool()
        Round = pool.get('shortcircuit.round')
        return Round.fields_get(['state'])['state']['selection']

    @fields.depends('round', '_parent_round.state')
    def on_change_with_round_state(self, name=None):
        return self.round.state if self.round else None

    @fields.depends('round', '_parent_round.date')
    def on_change_with_round_date(self, name=None):
        return self.round.date if self.round else None

    @fields.depends('round', '_parent_round.warehouse')
    def on_change_with_warehouse(self, name=None):
        return self.round.warehouse if self.round else None

    @classmethod
    def search_round(cls, name, clause):
        _, operator, value, *target = clause
        nested = clause[0][len(name):]
        name = {'round_state': 'state', 'round_date': 'date'}.get(name, name)
        return [(f'round.{name}{nested}', operator, value, *target)]

    def get_rec_name(self, name):
        return f'{self.round.rec_name} - {self.point.rec_name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('round.rec_name', *clause[1:]),
            ('point.rec_name', *clause[1:]),
            ]

    @classmethod
    def get_plan(cls, stops, names):
        plan = {n: {s.id: None for s in stops} for n in names}
        for round_ in {s.round for s in stops}:
            for stop, (distance, moment) in zip(
                    round_.stops, round_.follow()):
                values = {
                    'distance': distance and round(distance, 1),
                    'arrival': None if moment is None
                    else routing.to_time(moment),
                    }
                for name in names:
                    if stop.id in plan[name]:
                        plan[name][stop.id] = values[name]
        return plan

    @classmethod
    def get_load(cls, stops, names):
        load = {n: {} for n in names}
        for stop in stops:
            shipments = [*stop.shipments, *stop.brought_back]
            values = {
                'orders': len(shipments),
                'crates_loaded': sum(s.crate_count for s in shipments),
                'weight': round(sum(s.weight for s in shipments), 1),
                'storage_classes': sorted(
                    {c for s in shipments for c in s.storage_classes}),
                }
            for name in names:
                load[name][stop.id] = values[name]
        return load

    def get_opening(self, name):
        return self.point.format_windows(self.round.date)

    def get_address(self, name):
        address = self.point.address
        return address.full_address if address else ''

    def get_map_link(self, name):
        if place := self.point.place:
            latitude, longitude = place
            return (
                'https://www.openstreetmap.org/directions?to='
                f'{latitude},{longitude}')

    def get_point(self, name):
        return getattr(self.point, name)

    def get_notice(self, name):
        return '\n'.join(
            gettext(f'shortcircuit_hub.msg_stop_{notice}')
            for notice in self.get_notices())

    def get_notices(self):
        "Yield the names of what does not fit between the stop and its goods"
        if self.state != 'planned':
            return
        point, vehicle = self.point, self.round.vehicle
        windows = point.get_windows(self.round.date)
        if not windows:
            yield 'closed'
        elif self.arrival and routing.is_late(
                routing.seconds(self.arrival), windows):
            yield 'late'
        if not point.place:
            yield 'place'
        if (point.crate_capacity is not None
                and self.crates_loaded > point.crate_capacity):
            yield 'room'
        classes = set(self.storage_classes)
        if vehicle and classes - set(vehicle.storage_classes):
            yield 'classes'
        if (point.kind in UNATTENDED and not point.cold_storage
                and classes - {'ambient'}):
            yield 'cold'

    @property
    def date(self):
        "When what is done at the stop takes effect"
        if not self.executed_at:
            return self.round.date
        zone = tz.get_tzinfo(self.round.company.timezone or 'UTC')
        return self.executed_at.replace(
            tzinfo=tz.UTC).astimezone(zone).date()

    @classmethod
    def check_modification(cls, mode, stops, values=None, external=False):
        pool = Pool()
        ModelAccess = pool.get('ir.model.access')
        super().check_modification(
            mode, stops, values=values, external=external)
        if mode != 'write':
            return
        if external:
            # The driver notes what happens, others plan
            access = ModelAccess.get_access(['shortcircuit.round'])
            if not access['shortcircuit.round']['write']:
                for stop in stops:
                    stop.check_noted(values)
        if 'round' in values:
            for stop in stops:
                stop.check_moved()

    def check_noted(self, values):
        if values.keys() - NOTED or self.round.state != 'running':
            raise AccessError(gettext(
                    'shortcircuit_hub.msg_stop_noted', stop=self.rec_name))

    def check_moved(self):
        if self.round.state not in {'draft', 'cancelled'}:
            raise AccessError(gettext(
                    'shortcircuit_hub.msg_stop_moved',
                    stop=self.rec_name, round=self.round.rec_name))

    @classmethod
    @ModelView.button
    @Workflow.transition('done')
    def do(cls, stops):
        cls.set_executed(stops)

    @classmethod
    @ModelView.button
    @Workflow.transition('absent')
    def be_absent(cls, stops):
        cls.set_executed(stops)

    @classmethod
    @ModelView.button
    @Workflow.transition('refused')
    def refuse(cls, stops):
        cls.set_executed(stops)

    @classmethod
    def set_executed(cls, stops):
        cls.write(stops, {'executed_at': dt.datetime.now()})
        cls.write_crates(stops)

    @classmethod
    @ModelView.button
    @Workflow.transition('planned')
    def undo(cls, stops):
        cls.write(stops, {'executed_at': None})

    @classmethod
    def end(cls, stops):
        """
        Set as done the stops of the rounds that were driven without a word.

        Raise RoundError if a stop has no word whereas others of its round
        have.
        """
        by_round = defaultdict(list)
        for stop in stops:
            by_round[stop.round].append(stop)
        silent = []
        for round_, round_stops in by_round.items():
            planned = [s for s in round_stops if s.state == 'planned']
            if planned and len(planned) != len(round_stops):
                raise RoundError(gettext(
                        'shortcircuit_hub.msg_round_stop_planned',
                        round=round_.rec_name,
                        stop=planned[0].point.rec_name))
            silent.extend(planned)
        # Without the hour, which nobody told
        cls.write(silent, {'state': 'done'})
        cls.write_crates(silent)


class StopShipment(ModelSQL):
    __name__ = 'shortcircuit.round.stop-stock.shipment.out'

    stop = fields.Many2One(
        'shortcircuit.round.stop', "Stop", required=True, ondelete='CASCADE')
    shipment = fields.Many2One(
        'stock.shipment.out', "Order", required=True, ondelete='CASCADE')
