# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt

from sql import Literal, Null, Union
from sql.operators import Concat, Exists

from trytond.model import ModelSQL, ModelView, UnionMixin, fields
from trytond.pool import Pool
from trytond.pyson import Eval, If
from trytond.transaction import without_check_access

# What ends, by the fields of what may replace it
THINGS = {
    'shortcircuit.agreement': ['producer'],
    'shortcircuit.certificate': ['producer', 'label'],
    'shortcircuit.derogation': ['producer', 'sanitary_class'],
    'shortcircuit.insurance': ['producer'],
    }


class Expiry(UnionMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.expiry'

    producer = fields.Many2One(
        'shortcircuit.producer', "Producer", required=True)
    thing = fields.Reference("What Ends", selection='get_things')
    end_date = fields.Date("End Date")
    days = fields.Function(
        fields.Integer("Days Left", help="Negative once it has ended."),
        'get_days')
    party = fields.Function(
        fields.Many2One('party.party', "Party"), 'get_party')
    responsible = fields.Function(
        fields.Many2One('res.user', "Responsible"), 'get_responsible')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('producer')
        cls._order.insert(0, ('end_date', 'ASC'))

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual', If(Eval('days', 0) < 0, 'danger', 'warning')),
            ]

    @staticmethod
    def union_models():
        return list(THINGS)

    @classmethod
    def get_things(cls):
        pool = Pool()
        Model = pool.get('ir.model')
        return [(name, Model.get_name(name)) for name in THINGS]

    @classmethod
    def union_column(cls, name, field, table, Model):
        if name == 'thing':
            return Concat(
                Literal(f'{Model.__name__},'), cls.id.sql_cast(table.id))
        return super().union_column(name, field, table, Model)

    @classmethod
    def table_query(cls):
        queries = []
        for model in cls.union_models():
            table, columns = cls.union_columns(model)
            queries.append(table.select(
                    *columns, where=cls._where(model, table)))
        return Union(*queries, all_=True)

    @classmethod
    def _where(cls, model, table):
        "Keep what ends soon, or just ended, and is not replaced"
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        Date = pool.get('ir.date')
        Model = pool.get(model)
        Producer = pool.get('shortcircuit.producer')
        producer = Producer.__table__()
        following = Model.__table__()
        today = Date.today()
        with without_check_access():
            days = dt.timedelta(days=Configuration(1).expiry_days)
        replaced = (following.end_date == Null) | (
            following.end_date > table.end_date)
        for name in THINGS[model]:
            replaced &= getattr(following, name) == getattr(table, name)
        return (
            (table.end_date >= today - days)
            & (table.end_date <= today + days)
            & table.producer.in_(producer.select(
                    producer.id, where=producer.state != 'ended'))
            & ~Exists(following.select(following.id, where=replaced)))

    def get_rec_name(self, name):
        return self.thing.rec_name

    @classmethod
    def get_days(cls, expiries, name):
        pool = Pool()
        Date = pool.get('ir.date')
        today = Date.today()
        return {e.id: (e.end_date - today).days for e in expiries}

    def get_party(self, name):
        return self.producer.party.id

    @classmethod
    def get_responsible(cls, expiries, name):
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        user = Configuration(1).expiry_user
        return {e.id: user.id if user else None for e in expiries}
