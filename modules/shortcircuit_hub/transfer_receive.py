# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What arrives with the shuttle is compared to what has left"

from collections import defaultdict

from trytond.i18n import gettext
from trytond.model import ModelView, Workflow, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .exceptions import TransferError
from .transfer_difference import FATES


class ShipmentInternal(metaclass=PoolMeta):
    __name__ = 'stock.shipment.internal'

    driver = fields.Many2One(
        'party.party', "Driver", ondelete='RESTRICT',
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        states={
            'readonly': Eval('state').in_(['done', 'cancelled']),
            'invisible': ~Eval('cycle'),
            },
        help="Who drives the shuttle, and bears what the carrier bears.")
    differences = fields.One2Many(
        'shortcircuit.transfer.difference', 'transfer', "Differences",
        readonly=True,
        states={
            'invisible': ~Eval('differences', []),
            })

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'receive': {
                    'invisible': (Eval('state') != 'shipped') | ~Eval('cycle'),
                    'icon': 'tryton-ok',
                    'depends': ['state', 'cycle'],
                    },
                })

    @classmethod
    @ModelView.button_action('shortcircuit_hub.wizard_transfer_receive')
    def receive(cls, transfers):
        pass

    @property
    def shipped_lots(self):
        "The list of tuples (lot, unit, quantity) of what has left"
        pool = Pool()
        Uom = pool.get('product.uom')
        quantities = defaultdict(float)
        units = {}
        for move in self.outgoing_moves:
            if move.state == 'done':
                unit = units.setdefault(move.lot, move.unit)
                quantities[move.lot] += Uom.compute_qty(
                    move.unit, move.quantity, unit, round=False)
        return [(l, units[l], units[l].round(q))
            for l, q in quantities.items()]

    def arrive(self, differences):
        """
        Receive the transfer as it has left, but for the differences.

        They are explained and not saved yet. Raise TransferError if one is
        not, or if the transfer is not on the road.
        """
        pool = Pool()
        Difference = pool.get('shortcircuit.transfer.difference')
        Location = pool.get('stock.location')
        Move = pool.get('stock.move')
        self.lock()
        if self.state != 'shipped':
            raise TransferError(gettext(
                    'shortcircuit_hub.msg_transfer_not_shipped',
                    transfer=self.rec_name))
        for difference in differences:
            difference.check()
        Location.lock(sorted({m.from_location for m in self.outgoing_moves}))
        Difference.save(differences)
        moves = [m for d in differences for m in d.get_moves()]
        Move.save(moves)
        uncounted = [
            m for m in moves if m.to_location == self.transit_location]
        Move.check_left(uncounted)
        Move.do(uncounted)
        transfer = self.__class__(self.id)
        self.__class__.do([transfer])

    @classmethod
    @ModelView.button
    @Workflow.transition('done')
    def do(cls, transfers):
        for transfer in transfers:
            if transfer.cycle:
                transfer.check_arrived()
        super().do(transfers)

    @classmethod
    def arrived(cls, transfers):
        pool = Pool()
        Difference = pool.get('shortcircuit.transfer.difference')
        differences = [d for t in transfers for d in t.differences]
        Difference.write_off(differences)
        Difference.withdraw(differences)
        super().arrived(transfers)

    def check_arrived(self):
        "Refuse that something stays on the road without a word"
        left = defaultdict(float)
        for move in self.outgoing_moves:
            left[move.lot] += move.internal_quantity
        for move in self.incoming_moves:
            left[move.lot] -= move.internal_quantity
        for lot, quantity in left.items():
            if lot.product.default_uom.round(quantity):
                raise TransferError(gettext(
                        'shortcircuit_hub.msg_transfer_difference',
                        transfer=self.rec_name,
                        lot=lot.rec_name,
                        product=lot.product.rec_name))

    @classmethod
    def copy(cls, transfers, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('differences', None)
        return super().copy(transfers, default=default)


class Move(metaclass=PoolMeta):
    __name__ = 'stock.move'

    @classmethod
    def check_left(cls, moves):
        "Refuse to have shipped more than what lies at the hub, orders apart"
        pool = Pool()
        Location = pool.get('stock.location')
        quantities = Location.consignment_quantities(
            {m.product for m in moves}) if moves else {}
        for move in moves:
            key = (move.from_location.id, move.product.id, move.lot.id)
            if quantities.get(key, 0) < move.internal_quantity:
                raise TransferError(gettext(
                        'shortcircuit_hub.msg_transfer_uncounted',
                        transfer=move.shipment.rec_name,
                        lot=move.lot.rec_name,
                        product=move.product.rec_name,
                        location=move.from_location.rec_name))


class TransferReceive(Wizard):
    __name__ = 'shortcircuit.transfer.receive'

    start = StateView(
        'shortcircuit.transfer.receive.start',
        'shortcircuit_hub.transfer_receive_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Receive", 'receive', 'tryton-ok', default=True),
            ])
    receive = StateTransition()

    def default_start(self, fields):
        return {
            'driver': self.record.driver.id if self.record.driver else None,
            'lines': [{
                    'lot': lot.id,
                    'product': lot.product.id,
                    'cycle': self.record.cycle.id,
                    'unit': unit.id,
                    'shipped': quantity,
                    'received': quantity,
                    } for lot, unit, quantity in self.record.shipped_lots],
            }

    def transition_receive(self):
        self.record.driver = self.start.driver
        self.record.save()
        self.record.arrive([
                l.get_difference(self.record) for l in self.start.lines
                if l.received != l.shipped])
        return 'end'

    def end(self):
        return 'reload'


class TransferReceiveStart(ModelView):
    __name__ = 'shortcircuit.transfer.receive.start'

    driver = fields.Many2One(
        'party.party', "Driver",
        help="Who drives the shuttle, and bears what the carrier bears.")
    lines = fields.One2Many(
        'shortcircuit.transfer.receive.line', None, "Lots")


class TransferReceiveLine(ModelView):
    __name__ = 'shortcircuit.transfer.receive.line'

    _different = {
        'invisible': Eval('received') == Eval('shipped'),
        }

    cycle = fields.Many2One('shortcircuit.cycle', "Cycle")
    lot = fields.Many2One('stock.lot', "Lot", readonly=True)
    product = fields.Many2One('product.product', "Product", readonly=True)
    unit = fields.Many2One('product.uom', "Unit", readonly=True)
    shipped = fields.Float("Shipped", digits='unit', readonly=True)
    received = fields.Float(
        "Received", digits='unit', required=True,
        domain=[
            ('received', '>=', 0),
            ])
    fate = fields.Selection(
        [(None, "")] + FATES, "Fate", sort=False,
        states={
            **_different,
            'required': Eval('received') != Eval('shipped'),
            },
        help="What has become of the difference.")
    reason = fields.Many2One(
        'shortcircuit.loss_reason', "Reason",
        states={
            'invisible': Eval('fate') != 'lost',
            'required': Eval('fate') == 'lost',
            })
    shipment = fields.Many2One(
        'stock.shipment.out', "Order",
        domain=[
            ('cycle', '=', Eval('cycle', -1)),
            ('state', '=', 'waiting'),
            ('moves.lot', '=', Eval('lot', -1)),
            ],
        states=_different,
        help="The order whose crate is missing.\n"
        "Leave empty for all those that wait for the lot to share what has "
        "arrived.")

    del _different

    @fields.depends('received', 'shipped')
    def on_change_with_fate(self):
        if (None not in {self.received, self.shipped}
                and self.received > self.shipped):
            return 'uncounted'

    def get_difference(self, transfer):
        pool = Pool()
        Difference = pool.get('shortcircuit.transfer.difference')
        return Difference(
            transfer=transfer,
            lot=self.lot,
            unit=self.unit,
            shipped=self.shipped,
            received=self.unit.round(self.received),
            fate=self.fate,
            shipment=self.shipment,
            reason=self.reason if self.fate == 'lost' else None)
