# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from collections import defaultdict
from decimal import Decimal

from sql.aggregate import Sum

from trytond import backend
from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Workflow, fields
from trytond.model.exceptions import AccessError
from trytond.modules.currency.fields import Monetary
from trytond.modules.shortcircuit_catalog.today import today
from trytond.pool import Pool
from trytond.pyson import Bool, Eval, If
from trytond.tools import sqlite_apply_types
from trytond.transaction import Transaction
from trytond.wizard import Button, StateAction, StateView, Wizard

from .exceptions import SettlementError


class Settlement(Workflow, ModelSQL, ModelView):
    __name__ = 'shortcircuit.settlement'
    _rec_name = 'number'

    number = fields.Char("Number", readonly=True)
    company = fields.Many2One(
        'company.company', "Company", required=True, readonly=True)
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    producer = fields.Many2One(
        'shortcircuit.producer', "Producer", required=True, readonly=True,
        ondelete='RESTRICT')
    regime = fields.Selection(
        'get_regimes', "Regime", required=True, readonly=True, sort=False,
        help="Of the agreements under which was delivered what is settled.")
    start_date = fields.Date("Start Date", required=True, readonly=True)
    end_date = fields.Date(
        "End Date", required=True, readonly=True,
        help="The last day settled. What was delivered before the start date "
        "and not settled yet is included.")
    lines = fields.One2Many(
        'shortcircuit.settlement.line', 'settlement', "Lines", readonly=True)
    sale_amount = fields.Function(Monetary(
            "Sale Amount", currency='currency', digits='currency',
            help="What the customers owe, excluding taxes."),
        'get_amounts')
    amount = fields.Function(Monetary(
            "Amount", currency='currency', digits='currency',
            help="What the producer is owed, excluding taxes."),
        'get_amounts')
    commission_amount = fields.Function(Monetary(
            "Commission Amount", currency='currency', digits='currency',
            help="What the aidants are owed, excluding taxes."),
        'get_amounts')
    cooperative_amount = fields.Function(Monetary(
            "Cooperative Amount", currency='currency', digits='currency',
            help="What the cooperative keeps."),
        'get_amounts')
    invoice = fields.Many2One(
        'account.invoice', "Invoice", readonly=True, ondelete='RESTRICT',
        states={
            'invisible': ~Eval('invoice'),
            })
    invoice_state = fields.Function(
        fields.Selection('get_invoice_states', "Invoice State",
            states={
                'invisible': ~Eval('invoice_state'),
                }),
        'get_invoice_state', searcher='search_invoice_state')
    credit_note = fields.Many2One(
        'account.invoice', "Credit Note", readonly=True, ondelete='RESTRICT',
        states={
            'invisible': ~Eval('credit_note'),
            })
    state = fields.Selection([
            ('draft', "Draft"),
            ('validated', "Validated"),
            ('credited', "Credited"),
            ('cancelled', "Cancelled"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(Index(t, (t.producer, Index.Equality())))
        cls._order = [
            ('end_date', 'DESC'),
            ('number', 'DESC'),
            ('id', 'DESC'),
            ]
        cls._transitions |= {
            ('draft', 'validated'),
            ('draft', 'cancelled'),
            ('validated', 'credited'),
            }
        cls._buttons.update({
                'cancel': {
                    'invisible': Eval('state') != 'draft',
                    'depends': ['state'],
                    },
                'credit': {
                    'invisible': Eval('state') != 'validated',
                    'icon': 'tryton-undo',
                    'depends': ['state'],
                    },
                'validate_settlement': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_state(cls):
        return 'draft'

    @classmethod
    def default_regime(cls):
        return 'deposit_sale'

    @classmethod
    def get_regimes(cls):
        pool = Pool()
        Agreement = pool.get('shortcircuit.agreement')
        return Agreement.fields_get(['regime'])['regime']['selection']

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None

    @classmethod
    def get_amounts(cls, settlements, names):
        pool = Pool()
        Line = pool.get('shortcircuit.settlement.line')
        table = Line.__table__()
        cursor = Transaction().connection.cursor()
        sums = [Sum(getattr(table, n)).as_(n) for n in names]
        query = table.select(
            table.settlement, *sums,
            where=fields.SQL_OPERATORS['in'](
                table.settlement, [s.id for s in settlements]),
            group_by=table.settlement)
        if backend.name == 'sqlite':
            sqlite_apply_types(query, [None] + ['NUMERIC'] * len(names))
        cursor.execute(*query)
        sums = {id_: row for id_, *row in cursor}
        zeros = [Decimal(0)] * len(names)
        amounts = defaultdict(dict)
        for settlement in settlements:
            for name, amount in zip(names, sums.get(settlement.id, zeros)):
                amounts[name][settlement.id] = settlement.currency.round(
                    amount)
        return amounts

    @classmethod
    def get_invoice_states(cls):
        pool = Pool()
        Invoice = pool.get('account.invoice')
        return [
            (None, ""),
            *Invoice.fields_get(['state'])['state']['selection']]

    def get_invoice_state(self, name):
        return self.invoice.state if self.invoice else None

    @classmethod
    def search_invoice_state(cls, name, clause):
        return [('invoice.state', *clause[1:])]

    @classmethod
    def set_number(cls, settlements):
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        Configuration.set_number(settlements, 'settlement_sequence')

    @classmethod
    def copy(cls, settlements, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('number', None)
        default.setdefault('lines', None)
        default.setdefault('invoice', None)
        default.setdefault('credit_note', None)
        return super().copy(settlements, default=default)

    @classmethod
    def check_modification(
            cls, mode, settlements, values=None, external=False):
        super().check_modification(
            mode, settlements, values=values, external=external)
        if mode == 'write' and values.keys() <= cls._modifiable_fields():
            return
        for settlement in settlements:
            if (mode == 'write'
                    and settlement.state in {'validated', 'credited'}):
                raise AccessError(gettext(
                        'shortcircuit_commission.msg_settlement_modify',
                        settlement=settlement.rec_name))
            if (mode == 'delete'
                    and settlement.state not in {'draft', 'cancelled'}):
                raise AccessError(gettext(
                        'shortcircuit_commission.msg_settlement_delete',
                        settlement=settlement.rec_name))

    @classmethod
    def _modifiable_fields(cls):
        "Return the fields that still change once it is validated"
        return {'state', 'invoice', 'credit_note'}

    @classmethod
    def settle(cls, company, start_date, end_date, producers=None):
        """
        Settle what was delivered until a date and is not settled yet.

        start_date is where the period starts on the settlements: what was
        delivered before and is not settled yet is settled too. producers are
        the producers to settle, all if empty.
        Return the draft settlements, one per producer and regime.
        """
        pool = Pool()
        Line = pool.get('shortcircuit.settlement.line')
        Move = pool.get('stock.move')
        # The moves are chosen by what the lines do not have, so two runs
        # must see the lines of one another
        Line.lock()
        domain = cls._domain_to_settle(company, end_date, producers)
        settlements = cls._start(
            company, start_date, end_date, cls._get_producers(domain))
        Line.create_from_moves(
            settlements, Move.search(domain, order=[], query=True))
        return cls.browse(settlements)

    @classmethod
    def _start(cls, company, start_date, end_date, producers):
        "Create the settlements, without lines, of (producer, regime)"
        settlements = [
            cls(number=None, company=company, producer=producer,
                regime=regime, start_date=start_date, end_date=end_date)
            for producer, regime in producers]
        cls.set_number(settlements)
        return settlements

    @classmethod
    def _domain_to_settle(cls, company, end_date, producers):
        domain = [
            ('company', '=', company.id),
            ('state', '=', 'done'),
            ('producer_due', '!=', None),
            ('settlement_lines', 'not where', [('credited', '=', False)]),
            ['OR', *cls._domains_regime(company, end_date)],
            ]
        if producers:
            domain.append(('producer', 'in', [p.id for p in producers]))
        return domain

    @classmethod
    def _domains_regime(cls, company, end_date):
        "Return the domains of what is settled of each regime"
        return [[
                ('agreement.regime', '=', 'deposit_sale'),
                ('effective_date', '<=', end_date),
                ]]

    @classmethod
    def _get_producers(cls, domain):
        "Return the producers, with the regime, of the moves of the domain"
        pool = Pool()
        Agreement = pool.get('shortcircuit.agreement')
        Move = pool.get('stock.move')
        Producer = pool.get('shortcircuit.producer')
        move = Move.__table__()
        agreement = Agreement.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*move
            .join(agreement, condition=(agreement.id == move.agreement))
            .select(
                move.producer, agreement.regime,
                where=move.id.in_(Move.search(domain, order=[], query=True)),
                group_by=[move.producer, agreement.regime],
                order_by=[move.producer, agreement.regime]))
        rows = cursor.fetchall()
        producers = Producer.browse([p for p, _ in rows])
        return list(zip(producers, (r for _, r in rows)))

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, settlements):
        pool = Pool()
        Line = pool.get('shortcircuit.settlement.line')
        # The moves can be settled again
        Line.delete([line for s in settlements for line in s.lines])

    @classmethod
    @ModelView.button
    @Workflow.transition('validated')
    def validate_settlement(cls, settlements):
        cls.lock(settlements)

    @classmethod
    @ModelView.button
    @Workflow.transition('credited')
    def credit(cls, settlements):
        """
        Credit the invoices of settlements, to settle again what they settle.

        The credit note is in the series of the invoice and cancels it unless
        it is paid. The invoice of who sells is what the cooperative keeps, if
        it keeps something.
        """
        pool = Pool()
        Invoice = pool.get('account.invoice')
        Line = pool.get('shortcircuit.settlement.line')
        Line.lock()
        cls.lock(settlements)
        invoiced = [s for s in settlements if s.invoice]
        Invoice.post([
                s.invoice for s in invoiced if s.invoice.state == 'validated'])
        for settlement in invoiced:
            settlement.credit_note = settlement.get_credit_note()
        cls.save(invoiced)
        Line.set_credited(settlements)

    def get_credit_note(self):
        pool = Pool()
        Invoice = pool.get('account.invoice')
        invoice = Invoice(self.invoice.id)
        # It has the taxes of its invoice, whatever is usual since
        with Transaction().set_context(_skip_warnings=True):
            # What is paid is owed by the producer until his next payment
            credit_note, = Invoice.credit(
                [invoice], refund=invoice.state == 'posted',
                invoice_date=today(self.company), reference=invoice.number)
            if credit_note.state == 'draft':
                Invoice.post([credit_note])
        return credit_note


class Create(Wizard):
    __name__ = 'shortcircuit.settlement.create'

    start = StateView(
        'shortcircuit.settlement.create.start',
        'shortcircuit_commission.settlement_create_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Settle", 'settle', 'tryton-ok', default=True),
            ])
    settle = StateAction('shortcircuit_commission.act_settlement_form')

    def do_settle(self, action):
        pool = Pool()
        Settlement = pool.get('shortcircuit.settlement')
        settlements = Settlement.settle(
            self.start.company, self.start.start_date, self.start.end_date,
            self.start.producers)
        if not settlements:
            self._raise_nothing()
        return action, {'res_id': [s.id for s in settlements]}

    def _raise_nothing(self):
        pool = Pool()
        Lang = pool.get('ir.lang')
        Settlement = pool.get('shortcircuit.settlement')
        lang = Lang.get()
        domain = [
            ('company', '=', self.start.company.id),
            ('state', '!=', 'cancelled'),
            ('lines', 'where', [
                    ('date', '>=', self.start.start_date),
                    ('date', '<=', self.start.end_date),
                    ]),
            ]
        if self.start.producers:
            domain.append(
                ('producer', 'in', [p.id for p in self.start.producers]))
        settlements = Settlement.search(domain, limit=5)
        message = ('msg_settlement_already' if settlements
            else 'msg_settlement_nothing')
        raise SettlementError(gettext(
                f'shortcircuit_commission.{message}',
                start_date=lang.strftime(self.start.start_date),
                end_date=lang.strftime(self.start.end_date),
                settlements=', '.join(s.rec_name for s in settlements)))


class CreateStart(ModelView):
    __name__ = 'shortcircuit.settlement.create.start'

    company = fields.Many2One(
        'company.company', "Company", required=True, readonly=True)
    start_date = fields.Date(
        "Start Date", required=True,
        domain=[
            If(Bool(Eval('end_date')) & Bool(Eval('start_date')),
                ('start_date', '<=', Eval('end_date')),
                ()),
            ])
    end_date = fields.Date(
        "End Date", required=True,
        help="What was delivered until this day and is not settled yet is "
        "settled.")
    producers = fields.Many2Many(
        'shortcircuit.producer', None, None, "Producers",
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="Leave empty to settle all the producers.")

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_start_date(cls):
        pool = Pool()
        Settlement = pool.get('shortcircuit.settlement')
        end_date = cls.default_end_date()
        last = Settlement.search([
                ('company', '=', cls.default_company()),
                ('state', '!=', 'cancelled'),
                ], limit=1)
        if last:
            return min(last[0].end_date + dt.timedelta(days=1), end_date)
        return end_date.replace(day=1)

    @classmethod
    def default_end_date(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        return Date.today()
