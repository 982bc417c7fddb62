# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, fields
from trytond.model.exceptions import AccessError
from trytond.pool import Pool
from trytond.pyson import Bool, Eval, If

from .exceptions import DeliveryError


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
    case = fields.Function(
        fields.Selection([
                (None, ""),
                ('expected', "As Expected"),
                ('less', "Less"),
                ('more', "More"),
                ('surplus', "Not Ordered"),
                ('refused', "Refused"),
                ], "Case", sort=False),
        'on_change_with_case')
    lots = fields.One2Many(
        'stock.lot', 'delivery_line', "Lots", readonly=True)
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
        draft = Eval('delivery_state') == 'draft'
        cls._buttons.update({
                'as_expected': {
                    'invisible': ~draft | ~Eval('expected', 0),
                    'icon': 'tryton-ok',
                    'depends': ['delivery_state', 'expected'],
                    },
                'less': {
                    'invisible': ~draft,
                    'depends': ['delivery_state'],
                    },
                'more': {
                    'invisible': ~draft,
                    'depends': ['delivery_state'],
                    },
                })

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(Eval('case') == 'refused', 'danger',
                    If(Eval('case').in_(['less', 'more', 'surplus']),
                        'warning',
                        If(Eval('case') == 'expected', 'success', '')))),
            ]

    @fields.depends('product')
    def on_change_with_unit(self, name=None):
        return self.product.ordering_uom if self.product else None

    @fields.depends('delivery', '_parent_delivery.date', methods=['set_rules'])
    def on_change_product(self):
        self.set_rules(self.delivery.date if self.delivery else None)

    def set_rules(self, date):
        "Set what the product asks for on the date of its reception"

    @fields.depends('expected', 'quantity')
    def on_change_with_case(self, name=None):
        expected, quantity = self.expected or 0, self.quantity
        if quantity is None:
            return None
        elif quantity and not expected:
            return 'surplus'
        elif quantity < expected:
            return 'less'
        elif quantity > expected:
            return 'more'
        return 'expected'

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

    # What only the buttons write
    _traces = {'surplus', 'refused_quantity', 'refusal_reason',
        'refusal_note', 'temperature_reason', 'temperature_accepted_by'}

    @classmethod
    def check_modification(cls, mode, lines, values=None, external=False):
        super().check_modification(
            mode, lines, values=values, external=external)
        if not external:
            return
        for line in lines:
            if line.delivery.state != 'draft':
                raise AccessError(gettext(
                        'shortcircuit_hub.msg_delivery_line_modify',
                        line=line.rec_name))
        if any((values or {}).get(n) for n in cls._traces):
            raise AccessError(gettext(
                    'shortcircuit_hub.msg_delivery_line_trace',
                    line=lines[0].rec_name))

    @ModelView.button_change('expected', methods=['_set_quantity'])
    def as_expected(self):
        self._set_quantity(self.expected)

    @ModelView.button_change(methods=['_count'])
    def less(self):
        self._count(-1)

    @ModelView.button_change(methods=['_count'])
    def more(self):
        self._count(1)

    @fields.depends(
        'quantity', 'expected', 'unit', methods=['_get_step', '_set_quantity'])
    def _count(self, sign):
        "Take off or add a case to what is counted, by default as expected"
        if not self.unit:
            return
        quantity = (
            self.expected if self.quantity is None else self.quantity) or 0
        self._set_quantity(self.unit.round(
                max(quantity + sign * self._get_step(), 0)))

    @fields.depends('quantity', methods=['on_change_with_case'])
    def _set_quantity(self, quantity):
        self.quantity = quantity
        self.case = self.on_change_with_case()

    @fields.depends('product', 'delivery', '_parent_delivery.producer')
    def _get_step(self):
        pool = Pool()
        Item = pool.get('shortcircuit.producer.product')
        if not self.delivery or not self.delivery.producer:
            return 1
        items = Item.search([
                ('producer', '=', self.delivery.producer.id),
                ('product', '=', self.product.id),
                ('case_quantity', '>', 0),
                ], limit=1)
        return items[0].case_quantity if items else 1

    @classmethod
    def check_receive(cls, lines):
        "Raise DeliveryError if something of the lines cannot be received"
        cls.check_offers(lines)

    @classmethod
    def check_offers(cls, lines):
        pool = Pool()
        Offer = pool.get('shortcircuit.offer')
        deliveries = {l.delivery for l in lines}
        offered = {
            (o.cycle, o.producer, o.product) for o in Offer.search([
                    ('cycle', 'in', list({d.cycle.id for d in deliveries})),
                    ('producer', 'in', list(
                            {d.producer.id for d in deliveries})),
                    ])}
        for line in lines:
            delivery = line.delivery
            if line.needs_offer and (
                    delivery.cycle, delivery.producer, line.product
                    ) not in offered:
                raise DeliveryError(gettext(
                        'shortcircuit_hub.msg_delivery_no_offer',
                        delivery=delivery.rec_name,
                        product=line.product.rec_name,
                        producer=delivery.producer.rec_name,
                        cycle=delivery.cycle.rec_name))

    @property
    def needs_offer(self):
        return bool(self.quantity)

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

    @classmethod
    def get_moves(cls, lots):
        "Return the moves of the lots by line to where the producers' lie"
        pool = Pool()
        Location = pool.get('stock.location')
        keys = {l: l.consignment_key for l in lots}
        locations = Location.get_consignment(keys.values())
        return [
            line.get_move(lot, locations[keys[line]])
            for line, line_lots in lots.items() for lot in line_lots]

    @property
    def consignment_key(self):
        return self.delivery.warehouse.id, self.delivery.producer.party.id

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
        default.setdefault('lots', None)
        default.setdefault('moves', None)
        return super().copy(lines, default=default)
