# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import math
from collections import defaultdict

from trytond.model import ModelView, Workflow, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import without_check_access

from .vehicle import STORAGE_CLASSES


class ShipmentOut(metaclass=PoolMeta):
    __name__ = 'stock.shipment.out'

    crates = fields.Integer(
        "Crates",
        domain=['OR',
            ('crates', '=', None),
            ('crates', '>=', 0),
            ],
        states={
            'readonly': Eval('state').in_(['shipped', 'done', 'cancelled']),
            },
        help="How many crates the order fills.\n"
        "Leave empty to count those it is packed in, or to estimate them from "
        "its weight until it is packed.")
    crate_count = fields.Function(
        fields.Integer("Number of Crates"), 'get_load')
    weight = fields.Function(
        fields.Float("Kilograms", digits=(None, 1)), 'get_load')
    storage_classes = fields.Function(fields.MultiSelection(
            STORAGE_CLASSES, "Storage Classes", sort=False), 'get_load')
    refused = fields.Boolean(
        "Brought Back", readonly=True,
        help="The order is not handed over although the stop is done.")
    brought_back_stops = fields.Many2Many(
        'shortcircuit.round.stop-stock.shipment.out', 'shipment', 'stop',
        "Brought Back from", readonly=True,
        states={
            'invisible': ~Eval('brought_back_stops', []),
            })
    round_state = fields.Function(
        fields.Char("State of the Round"), 'on_change_with_round_state')
    delivery_temperature = fields.Function(
        fields.Numeric("Temperature °C", digits=(3, 1),
            help="Of the coldest goods when they were handed over."),
        'get_delivery_temperature')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._transitions.add(('shipped', 'packed'))
        cls._buttons.update({
                'refuse': {
                    'invisible': (Eval('refused', False)
                        | (Eval('round_state') != 'running')),
                    'icon': 'tryton-cancel',
                    'depends': ['refused', 'round_state'],
                    },
                'accept': {
                    'invisible': (~Eval('refused', False)
                        | (Eval('round_state') != 'running')),
                    'icon': 'tryton-undo',
                    'depends': ['refused', 'round_state'],
                    },
                })

    @fields.depends('round_stop', '_parent_round_stop.round')
    def on_change_with_round_state(self, name=None):
        return self.round_stop.round.state if self.round_stop else None

    @classmethod
    @without_check_access
    def get_delivery_temperature(cls, shipments, name):
        # Customers do not read the stops
        shipments = cls.browse(shipments)
        return {
            s.id: s.round_stop.temperature if s.round_stop else None
            for s in shipments}

    @classmethod
    def get_load(cls, shipments, names):
        """
        Return what the orders weigh and fill.

        The crates are those in which they are packed. Until then, and unless
        they are counted, they are estimated from the weight, which is in
        kilograms.
        """
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        configuration = Configuration(1)
        load = {n: {} for n in names}
        for shipment in shipments:
            moves = [
                m for m in shipment.outgoing_moves if m.state != 'cancelled']
            weight = sum(
                m.get_kilograms(configuration.piece_weight) for m in moves)
            count = shipment.crates
            if count is None:
                count = len(shipment.packages) or math.ceil(
                    round(weight / configuration.crate_weight, 6))
            values = {
                'crate_count': count,
                'weight': round(weight, 1),
                'storage_classes': sorted(
                    {m.product.storage_class or 'ambient' for m in moves}),
                }
            for name in names:
                load[name][shipment.id] = values[name]
        return load

    @classmethod
    def to_deliver(cls, company, warehouse, date):
        """
        Find the orders of the day that no round takes yet.

        What a round has brought back waits for the next one. Return a
        dictionary of distribution point to orders.
        """
        shipments = defaultdict(list)
        for shipment in cls.search([
                    ('company', '=', company.id),
                    ('warehouse', '=', warehouse.id),
                    ['OR',
                        ('planned_date', '=', date),
                        [
                            ('planned_date', '<', date),
                            ('brought_back_stops', '!=', None),
                            ],
                        ],
                    ('state', 'in', ['assigned', 'packed']),
                    ('distribution_point', '!=', None),
                    ('round_stop', '=', None),
                    ], order=[
                    ('distribution_point.sequence', 'ASC NULLS FIRST'),
                    ('distribution_point', 'ASC'),
                    ('id', 'ASC'),
                    ]):
            shipments[shipment.distribution_point].append(shipment)
        return shipments

    @property
    def is_delivered(self):
        "If the driver has handed over the order at its stop"
        return (bool(self.round_stop) and not self.refused
            and self.round_stop.state == 'done')

    @classmethod
    @ModelView.button
    def refuse(cls, shipments):
        cls.write(shipments, {'refused': True})

    @classmethod
    @ModelView.button
    def accept(cls, shipments):
        cls.write(shipments, {'refused': False})

    @classmethod
    @Workflow.transition('packed')
    def bring_back(cls, shipments):
        """
        Bring the orders that were not handed over back to the hub.

        Their goods have not left the stock of the producers. They may be
        delivered by another round, or cancelled.
        """
        pool = Pool()
        StopShipment = pool.get('shortcircuit.round.stop-stock.shipment.out')
        StopShipment.create([{
                    'stop': s.round_stop.id,
                    'shipment': s.id,
                    } for s in shipments])
        cls.write(shipments, {'round_stop': None, 'refused': False})

    @classmethod
    def copy(cls, shipments, default=None):
        default = default.copy() if default is not None else {}
        for name in ['crates', 'brought_back_stops']:
            default.setdefault(name, None)
        default.setdefault('refused', False)
        return super().copy(shipments, default=default)


class Move(metaclass=PoolMeta):
    __name__ = 'stock.move'

    def get_kilograms(self, piece_weight):
        """
        Return what the move weighs.

        piece_weight is what a piece weighs, in kilograms, whose product does
        not tell it.
        """
        pool = Pool()
        ModelData = pool.get('ir.model.data')
        Uom = pool.get('product.uom')
        kilogram = Uom(ModelData.get_id('product', 'uom_kilogram'))
        if self.unit.category == kilogram.category:
            return Uom.compute_qty(
                self.unit, self.quantity, kilogram, round=False)
        product = self.product
        if not product.weight:
            return self.quantity * piece_weight
        quantity = Uom.compute_qty(
            self.unit, self.quantity, product.default_uom, round=False)
        return Uom.compute_qty(
            product.weight_uom, quantity * product.weight, kilogram,
            round=False)
