# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from collections import defaultdict

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, Workflow, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval

from .draft_done import GoodsMovedMixin
from .exceptions import CustomerReturnError


class CustomerReturn(GoodsMovedMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.customer_return'
    _rec_name = 'number'

    _states = {
        'readonly': Eval('state') != 'draft',
        }

    shipment = fields.Many2One(
        'stock.shipment.out', "Shipment", required=True, ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ('state', '=', 'done'),
            ('cycle', '!=', None),
            ],
        states={
            'readonly': _states['readonly'] | Eval('lines', [0]),
            },
        help="What the customer received and gives back.")
    customer = fields.Function(
        fields.Many2One(
            'party.party', "Customer",
            context={
                'company': Eval('company', -1),
                },
            depends={'company'}),
        'on_change_with_customer', searcher='search_customer')
    warehouse = fields.Many2One(
        'stock.location', "Hub", required=True, ondelete='RESTRICT',
        domain=[
            ('type', '=', 'warehouse'),
            ],
        states=_states,
        help="Where the goods come back.")
    note = fields.Text("Note", states=_states)
    lines = fields.One2Many(
        'shortcircuit.customer_return.line', 'customer_return', "Lines",
        states={
            'readonly': _states['readonly'] | ~Eval('shipment'),
            })
    written_off = fields.One2Many(
        'shortcircuit.unsold', 'customer_return', "Written Off",
        readonly=True,
        states={
            'invisible': ~Eval('written_off', []),
            })

    del _states

    def get_rec_name(self, name):
        return self.number or self.shipment.rec_name

    @fields.depends('shipment')
    def on_change_with_customer(self, name=None):
        return self.shipment.customer if self.shipment else None

    @classmethod
    def search_customer(cls, name, clause):
        return [('shipment.' + clause[0], *clause[1:])]

    @fields.depends('shipment', 'lines')
    def on_change_shipment(self):
        "Propose what was delivered, nothing of it coming back yet"
        pool = Pool()
        Line = pool.get('shortcircuit.customer_return.line')
        if self.shipment:
            self.warehouse = self.shipment.warehouse
            self.lines = [
                Line.get_line(m) for m in self.shipment.moves
                if m.state == 'done' and m.is_delivery]

    @classmethod
    def copy(cls, records, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('written_off', None)
        return super().copy(records, default=default)

    @classmethod
    @ModelView.button
    @Workflow.transition('done')
    def do(cls, records):
        "Bring the goods back to their producers, then write off the lost"
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        Location = pool.get('stock.location')
        Move = pool.get('stock.move')
        Sale = pool.get('sale.sale')
        Unsold = pool.get('shortcircuit.unsold')
        lines = [l for r in records for l in r.lines if l.quantity]
        cls.lock(records)
        Move.lock([l.move for l in lines])
        cls.check_delivered(lines)
        # What is refused takes no number
        Configuration.set_number(records, 'customer_return_sequence')
        locations = Location.get_consignment(
            (l.customer_return.warehouse.id, l.move.lot.producer.party.id)
            for l in lines)
        moves = [
            l.get_move(locations[
                    l.customer_return.warehouse.id,
                    l.move.lot.producer.party.id])
            for l in lines]
        Move.save(moves)
        Move.do(moves)
        lost = cls._get_written_off(lines)
        Unsold.save(lost)
        Unsold.do(lost)
        cls.set_done(records)
        # What comes back is credited
        Sale.__queue__.process(list({l.move.sale for l in lines}))

    @classmethod
    def check_delivered(cls, lines):
        "Refuse more than what was delivered and has not come back yet"
        pool = Pool()
        Move = pool.get('stock.move')
        Uom = pool.get('product.uom')
        left = Move.get_returnable([l.move for l in lines])
        for line in lines:
            key = (line.move.origin, line.move.lot)
            uom = line.move.product.default_uom
            left[key] = uom.round(left[key] - Uom.compute_qty(
                    line.unit, line.quantity, uom, round=False))
            if left[key] < 0:
                raise CustomerReturnError(gettext(
                        'shortcircuit_hub.msg_customer_return_delivered',
                        customer_return=line.customer_return.rec_name,
                        product=line.product.rec_name,
                        lot=line.lot.rec_name,
                        customer=line.customer_return.customer.rec_name))

    @classmethod
    def _get_written_off(cls, lines):
        pool = Pool()
        Line = pool.get('shortcircuit.unsold.line')
        lost = defaultdict(list)
        for line in lines:
            if line.fate == 'write_off':
                lost[line.customer_return, line.move.lot.producer,
                    line.reason].append(line)
        return [
            customer_return.get_unsold(producer, reason, [
                    Line(lot=l.lot, quantity=l.quantity) for l in sub_lines])
            for (customer_return, producer, reason), sub_lines
            in lost.items()]

    def get_unsold(self, producer, reason, lines):
        pool = Pool()
        Unsold = pool.get('shortcircuit.unsold')
        return Unsold.get_write_off(
            producer, self.warehouse, reason, lines,
            carrier=self.shipment.driver, date=self.date, note=self.note,
            customer_return=self)


class Line(ModelSQL, ModelView):
    __name__ = 'shortcircuit.customer_return.line'

    _states = {
        'readonly': Eval('customer_return_state') != 'draft',
        }

    customer_return = fields.Many2One(
        'shortcircuit.customer_return', "Customer Return", required=True,
        ondelete='CASCADE', states=_states)
    shipment = fields.Function(
        fields.Many2One('stock.shipment.out', "Shipment"),
        'on_change_with_shipment')
    move = fields.Many2One(
        'stock.move', "Delivered", required=True, ondelete='RESTRICT',
        domain=[
            ('shipment', '=', Eval('shipment_reference', None)),
            ('state', '=', 'done'),
            ('lot', '!=', None),
            ],
        states=_states)
    shipment_reference = fields.Function(
        fields.Char("Shipment Reference"),
        'on_change_with_shipment_reference')
    product = fields.Function(
        fields.Many2One('product.product', "Product"),
        'on_change_with_product')
    lot = fields.Function(
        fields.Many2One('stock.lot', "Lot"), 'on_change_with_lot')
    delivered = fields.Function(
        fields.Float("Delivered", digits='unit'),
        'on_change_with_delivered')
    quantity = fields.Float(
        "Returned", digits='unit', required=True,
        domain=[
            ('quantity', '>=', 0),
            ],
        states=_states)
    unit = fields.Function(
        fields.Many2One('product.uom', "Unit"), 'on_change_with_unit')
    fate = fields.Selection([
            ('stock', "Back to Stock"),
            ('write_off', "Written Off"),
            ], "Fate", required=True, sort=False, states=_states)
    reason = fields.Many2One(
        'shortcircuit.loss_reason', "Reason", ondelete='RESTRICT',
        states={
            'readonly': _states['readonly'],
            'invisible': Eval('fate') != 'write_off',
            'required': (Eval('fate') == 'write_off') & (
                Eval('quantity', 0) > 0),
            })
    customer_return_state = fields.Function(
        fields.Selection('get_customer_return_states', "State"),
        'on_change_with_customer_return_state')

    del _states

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('customer_return')

    @classmethod
    def default_fate(cls):
        return 'stock'

    @fields.depends('customer_return', '_parent_customer_return.shipment')
    def on_change_with_shipment(self, name=None):
        return (
            self.customer_return.shipment if self.customer_return else None)

    @fields.depends(methods=['on_change_with_shipment'])
    def on_change_with_shipment_reference(self, name=None):
        shipment = self.on_change_with_shipment()
        return str(shipment) if shipment else None

    @fields.depends('move')
    def on_change_with_product(self, name=None):
        return self.move.product if self.move else None

    @fields.depends('move')
    def on_change_with_lot(self, name=None):
        return self.move.lot if self.move else None

    @fields.depends('move')
    def on_change_with_delivered(self, name=None):
        return self.move.quantity if self.move else None

    @fields.depends('move')
    def on_change_with_unit(self, name=None):
        return self.move.unit if self.move else None

    @classmethod
    def get_customer_return_states(cls):
        pool = Pool()
        Return = pool.get('shortcircuit.customer_return')
        return Return.fields_get(['state'])['state']['selection']

    @fields.depends('customer_return', '_parent_customer_return.state')
    def on_change_with_customer_return_state(self, name=None):
        return self.customer_return.state if self.customer_return else 'draft'

    @classmethod
    def get_line(cls, move):
        "Return the line of a delivered move, as a client shows it"
        line = cls(move=move, quantity=0, fate='stock')
        line.product = line.on_change_with_product()
        line.lot = line.on_change_with_lot()
        line.delivered = line.on_change_with_delivered()
        line.unit = line.on_change_with_unit()
        return line

    def get_rec_name(self, name):
        return f'{self.customer_return.rec_name} - {self.move.rec_name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('customer_return.rec_name', *clause[1:]),
            ('move.rec_name', *clause[1:]),
            ]

    def get_move(self, to_location):
        "Return the move that brings the lot back where its producer has it"
        pool = Pool()
        Move = pool.get('stock.move')
        return Move(
            product=self.product,
            lot=self.lot,
            unit=self.unit,
            quantity=self.quantity,
            from_location=self.move.to_location,
            to_location=to_location,
            company=self.customer_return.company,
            effective_date=self.customer_return.date,
            origin=self.move.origin)


class Move(metaclass=PoolMeta):
    __name__ = 'stock.move'

    @classmethod
    def get_returnable(cls, moves):
        """
        Find what customers still have of delivered moves.

        Return a dictionary of tuple (sale line, lot) to the quantity in the
        default unit of the product.
        """
        left = defaultdict(float)
        for move in cls.search([
                    ('origin', 'in', list({str(m.origin) for m in moves})),
                    ('lot', 'in', list({m.lot.id for m in moves})),
                    ('state', '=', 'done'),
                    ]):
            sign = -1 if move.from_location.type == 'customer' else 1
            key = (move.origin, move.lot)
            left[key] = move.product.default_uom.round(
                left[key] + sign * move.internal_quantity)
        return left


class Unsold(metaclass=PoolMeta):
    __name__ = 'shortcircuit.unsold'

    customer_return = fields.Many2One(
        'shortcircuit.customer_return', "Customer Return", readonly=True,
        ondelete='RESTRICT',
        states={
            'invisible': ~Eval('customer_return'),
            })


class ShipmentOutReturn(metaclass=PoolMeta):
    __name__ = 'stock.shipment.out.return'

    @classmethod
    @ModelView.button
    @Workflow.transition('received')
    def receive(cls, shipments):
        for shipment in shipments:
            shipment.check_producers_goods()
        super().receive(shipments)

    def check_producers_goods(self):
        "Refuse to make the goods of producers the cooperative's"
        pool = Pool()
        Sale = pool.get('sale.sale')
        for move in self.incoming_moves:
            sale = move.sale
            if sale and isinstance(sale.origin, Sale):
                sale = sale.origin
            if (sale and sale.cycle
                    and not move.to_location.consignment_party):
                raise CustomerReturnError(gettext(
                        'shortcircuit_hub.msg_customer_return_own',
                        shipment=self.rec_name,
                        product=move.product.rec_name))
