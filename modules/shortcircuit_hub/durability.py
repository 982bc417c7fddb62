# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

"The use-by or best-before dates of what is received"

from trytond.i18n import gettext
from trytond.model import ModelView, Workflow, fields
from trytond.modules.shortcircuit_catalog.durability import DURABILITY_KINDS
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval

from .document import get_durability
from .exceptions import DeliveryError, DurabilityError


class Delivery(metaclass=PoolMeta):
    __name__ = 'shortcircuit.delivery'

    @fields.depends('date', 'lines')
    def on_change_date(self):
        for line in self.lines:
            line.set_rules(self.date)
        self.lines = self.lines


class DeliveryLine(metaclass=PoolMeta):
    __name__ = 'shortcircuit.delivery.line'

    _states = {
        'readonly': Eval('delivery_state') != 'draft',
        'invisible': ~Eval('durability_kind'),
        }

    production_date = fields.Date("Production Date", states=_states)
    durability_date = fields.Date(
        "Use-by / Best-before Date", states=_states,
        help="By the rule of the product, or as read on the goods.")
    durability_kind = fields.Function(
        fields.Selection(DURABILITY_KINDS, "Date", sort=False),
        'on_change_with_durability_kind')

    del _states

    @fields.depends('product')
    def on_change_with_durability_kind(self, name=None):
        return self.product.template.durability_kind if self.product else None

    @fields.depends('product', 'production_date', 'durability_date')
    def set_rules(self, date):
        super().set_rules(date)
        if self.product:
            self.durability_date = (
                self.product.template.get_durability_date(
                    date, getattr(self, 'production_date', None))
                or getattr(self, 'durability_date', None))

    @fields.depends('delivery', '_parent_delivery.date', methods=['set_rules'])
    def on_change_production_date(self):
        self.set_rules(self.delivery.date if self.delivery else None)

    @classmethod
    def check_receive(cls, lines):
        super().check_receive(lines)
        for line in lines:
            if (line.quantity and line.durability_kind
                    and not line.durability_date):
                raise DeliveryError(gettext(
                        'shortcircuit_hub.msg_delivery_no_date',
                        delivery=line.delivery.rec_name,
                        product=line.product.rec_name))

    def get_lot(self):
        lot = super().get_lot()
        lot.durability_kind = self.durability_kind
        lot.durability_date = self.durability_date
        lot.production_date = self.production_date
        return lot

    @classmethod
    def copy(cls, lines, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('production_date', None)
        default.setdefault('durability_date', None)
        return super().copy(lines, default=default)


class Lot(metaclass=PoolMeta):
    __name__ = 'stock.lot'

    durability_kind = fields.Selection(
        DURABILITY_KINDS, "Date Kind", sort=False, readonly=True,
        states={
            'invisible': ~Eval('durability_kind'),
            })
    durability_date = fields.Date(
        "Use-by / Best-before Date", readonly=True,
        states={
            'invisible': ~Eval('durability_kind'),
            })
    production_date = fields.Date(
        "Production Date", readonly=True,
        states={
            'invisible': ~Eval('production_date'),
            })

    def can_be_sold(self, date):
        "If the lot is not past its use-by date on the date"
        return (self.durability_kind != 'use_by'
            or self.durability_date is None
            or date <= self.durability_date)


class ShipmentOut(metaclass=PoolMeta):
    __name__ = 'stock.shipment.out'

    @classmethod
    def check_durability(cls, shipments):
        "Refuse to deliver what is past its use-by date by then"
        pool = Pool()
        Date = pool.get('ir.date')
        Lang = pool.get('ir.lang')
        today = Date.today()
        for shipment in shipments:
            date = max(shipment.planned_date or today, today)
            for move in shipment.moves:
                if (move.state in {'draft', 'assigned'} and move.lot
                        and not move.lot.can_be_sold(date)):
                    raise DurabilityError(gettext(
                            'shortcircuit_hub.msg_shipment_durability',
                            shipment=shipment.rec_name,
                            lot=move.lot.rec_name,
                            product=move.product.rec_name,
                            date=Lang.get().strftime(
                                move.lot.durability_date)))

    @classmethod
    @ModelView.button
    @Workflow.transition('packed')
    def pack(cls, shipments):
        cls.check_durability(shipments)
        super().pack(shipments)

    @classmethod
    @ModelView.button
    @Workflow.transition('shipped')
    def ship(cls, shipments):
        cls.check_durability(shipments)
        super().ship(shipments)


class Move(metaclass=PoolMeta):
    __name__ = 'stock.move'

    durability = fields.Function(
        fields.Char("Use-by / Best-before Date"), 'get_durability')

    @classmethod
    def get_durability(cls, moves, name):
        return {m.id: get_durability(m.lot) for m in moves}
