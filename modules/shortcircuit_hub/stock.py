# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from collections import defaultdict
from decimal import Decimal

from trytond.model import Index, ModelView, Workflow, fields
from trytond.modules.currency.fields import Monetary
from trytond.modules.shortcircuit_catalog.rows import group_writes, write_rows
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval


class Move(metaclass=PoolMeta):
    __name__ = 'stock.move'

    producer = fields.Many2One(
        'shortcircuit.producer', "Producer", readonly=True,
        ondelete='RESTRICT',
        states={
            'invisible': ~Eval('producer'),
            })
    sale_amount = Monetary(
        "Sale Amount", currency='company_currency', digits='company_currency',
        readonly=True,
        states={
            'invisible': ~Eval('producer'),
            },
        help="What is owed for the move by the customer, and by the partner "
        "of a solidarity channel, excluding taxes.")
    support_amount = Monetary(
        "Partner's Part", currency='company_currency',
        digits='company_currency', readonly=True,
        states={
            'invisible': ~Eval('support_amount', None),
            },
        help="What the partner of a solidarity channel owes of the sale "
        "amount.")
    company_currency = fields.Function(
        fields.Many2One('currency.currency', "Company Currency"),
        'on_change_with_company_currency')

    @fields.depends('company')
    def on_change_with_company_currency(self, name=None):
        return self.company.currency if self.company else None

    @classmethod
    def copy(cls, moves, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('producer', None)
        default.setdefault('sale_amount', None)
        default.setdefault('support_amount', None)
        return super().copy(moves, default=default)

    @classmethod
    def _get_origin(cls):
        return super()._get_origin() + ['shortcircuit.delivery.line']

    @classmethod
    def write(cls, *args):
        # Core saves the moves of a document one by one
        super().write(*group_writes(args))

    def get_invoice_lines_consignment(self):
        # The producers are settled by period from what is delivered
        if self.is_shortcircuit_consignment:
            return []
        return super().get_invoice_lines_consignment()

    @property
    def is_shortcircuit_consignment(self):
        "If the move takes goods of a producer"
        return bool(self.lot and self.lot.producer)

    @classmethod
    @ModelView.button
    @Workflow.transition('done')
    def do(cls, moves):
        super().do(moves)
        delivered = [m for m in moves if m.is_delivery]
        cls.freeze_delivery(delivered)
        # What is frozen tells in whose name it is sold
        cls.invoice_support([m for m in delivered if m.origin.support_price])

    @property
    def is_delivery(self):
        "If the move brings goods of a producer to a customer or back"
        pool = Pool()
        SaleLine = pool.get('sale.line')
        return (isinstance(self.origin, SaleLine)
            and self.is_shortcircuit_consignment
            and {self.from_location.type, self.to_location.type}
            == {'supplier', 'customer'})

    @property
    def lot_mention(self):
        "What tells a customer which lot he received"
        name = self.lot.number if self.lot else self.product.name
        details = ', '.join(self.lot_details)
        return f'{name} ({details})' if details else name

    @property
    def lot_details(self):
        "What is said of the lot to the customer, as a list of texts"
        if self.lot and self.lot.producer:
            return [self.lot.producer.party.name]
        return []

    @classmethod
    def freeze_delivery(cls, moves):
        """
        Store on the delivered moves what the delivery proves.

        moves are done moves between a consignment location and a customer,
        those of a sale line being given together. The sale amount is EUR
        excl. tax, negative for goods that come back; the amounts of a sale
        line add up to its quantity times its price, rounded once.
        """
        groups = cls._get_sale_groups(moves)
        amounts = cls._sale_amounts(groups)
        supported = [m for m in moves if m.origin.support_price]
        supports = cls._sale_amounts(
            {m: groups[m] for m in supported}, 'support_price')
        write_rows(cls, {
                m: {
                    'producer': m.lot.producer.id,
                    'sale_amount': amounts[m] + supports.get(m, 0),
                    'support_amount': supports.get(m),
                    }
                for m in moves})

    @classmethod
    def invoice_support(cls, moves):
        "Create what the partners are invoiced, for their next invoices"
        pool = Pool()
        InvoiceLine = pool.get('account.invoice.line')
        Uom = pool.get('product.uom')
        moves = cls.browse(moves)
        groups = cls._get_sale_groups(moves)
        grouped = defaultdict(list)
        for move in moves:
            sign = -1 if move.from_location.type == 'customer' else 1
            grouped[groups[move], sign].append(move)
        InvoiceLine.save([
                sub_moves[0].origin.get_support_invoice_line(
                    sub_moves[0], sign * sum(
                        Uom.compute_qty(m.unit, m.quantity, m.origin.unit)
                        for m in sub_moves))
                for (_, sign), sub_moves in grouped.items()])

    @classmethod
    def _sale_amounts(cls, groups, price='unit_price'):
        return cls._cumulated_amounts({
                m: (group, m.origin.unit, getattr(m.origin, price))
                for m, group in groups.items()})

    @classmethod
    def _get_sale_groups(cls, moves):
        "Return by move what it is invoiced with: moves of a sale line"
        return {m: m.origin for m in moves}

    @classmethod
    def _cumulated_amounts(cls, prices):
        """
        Price moves so that nothing is lost by rounding each of them.

        prices is a dictionary of move to tuple (group, unit, unit price),
        the unit and its price being the same for all the moves of a group.
        Return a dictionary of move to its amount in EUR excl. tax, negative
        for goods that come back: in a group they add up to the total
        quantity times the price, rounded once.
        """
        pool = Pool()
        Uom = pool.get('product.uom')
        amounts = {}
        quantities = defaultdict(Decimal)
        for move in sorted(prices, key=lambda m: m.id):
            group, unit, unit_price = prices[move]
            sign = -1 if move.from_location.type == 'customer' else 1
            key = group, sign
            before = quantities[key]
            quantities[key] += Decimal(repr(Uom.compute_qty(
                        move.unit, move.quantity, unit)))
            currency = move.origin.sale.currency
            # The difference of the rounded cumulates adds up to the amount
            # of the group
            amounts[move] = sign * (
                currency.round(quantities[key] * unit_price)
                - currency.round(before * unit_price))
        return amounts


class ArrivalMixin:
    __slots__ = ()

    @classmethod
    def assign_arrived(cls, shipments):
        """
        Assign the waiting shipments whose goods have all arrived.

        One that lacks goods stays waiting and holds back none of the
        following ones. Return the list of those that are assigned.
        """
        pool = Pool()
        Location = pool.get('stock.location')
        left = defaultdict(float, Location.consignment_quantities(
                {m.product for s in shipments for m in s.assign_moves}))
        arrived = []
        for shipment in shipments:
            needs, uoms = defaultdict(float), {}
            for move in shipment.assign_moves:
                key = (move.from_location.id, move.product.id, move.lot.id)
                uoms[key] = move.product.default_uom
                needs[key] = uoms[key].round(
                    needs[key] + move.internal_quantity)
            if all(left[key] >= need for key, need in needs.items()):
                arrived.append(shipment)
                for key, need in needs.items():
                    # 14 − 2.21 − 3.68 − 5.16 is a bit less than 2.95
                    left[key] = uoms[key].round(left[key] - need)
        cls.assign(arrived)
        return arrived


class ShipmentOut(ArrivalMixin, metaclass=PoolMeta):
    __name__ = 'stock.shipment.out'

    cycle = fields.Many2One(
        'shortcircuit.cycle', "Cycle", readonly=True, ondelete='RESTRICT')
    distribution_point = fields.Many2One(
        'shortcircuit.distribution_point', "Distribution Point",
        ondelete='RESTRICT',
        states={
            'readonly': Eval('state').in_(['shipped', 'done', 'cancelled']),
            })
    round_stop = fields.Many2One(
        'shortcircuit.round.stop', "Stop", ondelete='SET NULL',
        states={
            'readonly': Eval('state').in_(['shipped', 'done', 'cancelled']),
            })
    driver = fields.Function(
        fields.Many2One(
            'party.party', "Driver",
            context={
                'company': Eval('company', -1),
                },
            depends={'company'}),
        'on_change_with_driver')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(Index(t, (t.customer, Index.Equality())))

    @fields.depends('round_stop', '_parent_round_stop.round')
    def on_change_with_driver(self, name=None):
        return self.round_stop.round.driver if self.round_stop else None

    @property
    def cycle_sale(self):
        "The order of a cycle that the shipment is for"
        pool = Pool()
        SaleLine = pool.get('sale.line')
        for move in self.moves:
            if isinstance(move.origin, SaleLine):
                return move.origin.sale

    @classmethod
    def copy(cls, shipments, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('cycle', None)
        default.setdefault('round_stop', None)
        return super().copy(shipments, default=default)
