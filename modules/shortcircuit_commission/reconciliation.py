# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from sql import Literal, Union
from sql.aggregate import Count, Sum
from sql.conditionals import Case, Coalesce
from sql.functions import Round

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.modules.shortcircuit_hub.document import SharedReport
from trytond.pool import Pool
from trytond.pyson import Eval, If
from trytond.transaction import Transaction

from .reconciliation_query import Period
from .reconciliation_step import STEPS


class PeriodMixin:
    "What every step of the reconciliation tells of its amounts"
    __slots__ = ()

    company = fields.Many2One('company.company', "Company")
    expected = Monetary(
        "Expected", currency='currency', digits='currency')
    found = Monetary("Found", currency='currency', digits='currency')
    waiting = Monetary(
        "Waiting", currency='currency', digits='currency',
        help="What is not yet settled, invoiced or posted.")
    difference = Monetary(
        "Difference", currency='currency', digits='currency',
        help="What is expected and neither found nor waiting.")
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None

    @classmethod
    def _period(cls):
        "Return the period of the context, the current month by default"
        pool = Pool()
        Company = pool.get('company.company')
        Context = pool.get('shortcircuit.period.context')
        company = Transaction().context.get('company')
        digits = Company(company).currency.digits if company else 2
        return Period(
            company or -1, Context.default_start_date(),
            Context.default_end_date(), digits)

    @classmethod
    def _amounts(cls, row, period):
        "Return the columns of the amounts of a row, or of a sum of rows"
        difference = row['expected'] - row['found'] - row['waiting']
        return [
            # Databases that know no decimals forget what floats add
            getattr(cls, name).sql_cast(
                Round(amount, period.digits)).as_(name)
            for name, amount in [*row.items(), ('difference', difference)]]


AMOUNTS = ['expected', 'found', 'waiting']


class Reconciliation(PeriodMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.reconciliation'

    step = fields.Selection([
            ('split', "Delivered: Producers, Aidants and Cooperative"),
            ('sale', "Delivered: Invoiced to the Customers"),
            ('settlement', "Owed to the Producers: Settled"),
            ('invoice', "Settled: Invoices of the Producers"),
            ('commission', "Owed to the Aidants: Commissions"),
            ('commission_invoice', "Commissions: Invoices of the Aidants"),
            ('ledger', "Invoices: Ledger"),
            ('collected', "Sold for the Producers: Owed to Them Apart"),
            ], "Step", sort=False)
    step_string = step.translated('step')
    records = fields.Integer("Records", help="How many are compared.")
    differences = fields.Integer(
        "Differences", help="How many have a difference.")
    wrong_lines = fields.One2Many(
        'shortcircuit.reconciliation.line', 'reconciliation', "Differences",
        filter=[('difference', '!=', 0)])
    waiting_lines = fields.One2Many(
        'shortcircuit.reconciliation.line', 'reconciliation', "Waiting",
        filter=[('waiting', '!=', 0)])

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('id', 'ASC')]

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(Eval('differences', 0) > 0, 'danger', '')),
            ]

    @classmethod
    def table_query(cls):
        period = cls._period()
        return Union(*(
                cls._sum(id_, name, step(period), period)
                for id_, (name, step) in enumerate(STEPS.items(), 1)),
            all_=True)

    @classmethod
    def _sum(cls, id_, name, rows, period):
        difference = Round(
            rows.expected - rows.found - rows.waiting, period.digits)
        sums = {n: Coalesce(Sum(getattr(rows, n)), 0) for n in AMOUNTS}
        return rows.select(
            Literal(id_).as_('id'),
            Literal(period.company).as_('company'),
            cls.step.sql_cast(Literal(name)).as_('step'),
            Count(Literal(1)).as_('records'),
            Coalesce(Sum(Case((difference != 0, 1), else_=0)), 0
                ).as_('differences'),
            *cls._amounts(sums, period))

    def get_rec_name(self, name):
        return self.step_string


class ReconciliationLine(PeriodMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.reconciliation.line'

    reconciliation = fields.Many2One(
        'shortcircuit.reconciliation', "Step")
    record = fields.Reference("Record", selection='get_records')
    date = fields.Date("Date")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('reconciliation', 'ASC'),
            ('date', 'ASC'),
            ('id', 'ASC'),
            ]

    @classmethod
    def get_records(cls):
        pool = Pool()
        Model = pool.get('ir.model')
        return [(None, '')] + [(m, Model.get_name(m)) for m in [
                'account.invoice.line',
                'account.move',
                'commission',
                'commission.agent',
                'sale.line',
                'shortcircuit.round',
                'shortcircuit.settlement',
                'stock.move',
                ]]

    @classmethod
    def table_query(cls):
        period = cls._period()
        return Union(*(
                cls._select(id_, step(period), period)
                for id_, step in enumerate(STEPS.values(), 1)),
            all_=True)

    @classmethod
    def _select(cls, id_, rows, period):
        difference = Round(
            rows.expected - rows.found - rows.waiting, period.digits)
        return rows.select(
            (rows.id * len(STEPS) + (id_ - 1)).as_('id'),
            Literal(period.company).as_('company'),
            Literal(id_).as_('reconciliation'),
            rows.record.as_('record'),
            rows.date.as_('date'),
            *cls._amounts(
                {n: getattr(rows, n) for n in AMOUNTS}, period),
            where=(difference != 0)
            | (Round(rows.waiting, period.digits) != 0))

    def get_rec_name(self, name):
        return self.record.rec_name if self.record else ''


class PeriodContext(ModelView):
    __name__ = 'shortcircuit.period.context'

    start_date = fields.Date(
        "From", required=True,
        domain=[
            If(Eval('start_date') & Eval('end_date'),
                ('start_date', '<=', Eval('end_date')),
                ()),
            ])
    end_date = fields.Date("To", required=True)

    @classmethod
    def default_start_date(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        return (Transaction().context.get('start_date')
            or Date.today().replace(day=1))

    @classmethod
    def default_end_date(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        return Transaction().context.get('end_date') or Date.today()


class ReconciliationReport(SharedReport):
    __name__ = 'shortcircuit.reconciliation'

    @classmethod
    def get_context(cls, records, header, data):
        pool = Pool()
        Context = pool.get('shortcircuit.period.context')
        context = super().get_context(records, header, data)
        context['start_date'] = Context.default_start_date()
        context['end_date'] = Context.default_end_date()
        context['wrong'] = any(r.differences for r in records)
        return context
