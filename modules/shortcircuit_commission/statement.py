# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from itertools import groupby

from sql import Null
from sql.aggregate import Sum
from sql.conditionals import Case
from sql.operators import Exists

from trytond import backend
from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, Unique, fields
from trytond.modules.currency.fields import Monetary
from trytond.modules.shortcircuit_catalog.document import DocumentMixin
from trytond.modules.shortcircuit_catalog.mail import has_email
from trytond.modules.shortcircuit_hub.document import SharedReport
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval, If
from trytond.tools import slugify, sqlite_apply_types
from trytond.transaction import Transaction, without_check_access
from trytond.wizard import Button, StateAction, StateView, Wizard

from .exceptions import StatementError
from .issue import IssueMixin


class Statement(IssueMixin, DocumentMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.statement'
    mail_report = 'shortcircuit.statement.mail'

    company = fields.Many2One(
        'company.company', "Company", required=True, readonly=True)
    producer = fields.Many2One(
        'shortcircuit.producer', "Producer", required=True, readonly=True,
        ondelete='CASCADE')
    start_date = fields.Date("From", required=True, readonly=True)
    end_date = fields.Date("To", required=True, readonly=True)
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    sold = fields.Function(Monetary(
            "Sold", currency='currency', digits='currency',
            help="What the producer is owed for what was sold, excluding "
            "taxes."),
        'get_line_amounts')
    returned = fields.Function(Monetary(
            "Brought Back", currency='currency', digits='currency',
            help="What is deducted for what customers brought back."),
        'get_line_amounts')
    lost = fields.Function(Monetary(
            "Losses Paid", currency='currency', digits='currency',
            help="What the producer is owed for losses that are not his."),
        'get_line_amounts')
    due = fields.Function(Monetary(
            "Owed", currency='currency', digits='currency',
            help="What the producer is owed for the goods of the period, "
            "excluding taxes."),
        'get_line_amounts')
    commission = fields.Function(Monetary(
            "Commissions", currency='currency', digits='currency',
            help="What he has earned by delivering, excluding taxes."),
        'get_commission')
    opening = fields.Function(Monetary(
            "Owed before", currency='currency', digits='currency',
            help="What was invoiced and not paid before the period."),
        'get_entry_amounts')
    invoiced = fields.Function(Monetary(
            "Invoiced", currency='currency', digits='currency',
            help="Including taxes."),
        'get_entry_amounts')
    paid = fields.Function(Monetary(
            "Paid", currency='currency', digits='currency'),
        'get_entry_amounts')
    balance = fields.Function(Monetary(
            "Balance Due", currency='currency', digits='currency',
            help="What is invoiced and not paid at the end of the period, "
            "less what he owes."),
        'get_entry_amounts')
    to_invoice = fields.Function(Monetary(
            "Not Invoiced yet", currency='currency', digits='currency',
            help="What is owed at the end of the period and on no posted "
            "invoice, excluding taxes."),
        'get_to_invoice')
    lines = fields.Function(
        fields.Many2Many('shortcircuit.statement.line', None, None, "Goods"),
        'get_lines')
    deliveries = fields.Function(
        fields.Many2Many(
            'shortcircuit.delivery.line', None, None, "Deliveries"),
        'get_deliveries')
    entries = fields.Function(
        fields.Many2Many(
            'shortcircuit.statement.entry', None, None,
            "Invoices and Payments"),
        'get_entries')
    crate_moves = fields.Function(
        fields.Many2Many(
            'shortcircuit.crate.move', None, None, "Crates Moved"),
        'get_crate_moves')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            ('period_unique',
                Unique(t, t.company, t.producer, t.start_date, t.end_date),
                'shortcircuit_commission.msg_statement_unique'),
            ]
        cls._order = [
            ('end_date', 'DESC'),
            ('producer', 'ASC'),
            ('id', 'DESC'),
            ]
        cls.document.readonly = True
        cls.document.states['invisible'] = ~Eval('document_name')
        cls.document_name.readonly = True
        cls._buttons.update({
                'send': {
                    'invisible': Bool(Eval('sent_at')),
                    'depends': ['sent_at'],
                    },
                })

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None

    def get_rec_name(self, name):
        pool = Pool()
        Lang = pool.get('ir.lang')
        lang = Lang.get()
        return gettext(
            'shortcircuit_commission.msg_statement_name',
            producer=self.producer.rec_name,
            start_date=lang.strftime(self.start_date),
            end_date=lang.strftime(self.end_date))

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('producer.rec_name', *clause[1:])]

    @classmethod
    def get_line_amounts(cls, statements, names):
        pool = Pool()
        Line = pool.get('shortcircuit.statement.line')
        table, line = cls.__table__(), Line.__table__()
        sums = {
            'sold': line.kind == 'sale',
            'returned': line.kind == 'return',
            'lost': ~line.kind.in_(['sale', 'return']),
            'due': line.id != Null,
            }
        query = table.join(line, condition=(
                (line.producer == table.producer)
                & _during(line.date, table))).select(
            table.id, *(
                Sum(Case((sums[n], line.amount), else_=0)).as_(n)
                for n in names),
            where=_among(table.id, statements),
            group_by=table.id)
        return cls._get_sums(query, statements, names)

    @classmethod
    def get_commission(cls, statements, names):
        pool = Pool()
        Commission = pool.get('commission')
        Agent = pool.get('commission.agent')
        Producer = pool.get('shortcircuit.producer')
        table, commission = cls.__table__(), Commission.__table__()
        agent, producer = Agent.__table__(), Producer.__table__()
        query = (table
            .join(producer, condition=producer.id == table.producer)
            .join(agent, condition=(agent.party == producer.party)
                & (agent.company == table.company))
            .join(commission, condition=(commission.agent == agent.id)
                & _during(commission.date, table))
            .select(
                table.id, Sum(commission.amount).as_('commission'),
                where=_among(table.id, statements)
                & (agent.type_ == 'agent'),
                group_by=table.id))
        return cls._get_sums(query, statements, names)

    @classmethod
    def get_entry_amounts(cls, statements, names):
        pool = Pool()
        Entry = pool.get('shortcircuit.statement.entry')
        Producer = pool.get('shortcircuit.producer')
        table, entry = cls.__table__(), Entry.__table__()
        producer = Producer.__table__()
        during = entry.date >= table.start_date
        sums = {
            'opening': Case((~during, entry.amount), else_=0),
            'invoiced': Case(
                (during & (entry.kind != 'payment'), entry.amount), else_=0),
            'paid': Case(
                (during & (entry.kind == 'payment'), -entry.amount), else_=0),
            'balance': entry.amount,
            }
        query = (table
            .join(producer, condition=producer.id == table.producer)
            .join(entry, condition=(entry.party == producer.party)
                & (entry.company == table.company)
                & (entry.date <= table.end_date))
            .select(
                table.id, *(Sum(sums[n]).as_(n) for n in names),
                where=_among(table.id, statements),
                group_by=table.id))
        return cls._get_sums(query, statements, names)

    @classmethod
    def get_to_invoice(cls, statements, names):
        pool = Pool()
        table, line, settlement, invoice = (
            pool.get(name).__table__() for name in [
                'shortcircuit.statement', 'shortcircuit.statement.line',
                'shortcircuit.settlement', 'account.invoice'])
        posted = settlement.join(
            invoice, 'LEFT', condition=invoice.id == settlement.invoice
            ).select(
            settlement.id,
            where=(settlement.id == line.settlement)
            & (invoice.state.in_(['posted', 'paid'])
                | (settlement.transfer != Null)))
        query = table.join(line, condition=(
                (line.producer == table.producer)
                & (line.date <= table.end_date))).select(
            table.id, Sum(line.amount).as_('to_invoice'),
            where=_among(table.id, statements) & ~Exists(posted),
            group_by=table.id)
        return cls._get_sums(query, statements, names)

    @classmethod
    def _get_sums(cls, query, statements, names):
        if backend.name == 'sqlite':
            sqlite_apply_types(query, [None] + ['NUMERIC'] * len(names))
        cursor = Transaction().connection.cursor()
        cursor.execute(*query)
        sums = {id_: row for id_, *row in cursor}
        zeros = [Decimal(0)] * len(names)
        values = defaultdict(dict)
        for statement in statements:
            for name, amount in zip(names, sums.get(statement.id, zeros)):
                values[name][statement.id] = statement.currency.round(amount)
        return values

    def get_lines(self, name):
        return self._search_ids('shortcircuit.statement.line', [
                ('producer', '=', self.producer.id),
                ('date', '>=', self.start_date),
                ('date', '<=', self.end_date),
                ])

    def get_deliveries(self, name):
        return self._search_ids('shortcircuit.delivery.line', [
                ('delivery.producer', '=', self.producer.id),
                ('delivery.state', '=', 'received'),
                ('delivery.date', '>=', self.start_date),
                ('delivery.date', '<=', self.end_date),
                ], order=[('delivery.date', 'ASC'), ('id', 'ASC')])

    def get_entries(self, name):
        return self._search_ids('shortcircuit.statement.entry', [
                ('company', '=', self.company.id),
                ('party', '=', self.producer.party.id),
                ('date', '>=', self.start_date),
                ('date', '<=', self.end_date),
                ])

    def get_crate_moves(self, name):
        party = self.producer.party.id
        return self._search_ids('shortcircuit.crate.move', [
                ('company', '=', self.company.id),
                ('date', '>=', self.start_date),
                ('date', '<=', self.end_date),
                ['OR',
                    ('from_holder.party', '=', party),
                    ('to_holder.party', '=', party),
                    ],
                ], order=[('date', 'ASC'), ('id', 'ASC')])

    @classmethod
    def _search_ids(cls, model, domain, order=None):
        Model = Pool().get(model)
        return [r.id for r in Model.search(domain, order=order)]

    def get_crates(self):
        """
        Return the rows of the crates that the producer has.

        They are tuples (crate, before, given to him, taken back, after), the
        number before the period and after it being what he holds.
        """
        pool = Pool()
        Balance = pool.get('shortcircuit.crate.balance')
        party = self.producer.party
        before = Balance.at(
            [party], self.start_date - dt.timedelta(days=1))[party]
        after = Balance.at([party], self.end_date)[party]
        given, taken = defaultdict(int), defaultdict(int)
        for move in self.crate_moves:
            if move.to_holder.party == party:
                given[move.crate] += move.quantity
            else:
                taken[move.crate] += move.quantity
        crates = {c: None for d in [before, given, taken, after] for c in d}
        return [
            (c, before.get(c, 0), given[c], taken[c], after.get(c, 0))
            for c in sorted(crates, key=lambda c: c.rec_name)]

    def get_sales(self):
        """
        Return what was sold by channel, as it is printed.

        It is a list of (channel or None, rows, amount), a row being (product,
        quantity, unit, unit price, share, amount) of the lines of equal
        price.
        """
        def channel(line):
            return line.channel.rec_name if line.channel else ''

        lines = sorted(
            (l for l in self.lines if l.kind == 'sale'), key=channel)
        return [
            (name, *self._sum_lines(list(sub_lines)))
            for name, sub_lines in groupby(lines, key=channel)]

    @classmethod
    def _sum_lines(cls, lines):
        quantities, amounts = defaultdict(float), defaultdict(Decimal)
        for line in lines:
            key = line.product, line.unit, line.unit_price, line.share
            quantities[key] += line.quantity
            amounts[key] += line.amount
        rows = [
            (product, unit.round(quantities[key]), unit, price, share,
                amounts[key])
            for key in sorted(amounts, key=lambda k: k[0].rec_name)
            for product, unit, price, share in [key]]
        return rows, sum(amounts.values(), Decimal(0))

    @classmethod
    def prepare(cls, company, start_date, end_date, producers=None):
        """
        Make the statements of a period, once, and return them.

        They are of the producers who have something on them, among producers
        if any is given.
        """
        period = [
            ('company', '=', company.id),
            ('start_date', '=', start_date),
            ('end_date', '=', end_date),
            ]
        # Two processes must not make the same one
        cls.lock()
        made = {s.producer for s in cls.search(period)}
        concerned = cls._get_concerned(
            company, start_date, end_date, producers)
        cls.create([{
                    'company': company.id,
                    'producer': producer.id,
                    'start_date': start_date,
                    'end_date': end_date,
                    } for producer in concerned if producer not in made])
        return cls.search(
            [*period, ('producer', 'in', [p.id for p in concerned])])

    @classmethod
    def _get_concerned(cls, company, start_date, end_date, producers):
        pool = Pool()
        Producer = pool.get('shortcircuit.producer')
        producer, line, entry = (pool.get(name).__table__() for name in [
                'shortcircuit.producer', 'shortcircuit.statement.line',
                'shortcircuit.statement.entry'])
        lines = line.select(line.producer,
            where=(line.date >= start_date) & (line.date <= end_date))
        entries = entry.select(entry.party,
            where=(entry.date >= start_date) & (entry.date <= end_date))
        where = (producer.company == company.id) & (
            producer.id.in_(lines) | producer.party.in_(entries))
        if producers:
            where &= _among(producer.id, producers)
        cursor = Transaction().connection.cursor()
        cursor.execute(*producer.select(
                producer.id, where=where, order_by=producer.id))
        return Producer.browse([id_ for id_, in cursor])

    @classmethod
    def send_monthly(cls):
        "Send the statements of the last month to those who have an email"
        pool = Pool()
        Company = pool.get('company.company')
        Configuration = pool.get('shortcircuit.configuration')
        Date = pool.get('ir.date')
        if not Configuration(1).statement_mail:
            return
        for company in Company.search([]):
            with Transaction().set_context(
                    company=company.id, queue_batch=True):
                end_date = Date.today().replace(day=1) - dt.timedelta(days=1)
                statements = cls.prepare(
                    company, end_date.replace(day=1), end_date)
                cls.__queue__.issue([
                        s for s in statements
                        if not s.sent_at and has_email(s.producer.party)])

    @classmethod
    @ModelView.button
    def send(cls, statements):
        cls.check_emails(statements)
        cls.issue(statements)

    @classmethod
    def issue(cls, statements):
        # Two processes must not send the same one
        cls.lock(statements)
        super().issue(cls.browse(statements))

    @property
    def recipient(self):
        return self.producer.party

    def print_document(self):
        "Return the name and the content of the file, in his language"
        pool = Pool()
        EmailTemplate = pool.get('ir.email.template')
        Report = pool.get('shortcircuit.statement', type='report')
        language, *_ = EmailTemplate.get_languages(self.producer.party)
        with Transaction().set_context(language=language.code):
            extension, content, _, _ = Report.execute([self.id], {})
            name = slugify(self.__class__(self.id).rec_name)
        return f'{name}.{extension}', content


def _during(date, table):
    return (date >= table.start_date) & (date <= table.end_date)


def _among(id_, records):
    return fields.SQL_OPERATORS['in'](id_, [r.id for r in records])


class StatementCreate(Wizard):
    __name__ = 'shortcircuit.statement.create'

    start = StateView(
        'shortcircuit.statement.create.start',
        'shortcircuit_commission.statement_create_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Create", 'create_', 'tryton-ok', default=True),
            ])
    create_ = StateAction('shortcircuit_commission.act_statement_form')

    def do_create_(self, action):
        pool = Pool()
        Statement = pool.get('shortcircuit.statement')
        statements = Statement.prepare(
            self.start.company, self.start.start_date, self.start.end_date,
            self.start.producers)
        if not statements:
            raise StatementError(gettext(
                    'shortcircuit_commission.msg_statement_nothing'))
        return action, {'res_id': [s.id for s in statements]}


class StatementCreateStart(ModelView):
    __name__ = 'shortcircuit.statement.create.start'

    company = fields.Many2One(
        'company.company', "Company", required=True, readonly=True)
    start_date = fields.Date(
        "From", required=True,
        domain=[
            If(Bool(Eval('end_date')) & Bool(Eval('start_date')),
                ('start_date', '<=', Eval('end_date')),
                ()),
            ])
    end_date = fields.Date("To", required=True)
    producers = fields.Many2Many(
        'shortcircuit.producer', None, None, "Producers",
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="Leave empty for all the producers.")

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_start_date(cls):
        return cls.default_end_date().replace(day=1)

    @classmethod
    def default_end_date(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        return Date.today().replace(day=1) - dt.timedelta(days=1)


class StatementReport(SharedReport):
    __name__ = 'shortcircuit.statement'

    @classmethod
    def get_context(cls, records, header, data):
        pool = Pool()
        Statement = pool.get('shortcircuit.statement')
        # A producer reads neither the ledger nor the orders
        with without_check_access():
            records = Statement.browse([int(r) for r in records])
            return super().get_context(records, header, data)


class StatementMail(StatementReport):
    __name__ = 'shortcircuit.statement.mail'


class Cron(metaclass=PoolMeta):
    __name__ = 'ir.cron'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.method.selection.append(
            ('shortcircuit.statement|send_monthly', "Send Statements"))
