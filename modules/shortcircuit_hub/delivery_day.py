# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

"The board of delivery day: how far each hub is"

from sql import Literal, Null, Union
from sql.aggregate import Min, Sum
from sql.conditionals import Case, Coalesce

from trytond.model import ModelSQL, ModelView, fields
from trytond.pool import Pool

# The counts of a day and what each is a part of
PARTS = {
    'received': 'expected',
    'packed': 'orders',
    'loaded': 'orders',
    'delivered': 'orders',
    }
COUNTS = ['expected', 'received', 'short', 'refused', 'orders', 'packed',
    'loaded', 'delivered']


def _progress(string):
    return fields.Function(
        fields.Float(string, digits=(1, 4)), 'get_progress')


class DeliveryDay(ModelSQL, ModelView):
    __name__ = 'shortcircuit.delivery.day'

    company = fields.Many2One('company.company', "Company")
    date = fields.Date("Date")
    warehouse = fields.Many2One('stock.location', "Hub")
    expected = fields.Integer(
        "Expected", help="How many lines the producers are to bring.")
    received = fields.Integer(
        "Received", help="How many of them have been received.")
    short = fields.Integer(
        "Short", help="How many of them were received for less.")
    refused = fields.Integer(
        "Refused", help="How many were refused, all or in part.")
    orders = fields.Integer("Orders", help="How many orders are to deliver.")
    packed = fields.Integer("Packed")
    loaded = fields.Integer("Loaded", help="How many have left the hub.")
    delivered = fields.Integer("Delivered")
    received_progress = _progress("Received")
    packed_progress = _progress("Packed")
    loaded_progress = _progress("Loaded")
    delivered_progress = _progress("Delivered")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('date', 'DESC'),
            ('warehouse', 'ASC'),
            ('id', 'DESC'),
            ]

    @classmethod
    def table_query(cls):
        "Count the deliveries and the orders of each hub and date"
        counts = Union(
            cls._query_deliveries(), cls._query_shipments(), all_=True)
        return counts.select(
            Min(counts.id).as_('id'),
            counts.company, counts.date, counts.warehouse,
            *(cls._fields[n].sql_cast(Sum(getattr(counts, n))).as_(n)
                for n in COUNTS),
            group_by=[counts.company, counts.date, counts.warehouse])

    @classmethod
    def _query_deliveries(cls):
        pool = Pool()
        Delivery = pool.get('shortcircuit.delivery')
        Line = pool.get('shortcircuit.delivery.line')
        delivery, line = Delivery.__table__(), Line.__table__()
        received = delivery.state == 'received'
        expected = line.expected > 0
        return line.join(
            delivery, condition=line.delivery == delivery.id).select(
            *cls._columns(
                Min(delivery.id) * 2, delivery.company, delivery.date,
                delivery.warehouse, {
                    'expected': expected,
                    'received': received & expected,
                    'short': received & expected & (
                        Coalesce(line.quantity, 0) < line.expected),
                    'refused': line.refused_quantity > 0,
                    }),
            where=delivery.state != 'cancelled',
            group_by=[delivery.company, delivery.date, delivery.warehouse])

    @classmethod
    def _query_shipments(cls):
        pool = Pool()
        Shipment = pool.get('stock.shipment.out')
        shipment = Shipment.__table__()
        return shipment.select(
            *cls._columns(
                Min(shipment.id) * 2 + 1, shipment.company,
                shipment.planned_date, shipment.warehouse, {
                    'orders': shipment.cycle != Null,
                    'packed': shipment.state.in_(
                        ['packed', 'shipped', 'done']),
                    'loaded': shipment.state.in_(['shipped', 'done']),
                    'delivered': shipment.state == 'done',
                    }),
            where=(shipment.cycle != Null) & (shipment.state != 'cancelled'),
            group_by=[
                shipment.company, shipment.planned_date, shipment.warehouse])

    @classmethod
    def _columns(cls, id_, company, date, warehouse, conditions):
        return [
            id_.as_('id'), company.as_('company'), date.as_('date'),
            warehouse.as_('warehouse'),
            *(cls._count(conditions.get(n)).as_(n) for n in COUNTS)]

    @classmethod
    def _count(cls, condition):
        if condition is None:
            return Literal(0)
        return Sum(Case((condition, 1), else_=0))

    def get_progress(self, name):
        part = name[:-len('_progress')]
        total = getattr(self, PARTS[part])
        return getattr(self, part) / total if total else None

    def get_rec_name(self, name):
        pool = Pool()
        Lang = pool.get('ir.lang')
        return f'{Lang.get().strftime(self.date)} {self.warehouse.rec_name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('warehouse.rec_name', *clause[1:])]
