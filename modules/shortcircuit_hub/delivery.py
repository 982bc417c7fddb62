# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from collections import defaultdict
from decimal import Decimal
from itertools import chain

from trytond.model import Index, ModelSQL, ModelView, Workflow, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval, If
from trytond.transaction import Transaction


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
        t = cls.__table__()
        cls._sql_indexes.add(Index(t, (t.producer, Index.Equality())))
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
        "Receive as expected what nobody has counted"
        pool = Pool()
        Line = pool.get('shortcircuit.delivery.line')
        by_quantity = defaultdict(list)
        for delivery in deliveries:
            for line in delivery.lines:
                if line.quantity is None:
                    by_quantity[line.expected or 0].append(line)
        if by_quantity:
            Line.write(*chain(*(
                        (lines, {'quantity': quantity})
                        for quantity, lines in by_quantity.items())))

    @classmethod
    @ModelView.button
    @Workflow.transition('received')
    def receive(cls, deliveries):
        pool = Pool()
        Line = pool.get('shortcircuit.delivery.line')
        Lot = pool.get('stock.lot')
        Move = pool.get('stock.move')
        cls.set_number(deliveries)
        lines = [l for d in deliveries for l in d.lines]
        Line.check_receive(lines)
        Line.save(cls.set_lot_numbers(deliveries))
        lots = {l: l.get_lots() for l in lines if l.quantity}
        Lot.save([lot for line_lots in lots.values() for lot in line_lots])
        moves = Line.get_moves(lots)
        Move.save(moves)
        Move.do(moves)
