# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Order by the spreadsheet of the mercuriale"

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.modules.product import price_digits
from trytond.pool import Pool
from trytond.pyson import Bool, Eval
from trytond.transaction import check_access
from trytond.wizard import (
    Button, StateAction, StateTransition, StateView, Wizard)

from .exceptions import OrderImportError
from .order_file import (
    FileError, QuantityError, read_order, read_price, read_quantity)


class OrderImport(Wizard):
    __name__ = 'shortcircuit.order.import'

    start = StateView(
        'shortcircuit.order.import.start',
        'shortcircuit_catalog.order_import_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Read", 'preview', 'tryton-forward', default=True),
            ])
    preview = StateView(
        'shortcircuit.order.import.preview',
        'shortcircuit_catalog.order_import_preview_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Back", 'start', 'tryton-back'),
            Button("Order", 'order', 'tryton-ok', default=True,
                states={
                    'readonly': (
                        Bool(Eval('refusals')) | ~Bool(Eval('lines'))),
                    }),
            ])
    order = StateTransition()
    open_ = StateAction('shortcircuit_catalog.act_order_form')
    open_buyer = StateAction('shortcircuit_catalog.act_order_form_buyer')

    def value_start(self, fields):
        return {
            name: getattr(self.start, name).id
            for name in ['party', 'cycle'] if getattr(self.start, name, None)}

    def default_preview(self, fields):
        lines, refusals = self._read()
        order = self._get_order()
        return {
            'sale': order.id,
            'currency': self.start.cycle.company.currency.id,
            'lines': [
                {
                    'row': row,
                    'mercuriale_line': line.id,
                    'mercuriale_line.': {'rec_name': line.rec_name},
                    'unit': line.order_unit.id,
                    'unit.': {
                        'rec_name': line.order_unit.rec_name,
                        'symbol': line.order_unit.symbol,
                        'digits': line.order_unit.digits,
                        },
                    'currency': line.currency.id,
                    'quantity': quantity,
                    'unit_price': line.unit_price,
                    'amount': line.get_amount(quantity),
                    } for row, line, quantity in lines],
            'refusals': [
                {'row': row, 'column': column, 'reason': reason}
                for row, column, reason in refusals],
            'untaxed_amount': sum(l.get_amount(q) for _, l, q in lines),
            }

    def _read(self):
        """
        Read the file of the start with the rules of an order.

        Return the list of (row, line of the mercuriale, quantity in its unit
        of order) and the list of refusals (row, column, reason).
        """
        self._check_access()
        mercuriale = self.start.cycle.mercuriale
        try:
            file = read_order(self.start.file)
        except FileError as error:
            raise OrderImportError(gettext(
                    f'shortcircuit_catalog.msg_order_import_{error}',
                    mercuriale=mercuriale.rec_name)) from error
        if file.number != mercuriale.number:
            raise OrderImportError(gettext(
                    'shortcircuit_catalog.msg_order_import_other',
                    number=file.number,
                    cycle=self.start.cycle.rec_name,
                    mercuriale=mercuriale.rec_name))
        published = {l.id: l for l in mercuriale.lines}
        lines, refusals, seen = [], [], set()
        for row in file.rows:
            try:
                line = published.get(row.line)
                quantity = self._read_row(row, line, seen)
            except RowError as error:
                refusals.append(
                    (row.number, file.letters[error.column], str(error)))
            else:
                if quantity:
                    lines.append((row.number, line, quantity))
        if not lines and not refusals:
            raise OrderImportError(gettext(
                    'shortcircuit_catalog.msg_order_import_empty',
                    column=file.letters['quantity']))
        return lines, refusals

    def _check_access(self):
        "Refuse a customer or a cycle of others, a wizard does not by itself"
        pool = Pool()
        ModelAccess = pool.get('ir.model.access')
        with check_access():
            ModelAccess.check('sale.sale', 'create')
            for record in [self.start.party, self.start.cycle]:
                record.__class__.read([record.id], ['id'])

    def _get_order(self):
        pool = Pool()
        Sale = pool.get('sale.sale')
        return Sale.find_same(
            Sale.get_order(self.start.party, self.start.cycle))

    def _read_row(self, row, line, seen):
        "Return the quantity of the row, raise RowError if it is refused"
        if not line:
            raise RowError('line', 'unknown', product=row.product)
        if row.product != line.product.rec_name:
            raise RowError(
                'product', 'changed', product=row.product,
                expected=line.product.rec_name)
        if read_price(row.unit_price) != line.unit_price:
            raise RowError(
                'unit_price', 'price', price=row.unit_price,
                expected=line.unit_price)
        quantity = self._read_quantity(row, line)
        if quantity:
            if line in seen:
                raise RowError('line', 'twice', product=row.product)
            seen.add(line)
        return quantity

    def _read_quantity(self, row, line):
        try:
            quantity = read_quantity(row.quantity)
        except QuantityError as error:
            raise RowError(
                'quantity', str(error), value=row.quantity) from error
        if quantity and (refusal := line.check_quantity(quantity)):
            raise RowError('quantity', text=refusal)
        return quantity

    def transition_order(self):
        pool = Pool()
        Sale = pool.get('sale.sale')
        User = pool.get('res.user')
        lines, refusals = self._read()
        if refusals:
            row, column, reason = refusals[0]
            raise OrderImportError(gettext(
                    'shortcircuit_catalog.msg_order_import_refused',
                    refusals=len(refusals), row=row, column=column,
                    reason=reason))
        self.preview.sale = self._get_order()
        Sale.fill([(self.preview.sale, {
                        line: quantity for _, line, quantity in lines})])
        return 'open_buyer' if User.get_parties() else 'open_'

    def do_open_(self, action):
        return action, {'res_id': [self.preview.sale.id]}

    def do_open_buyer(self, action):
        return action, {'res_id': [self.preview.sale.id]}


class RowError(ValueError):

    def __init__(self, column, reason=None, text=None, **values):
        self.column = column
        super().__init__(text or gettext(
                f'shortcircuit_catalog.msg_order_import_row_{reason}',
                **values))


class OrderImportStart(ModelView):
    __name__ = 'shortcircuit.order.import.start'

    party = fields.Many2One(
        'party.party', "Customer", required=True,
        domain=[
            ('shortcircuit_channel', '!=', None),
            ])
    channel = fields.Many2One('shortcircuit.channel', "Channel")
    cycle = fields.Many2One(
        'shortcircuit.cycle', "Cycle", required=True,
        domain=[
            ('state', '=', 'open'),
            ('channel', '=', Eval('channel', -1)),
            ],
        help="Where the order is taken.")
    file = fields.Binary(
        "File", required=True, filename='file_name',
        help="The spreadsheet of the mercuriale of the cycle, with the "
        "quantities.")
    file_name = fields.Char("File Name")

    @classmethod
    def default_party(cls):
        pool = Pool()
        Sale = pool.get('sale.sale')
        return Sale.default_party()

    @fields.depends('party', 'cycle')
    def on_change_party(self):
        pool = Pool()
        Cycle = pool.get('shortcircuit.cycle')
        self.channel = self.party.shortcircuit_channel if self.party else None
        if self.cycle and self.cycle.channel != self.channel:
            self.cycle = None
        if self.channel and not self.cycle:
            cycles = Cycle.search([
                    ('channel', '=', self.channel.id),
                    ('state', '=', 'open'),
                    ], order=[('delivery_date', 'ASC')], limit=1)
            self.cycle = cycles[0] if cycles else None


class OrderImportPreview(ModelView):
    __name__ = 'shortcircuit.order.import.preview'

    currency = fields.Many2One(
        'currency.currency', "Currency", readonly=True)
    lines = fields.One2Many(
        'shortcircuit.order.import.line', None, "Lines", readonly=True)
    refusals = fields.One2Many(
        'shortcircuit.order.import.refusal', None, "Refused", readonly=True,
        states={
            'invisible': ~Eval('refusals', []),
            })
    untaxed_amount = Monetary(
        "Untaxed", currency='currency', digits='currency', readonly=True)
    sale = fields.Many2One(
        'sale.sale', "Order", readonly=True,
        states={
            'invisible': ~Eval('sale'),
            },
        help="What is ordered already. The file replaces all of it.")


class OrderImportLine(ModelView):
    __name__ = 'shortcircuit.order.import.line'

    row = fields.Integer("Row", readonly=True)
    mercuriale_line = fields.Many2One(
        'shortcircuit.mercuriale.line', "Product", readonly=True)
    quantity = fields.Float("Quantity", digits='unit', readonly=True)
    unit = fields.Many2One('product.uom', "Unit", readonly=True)
    currency = fields.Many2One(
        'currency.currency', "Currency", readonly=True)
    unit_price = Monetary(
        "Unit Price", currency='currency', digits=price_digits,
        readonly=True)
    amount = Monetary(
        "Amount", currency='currency', digits='currency', readonly=True)


class OrderImportRefusal(ModelView):
    __name__ = 'shortcircuit.order.import.refusal'

    row = fields.Integer("Row", readonly=True)
    column = fields.Char("Column", readonly=True)
    reason = fields.Char("Reason", readonly=True)
