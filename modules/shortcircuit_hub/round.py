# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from collections import defaultdict

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, Workflow, fields
from trytond.modules.shortcircuit_catalog.computed import computed
from trytond.modules.shortcircuit_catalog.moment import Moment
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction

from . import routing
from .exceptions import RoundError

COLORS = {
    'draft': 'lightgray',
    'running': 'gold',
    'done': 'lightgreen',
    'cancelled': 'white',
    }


class Round(Workflow, ModelSQL, ModelView):
    __name__ = 'shortcircuit.round'
    _rec_name = 'number'

    _states = {
        'readonly': Eval('state') != 'draft',
        }

    number = fields.Char("Number", readonly=True)
    company = fields.Many2One(
        'company.company', "Company", required=True, states=_states)
    date = fields.Date("Date", required=True, states=_states)
    start_time = fields.Time(
        "Leaves at", format='%H:%M', required=True, states=_states)
    warehouse = fields.Many2One(
        'stock.location', "Hub", required=True, ondelete='RESTRICT',
        domain=[
            ('type', '=', 'warehouse'),
            ],
        states={
            'readonly': _states['readonly'] | Eval('stops', [0]),
            })
    vehicle = fields.Many2One(
        'shortcircuit.vehicle', "Vehicle", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states=_states)
    driver = fields.Many2One(
        'party.party', "Driver", ondelete='RESTRICT',
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        states={
            'readonly': _states['readonly'],
            'required': Eval('state').in_(['running', 'done']),
            },
        help="The aidant who drives the round.")
    stops = fields.One2Many(
        'shortcircuit.round.stop', 'round', "Stops", states=_states)
    distance = fields.Function(fields.Float(
            "Kilometres", digits=(None, 1),
            help="What is planned, the way back to the hub included.\n"
            "Empty if a point is not located."),
        'get_plan')
    end_time = fields.Function(fields.Time(
            "Back at", format='%H:%M'), 'get_plan')
    orders = fields.Function(fields.Integer("Orders"), 'get_load')
    crates_loaded = fields.Function(
        fields.Integer("Crates to Bring"), 'get_load')
    weight = fields.Function(fields.Float(
            "Kilograms", digits=(None, 1)), 'get_load')
    notice = fields.Function(fields.Text("To Look at",
            states={
                'invisible': ~Eval('notice'),
                }),
        'get_notice')
    progress = fields.Function(
        fields.Float("Progress", digits=(1, 2)), 'get_progress')
    color = fields.Function(fields.Char("Color"), 'get_color')
    started_at = Moment("Left at", readonly=True,
        states={
            'invisible': ~Eval('started_at'),
            })
    ended_at = Moment("Came Back at", readonly=True,
        states={
            'invisible': ~Eval('ended_at'),
            })

    _executed = {
        'invisible': Eval('state') != 'done',
        }
    _typed = {
        'invisible': ~Eval('state').in_(['running', 'done']),
        'readonly': Eval('state') == 'done',
        }

    done_stops = fields.Integer(
        "Stops Done", readonly=True, states=_executed)
    failed_stops = fields.Integer(
        "Stops Absent or Refused", readonly=True, states=_executed)
    done_orders = fields.Integer(
        "Orders Delivered", readonly=True, states=_executed)
    done_crates = fields.Integer(
        "Crates Delivered", readonly=True, states=_executed)
    done_weight = fields.Float(
        "Kilograms Delivered", digits=(None, 1), readonly=True,
        states=_executed)
    done_distance = fields.Float(
        "Kilometres Driven", digits=(None, 1),
        domain=['OR',
            ('done_distance', '=', None),
            ('done_distance', '>=', 0),
            ],
        states=_typed,
        help="Leave empty for what was planned.")
    done_hours = fields.Float(
        "Hours", digits=(None, 2),
        domain=['OR',
            ('done_hours', '=', None),
            ('done_hours', '>=', 0),
            ],
        states=_typed,
        help="Leave empty for the time between the start and the end.")
    state = fields.Selection([
            ('draft', "Draft"),
            ('running', "Running"),
            ('done', "Done"),
            ('cancelled', "Cancelled"),
            ], "State", required=True, readonly=True, sort=False)

    del _states, _executed, _typed

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('date', 'DESC'),
            ('id', 'DESC'),
            ]
        cls._transitions |= {
            ('draft', 'running'),
            ('draft', 'cancelled'),
            ('cancelled', 'draft'),
            ('running', 'done'),
            }
        cls._buttons.update({
                'cancel': {
                    'invisible': Eval('state') != 'draft',
                    'depends': ['state'],
                    },
                'draft': {
                    'invisible': Eval('state') != 'cancelled',
                    'icon': 'tryton-undo',
                    'depends': ['state'],
                    },
                'plan': {
                    'invisible': Eval('state') != 'draft',
                    'depends': ['state'],
                    },
                'pack': {
                    'invisible': Eval('state') != 'draft',
                    'readonly': ~Eval('stops', []),
                    'depends': ['state', 'stops'],
                    },
                'run': {
                    'invisible': Eval('state') != 'draft',
                    'readonly': ~Eval('stops', []) | ~Eval('driver'),
                    'icon': 'tryton-forward',
                    'depends': ['state', 'stops', 'driver'],
                    },
                'execute': {
                    'invisible': Eval('state') != 'running',
                    'icon': 'tryton-shortcircuit-round',
                    'depends': ['state'],
                    },
                'do': {
                    'invisible': Eval('state') != 'running',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_warehouse(cls):
        pool = Pool()
        Location = pool.get('stock.location')
        return Location.get_default_warehouse()

    @classmethod
    def default_start_time(cls):
        return dt.time(8)

    @classmethod
    def default_state(cls):
        return 'draft'

    @fields.depends('vehicle', 'driver')
    def on_change_vehicle(self):
        if self.vehicle:
            self.start_time = self.vehicle.leaves
            if not self.driver:
                self.driver = self.vehicle.driver

    @classmethod
    def copy(cls, rounds, default=None):
        default = default.copy() if default is not None else {}
        for name in [
                'number', 'stops', 'started_at', 'ended_at', 'done_stops',
                'failed_stops', 'done_orders', 'done_crates', 'done_weight',
                'done_distance', 'done_hours']:
            default.setdefault(name, None)
        return super().copy(rounds, default=default)

    @property
    def shipments(self):
        return [s for stop in self.stops for s in stop.shipments]

    def follow(self):
        """
        Follow the round as it is planned.

        Return the list of tuples (kilometres, moment of arrival) of its
        stops and, as the last one, of the way back to the hub.
        """
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        return routing.follow(
            self.warehouse.place,
            [(s.point.place, s.point.get_windows(self.date))
                for s in self.stops],
            routing.seconds(self.start_time), Configuration(1).roads)

    @classmethod
    def get_plan(cls, rounds, names):
        plan = {n: {r.id: None for r in rounds} for n in names}
        for round_ in rounds:
            if not round_.stops:
                continue
            legs = round_.follow()
            distances = [d for d, _ in legs]
            if None in distances:
                continue
            *_, (_, end) = legs
            values = {
                'distance': round(sum(distances), 1),
                'end_time': routing.to_time(end),
                }
            for name in names:
                plan[name][round_.id] = values[name]
        return plan

    @classmethod
    def get_load(cls, rounds, names):
        load = {n: {} for n in names}
        for round_ in rounds:
            for name in names:
                # 0.1 and 0.2 are a bit more than 0.3
                load[name][round_.id] = round(
                    sum(getattr(s, name) for s in round_.stops), 1)
        return load

    def get_progress(self, name):
        if not self.stops:
            return 0
        executed = sum(s.state != 'planned' for s in self.stops)
        return round(executed / len(self.stops), 2)

    def get_color(self, name):
        return COLORS[self.state]

    def get_notice(self, name):
        notices = []
        if self.state == 'draft' and self.vehicle:
            notices += [
                gettext(f'shortcircuit_hub.msg_round_{name}', vehicle=vehicle,
                    load=load)
                for name, vehicle, load in self._excesses()]
        notices += [
            f'{s.point.name} — {s.notice}' for s in self.stops if s.notice]
        return '\n'.join(notices)

    def _excesses(self):
        vehicle = self.vehicle
        if self.crates_loaded > vehicle.crate_capacity:
            yield ('over_crates', vehicle.crate_capacity, self.crates_loaded)
        if self.weight > vehicle.weight_capacity:
            yield ('over_weight', round(vehicle.weight_capacity),
                round(self.weight))

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, rounds):
        pool = Pool()
        Stop = pool.get('shortcircuit.round.stop')
        Stop.delete([s for r in rounds for s in r.stops])

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def draft(cls, rounds):
        pass

    @classmethod
    @ModelView.button
    def plan(cls, rounds):
        pool = Pool()
        Stop = pool.get('shortcircuit.round.stop')
        cls.set_number(rounds)
        for round_ in rounds:
            Stop.save(round_.get_stops())

    def get_stops(self):
        "Return the stops of the orders that no round takes yet"
        pool = Pool()
        ShipmentOut = pool.get('stock.shipment.out')
        Stop = pool.get('shortcircuit.round.stop')
        shipments = ShipmentOut.to_deliver(
            self.company, self.warehouse, self.date)
        stops = {s.point: s for s in self.stops}
        for point, point_shipments in shipments.items():
            stop = stops.setdefault(point, Stop(
                    round=self, point=point, shipments=[]))
            stop.shipments = [*stop.shipments, *point_shipments]
        return list(stops.values())

    @classmethod
    def set_number(cls, rounds):
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        Configuration.set_number(rounds, 'round_sequence')

    @classmethod
    @ModelView.button
    def pack(cls, rounds):
        pool = Pool()
        ShipmentOut = pool.get('stock.shipment.out')
        with computed():
            ShipmentOut.pack([
                    s for r in rounds for s in r.shipments
                    if s.state == 'assigned'])

    @classmethod
    @ModelView.button
    @Workflow.transition('running')
    def run(cls, rounds):
        pool = Pool()
        ShipmentOut = pool.get('stock.shipment.out')
        cls.set_number(rounds)
        shipments = [s for r in rounds for s in r.shipments]
        for shipment in shipments:
            if shipment.state != 'packed':
                raise RoundError(gettext(
                        'shortcircuit_hub.msg_round_not_packed',
                        round=shipment.round_stop.round.rec_name,
                        shipment=shipment.rec_name))
        cls.write(rounds, {'started_at': dt.datetime.now()})
        # The orders have nothing to learn before they are handed over
        with computed(), Transaction().set_context(_leaving=True):
            ShipmentOut.ship(shipments)

    @classmethod
    @ModelView.button_action('shortcircuit_hub.act_round_stop_form_round')
    def execute(cls, rounds):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('done')
    def do(cls, rounds):
        pool = Pool()
        ShipmentOut = pool.get('stock.shipment.out')
        Stop = pool.get('shortcircuit.round.stop')
        Stop.end([s for r in rounds for s in r.stops])
        cls.write(rounds, {'ended_at': dt.datetime.now()})
        rounds = cls.browse(rounds)
        for round_ in rounds:
            round_.set_done()
        cls.save(rounds)
        delivered = defaultdict(list)
        brought_back = []
        for shipment in [s for r in rounds for s in r.shipments]:
            if shipment.is_delivered:
                delivered[shipment.round_stop.date].append(shipment)
            else:
                brought_back.append(shipment)
        ShipmentOut.bring_back(brought_back)
        args = []
        for date, shipments in delivered.items():
            args.extend([shipments, {'effective_date': date}])
        with computed():
            if args:
                ShipmentOut.write(*args)
            ShipmentOut.do([s for l in delivered.values() for s in l])

    def set_done(self):
        "Set what was executed"
        delivered = [s for s in self.shipments if s.is_delivered]
        self.done_stops = sum(s.state == 'done' for s in self.stops)
        self.failed_stops = len(self.stops) - self.done_stops
        self.done_orders = len(delivered)
        self.done_crates = sum(s.crate_count for s in delivered)
        self.done_weight = round(sum(s.weight for s in delivered), 1)
        if self.done_distance is None:
            self.done_distance = self.distance
        if self.done_hours is None and self.started_at:
            self.done_hours = round(
                (self.ended_at - self.started_at).total_seconds() / 3600, 2)
