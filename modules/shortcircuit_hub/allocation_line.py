# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from collections import defaultdict

from sql.functions import CurrentTimestamp

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.shortcircuit_catalog.lists import change
from trytond.modules.shortcircuit_catalog.rows import forget, write_grouped
from trytond.pool import Pool
from trytond.pyson import Eval, If
from trytond.tools import grouped_slice
from trytond.transaction import Transaction


class Line(ModelSQL, ModelView):
    __name__ = 'shortcircuit.allocation.line'

    allocation = fields.Many2One(
        'shortcircuit.allocation', "Allocation", required=True,
        ondelete='CASCADE')
    sale_line = fields.Many2One(
        'sale.line', "Order Line", required=True, ondelete='CASCADE')
    sale = fields.Function(
        fields.Many2One('sale.sale', "Order"), 'on_change_with_sale')
    party = fields.Function(
        fields.Many2One('party.party', "Customer"), 'on_change_with_party')
    product = fields.Many2One(
        'product.product', "Product", required=True, ondelete='RESTRICT')
    unit = fields.Many2One(
        'product.uom', "Unit", required=True, ondelete='RESTRICT')
    ordered = fields.Float("Ordered", digits='unit', required=True)
    quantity = fields.Float("Allocated", digits='unit', required=True)
    compensated = fields.Float(
        "Compensated", digits='unit', readonly=True,
        help="What is allocated for having lacked before.")
    withdrawn = fields.Float(
        "Withdrawn", digits='unit', readonly=True,
        states={
            'invisible': ~Eval('withdrawn'),
            },
        help="What was allocated and does not leave: it has not arrived with "
        "the shuttle or a recall holds it.\n"
        "It counts as having lacked.")
    short = fields.Function(
        fields.Boolean("Short"), 'on_change_with_short')
    reason = fields.Text("Reason", required=True)
    warehouse = fields.Many2One(
        'stock.location', "Hub", required=True, ondelete='RESTRICT')
    lots = fields.One2Many(
        'shortcircuit.allocation.line.lot', 'line', "Lots")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('allocation')
        cls._order.insert(0, ('product.template.name', 'ASC'))
        cls._order.insert(1, ('sale_line', 'ASC'))

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual', If(
                    Eval('replaced_by', None), 'muted',
                    If(Eval('short', False), 'warning', ''))),
            ]

    @fields.depends('sale_line')
    def on_change_with_sale(self, name=None):
        return self.sale_line.sale if self.sale_line else None

    @fields.depends('sale_line')
    def on_change_with_party(self, name=None):
        return self.sale_line.sale.party if self.sale_line else None

    @fields.depends('ordered', 'quantity', 'withdrawn')
    def on_change_with_short(self, name=None):
        return ((self.quantity or 0) - (self.withdrawn or 0)
            < (self.ordered or 0))

    def get_rec_name(self, name):
        return f'{self.allocation.rec_name} - {self.sale_line.rec_name}'

    @classmethod
    def search_all(cls, domain):
        """
        Return the lines of the domain by id, as search does for few.

        For each record core checks all the ids it is browsed with: those of a
        cycle are browsed by batches.
        """
        cursor = Transaction().connection.cursor()
        cursor.execute(*cls.search(domain, order=[], query=True))
        ids = sorted(id_ for id_, *_ in cursor)
        return [
            line for sub_ids in grouped_slice(ids, 500)
            for line in cls.browse(sub_ids)]

    @classmethod
    def clear(cls, allocations):
        "Delete the lines of draft allocations"
        pool = Pool()
        Lot = pool.get('shortcircuit.allocation.line.lot')
        line, lot = cls.__table__(), Lot.__table__()
        where = fields.SQL_OPERATORS['in'](
            line.allocation, [a.id for a in allocations])
        cursor = Transaction().connection.cursor()
        cursor.execute(*lot.delete(
                where=lot.line.in_(line.select(line.id, where=where))))
        cursor.execute(*line.delete(where=where))
        change(Lot)
        change(cls)

    @classmethod
    def set_allocated_quantity(cls, lines):
        "Write on the order lines what they get"
        pool = Pool()
        Sale = pool.get('sale.sale')
        SaleLine = pool.get('sale.line')
        values, same = {}, []
        for line in lines:
            if line.unit == line.sale_line.unit:
                same.append(line)
            else:
                values[line.sale_line] = line.get_order_values()
        write_grouped(SaleLine, values)
        Sale.store_cache(sorted(
                {l.sale for l, v in values.items() if 'quantity' in v}))
        cls._copy_quantity(same)

    def get_order_values(self):
        "Return the values that tell the order line what it gets"
        pool = Pool()
        Uom = pool.get('product.uom')
        return {
            'allocated_quantity': Uom.compute_qty(
                self.unit, self.quantity, self.sale_line.unit),
            }

    @classmethod
    def _copy_quantity(cls, lines):
        "Copy the quantities in one statement, whatever they are"
        pool = Pool()
        SaleLine = pool.get('sale.line')
        table, sale_line = cls.__table__(), SaleLine.__table__()
        cursor = Transaction().connection.cursor()
        for sub_lines in grouped_slice(lines, 1000):
            ids = [l.id for l in sub_lines]
            where = fields.SQL_OPERATORS['in'](table.id, ids)
            cursor.execute(*sale_line.update(
                    [sale_line.allocated_quantity],
                    [table.select(
                            table.quantity,
                            where=where & (table.sale_line == sale_line.id))],
                    where=sale_line.id.in_(
                        table.select(table.sale_line, where=where))))
        forget(SaleLine, [l.sale_line.id for l in lines])

    @classmethod
    def withdraw(cls, quantities):
        """
        Take off the applied lines what their orders do not get any more.

        quantities is a dictionary of tuple (order line, lot) to the quantity
        in the default unit of the product.
        """
        pool = Pool()
        Lot = pool.get('shortcircuit.allocation.line.lot')
        lines = {
            l.sale_line: l for l in cls.search([
                    ('sale_line', 'in', list({l.id for l, _ in quantities})),
                    ('allocation.state', '=', 'applied'),
                    ('replaced_by', '=', None),
                    ])}
        withdrawn, lots = defaultdict(float), {}
        for (sale_line, lot), quantity in quantities.items():
            if line := lines.get(sale_line):
                quantity = lot.get_order_quantity(quantity)
                withdrawn[line] += quantity
                lots.update(line._take_off(lot, quantity))
        Lot.delete([l for l, left in lots.items() if not left])
        write_grouped(Lot, {l: {'quantity': q} for l, q in lots.items() if q})
        write_grouped(cls, {
                l: l._get_withdrawn_values(q) for l, q in withdrawn.items()})

    def _get_withdrawn_values(self, quantity):
        withdrawn = self.unit.round((self.withdrawn or 0) + quantity)
        return {
            'withdrawn': withdrawn,
            # What it lacked before is not given either
            'compensated': min(
                self.compensated or 0,
                self.unit.round(self.quantity - withdrawn)),
            }

    def _take_off(self, lot, quantity):
        "Yield the lots of the line to take the quantity off, and their rest"
        for row in self.lots:
            if row.lot == lot and quantity > 0:
                taken = min(quantity, row.quantity)
                quantity = self.unit.round(quantity - taken)
                yield row, self.unit.round(row.quantity - taken)

    @classmethod
    def insert(cls, values):
        """
        Insert lines, which nothing depends on yet, without reading them.

        values is a list of dictionaries with the same keys, 'lots' being the
        list of those of the lots. There are tens of thousands for a cycle:
        creating them one by one takes a minute.
        """
        pool = Pool()
        Lot = pool.get('shortcircuit.allocation.line.lot')
        values = list(values)
        _insert(cls, [
                {n: v for n, v in line.items() if n != 'lots'}
                for line in values])
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.select(
                table.id, table.allocation, table.sale_line, table.product,
                where=fields.SQL_OPERATORS['in'](
                    table.allocation,
                    list({line['allocation'] for line in values}))))
        ids = {key: id_ for id_, *key in cursor for key in [tuple(key)]}
        names = ['allocation', 'sale_line', 'product']
        _insert(Lot, [
                {'line': ids[tuple(line[n] for n in names)], **lot}
                for line in values for lot in line['lots']])


class Lot(ModelSQL, ModelView):
    __name__ = 'shortcircuit.allocation.line.lot'

    line = fields.Many2One(
        'shortcircuit.allocation.line', "Line", required=True,
        ondelete='CASCADE')
    lot = fields.Many2One(
        'stock.lot', "Lot", required=True, ondelete='RESTRICT')
    location = fields.Many2One(
        'stock.location', "From", required=True, ondelete='RESTRICT')
    unit = fields.Function(
        fields.Many2One('product.uom', "Unit"), 'on_change_with_unit')
    quantity = fields.Float("Quantity", digits='unit', required=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('line')

    @fields.depends('line', '_parent_line.unit')
    def on_change_with_unit(self, name=None):
        return self.line.unit if self.line else None

    def get_rec_name(self, name):
        return self.lot.rec_name

    @property
    def route(self):
        "The hubs it travels from and to, None if it lies where it is needed"
        route = self.location.warehouse, self.line.warehouse
        return route if route[0] != route[1] else None

    def get_moved(self):
        "Return the unit and the quantity to move"
        return self.lot.get_moved(self.line.unit, self.quantity)

    def get_customer_move(self, shipment, from_location):
        pool = Pool()
        Move = pool.get('stock.move')
        sale_line = self.line.sale_line
        unit, quantity = self.get_moved()
        move = Move(
            product=self.line.product,
            lot=self.lot,
            unit=unit,
            quantity=quantity,
            from_location=from_location,
            to_location=sale_line.to_location,
            pack_warehouse=self.location.warehouse,
            shipment=shipment,
            company=self.line.allocation.company,
            planned_date=self.line.allocation.cycle.delivery_date,
            origin=sale_line)
        # Otherwise core computes and updates it one move after the other
        move.internal_quantity = move.on_change_with_internal_quantity()
        return move


def _insert(Model, values):
    "Insert the rows of a list of dictionaries with the same keys"
    transaction = Transaction()
    cursor = transaction.connection.cursor()
    table = Model.__table__()
    for rows in grouped_slice(values, 500):
        rows = list(rows)
        names = list(rows[0])
        cursor.execute(*table.insert(
                [getattr(table, n) for n in names]
                + [table.create_uid, table.create_date],
                [
                    [*(row[n] for n in names), transaction.user,
                        CurrentTimestamp()]
                    for row in rows]))
    change(Model)
