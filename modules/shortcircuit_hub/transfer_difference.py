# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What has left with the shuttle and does not arrive, or the reverse"

from collections import defaultdict

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval

from .exceptions import TransferError
from .sharing import divide, from_steps, to_steps

FATES = [
    ('not_left', "Never Left"),
    ('lost', "Lost on the Way"),
    ('uncounted', "Left Uncounted"),
    ]


class TransferDifference(ModelSQL, ModelView):
    __name__ = 'shortcircuit.transfer.difference'

    transfer = fields.Many2One(
        'stock.shipment.internal', "Transfer", required=True, readonly=True,
        ondelete='CASCADE')
    lot = fields.Many2One(
        'stock.lot', "Lot", required=True, readonly=True, ondelete='RESTRICT')
    product = fields.Function(
        fields.Many2One('product.product', "Product"),
        'on_change_with_product')
    unit = fields.Many2One(
        'product.uom', "Unit", required=True, readonly=True,
        ondelete='RESTRICT')
    shipped = fields.Float(
        "Shipped", digits='unit', required=True, readonly=True)
    received = fields.Float(
        "Received", digits='unit', required=True, readonly=True)
    missing = fields.Function(
        fields.Float(
            "Missing", digits='unit',
            help="Negative for what has left without being counted."),
        'on_change_with_missing')
    fate = fields.Selection(FATES, "Fate", required=True, readonly=True)
    shipment = fields.Many2One(
        'stock.shipment.out', "Order", readonly=True, ondelete='RESTRICT',
        help="The order that lacks it. Otherwise all those that wait for the "
        "lot share what has arrived.")
    reason = fields.Many2One(
        'shortcircuit.loss_reason', "Reason", readonly=True,
        ondelete='RESTRICT')
    unsold = fields.Many2One(
        'shortcircuit.unsold', "Written Off", readonly=True,
        ondelete='RESTRICT')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('transfer')

    @fields.depends('lot')
    def on_change_with_product(self, name=None):
        return self.lot.product if self.lot else None

    @fields.depends('shipped', 'received', 'unit')
    def on_change_with_missing(self, name=None):
        if None not in {self.shipped, self.received} and self.unit:
            return self.unit.round(self.shipped - self.received)

    def get_rec_name(self, name):
        return f'{self.transfer.rec_name} - {self.lot.rec_name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('transfer.rec_name', *clause[1:]),
            ('lot.rec_name', *clause[1:]),
            ]

    def check(self):
        "Refuse a difference that is not explained"
        fates = {'not_left', 'lost'} if self.missing > 0 else {'uncounted'}
        values = {
            'transfer': self.transfer.rec_name,
            'lot': self.lot.rec_name,
            'product': self.product.rec_name,
            }
        if self.fate not in fates:
            raise TransferError(gettext(
                    'shortcircuit_hub.msg_transfer_fate', **values))
        if self.fate == 'lost' and not self.reason:
            raise TransferError(gettext(
                    'shortcircuit_hub.msg_transfer_reason', **values))

    def get_moves(self):
        """
        Return the moves that make the transfer tell what has arrived.

        What never left goes back to where its producer has it, what left
        uncounted comes from there. What is lost arrives, to be written off.
        """
        if self.fate == 'lost':
            return []
        transfer = self.transfer
        outgoing, *_ = [
            m for m in transfer.outgoing_moves if m.lot == self.lot]
        incoming = [m for m in transfer.incoming_moves if m.lot == self.lot]
        missing = self.missing
        for move in incoming:
            quantity = max(0, move.unit.round(move.quantity - missing))
            missing = move.unit.round(missing - move.quantity + quantity)
            move.quantity = quantity
        move = self._get_move(outgoing, abs(self.missing))
        if self.fate == 'not_left':
            move.from_location, move.to_location = (
                outgoing.to_location, outgoing.from_location)
        return [*incoming, move]

    def _get_move(self, outgoing, quantity):
        pool = Pool()
        Move = pool.get('stock.move')
        return Move(
            shipment=self.transfer,
            product=self.product,
            lot=self.lot,
            unit=self.unit,
            quantity=quantity,
            from_location=outgoing.from_location,
            to_location=outgoing.to_location,
            company=self.transfer.company,
            origin=self)

    @classmethod
    def write_off(cls, differences):
        "Write off what is lost, on the account of who bears the reason"
        pool = Pool()
        Line = pool.get('shortcircuit.unsold.line')
        Unsold = pool.get('shortcircuit.unsold')
        Uom = pool.get('product.uom')
        lost = defaultdict(list)
        for difference in differences:
            if difference.fate == 'lost':
                lost[difference.transfer, difference.lot.producer,
                    difference.reason].append(difference)
        documents = []
        for (transfer, producer, reason), sub_differences in lost.items():
            unsold = Unsold.get_write_off(
                producer, transfer.to_warehouse, reason, [
                    Line(lot=d.lot, quantity=Uom.compute_qty(
                            d.unit, d.missing, d.product.sale_uom))
                    for d in sub_differences],
                carrier=transfer.driver, transfer=transfer)
            if unsold.borne_by == 'carrier' and not unsold.carrier:
                raise TransferError(gettext(
                        'shortcircuit_hub.msg_transfer_driver',
                        transfer=transfer.rec_name,
                        reason=reason.rec_name))
            for difference in sub_differences:
                difference.unsold = unsold
            documents.append(unsold)
        Unsold.save(documents)
        Unsold.do(documents)
        cls.save(differences)

    @classmethod
    def withdraw(cls, differences):
        "Take what is missing out of the orders that wait for it"
        pool = Pool()
        Move = pool.get('stock.move')
        withdrawn = {}
        for difference in differences:
            if difference.missing > 0:
                withdrawn.update(difference._get_withdrawn())
        Move.withdraw(withdrawn)

    def _get_withdrawn(self):
        """
        Return what the orders that wait for the lot lack.

        It is a dictionary of move of the orders, and of the transfers that
        bring it further, to the quantity in the unit of the move.
        """
        pool = Pool()
        Uom = pool.get('product.uom')
        waiting = self._find_waiting()
        claims = {
            m.id: to_steps(
                Uom.compute_qty(m.unit, m.quantity, self.unit),
                self.unit.rounding) for m in waiting}
        # What nobody waits for is missed by nobody
        available = to_steps(self.received, self.unit.rounding)
        others = sum(
            claims[m.id] for m in waiting
            if self.shipment and m.shipment != self.shipment)
        shares = divide(
            {m.id: claims[m.id] for m in waiting
                if not self.shipment or m.shipment == self.shipment},
            max(0, available - others))
        withdrawn = {}
        for move in waiting:
            if lacking := claims[move.id] - shares.get(
                    move.id, [claims[move.id]])[0]:
                withdrawn[move] = Uom.compute_qty(
                    self.unit, from_steps(lacking, self.unit.rounding),
                    move.unit)
        return withdrawn | self._get_withdrawn_further(withdrawn)

    def _find_waiting(self):
        "Return the moves of the orders that wait for the lot on the leg"
        pool = Pool()
        LeadTime = pool.get('stock.location.lead_time')
        Move = pool.get('stock.move')
        origin = self.transfer.leg.origin
        moves = Move.search([
                ('lot', '=', self.lot.id),
                ('state', '=', 'draft'),
                ('pack_warehouse', '=', origin.id),
                ('shipment.state', '=', 'waiting', 'stock.shipment.out'),
                ('shipment.cycle', '=', self.transfer.cycle.id,
                    'stock.shipment.out'),
                ], order=[('id', 'ASC')])
        moves = [m for m in moves if m.shipment.warehouse != origin]
        legs = LeadTime.get_legs((origin, m.shipment.warehouse) for m in moves)
        return [
            m for m in moves
            if self.transfer.leg in legs[origin, m.shipment.warehouse]]

    def _get_withdrawn_further(self, withdrawn):
        "Return what the transfers that wait for the lot lack for the orders"
        pool = Pool()
        LeadTime = pool.get('stock.location.lead_time')
        Move = pool.get('stock.move')
        transfer, origin = self.transfer, self.transfer.leg.origin
        legs = LeadTime.get_legs(
            (origin, m.shipment.warehouse) for m in withdrawn)
        lacking = defaultdict(float)
        for move, quantity in withdrawn.items():
            route = legs[origin, move.shipment.warehouse]
            for leg in route[route.index(transfer.leg) + 1:]:
                lacking[leg] += quantity
        return {
            m: self.unit.round(lacking[m.shipment.leg])
            for m in Move.search([
                    ('lot', '=', self.lot.id),
                    ('state', '=', 'draft'),
                    ('shipment.state', '=', 'waiting',
                        'stock.shipment.internal'),
                    ('shipment.cycle', '=', transfer.cycle.id,
                        'stock.shipment.internal'),
                    ])
            if m.shipment.leg in lacking}


class Move(metaclass=PoolMeta):
    __name__ = 'stock.move'

    @classmethod
    def _get_origin(cls):
        return super()._get_origin() + ['shortcircuit.transfer.difference']


class Unsold(metaclass=PoolMeta):
    __name__ = 'shortcircuit.unsold'

    transfer = fields.Many2One(
        'stock.shipment.internal', "Transfer", readonly=True,
        ondelete='RESTRICT',
        states={
            'invisible': ~Eval('transfer'),
            },
        help="The transfer on which it was lost.")

    @classmethod
    def copy(cls, records, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('transfer', None)
        return super().copy(records, default=default)
