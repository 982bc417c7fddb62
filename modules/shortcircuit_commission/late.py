# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What a late payment costs (C. com. art. L.441-10, CCP art. R.2192-31)"

import datetime as dt
from collections import defaultdict
from decimal import Decimal

from sql import Null
from sql.conditionals import Case, Coalesce
from sql.functions import CurrentTimestamp

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.modules.shortcircuit_catalog.period import PeriodMixin
from trytond.pool import Pool
from trytond.pyson import Eval

DAYS_OF_YEAR = 365


def half_years(start, end):
    """
    Cut the days after start until end at the 1st of January and of July.

    Yield the first day of each part and how many days it has.
    """
    day = start + dt.timedelta(days=1)
    while day <= end:
        if day.month < 7:
            following = day.replace(month=7, day=1)
        else:
            following = dt.date(day.year + 1, 1, 1)
        last = min(following - dt.timedelta(days=1), end)
        yield day, (last - day).days + 1
        day = following


def late_cost(rates, amount, due_date, paid_date):
    """
    Return the interest and the compensation of an amount paid late.

    rates are those of the buyer, the last ones first: that of the first day
    late must be found, otherwise nothing is owed. The interest is not rounded.
    """
    def at(date):
        return next((r for r in rates if r.covers_date(date)), None)

    first = at(due_date + dt.timedelta(days=1))
    if not first or paid_date <= due_date:
        return Decimal(0), Decimal(0)
    interest = Decimal(0)
    for day, days in half_years(due_date, paid_date):
        rate = first if first.fixed else at(day) or first
        interest += amount * rate.rate * days / DAYS_OF_YEAR
    return interest, first.compensation


def get_buyer(invoice):
    "Return who pays: those of the channels are professionals but households"
    if invoice.type == 'in':
        return 'professional'
    channel = invoice.party.shortcircuit_channel
    return {
        'collective': 'public',
        'household': 'consumer',
        'solidarity': 'consumer',
        }.get(channel.kind if channel else None, 'professional')


class LateRate(PeriodMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.late.rate'

    buyer = fields.Selection([
            ('professional', "Professional"),
            ('public', "Public Body"),
            ('consumer', "Consumer"),
            ], "Buyer", required=True, sort=False,
        help="Who pays late. The producers are paid by a professional.")
    reference_rate = fields.Numeric(
        "Reference Rate", digits=(3, 4), required=True,
        help="The main refinancing rate of the European Central Bank on the "
        "first day of the half-year.")
    points = fields.Numeric(
        "Points", digits=(3, 4), required=True,
        help="What the law or the contract adds to it.")
    rate = fields.Function(
        fields.Numeric("Rate", digits=(3, 4)), 'on_change_with_rate')
    compensation = fields.Numeric(
        "Recovery Cost", digits=(16, 2), required=True,
        help="What is owed for each late invoice, beside the interest.")
    fixed = fields.Boolean(
        "Fixed",
        help="The rate of the day when the delay starts holds until the end "
        "of it.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order.insert(1, ('buyer', 'ASC'))

    @classmethod
    def default_points(cls):
        return Decimal('.1')

    @classmethod
    def default_compensation(cls):
        return Decimal(40)

    @classmethod
    def default_buyer(cls):
        return 'professional'

    def get_rec_name(self, name):
        return f'{self.buyer_string} {self.rate * 100:.2f} %'

    buyer_string = buyer.translated('buyer')

    @fields.depends('reference_rate', 'points')
    def on_change_with_rate(self, name=None):
        return (self.reference_rate or 0) + (self.points or 0)

    @classmethod
    def get_rates(cls):
        "Return the rates by buyer, the last ones first"
        rates = defaultdict(list)
        for rate in cls.search([], order=[('start_date', 'DESC')]):
            rates[rate.buyer].append(rate)
        return rates


class LateInvoice(ModelSQL, ModelView):
    __name__ = 'shortcircuit.late.invoice'

    invoice = fields.Many2One('account.invoice', "Invoice")
    company = fields.Many2One('company.company', "Company")
    party = fields.Many2One(
        'party.party', "Party",
        context={
            'company': Eval('company', -1),
            },
        depends={'company'})
    type = fields.Selection([
            ('out', "Customer"),
            ('in', "Supplier"),
            ], "Type")
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    amount = Monetary("Amount", currency='currency', digits='currency')
    due_date = fields.Date("Due Date")
    paid_date = fields.Date("Paid on")
    days = fields.Function(fields.Integer("Days Late"), 'get_cost')
    interest = fields.Function(
        Monetary("Interest", currency='currency', digits='currency'),
        'get_cost')
    compensation = fields.Function(
        Monetary("Recovery Cost", currency='currency', digits='currency'),
        'get_cost')
    cost = fields.Function(
        Monetary("Cost", currency='currency', digits='currency',
            help="What the late payment costs to who pays late."),
        'get_cost')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order.insert(0, ('due_date', 'ASC'))

    @classmethod
    def table_query(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        Invoice = pool.get('account.invoice')
        Line = pool.get('account.move.line')
        Reconciliation = pool.get('account.move.reconciliation')
        invoice, line, reconciliation, settled = [
            m.__table__()
            for m in [Invoice, Line, Reconciliation, Reconciliation]]
        delegate = Line.__table__()
        # What is netted is paid with the line it is delegated to
        paid_date = Case(
            (reconciliation.delegate_to == Null, reconciliation.date),
            else_=settled.date)
        owed = Case(
            (invoice.type == 'out', line.debit - line.credit),
            else_=line.credit - line.debit)
        return (invoice
            .join(line,
                condition=(line.move == invoice.move)
                & (line.account == invoice.account))
            .join(reconciliation, 'LEFT',
                condition=line.reconciliation == reconciliation.id)
            .join(delegate, 'LEFT',
                condition=reconciliation.delegate_to == delegate.id)
            .join(settled, 'LEFT',
                condition=delegate.reconciliation == settled.id)
            .select(
                line.id.as_('id'),
                CurrentTimestamp().as_('create_date'),
                invoice.create_uid.as_('create_uid'),
                invoice.write_date.as_('write_date'),
                invoice.write_uid.as_('write_uid'),
                invoice.id.as_('invoice'),
                invoice.company.as_('company'),
                invoice.party.as_('party'),
                invoice.type.as_('type'),
                owed.as_('amount'),
                line.maturity_date.as_('due_date'),
                paid_date.as_('paid_date'),
                where=invoice.state.in_(['posted', 'paid'])
                & (owed > 0)
                & (line.maturity_date < Coalesce(paid_date, Date.today()))))

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None

    @classmethod
    def get_cost(cls, lates, names):
        pool = Pool()
        Date = pool.get('ir.date')
        Rate = pool.get('shortcircuit.late.rate')
        today = Date.today()
        rates = Rate.get_rates()
        values = {name: {} for name in names}
        for late in lates:
            paid_date = late.paid_date or today
            interest, compensation = late_cost(
                rates[get_buyer(late)], late.amount, late.due_date, paid_date)
            interest = late.currency.round(interest)
            costs = {
                'days': (paid_date - late.due_date).days,
                'interest': interest,
                'compensation': compensation,
                'cost': interest + compensation,
                }
            for name in names:
                values[name][late.id] = costs[name]
        return values
