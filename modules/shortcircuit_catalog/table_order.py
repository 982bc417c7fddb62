# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from collections import defaultdict

from trytond.i18n import gettext
from trytond.model import fields
from trytond.pool import Pool

from .exceptions import TableImportError
from .table_row import TableRow, cell_error


class OrderRow(TableRow):
    __name__ = 'shortcircuit.table.order'

    _model = 'sale.sale'
    _columns = ['party', 'product', 'producer', 'quantity']
    _key = ('party', 'producer', 'product')
    _lookups = {
        'party': ['code', 'name'],
        'product': ['code', 'template.name'],
        'producer': ['party.code', 'party.name'],
        }

    party = fields.Many2One('party.party', "Customer", required=True)
    product = fields.Many2One('product.product', "Product", required=True)
    producer = fields.Many2One('shortcircuit.producer', "Producer")
    quantity = fields.Float("Quantity", required=True)

    @classmethod
    def _domain(cls, name):
        if name == 'party':
            return [('shortcircuit_channel', '!=', None)]
        elif name == 'product':
            return [('salable', '=', True)]
        return super()._domain(name)

    @classmethod
    def complete(cls, changes, start):
        super().complete(changes, start)
        cycle = start.cycle
        if not cycle.takes_orders:
            raise TableImportError(gettext(
                    'shortcircuit_catalog.msg_table_order_window',
                    cycle=cycle.rec_name,
                    opening=cycle.format_time(cycle.opens_at),
                    closing=cycle.format_time(cycle.closes_at)))
        published = defaultdict(list)
        for line in cycle.mercuriale.lines:
            published[line.product].append(line)
        labels = cls.labels()
        for change in changes:
            change.errors.extend(
                (labels[name], str(reason)) for name, reason in cls.explain(
                    change.values, published[change.values['product']],
                    cycle))

    @classmethod
    def explain(cls, values, lines, cycle):
        """
        Yield the names of the columns that cannot be ordered and why.

        lines are those of the mercuriale for the product: the producer is
        taken from the one that is ordered.
        """
        channel = values['party'].shortcircuit_channel
        if channel != cycle.channel:
            yield 'party', cell_error(
                'order_channel', channel=channel.rec_name)
        producer = values.get('producer')
        ordered = [l for l in lines if l.producer == producer] or (
            lines if len(lines) == 1 and not producer else [])
        if not lines:
            yield 'product', cell_error(
                'order_product', mercuriale=cycle.mercuriale.rec_name)
        elif not ordered:
            producers = [l.producer.rec_name for l in lines if l.producer]
            yield 'producer', (
                cell_error('order_producer', producers=', '.join(producers))
                if producers else cell_error('order_no_producer'))
        else:
            line, = ordered
            values['producer'] = line.producer
            if values['quantity'] and (
                    reason := line.check_quantity(values['quantity'])):
                yield 'quantity', reason

    @classmethod
    def get_action(cls, change):
        action = super().get_action(change)
        if action == 'created' and not change.values['quantity']:
            # Tables of all that could be ordered have many zeros
            return 'unchanged'
        return action

    @classmethod
    def find(cls, values, start):
        pool = Pool()
        Line = pool.get('sale.line')
        quantities = {
            destination: Line.sum_quantities(order.line_lines)
            for destination, order in cls.find_orders(values, start).items()}
        found = {}
        for row in values:
            ordered = quantities.get(cls.get_destination(row), {})
            if quantity := ordered.get(get_line_key(row)):
                found[cls.get_key(row)] = dict(row, quantity=quantity)
        return found

    @classmethod
    def find_orders(cls, values, start):
        "Return by destination the orders that the rows change"
        pool = Pool()
        Sale = pool.get('sale.sale')
        orders = Sale.find_changeable([
                ('cycle', '=', start.cycle.id),
                ('party', 'in', list({v['party'].id for v in values})),
                ])
        return {o.destination: o for o in reversed(orders)}

    @classmethod
    def get_destination(cls, values):
        "Return what the row is for, as the destination of its order"
        return (values['party'],)

    @classmethod
    def get_order_values(cls, values):
        "Return what the row sets on a new order"
        return {}

    @classmethod
    def get_current(cls, ordered):
        return ordered

    @classmethod
    def save(cls, changes, start):
        pool = Pool()
        Sale = pool.get('sale.sale')
        rows = defaultdict(list)
        for change in changes:
            rows[cls.get_destination(change.values)].append(change.values)
        orders = cls.find_orders([c.values for c in changes], start)
        published = {l.key: l for l in start.cycle.mercuriale.lines}
        to_fill = []
        for destination, values in rows.items():
            order = orders.get(destination)
            quantities = Sale.get_quantities([order] if order else [])
            quantities.update(
                (published[get_line_key(v)], v['quantity']) for v in values)
            to_fill.append((
                    order or Sale.get_order(
                        values[0]['party'], start.cycle,
                        **cls.get_order_values(values[0])),
                    quantities))
        Sale.fill(to_fill)


def get_line_key(values):
    "Return the key of the line of the mercuriale that the row orders"
    producer = values['producer']
    return values['product'].id, producer.id if producer else None
