# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The crates in which the orders are packed, once"

import math
from collections import defaultdict

from trytond.model import ModelSQL, ModelView, Workflow, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval


class Package(ModelSQL, ModelView):
    __name__ = 'shortcircuit.package'
    _rec_name = 'number'

    number = fields.Char("Number", required=True, readonly=True)
    shipment = fields.Many2One(
        'stock.shipment.out', "Order", required=True, readonly=True,
        ondelete='CASCADE')
    rank = fields.Function(
        fields.Char(
            "Crate", help="Which one it is of the crates of the order."),
        'get_rank')
    warehouse = fields.Many2One(
        'stock.location', "Packed at", required=True, ondelete='RESTRICT',
        domain=[
            ('type', '=', 'warehouse'),
            ],
        states={
            'readonly': Eval('shipment_state').in_(
                ['packed', 'shipped', 'done', 'cancelled']),
            })
    storage_class = fields.Selection(
        'get_storage_classes', "Storage Class", required=True, sort=False,
        states={
            'readonly': Eval('shipment_state').in_(
                ['shipped', 'done', 'cancelled']),
            })
    crate = fields.Many2One(
        'shortcircuit.crate', "Type", ondelete='RESTRICT',
        states={
            'readonly': Eval('shipment_state').in_(
                ['shipped', 'done', 'cancelled']),
            },
        help="The type of crate, which is to come back.")
    shipment_state = fields.Function(
        fields.Selection('get_shipment_states', "Order State"),
        'on_change_with_shipment_state')

    @classmethod
    def __setup__(cls):
        cls.number.search_unaccented = False
        super().__setup__()
        cls.__access__.add('shipment')

    @classmethod
    def get_storage_classes(cls):
        pool = Pool()
        Template = pool.get('product.template')
        return Template.fields_get(
            ['storage_class'])['storage_class']['selection']

    @classmethod
    def get_shipment_states(cls):
        pool = Pool()
        ShipmentOut = pool.get('stock.shipment.out')
        return ShipmentOut.fields_get(['state'])['state']['selection']

    @fields.depends('shipment', '_parent_shipment.state')
    def on_change_with_shipment_state(self, name=None):
        return self.shipment.state if self.shipment else None

    def get_rank(self, name):
        packages = self.shipment.packages
        return f'{packages.index(self) + 1}/{len(packages)}'

    @classmethod
    def preprocess_values(cls, mode, values):
        pool = Pool()
        ShipmentOut = pool.get('stock.shipment.out')
        values = super().preprocess_values(mode, values)
        if mode == 'create' and not values.get('number'):
            company = ShipmentOut(values['shipment']).company
            values['number'], = cls.get_numbers(company, 1)
        return values

    @classmethod
    def get_numbers(cls, company, count):
        "Return the next numbers of the sequence of the company"
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        sequence = Configuration(1).get_multivalue(
            'package_sequence', company=company.id)
        return sequence.get_many(count)

    @classmethod
    def propose(cls, shipments):
        "Create the crates that the orders need"
        pool = Pool()
        Crate = pool.get('shortcircuit.crate')
        packing = Crate.get_packing({s.company for s in shipments})
        values = defaultdict(list)
        for shipment in shipments:
            for warehouse, storage_class, count in shipment.needed_packages:
                values[shipment.company].extend({
                        'shipment': shipment.id,
                        'warehouse': warehouse.id,
                        'storage_class': storage_class,
                        'crate': packing.get(
                            (shipment.company.id, storage_class)),
                        } for _ in range(count))
        for company, vlist in values.items():
            for value, number in zip(
                    vlist, cls.get_numbers(company, len(vlist))):
                value['number'] = number
            cls.create(vlist)

    @classmethod
    def copy(cls, packages, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('number', None)
        return super().copy(packages, default=default)


class Move(metaclass=PoolMeta):
    __name__ = 'stock.move'

    pack_warehouse = fields.Many2One(
        'stock.location', "Packed at", readonly=True, ondelete='RESTRICT',
        states={
            'invisible': ~Eval('pack_warehouse'),
            },
        help="The hub where the goods lay when they were allocated: they are "
        "packed there, and travel in closed crates.")

    @property
    def packed_at(self):
        "The hub where the goods of an order are packed"
        return self.pack_warehouse or self.shipment.warehouse

    def get_load(self, name, measure):
        """
        Return the weight or the volume, 0 if nobody has measured the product.

        measure is the XML id of the unit of what is returned.
        """
        pool = Pool()
        ModelData = pool.get('ir.model.data')
        Uom = pool.get('product.uom')
        uom = Uom(ModelData.get_id('product', measure))
        return self.quantity * (
            self.product.measure_of(name, self.unit, uom) or 0)

    @classmethod
    def copy(cls, moves, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('pack_warehouse', None)
        return super().copy(moves, default=default)


class ShipmentOut(metaclass=PoolMeta):
    __name__ = 'stock.shipment.out'

    packages = fields.One2Many(
        'shortcircuit.package', 'shipment', "Crates",
        order=[('id', 'ASC')],
        states={
            'readonly': Eval('state').in_(['shipped', 'done', 'cancelled']),
            })
    package_count = fields.Function(
        fields.Integer("Crates"), 'on_change_with_package_count')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        open_ = {
            'invisible': (~Eval('cycle')
                | Eval('state').in_(
                    ['draft', 'shipped', 'done', 'cancelled'])),
            'depends': ['cycle', 'state'],
            }
        cls._buttons.update({
                'add_package': {'icon': 'tryton-add', **open_},
                'remove_package': {
                    'icon': 'tryton-remove',
                    'readonly': ~Eval('package_count', 0),
                    **open_,
                    'depends': [*open_['depends'], 'package_count'],
                    },
                'propose_packages': {'icon': 'tryton-refresh', **open_},
                })

    @fields.depends('packages')
    def on_change_with_package_count(self, name=None):
        return len(self.packages or [])

    @classmethod
    @ModelView.button
    @Workflow.transition('waiting')
    def wait(cls, shipments, moves=None):
        pool = Pool()
        Package = pool.get('shortcircuit.package')
        super().wait(shipments, moves=moves)
        Package.propose(
            [s for s in shipments if s.cycle and not s.packages])

    @property
    def needed_packages(self):
        """
        The list of tuples (hub, storage class, number of crates).

        The goods of a hub and a storage class fill one crate at least, and
        as many as their weight or their volume asks.
        """
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        Package = pool.get('shortcircuit.package')
        configuration = Configuration(1)
        loads = defaultdict(lambda: (0, 0))
        classes = [c for c, _ in Package.get_storage_classes()]
        for move in self.moves:
            if move.state != 'cancelled':
                key = (move.packed_at, move.product.storage_class or 'ambient')
                weight, volume = loads[key]
                loads[key] = (
                    weight + move.get_load('weight', 'uom_kilogram'),
                    volume + move.get_load('volume', 'uom_liter'))
        return [
            (warehouse, storage_class, count_packages(
                    (weight, configuration.package_weight),
                    (volume, configuration.package_volume)))
            for (warehouse, storage_class), (weight, volume) in sorted(
                loads.items(), key=lambda item: (
                    item[0][0] != self.warehouse, item[0][0].id,
                    classes.index(item[0][1])))]

    @property
    def arrives_closed(self):
        "If all of the order is packed before it comes to its hub"
        return all(m.packed_at != self.warehouse for m in self.moves)

    @classmethod
    def assign_arrived(cls, shipments):
        arrived = super().assign_arrived(shipments)
        cls.pack([s for s in arrived if s.arrives_closed])
        return arrived

    @classmethod
    @ModelView.button
    def propose_packages(cls, shipments):
        pool = Pool()
        Package = pool.get('shortcircuit.package')
        Package.delete([p for s in shipments for p in s.packages])
        Package.propose(shipments)

    @classmethod
    @ModelView.button
    def add_package(cls, shipments):
        pool = Pool()
        Package = pool.get('shortcircuit.package')
        Package.save([s.get_next_package() for s in shipments])

    def get_next_package(self):
        "Return one more crate like the last one"
        pool = Pool()
        Package = pool.get('shortcircuit.package')
        *_, last = [None, *self.packages]
        return Package(
            shipment=self,
            warehouse=last.warehouse if last else self.warehouse,
            storage_class=last.storage_class if last else 'ambient',
            crate=last.crate if last else None)

    @classmethod
    @ModelView.button
    def remove_package(cls, shipments):
        pool = Pool()
        Package = pool.get('shortcircuit.package')
        Package.delete([s.packages[-1] for s in shipments if s.packages])

    @classmethod
    def copy(cls, shipments, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('packages', None)
        return super().copy(shipments, default=default)


def count_packages(*loads):
    """
    Return how many crates are needed.

    loads are tuples of what is to be packed and of what fits in a crate, in
    the same unit. What a crate holds is not limited if None.
    """
    # 3 × 0.1 kg fit in a crate of 0.3 kg
    return max([1, *(
                math.ceil(round(load / capacity, 6))
                for load, capacity in loads if capacity)])
