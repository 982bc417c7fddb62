# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from collections import defaultdict

from trytond.i18n import gettext
from trytond.model import (
    DeactivableMixin, ModelSQL, ModelView, Workflow, fields, sequence_ordered)
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction

from .exceptions import RoundError


class DistributionPoint(
        DeactivableMixin, sequence_ordered(), ModelSQL, ModelView):
    __name__ = 'shortcircuit.distribution_point'

    name = fields.Char("Name", required=True)
    company = fields.Many2One('company.company', "Company", required=True)
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
    warehouse = fields.Many2One(
        'stock.location', "Hub", required=True, ondelete='RESTRICT',
        domain=[
            ('type', '=', 'warehouse'),
            ],
        states={
            'readonly': _states['readonly'] | Eval('stops', [0]),
            })
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
    state = fields.Selection([
            ('draft', "Draft"),
            ('running', "Running"),
            ('done', "Done"),
            ('cancelled', "Cancelled"),
            ], "State", required=True, readonly=True, sort=False)

    del _states

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
    def default_state(cls):
        return 'draft'

    @classmethod
    def copy(cls, rounds, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('number', None)
        default.setdefault('stops', None)
        return super().copy(rounds, default=default)

    @property
    def shipments(self):
        return [s for stop in self.stops for s in stop.shipments]

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
        shipments = defaultdict(list)
        for shipment in ShipmentOut.search([
                    ('company', '=', self.company.id),
                    ('warehouse', '=', self.warehouse.id),
                    ('planned_date', '=', self.date),
                    ('state', 'in', ['assigned', 'packed']),
                    ('distribution_point', '!=', None),
                    ('round_stop', '=', None),
                    ], order=[
                    ('distribution_point.sequence', 'ASC NULLS FIRST'),
                    ('distribution_point', 'ASC'),
                    ('id', 'ASC'),
                    ]):
            shipments[shipment.distribution_point].append(shipment)
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
        ShipmentOut.ship(shipments)

    @classmethod
    @ModelView.button
    @Workflow.transition('done')
    def do(cls, rounds):
        pool = Pool()
        ShipmentOut = pool.get('stock.shipment.out')
        for round_ in rounds:
            ShipmentOut.write(round_.shipments, {
                    'effective_date': round_.date,
                    })
        ShipmentOut.do([s for r in rounds for s in r.shipments])


class Stop(sequence_ordered(), ModelSQL, ModelView):
    __name__ = 'shortcircuit.round.stop'

    round = fields.Many2One(
        'shortcircuit.round', "Round", required=True, ondelete='CASCADE')
    point = fields.Many2One(
        'shortcircuit.distribution_point', "Distribution Point",
        required=True, ondelete='RESTRICT')
    shipments = fields.One2Many(
        'stock.shipment.out', 'round_stop', "Shipments",
        add_remove=[
            ('round_stop', '=', None),
            ('state', 'in', ['assigned', 'packed']),
            ])

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('round')

    def get_rec_name(self, name):
        return f'{self.round.rec_name} - {self.point.rec_name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('round.rec_name', *clause[1:]),
            ('point.rec_name', *clause[1:]),
            ]
