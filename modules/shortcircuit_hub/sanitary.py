# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from collections import defaultdict

from sql import Null
from sql.aggregate import Max, Min, Sum
from sql.conditionals import Coalesce

from trytond.model import ModelSQL, ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Eval, If
from trytond.transaction import Transaction


class SanitaryWeek(ModelSQL, ModelView):
    __name__ = 'shortcircuit.sanitary.week'

    producer = fields.Many2One(
        'shortcircuit.producer', "Producer", required=True)
    sanitary_class = fields.Many2One(
        'shortcircuit.sanitary.class', "Class", required=True)
    last_date = fields.Date("Last Delivery")
    unit = fields.Function(
        fields.Many2One('product.uom', "Unit"), 'on_change_with_unit')
    delivered = fields.Function(
        fields.Float("Delivered", digits='unit'), 'get_quantities')
    ordered = fields.Function(
        fields.Float("Ordered", digits='unit',
            help="What he has still to bring in the week."),
        'get_quantities')
    maximum = fields.Function(
        fields.Float("Limit", digits='unit',
            help="What his derogation lets him deliver in the week."),
        'get_limits')
    unmeasured = fields.Function(
        fields.Boolean("Not Measured",
            help="The quantity is larger: a product has no weight, or no "
            "volume, to count it by."),
        'get_quantities')
    distance = fields.Function(
        fields.Float("Distance", digits=(None, 1),
            help="Of the farthest customer whose place is known, in "
            "kilometres."),
        'get_distances')
    radius = fields.Function(
        fields.Integer("Radius",
            help="How far his customers may be, in kilometres."),
        'get_limits')
    exceeded = fields.Function(
        fields.Boolean("Exceeded",
            help="The week passes the limit or the radius, or no derogation "
            "covers it."),
        'get_exceeded')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('producer')
        cls._order.insert(0, ('producer.party.name', 'ASC'))

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(Eval('exceeded', False), 'danger',
                    If(Eval('unmeasured', False), 'warning', ''))),
            ]

    @classmethod
    def table_query(cls):
        tables = cls._get_tables()
        line, delivery = tables['line'], tables['delivery']
        template = tables['template']
        return tables['from'].select(
            Min(line.id).as_('id'),
            delivery.producer.as_('producer'),
            template.sanitary_class.as_('sanitary_class'),
            Max(delivery.date).as_('last_date'),
            where=cls._get_where(tables),
            group_by=[delivery.producer, template.sanitary_class])

    @classmethod
    def _get_tables(cls):
        pool = Pool()
        tables = {name: pool.get(model).__table__() for name, model in [
                ('line', 'shortcircuit.delivery.line'),
                ('delivery', 'shortcircuit.delivery'),
                ('producer', 'shortcircuit.producer'),
                ('cycle', 'shortcircuit.cycle'),
                ('channel', 'shortcircuit.channel'),
                ('product', 'product.product'),
                ('template', 'product.template'),
                ]}
        line, delivery = tables['line'], tables['delivery']
        producer, product = tables['producer'], tables['product']
        cycle, channel = tables['cycle'], tables['channel']
        template = tables['template']
        tables['from'] = (line
            .join(delivery, condition=line.delivery == delivery.id)
            .join(producer, condition=delivery.producer == producer.id)
            .join(cycle, condition=delivery.cycle == cycle.id)
            .join(channel, condition=cycle.channel == channel.id)
            .join(product, condition=line.product == product.id)
            .join(template, condition=product.template == template.id))
        return tables

    @classmethod
    def _get_where(cls, tables):
        monday, sunday = cls._get_week()
        return ((tables['delivery'].state != 'cancelled')
            & (tables['delivery'].date >= monday)
            & (tables['delivery'].date <= sunday)
            & (tables['producer'].sanitary_status == 'derogation')
            & (tables['channel'].sanitary_limited)
            & (tables['template'].sanitary_class != Null))

    @classmethod
    def _get_week(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        day = Transaction().context.get('sanitary_date') or Date.today()
        monday = day - dt.timedelta(days=day.weekday())
        return monday, monday + dt.timedelta(days=6)

    @fields.depends('sanitary_class')
    def on_change_with_unit(self, name=None):
        return self.sanitary_class.unit if self.sanitary_class else None

    def get_rec_name(self, name):
        return f'{self.producer.rec_name} - {self.sanitary_class.rec_name}'

    @property
    def _key(self):
        return self.producer.id, self.sanitary_class.id

    @classmethod
    def get_quantities(cls, weeks, names):
        sums = {
            w._key: {'delivered': 0, 'ordered': 0, 'unmeasured': False}
            for w in weeks}
        units = {w.sanitary_class.id: w.unit for w in weeks}
        for row in cls._sum_lines():
            *key, product, state, received, expected = row
            values = sums.get(tuple(key))
            if values is None:
                continue
            name, quantity = (
                ('delivered', received) if state == 'received'
                else ('ordered', expected))
            measure = product.get_measure(quantity or 0, units[key[1]])
            if measure is None:
                values['unmeasured'] = True
            else:
                values[name] += measure
        for week in weeks:
            for name in ['delivered', 'ordered']:
                sums[week._key][name] = week.unit.round(
                    sums[week._key][name])
        return {n: {w.id: sums[w._key][n] for w in weeks} for n in names}

    @classmethod
    def _sum_lines(cls):
        "Sum the lines of the week by producer, class, product and state"
        pool = Pool()
        Product = pool.get('product.product')
        tables = cls._get_tables()
        line, delivery = tables['line'], tables['delivery']
        group = [
            delivery.producer, tables['template'].sanitary_class,
            line.product, delivery.state]
        cursor = Transaction().connection.cursor()
        cursor.execute(*tables['from'].select(
                *group, Sum(line.quantity), Sum(line.expected),
                where=cls._get_where(tables), group_by=group))
        rows = list(cursor)
        products = {p.id: p for p in Product.browse({r[2] for r in rows})}
        return [
            (producer, class_, products[product], *values)
            for producer, class_, product, *values in rows]

    @classmethod
    def get_limits(cls, weeks, names):
        pool = Pool()
        Derogation = pool.get('shortcircuit.derogation')
        Limit = pool.get('shortcircuit.sanitary.limit')
        derogations = Derogation.at((*w._key, w.last_date) for w in weeks)
        limits = Limit.at((w.sanitary_class.id, w.last_date) for w in weeks)
        result = {n: {w.id: None for w in weeks} for n in names}
        for week in weeks:
            derogation = derogations.get((*week._key, week.last_date))
            limit = limits.get((week.sanitary_class.id, week.last_date))
            if derogation and limit:
                values = {
                    'maximum': derogation.get_quantity(limit),
                    'radius': derogation.get_radius(limit),
                    }
                for name in names:
                    result[name][week.id] = values[name]
        return result

    @classmethod
    def get_distances(cls, weeks, name):
        customers = cls._get_customers()
        distances = {}
        for week in weeks:
            known = [
                d for d in map(
                    week.producer.party.get_distance, customers[week._key])
                if d is not None]
            distances[week.id] = max(known, default=None)
        return distances

    @classmethod
    def _get_customers(cls):
        "Return by producer and class those who get his goods in the week"
        pool = Pool()
        Move = pool.get('stock.move')
        Party = pool.get('party.party')
        Lot = pool.get('stock.lot')
        SaleLine = pool.get('sale.line')
        Sale = pool.get('sale.sale')
        Product = pool.get('product.product')
        Template = pool.get('product.template')
        move, lot = Move.__table__(), Lot.__table__()
        line, sale = SaleLine.__table__(), Sale.__table__()
        product, template = Product.__table__(), Template.__table__()
        monday, sunday = cls._get_week()
        date = Coalesce(move.effective_date, move.planned_date)
        columns = [
            lot.producer, template.sanitary_class,
            Coalesce(sale.shipment_party, sale.party)]
        cursor = Transaction().connection.cursor()
        cursor.execute(*move
            .join(lot, condition=move.lot == lot.id)
            .join(line,
                condition=(Move.origin.sql_id(move.origin, Move) == line.id))
            .join(sale, condition=line.sale == sale.id)
            .join(product, condition=move.product == product.id)
            .join(template, condition=product.template == template.id)
            .select(
                *columns,
                where=move.origin.like('sale.line,%')
                & (move.state != 'cancelled')
                & (date >= monday) & (date <= sunday)
                & (template.sanitary_class != Null),
                group_by=columns))
        rows = list(cursor)
        parties = {p.id: p for p in Party.browse({r[2] for r in rows})}
        customers = defaultdict(list)
        for *key, party in rows:
            customers[tuple(key)].append(parties[party])
        return customers

    def get_exceeded(self, name):
        return (
            self.maximum is None
            or self.delivered + self.ordered > self.maximum
            or (self.distance or 0) > self.radius)


class SanitaryWeekContext(ModelView):
    __name__ = 'shortcircuit.sanitary.week.context'

    sanitary_date = fields.Date(
        "Week of", required=True, help="Any day of the week.")

    @classmethod
    def default_sanitary_date(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        return Transaction().context.get('sanitary_date') or Date.today()
