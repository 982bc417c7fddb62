# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from collections import defaultdict

from sql import Union
from sql.aggregate import Max, Min, Sum
from sql.conditionals import Case, Greatest, Least

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval, If
from trytond.transaction import Transaction

from .crate_holder import OTHERS

# The terms of the age, in days, unless the report says others
DAYS = {'term1': 30, 'term2': 60, 'term3': 90}
TERMS = list(DAYS)
# The path to who holds, by model
HOLDERS = {
    'stock.location': 'holder.warehouse',
    'party.party': 'holder.party',
    'shortcircuit.distribution_point': 'holder.point',
    'shortcircuit.crate.holder': 'holder',
    }


class CrateBalance(ModelSQL, ModelView):
    __name__ = 'shortcircuit.crate.balance'

    company = fields.Many2One('company.company', "Company")
    holder = fields.Many2One('shortcircuit.crate.holder', "Holder")
    kind = fields.Selection('get_kinds', "Kind", sort=False)
    crate = fields.Many2One('shortcircuit.crate', "Crate")
    quantity = fields.Integer("Crates")
    recent = fields.Integer(
        "Recent", help="Held for less than the first term.")
    term1 = fields.Integer(
        "First Term", help="Held for longer than the first term.")
    term2 = fields.Integer(
        "Second Term", help="Held for longer than the second term.")
    term3 = fields.Integer(
        "Third Term", help="Held for longer than the third term.")
    last_date = fields.Date("Last Move")
    deposit = fields.Function(
        Monetary("Deposit", currency='currency', digits='currency',
            help="The present deposit of the crates."),
        'get_deposit')
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('kind', 'ASC'),
            ('holder', 'ASC'),
            ('crate', 'ASC'),
            ('id', 'ASC'),
            ]

    @classmethod
    def view_attributes(cls):
        late = Eval('kind').in_(OTHERS)
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(late & (Eval('term3', 0) > 0), 'danger',
                    If(late & (Eval('term2', 0) > 0), 'warning', ''))),
            ]

    @classmethod
    def get_kinds(cls):
        pool = Pool()
        Holder = pool.get('shortcircuit.crate.holder')
        return Holder.fields_get(['kind'])['kind']['selection']

    @classmethod
    def table_query(cls):
        """
        Sum the moves of each holder and type of crate until a date.

        The crates he has are the last he got: those he got before them are
        those he gave back first.
        """
        pool = Pool()
        Holder = pool.get('shortcircuit.crate.holder')
        holder = Holder.__table__()
        entry = cls._entries()
        return entry.join(
            holder, condition=entry.holder == holder.id).select(
            Min(entry.id).as_('id'),
            holder.company.as_('company'),
            entry.holder.as_('holder'),
            holder.kind.as_('kind'),
            entry.crate.as_('crate'),
            Sum(entry.quantity).as_('quantity'),
            Max(entry.date).as_('last_date'),
            *cls._ages(entry),
            group_by=[
                holder.company, entry.holder, holder.kind, entry.crate])

    @classmethod
    def _date(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        return Transaction().context.get('crate_date') or Date.today()

    @classmethod
    def _entries(cls):
        "Return the query of what each move adds to a holder"
        pool = Pool()
        Move = pool.get('shortcircuit.crate.move')
        tables = [Move.__table__(), Move.__table__()]
        date = cls._date()
        return Union(*(move.select(
                    (move.id * 2 + i).as_('id'),
                    [move.to_holder, move.from_holder][i].as_('holder'),
                    move.crate.as_('crate'),
                    (move.quantity * [1, -1][i]).as_('quantity'),
                    move.date.as_('date'),
                    where=move.date <= date)
                for i, move in enumerate(tables)), all_=True)

    @classmethod
    def _ages(cls, entry):
        """
        Return the columns of how many crates are held for how long.

        They add up to the crates that are held, none if too many were given.
        """
        context = Transaction().context
        date = cls._date()
        held = Sum(entry.quantity)
        younger = 0
        for name, until in zip(['recent', *TERMS], [*TERMS, None]):
            if until:
                start = date - dt.timedelta(
                    days=context.get(until) or DAYS[until])
                got = Sum(Case(
                        ((entry.quantity > 0) & (entry.date > start),
                            entry.quantity),
                        else_=0))
                oldest = Greatest(Least(held, got), 0)
            else:
                oldest = Greatest(held, 0)
            yield (oldest - younger).as_(name)
            younger = oldest

    def get_rec_name(self, name):
        return f'{self.holder.rec_name} - {self.crate.rec_name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('holder.rec_name', *clause[1:]),
            ('crate.rec_name', *clause[1:]),
            ]

    @fields.depends('crate')
    def on_change_with_currency(self, name=None):
        return self.crate.currency if self.crate else None

    def get_deposit(self, name):
        if self.crate.deposit:
            return self.crate.deposit * self.quantity

    @classmethod
    def at(cls, holders, date):
        """
        Count the crates that hubs, parties or points have.

        holders are records of stock.location, party.party,
        shortcircuit.distribution_point or shortcircuit.crate.holder; what a
        party has as aidant, producer and customer is added.
        Return a dictionary of record to a dictionary of crate to the number
        he has at the end of the day, without those of which he has none.
        """
        counts = {h: defaultdict(int) for h in holders}
        paths = defaultdict(list)
        for holder in counts:
            paths[HOLDERS[holder.__name__]].append(holder.id)
        if not paths:
            return counts
        with Transaction().set_context(crate_date=date):
            balances = cls.search([
                    ('quantity', '!=', 0),
                    ['OR', *((p, 'in', ids) for p, ids in paths.items())],
                    ])
            for balance in balances:
                holder = balance.holder
                for record in {holder, holder.held_by} & counts.keys():
                    counts[record][balance.crate] += balance.quantity
        return counts


class CrateBalanceContext(ModelView):
    __name__ = 'shortcircuit.crate.balance.context'

    crate_date = fields.Date("Date", required=True)
    term1 = fields.Integer(
        "First Term", required=True, help="In days.",
        domain=[('term1', '>', 0)])
    term2 = fields.Integer(
        "Second Term", required=True, help="In days.",
        domain=[('term2', '>', Eval('term1', 0))])
    term3 = fields.Integer(
        "Third Term", required=True, help="In days.",
        domain=[('term3', '>', Eval('term2', 0))])

    @classmethod
    def default_crate_date(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        return Transaction().context.get('crate_date') or Date.today()

    @classmethod
    def default_term1(cls):
        return DAYS['term1']

    @classmethod
    def default_term2(cls):
        return DAYS['term2']

    @classmethod
    def default_term3(cls):
        return DAYS['term3']
