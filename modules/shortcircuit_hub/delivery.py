# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, Workflow, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Bool, Eval, If
from trytond.transaction import Transaction

from .exceptions import DeliveryError


class Delivery(Workflow, ModelSQL, ModelView):
    __name__ = 'shortcircuit.delivery'
    _rec_name = 'number'

    _states = {
        'readonly': Eval('state') != 'draft',
        }

    number = fields.Char("Number", readonly=True)
    company = fields.Many2One(
        'company.company', "Company", required=True, states=_states)
    cycle = fields.Many2One(
        'shortcircuit.cycle', "Cycle", required=True, ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states=_states)
    producer = fields.Many2One(
        'shortcircuit.producer', "Producer", required=True,
        ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states=_states)
    warehouse = fields.Many2One(
        'stock.location', "Hub", required=True, ondelete='RESTRICT',
        domain=[
            ('type', '=', 'warehouse'),
            ],
        states=_states)
    date = fields.Date("Date", required=True, states=_states)
    amount = Monetary(
        "Amount", currency='currency', digits='currency', readonly=True,
        help="What was expected at the closing of the cycle, at the prices "
        "of its mercuriale.")
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    below_minimum = fields.Boolean(
        "Below Minimum", readonly=True,
        states={
            'invisible': ~Eval('below_minimum'),
            },
        help="Less was ordered than what the producer comes for.")
    lines = fields.One2Many(
        'shortcircuit.delivery.line', 'delivery', "Lines", states=_states)
    state = fields.Selection([
            ('draft', "Draft"),
            ('received', "Received"),
            ('cancelled', "Cancelled"),
            ], "State", required=True, readonly=True, sort=False)

    del _states

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('date', 'DESC'),
            ('producer', 'ASC'),
            ('id', 'DESC'),
            ]
        cls._transitions |= {
            ('draft', 'received'),
            ('draft', 'cancelled'),
            ('cancelled', 'draft'),
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
                'as_expected': {
                    'invisible': Eval('state') != 'draft',
                    'depends': ['state'],
                    },
                'receive': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-forward',
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

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual', If(
                    Eval('below_minimum', False)
                    & (Eval('state') == 'draft'),
                    'warning', '')),
            ]

    def set_amount(self, prices):
        """
        Set the amount of what is expected.

        prices is a dictionary of product to its price in its unit of order.
        """
        self.amount = self.company.currency.round(sum((
                    prices.get(l.product, 0) * Decimal(str(l.expected))
                    for l in self.lines), Decimal(0)))
        minimum = self.producer.minimum
        # Who has nothing to bring has nothing to decide either
        self.below_minimum = bool(minimum and 0 < self.amount < minimum)

    @classmethod
    def set_number(cls, deliveries):
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        Configuration.set_number(deliveries, 'delivery_sequence')

    @classmethod
    def copy(cls, deliveries, default=None):
        default = default.copy() if default is not None else {}
        for name in ['number', 'amount', 'below_minimum']:
            default.setdefault(name, None)
        return super().copy(deliveries, default=default)

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, deliveries):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def draft(cls, deliveries):
        pass

    @classmethod
    @ModelView.button
    def as_expected(cls, deliveries):
        pool = Pool()
        Line = pool.get('shortcircuit.delivery.line')
        lines = [l for d in deliveries for l in d.lines]
        for line in lines:
            line.quantity = line.expected
        Line.save(lines)

    @classmethod
    @ModelView.button
    @Workflow.transition('received')
    def receive(cls, deliveries):
        pool = Pool()
        Line = pool.get('shortcircuit.delivery.line')
        Lot = pool.get('stock.lot')
        Move = pool.get('stock.move')
        cls.set_number(deliveries)
        cls.check_offers(deliveries)
        lines = [l for d in deliveries for l in d.lines if l.quantity]
        lots = {l: l.get_lots() for l in lines}
        Lot.save([lot for l in lines for lot in lots[l]])
        for line in lines:
            if len(lots[line]) == 1:
                line.lot, = lots[line]
        Line.save(lines)
        moves = cls._get_moves(lots)
        Move.save(moves)
        Move.do(moves)

    @classmethod
    def check_offers(cls, deliveries):
        pool = Pool()
        Offer = pool.get('shortcircuit.offer')
        offered = {
            (o.cycle, o.producer, o.product) for o in Offer.search([
                    ('cycle', 'in', list({d.cycle.id for d in deliveries})),
                    ('producer', 'in', list(
                            {d.producer.id for d in deliveries})),
                    ])}
        for delivery in deliveries:
            for line in delivery.lines:
                key = (delivery.cycle, delivery.producer, line.product)
                if line.quantity and key not in offered:
                    raise DeliveryError(gettext(
                            'shortcircuit_hub.msg_delivery_no_offer',
                            delivery=delivery.rec_name,
                            product=line.product.rec_name,
                            producer=delivery.producer.rec_name,
                            cycle=delivery.cycle.rec_name))

    @classmethod
    def _get_moves(cls, lots):
        "Return the moves of the lots by line to where the producers' lie"
        pool = Pool()
        Location = pool.get('stock.location')
        keys = {
            l: (l.delivery.warehouse.id, l.delivery.producer.party.id)
            for l in lots}
        locations = Location.get_consignment(keys.values())
        return [
            line.get_move(lot, locations[keys[line]])
            for line, line_lots in lots.items() for lot in line_lots]


class Line(ModelSQL, ModelView):
    __name__ = 'shortcircuit.delivery.line'

    delivery = fields.Many2One(
        'shortcircuit.delivery', "Delivery", required=True,
        ondelete='CASCADE',
        states={
            'readonly': ((Eval('delivery_state') != 'draft')
                & Bool(Eval('delivery'))),
            })
    product = fields.Many2One(
        'product.product', "Product", required=True, ondelete='RESTRICT',
        domain=[
            If(Eval('delivery_state') == 'draft',
                ('type', '=', 'goods'),
                ()),
            ],
        states={
            'readonly': Eval('delivery_state') != 'draft',
            })
    unit = fields.Function(
        fields.Many2One('product.uom', "Unit"), 'on_change_with_unit')
    announced = fields.Float(
        "Announced", digits='unit', readonly=True,
        help="What the producer offered.")
    expected = fields.Float(
        "Expected", digits='unit', readonly=True,
        help="What was ordered from the producer.")
    quantity = fields.Float(
        "Received", digits='unit',
        domain=['OR',
            ('quantity', '=', None),
            ('quantity', '>=', 0),
            ],
        states={
            'readonly': Eval('delivery_state') != 'draft',
            })
    lot = fields.Many2One(
        'stock.lot', "Lot", readonly=True, ondelete='RESTRICT')
    moves = fields.One2Many(
        'stock.move', 'origin', "Moves", readonly=True)
    delivery_state = fields.Function(
        fields.Selection('get_delivery_states', "Delivery State"),
        'on_change_with_delivery_state')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('delivery')
        cls._order.insert(0, ('product.template.name', 'ASC'))

    @fields.depends('product')
    def on_change_with_unit(self, name=None):
        return self.product.order_uom if self.product else None

    @classmethod
    def get_delivery_states(cls):
        pool = Pool()
        Delivery = pool.get('shortcircuit.delivery')
        return Delivery.fields_get(['state'])['state']['selection']

    @fields.depends('delivery', '_parent_delivery.state')
    def on_change_with_delivery_state(self, name=None):
        return self.delivery.state if self.delivery else None

    def get_rec_name(self, name):
        return f'{self.delivery.rec_name} - {self.product.rec_name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('delivery.rec_name', *clause[1:]),
            ('product.rec_name', *clause[1:]),
            ]

    def get_lots(self):
        "Return the lots of what is received"
        return [self.get_lot()]

    def get_lot(self):
        pool = Pool()
        Lot = pool.get('stock.lot')
        return Lot(
            number=self.lot_number,
            product=self.product,
            producer=self.delivery.producer,
            delivery_line=self)

    @property
    def lot_number(self):
        return f'{self.delivery.number}-{self.id}'

    def get_move(self, lot, to_location):
        pool = Pool()
        Date = pool.get('ir.date')
        Move = pool.get('stock.move')
        delivery = self.delivery
        return Move(
            product=self.product,
            lot=lot,
            unit=self.unit,
            quantity=self.quantity,
            from_location=delivery.producer.party.supplier_location,
            to_location=to_location,
            company=delivery.company,
            planned_date=delivery.date,
            # Goods may be brought the day before
            effective_date=min(delivery.date, Date.today()),
            origin=self)

    @classmethod
    def copy(cls, lines, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('lot', None)
        default.setdefault('moves', None)
        return super().copy(lines, default=default)
