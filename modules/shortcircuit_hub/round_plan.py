# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Eval, PYSONEncoder
from trytond.transaction import Transaction
from trytond.wizard import (
    Button, StateAction, StateTransition, StateView, Wizard)

from . import routing
from .exceptions import RoundError


class RoundPlanAsk(ModelView):
    __name__ = 'shortcircuit.round.plan.ask'

    company = fields.Many2One('company.company', "Company", required=True)
    date = fields.Date("Date", required=True)
    warehouse = fields.Many2One(
        'stock.location', "Hub", required=True,
        domain=[
            ('type', '=', 'warehouse'),
            ])
    vehicles = fields.Many2Many(
        'shortcircuit.vehicle', None, None, "Vehicles", required=True,
        domain=[
            ('company', '=', Eval('company', -1)),
            ('warehouse', '=', Eval('warehouse', -1)),
            ],
        help="Those that are to be had. Their rounds of the day which have "
        "not left are planned again.")

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_date(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        return Date.today()

    @classmethod
    def default_warehouse(cls):
        pool = Pool()
        Location = pool.get('stock.location')
        return Location.get_default_warehouse()

    @fields.depends('company', 'warehouse', 'date')
    def on_change_with_vehicles(self):
        pool = Pool()
        Round = pool.get('shortcircuit.round')
        Vehicle = pool.get('shortcircuit.vehicle')
        if not self.warehouse or not self.company:
            return []
        left = Round.search([
                ('date', '=', self.date),
                ('vehicle', '!=', None),
                ('state', 'in', ['running', 'done']),
                ])
        return [
            v.id for v in Vehicle.search([
                    ('company', '=', self.company.id),
                    ('warehouse', '=', self.warehouse.id),
                    ('id', 'not in', [r.vehicle.id for r in left]),
                    ])]


class RoundPlanResult(ModelView):
    __name__ = 'shortcircuit.round.plan.result'

    rounds = fields.Many2Many(
        'shortcircuit.round', None, None, "Rounds", readonly=True)
    reasons = fields.Text("Points no Round Goes to", readonly=True,
        states={
            'invisible': ~Eval('reasons'),
            })


class RoundPlan(Wizard):
    __name__ = 'shortcircuit.round.plan'

    start = StateView(
        'shortcircuit.round.plan.ask',
        'shortcircuit_hub.round_plan_ask_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Plan", 'plan', 'tryton-ok', default=True),
            ])
    plan = StateTransition()
    result = StateView(
        'shortcircuit.round.plan.result',
        'shortcircuit_hub.round_plan_result_view_form', [
            Button("Close", 'end', 'tryton-close'),
            Button("Open", 'open_', 'tryton-forward', default=True),
            ])
    open_ = StateAction('shortcircuit_hub.act_round_form')

    def transition_plan(self):
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        if not routing.has_solver():
            raise RoundError(gettext(
                    'shortcircuit_hub.msg_round_plan_solver'))
        hub = self.start.warehouse.place
        if not hub:
            raise RoundError(gettext(
                    'shortcircuit_hub.msg_round_plan_hub',
                    hub=self.start.warehouse.rec_name))
        configuration = Configuration(1)
        rounds = self.empty_rounds()
        demands = self.get_demands()
        routes, left = routing.propose(
            hub, demands, [v.get_routing() for v in self.start.vehicles],
            configuration.roads, configuration.routing_iterations)
        self.save_rounds(rounds, routes)
        self.result.reasons = '\n'.join(
            self.get_reason(d, left[d.point])
            for d in demands if d.point in left)
        return 'result'

    def empty_rounds(self):
        "Return by vehicle the rounds of the day, free of their orders"
        pool = Pool()
        Round = pool.get('shortcircuit.round')
        Stop = pool.get('shortcircuit.round.stop')
        rounds = Round.search([
                ('company', '=', self.start.company.id),
                ('date', '=', self.start.date),
                ('warehouse', '=', self.start.warehouse.id),
                ('vehicle', 'in', [v.id for v in self.start.vehicles]),
                ('state', '=', 'draft'),
                ], order=[('id', 'DESC')])
        Stop.delete([s for r in rounds for s in r.stops])
        return {r.vehicle: r for r in Round.browse(rounds)}

    def get_demands(self):
        "Return what the orders of the day ask to be brought, by point"
        pool = Pool()
        ShipmentOut = pool.get('stock.shipment.out')
        self.shipments = ShipmentOut.to_deliver(
            self.start.company, self.start.warehouse, self.start.date)
        return [
            routing.Demand(
                point, point.place,
                sum(s.crate_count for s in shipments),
                sum(s.weight for s in shipments),
                frozenset(
                    c for s in shipments for c in s.storage_classes),
                point.get_windows(self.start.date))
            for point, shipments in self.shipments.items()]

    def save_rounds(self, rounds, routes):
        pool = Pool()
        Round = pool.get('shortcircuit.round')
        planned = []
        for vehicle, (moment, points) in routes.items():
            round_ = rounds.pop(vehicle, None) or Round(
                company=self.start.company,
                date=self.start.date,
                warehouse=self.start.warehouse,
                vehicle=vehicle,
                driver=vehicle.driver)
            round_.start_time = routing.to_time(moment)
            round_.stops = self.get_stops(points)
            planned.append(round_)
        Round.save(planned)
        Round.set_number(planned)
        Round.cancel(list(rounds.values()))
        self.result.rounds = planned

    def get_stops(self, points):
        pool = Pool()
        Stop = pool.get('shortcircuit.round.stop')
        return [
            Stop(
                point=point, sequence=10 * i, shipments=self.shipments[point])
            for i, point in enumerate(points, 1)]

    @staticmethod
    def get_reason(demand, reason):
        return gettext(
            f'shortcircuit_hub.msg_round_left_{reason}',
            point=demand.point.rec_name,
            crates=demand.crates,
            weight=round(demand.weight))

    def default_result(self, fields):
        return {
            'rounds': [r.id for r in self.result.rounds],
            'reasons': self.result.reasons,
            }

    def do_open_(self, action):
        action['pyson_domain'] = PYSONEncoder().encode([
                ('id', 'in', [r.id for r in self.result.rounds])])
        action['domains'] = []
        return action, {}
