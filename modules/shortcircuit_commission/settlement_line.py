# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from collections import defaultdict

from sql import Literal
from sql.aggregate import Max, Sum
from sql.conditionals import Case
from sql.functions import CurrentTimestamp, Sign
from sql.operators import Equal

from trytond import backend
from trytond.i18n import gettext
from trytond.model import Exclude, ModelSQL, ModelView, fields
from trytond.model.exceptions import AccessError
from trytond.modules.currency.fields import Monetary
from trytond.modules.product import price_digits
from trytond.modules.shortcircuit_catalog.lists import change
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.tools import sqlite_apply_types
from trytond.transaction import Transaction


class Line(ModelSQL, ModelView):
    __name__ = 'shortcircuit.settlement.line'

    settlement = fields.Many2One(
        'shortcircuit.settlement', "Settlement", required=True, readonly=True,
        ondelete='CASCADE')
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    move = fields.Many2One(
        'stock.move', "Move", required=True, readonly=True,
        ondelete='RESTRICT')
    date = fields.Date("Date", required=True, readonly=True)
    product = fields.Many2One(
        'product.product', "Product", required=True, readonly=True,
        ondelete='RESTRICT')
    quantity = fields.Float(
        "Quantity", digits='unit', required=True, readonly=True,
        help="Negative for what came back.")
    unit = fields.Many2One(
        'product.uom', "Unit", required=True, readonly=True,
        ondelete='RESTRICT')
    unit_price = Monetary(
        "Unit Price", currency='currency', digits=price_digits,
        required=True, readonly=True,
        help="The producer's part of the sale price, excluding taxes.")
    sale_amount = Monetary(
        "Sale Amount", currency='currency', digits='currency',
        required=True, readonly=True)
    amount = Monetary(
        "Amount", currency='currency', digits='currency',
        required=True, readonly=True,
        help="What the producer is owed, excluding taxes.")
    commission_amount = Monetary(
        "Commission Amount", currency='currency', digits='currency',
        required=True, readonly=True)
    cooperative_amount = Monetary(
        "Cooperative Amount", currency='currency', digits='currency',
        required=True, readonly=True)
    agreement = fields.Many2One(
        'shortcircuit.agreement', "Agreement", required=True, readonly=True,
        ondelete='RESTRICT')
    credited = fields.Boolean(
        "Credited", readonly=True,
        help="The move can be settled again.")
    credit_note = fields.Many2One(
        'account.invoice', "Credit Note", readonly=True, ondelete='RESTRICT',
        states={
            'invisible': ~Eval('credit_note'),
            },
        help="What credits the line, if it was invoiced.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('settlement')
        t = cls.__table__()
        cls._sql_constraints += [
            ('move_exclude',
                Exclude(
                    t, (t.move, Equal),
                    where=(t.credited == Literal(False))),
                'shortcircuit_commission.msg_settlement_line_move_unique'),
            ]
        cls._order = [
            ('date', 'ASC'),
            ('id', 'ASC'),
            ]

    @classmethod
    def default_credited(cls):
        return False

    @fields.depends('settlement', '_parent_settlement.currency')
    def on_change_with_currency(self, name=None):
        return self.settlement.currency if self.settlement else None

    def get_rec_name(self, name):
        return f'{self.product.rec_name} @ {self.settlement.rec_name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('product.rec_name', *clause[1:]),
            ('settlement.rec_name', *clause[1:]),
            ]

    @classmethod
    def check_modification(cls, mode, lines, values=None, external=False):
        super().check_modification(
            mode, lines, values=values, external=external)
        if mode == 'write' and values.keys() <= {'credited', 'credit_note'}:
            return
        for line in lines:
            if line.settlement.state != 'draft':
                raise AccessError(gettext(
                        'shortcircuit_commission.msg_settlement_modify',
                        settlement=line.settlement.rec_name))

    @classmethod
    def create_from_moves(cls, settlements, query):
        """
        Create the lines of the settlements of the producers of moves.

        settlements are of different producers or regimes, query selects the
        moves. The lines are what the moves froze: one statement makes them
        all.
        """
        pool = Pool()
        Agreement = pool.get('shortcircuit.agreement')
        Location = pool.get('stock.location')
        Move = pool.get('stock.move')
        Settlement = pool.get('shortcircuit.settlement')
        if not settlements:
            return
        transaction = Transaction()
        line = cls.__table__()
        move = Move.__table__()
        settlement = Settlement.__table__()
        agreement = Agreement.__table__()
        location = Location.__table__()
        values = {
            'create_uid': Literal(transaction.user),
            'create_date': CurrentTimestamp(),
            'settlement': settlement.id,
            'move': move.id,
            'date': move.effective_date,
            'product': move.product,
            'quantity': Case(
                (location.type == 'customer', -move.quantity),
                else_=move.quantity),
            'unit': move.unit,
            'unit_price': move.producer_price,
            'sale_amount': move.sale_amount,
            'amount': move.producer_due,
            'commission_amount': move.commission_due,
            'cooperative_amount': move.cooperative_due,
            'agreement': move.agreement,
            'credited': Literal(False),
            }
        rows = (move
            .join(agreement, condition=(agreement.id == move.agreement))
            .join(settlement,
                condition=(settlement.producer == move.producer)
                & (settlement.regime == agreement.regime))
            .join(location, condition=(location.id == move.from_location))
            .select(*values.values(),
                where=fields.SQL_OPERATORS['in'](
                    settlement.id, [s.id for s in settlements])
                & move.id.in_(query),
                order_by=[move.effective_date, move.id]))
        cursor = transaction.connection.cursor()
        cursor.execute(
            *line.insert([getattr(line, n) for n in values], rows))
        change(cls)

    @classmethod
    def set_credited(cls, settlements):
        "Let what settlements settle be settled again"
        args = []
        for settlement in settlements:
            credit_note = settlement.credit_note
            args.extend([list(settlement.lines), {
                        'credited': True,
                        'credit_note': credit_note.id if credit_note else None,
                        }])
        if args:
            cls.write(*args)

    @classmethod
    def get_last_agreements(cls, settlements):
        """
        Find the agreements of what was delivered last.

        Return a dictionary of settlement id to agreement.
        """
        pool = Pool()
        Agreement = pool.get('shortcircuit.agreement')
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.select(
                table.settlement, table.agreement,
                where=fields.SQL_OPERATORS['in'](
                    table.settlement, [s.id for s in settlements]),
                group_by=[table.settlement, table.agreement],
                order_by=[Max(table.date), table.agreement]))
        last = dict(cursor)
        return dict(zip(last, Agreement.browse(last.values())))

    @classmethod
    def get_groups(cls, settlements):
        """
        Sum the lines by product, unit and price, deliveries apart from
        returns.

        Return a dictionary of settlement id to list of (product, unit,
        quantity, amount).
        """
        pool = Pool()
        Product = pool.get('product.product')
        Uom = pool.get('product.uom')
        table = cls.__table__()
        direction = Sign(table.quantity)
        query = table.select(
            table.settlement, table.product, table.unit,
            Sum(table.quantity).as_('quantity'),
            Sum(table.amount).as_('amount'),
            where=fields.SQL_OPERATORS['in'](
                table.settlement, [s.id for s in settlements]),
            group_by=[table.settlement, table.product, table.unit,
                table.unit_price, direction],
            order_by=[table.settlement, direction.desc, table.product,
                table.unit_price])
        if backend.name == 'sqlite':
            sqlite_apply_types(query, [None] * 4 + ['NUMERIC'])
        cursor = Transaction().connection.cursor()
        cursor.execute(*query)
        rows = list(cursor)
        products = dict(zip((r[1] for r in rows),
                Product.browse([r[1] for r in rows])))
        units = dict(zip((r[2] for r in rows),
                Uom.browse([r[2] for r in rows])))
        currencies = {s.id: s.currency for s in settlements}
        groups = defaultdict(list)
        for settlement, product, unit, quantity, amount in rows:
            unit = units[unit]
            groups[settlement].append((
                    products[product], unit, unit.round(quantity),
                    currencies[settlement].round(amount)))
        return groups


def settled_lines():
    "Select the lines of settlements; what is credited is settled again"
    pool = Pool()
    line = pool.get('shortcircuit.settlement.line').__table__()
    settlement = pool.get('shortcircuit.settlement').__table__()
    return line.join(
        settlement, condition=settlement.id == line.settlement).select(
        line.id.as_('id'), line.move.as_('move'),
        line.settlement.as_('settlement'), line.amount.as_('amount'),
        settlement.state.as_('state'),
        where=settlement.state != 'credited')
