# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

"What the cooperative attests it has bought from flat-rate farmers"

import datetime as dt
from itertools import groupby

from sql import Null
from sql.aggregate import Count, Max, Min
from sql.conditionals import Case, Coalesce

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.modules.shortcircuit_catalog.own import OwnMixin, is_own
from trytond.modules.shortcircuit_hub.document import SharedReport
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction, without_check_access

from .sql_amount import sum_amount


class BoughtMixin(OwnMixin):
    __slots__ = ()

    company = fields.Many2One('company.company', "Company")
    producer = fields.Many2One('shortcircuit.producer', "Producer")
    invoiced = Monetary(
        "Invoiced", currency='currency', digits='currency',
        help="What was invoiced for him in the year.")
    paid = Monetary(
        "Paid", currency='currency', digits='currency',
        help="What was paid to him in the year, whenever it was invoiced.")
    base = Monetary(
        "Attested", currency='currency', digits='currency',
        help="What the compensation is computed of, commissions deducted.")
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None

    @classmethod
    def _amounts(cls, table):
        return [
            sum_amount(getattr(cls, n), getattr(table, n)).as_(n)
            for n in ['invoiced', 'paid', 'base']]


class PurchaseAttestation(BoughtMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.purchase_attestation'

    lines = fields.One2Many(
        'shortcircuit.purchase_attestation.line', 'attestation', "Lines")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('producer.party.name', 'ASC'), ('id', 'ASC')]

    @classmethod
    def table_query(cls):
        bought = bought_query()
        return bought.select(
            bought.producer.as_('id'),
            bought.company.as_('company'),
            bought.producer.as_('producer'),
            *cls._amounts(bought),
            group_by=[bought.company, bought.producer])

    def get_rec_name(self, name):
        return f'{self.producer.rec_name} {self.year}'

    @property
    def year(self):
        pool = Pool()
        Context = pool.get('shortcircuit.purchase_attestation.context')
        return Context.default_year()

    def get_rates(self):
        "Return the list of (flat rate, rate, lines, base, compensation)"
        def key(line):
            return (
                line.flat_rate.sequence or 0 if line.flat_rate else 0,
                line.flat_rate.id if line.flat_rate else 0, line.rate or 0)
        rates = []
        for _, lines in groupby(sorted(self.lines, key=key), key=key):
            lines = [line for line in lines if line.base]
            if lines:
                base = sum(line.base for line in lines)
                rate = lines[0].rate
                rates.append((lines[0].flat_rate, rate, lines, base,
                        self.currency.round(base * (rate or 0))))
        return rates

    def get_invoices(self):
        "Return the invoices of the year"
        pool = Pool()
        Settlement = pool.get('shortcircuit.settlement')
        settlements = Settlement.search([
                ('producer', '=', self.producer.id),
                ('invoice.state', 'in', ['posted', 'paid']),
                ], order=[('end_date', 'ASC'), ('id', 'ASC')])
        invoices = [s.invoice for s in settlements]
        return [
            i for i in invoices
            if self.year in {
                i.invoice_date.year, (i.reconciled or dt.date.min).year}]


class PurchaseAttestationLine(BoughtMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.purchase_attestation.line'

    attestation = fields.Many2One(
        'shortcircuit.purchase_attestation', "Attestation")
    product = fields.Many2One(
        'product.product', "Product",
        context={
            'company': Eval('company', -1),
            },
        depends={'company'})
    flat_rate = fields.Many2One(
        'shortcircuit.flat_rate', "Flat Rate",
        help="Empty if no rate has the family or a category of the product.")
    rate = fields.Numeric("Rate", digits=(1, 4))

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('producer.party.name', 'ASC'),
            ('flat_rate', 'ASC'),
            ('product', 'ASC'),
            ('id', 'ASC'),
            ]

    @classmethod
    def table_query(cls):
        bought = bought_query()
        keys = [
            bought.company, bought.producer, bought.product,
            bought.flat_rate, bought.rate]
        return bought.select(
            Min(bought.id).as_('id'),
            bought.producer.as_('attestation'),
            *(k.as_(k.name) for k in keys),
            *cls._amounts(bought),
            group_by=keys)

    def get_rec_name(self, name):
        return f'{self.producer.rec_name} - {self.product.rec_name}'


def bought_query():
    """
    Select what was bought from flat-rate farmers in the year.

    There is a row per settled move, with the net amount the farmer is owed,
    the commission of the intermediary being deducted (BOI-TVA-SECT-80-60-10-20
    § 20). What is paid is dated by its payment in full.
    """
    pool = Pool()
    Configuration = pool.get('shortcircuit.configuration')
    Context = pool.get('shortcircuit.purchase_attestation.context')
    FlatRate = pool.get('shortcircuit.flat_rate')
    year = Context.default_year()
    base = Configuration(1).flat_rate_base
    line, settlement, producer, agreement, invoice, rate = (
        pool.get(name).__table__() for name in [
            'shortcircuit.settlement.line', 'shortcircuit.settlement',
            'shortcircuit.producer', 'shortcircuit.agreement',
            'account.invoice', 'shortcircuit.flat_rate.rate'])
    paid, flat_rate = _payments(), FlatRate.sql_products()
    amounts = {
        'invoiced': _in_year(invoice.invoice_date, year),
        'paid': _in_year(paid.date, year),
        }
    amounts['base'] = amounts[base]
    dated = paid.date if base == 'paid' else invoice.invoice_date
    return (line
        .join(settlement, condition=settlement.id == line.settlement)
        .join(producer, condition=producer.id == settlement.producer)
        .join(agreement, condition=agreement.id == line.agreement)
        .join(invoice, condition=invoice.id == settlement.invoice)
        .join(paid, 'LEFT', condition=(paid.move == invoice.move)
            & (paid.account == invoice.account))
        .join(flat_rate, condition=flat_rate.product == line.product)
        .join(rate, 'LEFT', condition=(
                (rate.flat_rate == flat_rate.flat_rate)
                & FlatRate.sql_at(
                    rate, Coalesce(dated, invoice.invoice_date))))
        .select(
            line.id.as_('id'),
            settlement.company.as_('company'),
            settlement.producer.as_('producer'),
            line.product.as_('product'),
            flat_rate.flat_rate.as_('flat_rate'),
            rate.rate.as_('rate'),
            *(Case((c, line.amount), else_=0).as_(n)
                for n, c in amounts.items()),
            where=(producer.vat_regime == 'flat_rate')
            & (settlement.state == 'validated')
            & is_own(settlement.producer, 'shortcircuit.producer')
            & (agreement.regime == 'deposit_sale')
            & invoice.state.in_(['posted', 'paid'])
            & (amounts['invoiced'] | amounts['paid'])))


def _payments():
    "Select when what the account move of a settlement owes is paid in full"
    pool = Pool()
    line, reconciliation, settlement, invoice = (
        pool.get(name).__table__() for name in [
            'account.move.line', 'account.move.reconciliation',
            'shortcircuit.settlement', 'account.invoice'])
    moves = settlement.join(
        invoice, condition=invoice.id == settlement.invoice).select(
        invoice.move,
        where=is_own(settlement.producer, 'shortcircuit.producer'))
    return line.join(
        reconciliation, 'LEFT',
        condition=reconciliation.id == line.reconciliation).select(
        line.move.as_('move'), line.account.as_('account'),
        Max(reconciliation.date).as_('date'),
        where=(line.party != Null) & line.move.in_(moves),
        group_by=[line.move, line.account],
        having=Count(line.id) == Count(reconciliation.id))


def _in_year(date, year):
    return (date >= dt.date(year, 1, 1)) & (date <= dt.date(year, 12, 31))


class PurchaseAttestationContext(ModelView):
    __name__ = 'shortcircuit.purchase_attestation.context'

    year = fields.Integer(
        "Year", required=True,
        domain=[
            ('year', '>=', 1),
            ('year', '<=', 9999),
            ])

    @classmethod
    def default_year(cls):
        "The year of the context, the last one until the end of March"
        pool = Pool()
        Date = pool.get('ir.date')
        return (Transaction().context.get('year')
            or (Date.today() - dt.timedelta(days=90)).year)


class PurchaseAttestationReport(SharedReport):
    __name__ = 'shortcircuit.purchase_attestation'

    @classmethod
    def get_context(cls, records, header, data):
        pool = Pool()
        Attestation = pool.get('shortcircuit.purchase_attestation')
        Configuration = pool.get('shortcircuit.configuration')
        Context = pool.get('shortcircuit.purchase_attestation.context')
        Mention = pool.get('shortcircuit.mention')
        # A producer reads neither the settlements nor the accounts
        with without_check_access():
            records = Attestation.browse([int(r) for r in records])
            context = super().get_context(records, header, data)
            year = Context.default_year()
            context['start_date'] = dt.date(year, 1, 1)
            context['end_date'] = end_date = dt.date(year, 12, 31)
            context['paid'] = Configuration(1).flat_rate_base == 'paid'
            context['mention'] = Mention.at(end_date).get('flat_rate', '')
            return context
