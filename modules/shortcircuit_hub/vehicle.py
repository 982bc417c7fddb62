# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt

from trytond.model import (
    DeactivableMixin, ModelSQL, ModelView, fields, sequence_ordered)
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction

from . import routing

STORAGE_CLASSES = [
    ('ambient', "Ambient"),
    ('chilled', "Chilled"),
    ('frozen', "Frozen"),
    ]


class Vehicle(
        DeactivableMixin, sequence_ordered(), ModelSQL, ModelView):
    __name__ = 'shortcircuit.vehicle'

    name = fields.Char("Name", required=True)
    registration = fields.Char("Registration")
    company = fields.Many2One('company.company', "Company", required=True)
    warehouse = fields.Many2One(
        'stock.location', "Hub", required=True, ondelete='RESTRICT',
        domain=[
            ('type', '=', 'warehouse'),
            ],
        help="The hub it leaves from.")
    driver = fields.Many2One(
        'party.party', "Usual Driver", ondelete='RESTRICT',
        context={
            'company': Eval('company', -1),
            },
        depends={'company'})
    crate_capacity = fields.Integer(
        "Capacity in Crates", required=True,
        domain=[
            ('crate_capacity', '>', 0),
            ])
    weight_capacity = fields.Float(
        "Capacity in Kilograms", digits=(None, 0), required=True,
        domain=[
            ('weight_capacity', '>', 0),
            ])
    storage_classes = fields.MultiSelection(
        STORAGE_CLASSES, "Storage Classes", required=True, sort=False,
        help="The temperatures at which it can keep what it carries.")
    leaves = fields.Time(
        "Leaves from", format='%H:%M', required=True,
        domain=[
            ('leaves', '<', Eval('returns', None)),
            ],
        help="It does not leave earlier.")
    returns = fields.Time(
        "Back before", format='%H:%M', required=True)

    rounds = fields.One2Many(
        'shortcircuit.round', 'vehicle', "Rounds", readonly=True)

    @classmethod
    def copy(cls, vehicles, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('rounds', None)
        return super().copy(vehicles, default=default)

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_warehouse(cls):
        pool = Pool()
        Location = pool.get('stock.location')
        return Location.get_default_warehouse()

    @classmethod
    def default_storage_classes(cls):
        return ['ambient']

    @classmethod
    def default_leaves(cls):
        return dt.time(6)

    @classmethod
    def default_returns(cls):
        return dt.time(20)

    def get_routing(self):
        "Return the vehicle as the routing knows it"
        return routing.Vehicle(
            self, self.crate_capacity, self.weight_capacity,
            frozenset(self.storage_classes),
            routing.seconds(self.leaves), routing.seconds(self.returns))
