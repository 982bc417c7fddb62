# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from sql import Null
from sql.aggregate import Sum
from sql.operators import Concat

from trytond.cache import Cache
from trytond.model import fields
from trytond.modules.shortcircuit_catalog.geolocation import GeolocationMixin
from trytond.pool import Pool, PoolMeta
from trytond.transaction import Transaction


class Location(GeolocationMixin, metaclass=PoolMeta):
    __name__ = 'stock.location'

    _warehouse_cache = Cache('stock.location.get_warehouse', context=False)

    def get_warehouse(self, name):
        # Core looks for it again for each move of a location
        warehouse = self._warehouse_cache.get(self.id, -1)
        if warehouse == -1:
            warehouse = super().get_warehouse(name)
            self._warehouse_cache.set(self.id, warehouse)
        return warehouse

    @classmethod
    def on_modification(cls, mode, locations, field_names=None):
        super().on_modification(mode, locations, field_names=field_names)
        cls._warehouse_cache.clear()

    @property
    def place(self):
        "The coordinates of the hub, else of who has its address"
        return self.coordinates or (
            self.address.party.coordinates
            if self.address and self.address.party else None)

    @classmethod
    def get_consignment(cls, keys):
        """
        Find where producers' goods lie at hubs.

        keys is an iterable of tuples (warehouse id, party id).
        Return a dictionary of key to location; the missing locations are
        created.
        """
        keys = set(keys)
        # Serialize the creations at a hub to make only one location
        cls.lock(cls.browse(sorted({w for w, _ in keys})))
        locations = cls._search_consignment(keys)
        missing = sorted(keys - locations.keys())
        if missing:
            created = cls.create(
                [cls._consignment_values(*key) for key in missing])
            locations.update(zip(missing, created))
        return locations

    @classmethod
    def _search_consignment(cls, keys):
        return {
            (l.warehouse.id, l.consignment_party.id): l
            for l in cls.search([
                    ('type', '=', 'supplier'),
                    ('consignment_party', 'in', list({p for _, p in keys})),
                    ('parent', 'child_of', list({w for w, _ in keys})),
                    ], order=[('id', 'DESC')])}

    @classmethod
    def _consignment_values(cls, warehouse, party):
        pool = Pool()
        Party = pool.get('party.party')
        warehouse = cls(warehouse)
        return {
            'name': Party(party).name,
            'type': 'supplier',
            'parent': warehouse.storage_location.id,
            'consignment_party': party,
            }

    @classmethod
    def consignment_quantities(cls, products):
        """
        Count what producers have left at hubs by lot.

        Return a dictionary of tuple (location id, product id, lot id) to the
        quantity in the default unit of the product, what is assigned or
        already packed being deducted.
        """
        pool = Pool()
        Date = pool.get('ir.date')
        Product = pool.get('product.product')
        locations = cls.search([
                ('type', '=', 'supplier'),
                ('consignment_party', '!=', None),
                ])
        with Transaction().set_context(
                stock_date_end=Date.today(), stock_assign=True):
            return Product.products_by_location(
                [l.id for l in locations],
                grouping=('product', 'lot'),
                grouping_filter=([p.id for p in products],))

    @classmethod
    def free_quantities(cls, products):
        """
        Count what producers have left at hubs by lot and nobody waits for.

        It is as consignment_quantities, but what orders still wait for to be
        assigned, because a part of theirs has to arrive, is deducted too.
        """
        pool = Pool()
        Move = pool.get('stock.move')
        Shipment = pool.get('stock.shipment.out')
        Product = pool.get('product.product')
        uoms = {p.id: p.default_uom for p in Product.browse(
                [p.id for p in products])}
        quantities = cls.consignment_quantities(products)
        move, shipment = Move.__table__(), Shipment.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*move
            .join(shipment, condition=move.shipment
                == Concat(Shipment.__name__ + ',', shipment.id))
            .select(
                move.from_location, move.product, move.lot,
                Sum(move.internal_quantity),
                where=(shipment.state == 'waiting')
                & (shipment.cycle != Null)
                & (move.state == 'draft')
                & fields.SQL_OPERATORS['in'](move.product, list(uoms)),
                group_by=[move.from_location, move.product, move.lot]))
        for *key, quantity in cursor:
            key = tuple(key)
            if key in quantities:
                # What is to come for them is not there yet
                quantities[key] = max(0, uoms[key[1]].round(
                        quantities[key] - quantity))
        return quantities
