# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

"What the statements of the producers are made of"

from collections import defaultdict

from sql import Literal, Null
from sql.aggregate import Min
from sql.conditionals import Case, Coalesce

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.modules.product import price_digits
from trytond.pool import Pool
from trytond.pyson import Eval

from .settlement_line import settled_lines
from .sql_amount import sum_amount


class Line(ModelSQL, ModelView):
    __name__ = 'shortcircuit.statement.line'

    company = fields.Many2One('company.company', "Company")
    producer = fields.Many2One('shortcircuit.producer', "Producer")
    date = fields.Date("Date")
    kind = fields.Selection([
            ('sale', "Sold"),
            ('return', "Brought Back by the Customer"),
            ('write_off', "Written Off"),
            ('gift', "Given"),
            ('taken_back', "Returned to the Producer"),
            ], "Kind", sort=False)
    kind_string = kind.translated('kind')
    product = fields.Many2One(
        'product.product', "Product",
        context={
            'company': Eval('company', -1),
            },
        depends={'company'})
    lot = fields.Many2One('stock.lot', "Lot")
    quantity = fields.Float(
        "Quantity", digits='unit',
        help="Negative for what the customer brought back.")
    unit = fields.Many2One('product.uom', "Unit")
    channel = fields.Many2One('shortcircuit.channel', "Channel")
    agreement = fields.Many2One(
        'shortcircuit.agreement', "Agreement",
        help="The terms that were applied.")
    share = fields.Numeric(
        "Share", digits=(1, 4),
        help="The part of the sale price that is the producer's.\n"
        "Empty if he is paid by his own prices.")
    unit_price = Monetary(
        "Unit Price", currency='currency', digits=price_digits,
        help="The producer's part of the price, excluding taxes.")
    sale_amount = Monetary(
        "Sale Amount", currency='currency', digits='currency',
        help="What the producer's share is of, excluding taxes.")
    amount = Monetary(
        "Amount", currency='currency', digits='currency',
        help="What the producer is owed, excluding taxes.")
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    settlement = fields.Many2One('shortcircuit.settlement', "Settlement")
    settlement_line = fields.Many2One(
        'shortcircuit.settlement.line', "Settlement Line")
    move = fields.Many2One('stock.move', "Move")
    delivery_line = fields.Many2One(
        'shortcircuit.delivery.line', "Delivery Line",
        help="When the producer brought the lot.")
    order_line = fields.Many2One('sale.line', "Order Line")
    allocation_line = fields.Function(
        fields.Many2One('shortcircuit.allocation.line', "Allocation Line"),
        'get_allocation_line')
    reason = fields.Function(
        fields.Text("Reason", help="Why the order line got it."),
        'get_allocation_line')
    mercuriale_line = fields.Function(
        fields.Many2One(
            'shortcircuit.mercuriale.line', "Mercuriale Line",
            help="The price that was ordered."),
        'get_mercuriale_line')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('date', 'ASC'),
            ('id', 'ASC'),
            ]

    @classmethod
    def table_query(cls):
        from_item, tables = cls._joins()
        return from_item.select(
            *(c.as_(n) for n, c in cls._columns(tables).items()),
            where=cls._where(tables))

    @classmethod
    def _joins(cls):
        pool = Pool()
        tables = {name: pool.get(name).__table__() for name in [
                'stock.move', 'stock.lot', 'sale.line', 'sale.sale',
                'shortcircuit.cycle', 'shortcircuit.agreement',
                'shortcircuit.agreement.share',
                'shortcircuit.unsold.line', 'shortcircuit.unsold']}
        (move, lot, line, sale, cycle, agreement, share, lost,
            unsold) = tables.values()
        tables['settled'] = settled = settled_lines()
        tables['from'] = source = pool.get('stock.location').__table__()
        from_item = (move
            .join(lot, condition=lot.id == move.lot)
            .join(source, condition=source.id == move.from_location)
            .join(line, 'LEFT', condition=cls._refers(move, 'sale.line', line))
            .join(sale, 'LEFT', condition=sale.id == line.sale)
            .join(cycle, 'LEFT', condition=cycle.id == sale.cycle)
            .join(agreement, 'LEFT', condition=agreement.id == move.agreement)
            .join(share, 'LEFT', condition=(
                    (share.agreement == agreement.id)
                    & (share.channel == cycle.channel)))
            .join(settled, 'LEFT', condition=settled.move == move.id)
            .join(lost, 'LEFT', condition=cls._refers(
                    move, 'shortcircuit.unsold.line', lost))
            .join(unsold, 'LEFT', condition=unsold.id == lost.unsold))
        return from_item, tables

    @classmethod
    def _refers(cls, move, name, table):
        Move = Pool().get('stock.move')
        return move.origin.like(f'{name},%') & (
            Move.origin.sql_id(move.origin, Move) == table.id)

    @classmethod
    def _columns(cls, tables):
        move, lot = tables['stock.move'], tables['stock.lot']
        agreement = tables['shortcircuit.agreement']
        share = tables['shortcircuit.agreement.share']
        settled = tables['settled']
        unsold = tables['shortcircuit.unsold']
        back = tables['from'].type == 'customer'
        shared = agreement.pricing == 'share'
        return {
            'id': move.id,
            'company': move.company,
            'producer': lot.producer,
            'date': move.effective_date,
            'kind': cls.kind.sql_cast(Case(
                    (unsold.kind == 'return', 'taken_back'),
                    (unsold.kind != Null, unsold.kind),
                    (back, 'return'),
                    else_='sale')),
            'product': move.product,
            'lot': move.lot,
            'quantity': Case((back, -move.quantity), else_=move.quantity),
            'unit': move.unit,
            'channel': tables['shortcircuit.cycle'].channel,
            'agreement': move.agreement,
            # Whoever is paid by his own prices does not know the others'
            'share': Case(
                (shared, Coalesce(
                        share.producer_share, agreement.producer_share)),
                else_=Null),
            'unit_price': move.producer_price,
            'sale_amount': Case((shared, move.sale_amount), else_=Null),
            'amount': Coalesce(move.producer_due, 0),
            'settlement': settled.settlement,
            'settlement_line': settled.id,
            'move': move.id,
            'delivery_line': lot.delivery_line,
            'order_line': tables['sale.line'].id,
            }

    @classmethod
    def _where(cls, tables):
        move, lot = tables['stock.move'], tables['stock.lot']
        return (
            (move.state == 'done')
            & (lot.producer != Null)
            & ((move.producer_due != Null)
                | (tables['shortcircuit.unsold'].id != Null)))

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None

    def get_rec_name(self, name):
        return f'{self.product.rec_name} @ {self.producer.rec_name}'

    @classmethod
    def get_allocation_line(cls, lines, names):
        pool = Pool()
        Allocation = pool.get('shortcircuit.allocation.line')
        allocated = {a.sale_line: a for a in Allocation.search([
                    ('sale_line', 'in', list(
                            {l.order_line.id for l in lines if l.order_line})),
                    ('allocation.state', '=', 'applied'),
                    ], order=[('id', 'ASC')])}
        values = defaultdict(dict)
        for line in lines:
            allocation = allocated.get(line.order_line)
            for name in names:
                value = None
                if allocation:
                    value = (allocation.reason if name == 'reason'
                        else allocation.id)
                values[name][line.id] = value
        return values

    def get_mercuriale_line(self, name):
        if self.order_line and self.order_line.mercuriale_line:
            return self.order_line.mercuriale_line.id


class Entry(ModelSQL, ModelView):
    __name__ = 'shortcircuit.statement.entry'

    company = fields.Many2One('company.company', "Company")
    party = fields.Many2One(
        'party.party', "Party",
        context={
            'company': Eval('company', -1),
            },
        depends={'company'})
    date = fields.Date("Date")
    kind = fields.Selection([
            ('invoice', "Invoice"),
            ('collected', "Collected from Customers"),
            ('payment', "Payment"),
            ], "Kind", sort=False)
    kind_string = kind.translated('kind')
    number = fields.Char("Number")
    amount = Monetary(
        "Amount", currency='currency', digits='currency',
        help="Including taxes: what is owed, negative once it is paid.")
    maturity_date = fields.Date("To Pay on")
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    settlement = fields.Many2One('shortcircuit.settlement', "Settlement")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('date', 'ASC'),
            ('id', 'ASC'),
            ]

    @classmethod
    def table_query(cls):
        """
        Select what parties are owed in the ledger, and what is paid

        What they owe is less to pay to them. What only moves it from an
        account of theirs to another, as netting does, is nothing; neither is
        theirs what is collected for them until a settlement gives it.
        """
        pool = Pool()
        Move = pool.get('account.move')
        Mandate = pool.get('shortcircuit.configuration.mandate')
        line, move, account, type_, invoice, settlement = (
            pool.get(name).__table__() for name in [
                'account.move.line', 'account.move', 'account.account',
                'account.account.type', 'account.invoice',
                'shortcircuit.settlement'])
        amount = sum_amount(cls.amount, line.credit - line.debit)
        return (line
            .join(move, condition=move.id == line.move)
            .join(account, condition=account.id == line.account)
            .join(type_, condition=type_.id == account.type)
            .join(invoice, 'LEFT', condition=invoice.move == move.id)
            .join(settlement, 'LEFT',
                condition=(settlement.invoice == invoice.id)
                | (move.origin.like('shortcircuit.settlement,%')
                    & (Move.origin.sql_id(move.origin, Move)
                        == settlement.id)))
            .select(
                Min(line.id).as_('id'),
                move.company.as_('company'),
                line.party.as_('party'),
                move.date.as_('date'),
                cls.kind.sql_cast(Case(
                        (invoice.id != Null, 'invoice'),
                        (settlement.id != Null, 'collected'),
                        else_='payment')).as_('kind'),
                Coalesce(invoice.number, move.number).as_('number'),
                amount.as_('amount'),
                Min(line.maturity_date).as_('maturity_date'),
                settlement.id.as_('settlement'),
                where=(move.state == 'posted')
                & (line.party != Null)
                & ((type_.payable == Literal(True))
                    | (type_.receivable == Literal(True)))
                & ~line.account.in_(Mandate.sql_accounts()),
                group_by=[
                    move.id, move.company, move.date, move.number,
                    line.party, invoice.id, invoice.number, settlement.id],
                having=amount != 0))

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None

    def get_rec_name(self, name):
        return self.number or ''
