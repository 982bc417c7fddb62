# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What each producer has at the hubs and on the road"

from sql import Literal, Null, Union
from sql.aggregate import Min, Sum
from sql.conditionals import Greatest
from sql.functions import Abs

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.shortcircuit_catalog.own import OwnMixin, is_own
from trytond.pool import Pool
from trytond.pyson import Date, Eval, If

# What is less is what adding decimals leaves
NOTHING = 1e-6


class ProducerStock(OwnMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.producer.stock'

    company = fields.Many2One('company.company', "Company")
    producer = fields.Many2One('shortcircuit.producer', "Producer")
    location = fields.Many2One('stock.location', "Location")
    place = fields.Function(
        fields.Many2One('stock.location', "Place",
            help="The hub, or the shuttle."),
        'get_place')
    product = fields.Many2One(
        'product.product', "Product",
        context={
            'company': Eval('company', -1),
            },
        depends={'company'})
    lot = fields.Many2One('stock.lot', "Lot")
    durability_date = fields.Function(
        fields.Date("Use-by / Best-before Date"), 'get_durability_date')
    unit = fields.Function(
        fields.Many2One('product.uom', "Unit"), 'on_change_with_unit')
    quantity = fields.Float("Quantity", digits='unit')
    ordered = fields.Float(
        "For Orders", digits='unit',
        help="What the allocation gave to orders that have not left.")
    left = fields.Float(
        "Left", digits='unit', help="What is for nobody yet.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('producer', 'ASC'),
            ('product', 'ASC'),
            ('lot', 'ASC'),
            ('id', 'ASC'),
            ]

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(Eval('durability_date', Date()) < Date(), 'danger', '')),
            ]

    @classmethod
    def table_query(cls):
        """
        Sum the moves of the lots of producers by place.

        The quantities are in the default unit of the product.
        """
        pool = Pool()
        Location = pool.get('stock.location')
        Lot = pool.get('stock.lot')
        ModelData = pool.get('ir.model.data')
        location, lot = Location.__table__(), Lot.__table__()
        entry = cls._entries()
        quantity, ordered = Sum(entry.quantity), Sum(entry.ordered)
        columns = [
            entry.company, lot.producer, entry.location, entry.product,
            entry.lot]
        return (entry
            .join(location, condition=entry.location == location.id)
            .join(lot, condition=entry.lot == lot.id)
            .select(
                Min(entry.id).as_('id'),
                *columns,
                cls.quantity.sql_cast(quantity).as_('quantity'),
                cls.ordered.sql_cast(ordered).as_('ordered'),
                cls.left.sql_cast(
                    Greatest(quantity - ordered, 0)).as_('left'),
                where=(location.consignment_party != Null)
                | (location.id == ModelData.get_id(
                        'shortcircuit_hub', 'location_consignment_transit')),
                having=Abs(quantity) > NOTHING,
                group_by=columns))

    @classmethod
    def _entries(cls):
        "Return the query of what each move adds, and of what it will take"
        pool = Pool()
        Lot = pool.get('stock.lot')
        Move = pool.get('stock.move')
        lot = Lot.__table__()
        # In each of the queries, for the moves to be found by the lots
        lots = lot.select(
            lot.id, where=(lot.producer != Null)
            & is_own(lot.producer, 'shortcircuit.producer'))
        queries = []
        for i, (name, states, sign, to_take) in enumerate([
                    ('to_location', ['done'], 1, 0),
                    ('from_location', ['done'], -1, 0),
                    ('from_location', ['draft', 'assigned'], 0, 1)]):
            move = Move.__table__()
            queries.append(move.select(
                    (move.id * 3 + i).as_('id'),
                    move.company,
                    getattr(move, name).as_('location'),
                    move.product,
                    move.lot,
                    (move.internal_quantity * Literal(sign)).as_('quantity'),
                    (move.internal_quantity * Literal(to_take)).as_('ordered'),
                    where=move.state.in_(states) & move.lot.in_(lots)))
        return Union(*queries, all_=True)

    @classmethod
    def get_place(cls, stocks, name):
        return {
            s.id: (s.location.warehouse or s.location).id for s in stocks}

    @classmethod
    def get_durability_date(cls, stocks, name):
        return {s.id: s.lot.durability_date for s in stocks}

    @fields.depends('product')
    def on_change_with_unit(self, name=None):
        return self.product.default_uom if self.product else None

    def get_rec_name(self, name):
        return f'{self.product.rec_name} - {self.lot.rec_name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('product.rec_name', *clause[1:]),
            ('lot.rec_name', *clause[1:]),
            ('producer.rec_name', *clause[1:]),
            ]
