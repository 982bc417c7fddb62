# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from decimal import Decimal

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.modules.product import price_digits, round_price
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval

from .unsold import KINDS


class Line(ModelSQL, ModelView):
    __name__ = 'shortcircuit.unsold.line'

    _states = {
        'readonly': Eval('unsold_state') != 'draft',
        }
    # The value of a gift is the donor's word, which may come later
    _value = {
        'readonly': _states['readonly'] & (Eval('kind') != 'gift'),
        'invisible': Eval('kind') == 'return',
        }

    unsold = fields.Many2One(
        'shortcircuit.unsold', "Unsold Goods", required=True,
        ondelete='CASCADE', states=_states)
    producer = fields.Function(
        fields.Many2One('shortcircuit.producer', "Producer"),
        'on_change_with_producer')
    lot = fields.Many2One(
        'stock.lot', "Lot", required=True, ondelete='RESTRICT',
        domain=[
            ('producer', '=', Eval('producer', -1)),
            ],
        states=_states)
    product = fields.Function(
        fields.Many2One('product.product', "Product"),
        'on_change_with_product')
    quantity = fields.Float(
        "Quantity", digits='unit', required=True,
        domain=[
            ('quantity', '>=', 0),
            ],
        states=_states)
    unit = fields.Function(
        fields.Many2One('product.uom', "Unit"), 'on_change_with_unit')
    unit_value = Monetary(
        "Unit Value", currency='currency', digits=price_digits,
        states=_value,
        help="Excluding taxes, per unit of sale.\n"
        "Of a loss: what the producer would have been owed.\n"
        "Of a gift: his cost, for which he alone answers.")
    reduced = fields.Boolean(
        "Reduced",
        states={
            'readonly': _value['readonly'],
            'invisible': Eval('kind') != 'gift',
            },
        help="Given in the last days before its date, or no longer fit for "
        "the usual sale: only a share of its cost counts.")
    share = fields.Numeric(
        "Counted", digits=(1, 4), required=True,
        domain=[
            ('share', '>=', 0),
            ('share', '<=', 1),
            ],
        states={
            'readonly': _value['readonly'],
            'invisible': Eval('kind') != 'gift',
            },
        help="The part of the value that counts.")
    amount = fields.Function(
        Monetary("Value", currency='currency', digits='currency',
            states={
                'invisible': Eval('kind') == 'return',
                }),
        'on_change_with_amount')
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    moves = fields.One2Many(
        'stock.move', 'origin', "Moves", readonly=True)
    kind = fields.Function(
        fields.Selection(KINDS, "Kind"), 'on_change_with_kind')
    unsold_state = fields.Function(
        fields.Selection('get_unsold_states', "State"),
        'on_change_with_unsold_state')

    del _states, _value

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('unsold')

    @classmethod
    def default_share(cls):
        return Decimal(1)

    @fields.depends('reduced', methods=['on_change_with_amount'])
    def on_change_reduced(self):
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        self.share = (Configuration(1).gift_reduced_share
            if self.reduced else Decimal(1))
        self.amount = self.on_change_with_amount()

    @fields.depends('unsold', '_parent_unsold.producer')
    def on_change_with_producer(self, name=None):
        return self.unsold.producer if self.unsold else None

    @fields.depends('lot')
    def on_change_with_product(self, name=None):
        return self.lot.product if self.lot else None

    @fields.depends('lot')
    def on_change_with_unit(self, name=None):
        return self.lot.product.sale_uom if self.lot else None

    @fields.depends('unsold', '_parent_unsold.currency')
    def on_change_with_currency(self, name=None):
        return self.unsold.currency if self.unsold else None

    @fields.depends('unsold', '_parent_unsold.kind')
    def on_change_with_kind(self, name=None):
        return self.unsold.kind if self.unsold else None

    @classmethod
    def get_unsold_states(cls):
        pool = Pool()
        Unsold = pool.get('shortcircuit.unsold')
        return Unsold.fields_get(['state'])['state']['selection']

    @fields.depends('unsold', '_parent_unsold.state')
    def on_change_with_unsold_state(self, name=None):
        return self.unsold.state if self.unsold else 'draft'

    @fields.depends(
        'quantity', 'unit_value', 'share', 'unsold',
        '_parent_unsold.currency')
    def on_change_with_amount(self, name=None):
        if (self.unit_value is None or self.quantity is None
                or not (self.unsold and self.unsold.currency)):
            return None
        return self.unsold.currency.round(
            Decimal(repr(self.quantity)) * self.unit_value
            * (1 if self.share is None else self.share))

    def get_rec_name(self, name):
        return f'{self.unsold.rec_name} - {self.lot.rec_name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('unsold.rec_name', *clause[1:]),
            ('lot.rec_name', *clause[1:]),
            ]

    @classmethod
    def copy(cls, lines, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('moves', None)
        return super().copy(lines, default=default)

    @classmethod
    def set_values(cls, lines):
        """
        Set the missing unit values of what is written off or given.

        A loss is worth what the producer would have been owed, a gift the
        part of it that the configuration takes for his cost, if any.
        """
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        cost_share = Configuration(1).gift_cost_share
        lines = [
            l for l in lines if getattr(l, 'unit_value', None) is None
            and l.unsold.kind != 'return']
        prices = cls.get_prices(
            {(l.lot, l.unsold.date) for l in lines}) if lines else {}
        for line in lines:
            price = prices.get((line.lot, line.unsold.date))
            if line.unsold.kind == 'write_off':
                line.unit_value = price
            elif price is not None and cost_share is not None:
                line.unit_value = round_price(price * cost_share)

    @classmethod
    def get_prices(cls, keys):
        """
        Find what the producers would be owed of their lots.

        keys is a set of (lot, date). Return a dictionary of key to the price
        in EUR excl. tax per unit of sale, by the mercuriale of the cycle for
        which the lot was brought and the agreement on the date; keys without
        mercuriale or agreement are missing.
        """
        pool = Pool()
        Agreement = pool.get('shortcircuit.agreement')
        Price = pool.get('shortcircuit.producer.product.price')
        agreements = Agreement.at({(l.producer.id, d) for l, d in keys})
        asked = Price.at({(l.producer.id, l.product.id, d) for l, d in keys})
        listed = {}
        for cycle in {l.cycle for l, _ in keys if l.cycle}:
            listed[cycle] = cycle.mercuriale.find_lines(
                {l.product for l, _ in keys if l.cycle == cycle})
        prices = {}
        for lot, date in keys:
            agreement = agreements.get((lot.producer.id, date))
            lines = listed.get(lot.cycle, {})
            line = lines.get((lot.product, lot.producer)) or lines.get(
                (lot.product, None))
            if agreement and agreement.pricing == 'net':
                price = asked.get((lot.producer.id, lot.product.id, date))
            elif agreement and line:
                share, *_ = agreement.get_shares(lot.cycle.channel)
                price = round_price(line.unit_price * share)
            else:
                price = None
            if price is not None:
                prices[lot, date] = price
        return prices

    def get_move(self, from_location):
        pool = Pool()
        Move = pool.get('stock.move')
        unsold = self.unsold
        return Move(
            product=self.product,
            lot=self.lot,
            unit=self.unit,
            quantity=self.quantity,
            from_location=from_location,
            to_location=self._to_location,
            company=unsold.company,
            effective_date=unsold.date,
            origin=self,
            unsold_kind=unsold.kind,
            borne_by=unsold.borne_by,
            unsold_amount=self.amount)

    @property
    def _to_location(self):
        pool = Pool()
        Location = pool.get('stock.location')
        ModelData = pool.get('ir.model.data')
        if self.unsold.kind == 'return':
            return self.producer.party.supplier_location
        elif self.unsold.kind == 'gift':
            return self.unsold.recipient.customer_location
        return Location(ModelData.get_id(
                'shortcircuit_hub', 'location_write_off'))


class Lot(metaclass=PoolMeta):
    __name__ = 'stock.lot'

    @property
    def cycle(self):
        "The cycle for which the lot was brought"
        if self.delivery_line:
            return self.delivery_line.delivery.cycle
