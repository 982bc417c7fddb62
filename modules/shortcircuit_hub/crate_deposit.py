# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from collections import defaultdict
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import ModelSQL, fields
from trytond.modules.company.model import CompanyValueMixin
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval

from .exceptions import CrateError

_context_company = Eval('context', {}).get('company', -1)
_value_company = Eval('company', -1)


def _charge():
    return fields.Selection([
            (None, "Not Charged"),
            ('entry', "By an Accounting Entry"),
            ('invoice', "On the Next Invoice"),
            ], "Deposits of Crates", sort=False,
        help="How the deposits of the crates that customers and producers "
        "have are charged.")


def _account(string, company):
    return fields.Many2One(
        'account.account', string,
        domain=[
            ('company', '=', company),
            ('closed', '!=', True),
            ('type', '!=', None),
            ])


def _journal():
    return fields.Many2One(
        'account.journal', "Journal of Deposits",
        help="The journal of the accounting entries.")


class Configuration(metaclass=PoolMeta):
    __name__ = 'shortcircuit.configuration'

    crate_charge = fields.MultiValue(_charge())
    crate_customer_account = fields.MultiValue(
        _account("Customer Deposits", _context_company))
    crate_supplier_account = fields.MultiValue(
        _account("Producer Deposits", _context_company))
    crate_journal = fields.MultiValue(_journal())

    @classmethod
    def multivalue_model(cls, field):
        pool = Pool()
        if field.startswith('crate_'):
            return pool.get('shortcircuit.configuration.crate')
        return super().multivalue_model(field)


class ConfigurationCrate(ModelSQL, CompanyValueMixin):
    __name__ = 'shortcircuit.configuration.crate'

    crate_charge = _charge()
    crate_customer_account = _account("Customer Deposits", _value_company)
    crate_supplier_account = _account("Producer Deposits", _value_company)
    crate_journal = _journal()


class CrateHolder(metaclass=PoolMeta):
    __name__ = 'shortcircuit.crate.holder'

    @property
    def charged_party(self):
        "Who is charged the deposits, None if nobody is"
        if self.kind in {'customer', 'producer'}:
            return self.party
        elif self.kind == 'point':
            return self.point.party


class CrateMove(metaclass=PoolMeta):
    __name__ = 'shortcircuit.crate.move'

    charged_holder = fields.Many2One(
        'shortcircuit.crate.holder', "Charged to", readonly=True,
        ondelete='RESTRICT',
        states={
            'invisible': ~Eval('charged_holder'),
            })
    deposit = Monetary(
        "Deposit", currency='currency', digits='currency', readonly=True,
        states={
            'invisible': ~Eval('charged_holder'),
            },
        help="What the holder is charged, negative for the crates that are "
        "back.")
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    invoice_line = fields.Many2One(
        'account.invoice.line', "Invoice Line", readonly=True,
        ondelete='SET NULL',
        states={
            'invisible': ~Eval('invoice_line'),
            })
    account_move = fields.Many2One(
        'account.move', "Accounting Entry", readonly=True,
        ondelete='RESTRICT',
        states={
            'invisible': ~Eval('account_move'),
            })

    @fields.depends('crate')
    def on_change_with_currency(self, name=None):
        return self.crate.currency if self.crate else None

    @classmethod
    def on_modification(cls, mode, moves, field_names=None):
        super().on_modification(mode, moves, field_names=field_names)
        if mode == 'create':
            cls.charge([
                    m for m in moves if m.crate.deposit and m.set_deposit()])

    def set_deposit(self):
        "Set what the deposit of today is worth and who is charged, if any is"
        for holder, sign in [(self.to_holder, 1), (self.from_holder, -1)]:
            if holder.charged_party:
                self.charged_holder = holder
                self.deposit = sign * self.quantity * self.crate.deposit
                return True

    @classmethod
    def charge(cls, moves):
        "Charge deposits as the configuration of their companies asks"
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        configuration = Configuration(1)
        by_company = defaultdict(list)
        for move in moves:
            by_company[move.company].append(move)
        for company, company_moves in by_company.items():
            charge = configuration.get_multivalue(
                'crate_charge', company=company.id)
            if charge:
                getattr(cls, f'_charge_{charge}')(company_moves)
        cls.save(moves)

    @classmethod
    def _charge_invoice(cls, moves):
        pool = Pool()
        InvoiceLine = pool.get('account.invoice.line')
        lines = [m.get_invoice_line() for m in moves]
        InvoiceLine.save(lines)
        for move, line in zip(moves, lines):
            move.invoice_line = line

    def get_invoice_line(self):
        "Return the invoice line of the deposit, without invoice and taxes"
        pool = Pool()
        InvoiceLine = pool.get('account.invoice.line')
        sign = 1 if self.deposit > 0 else -1
        line = InvoiceLine(
            type='line',
            invoice_type='out',
            company=self.company,
            currency=self.currency,
            party=self.charged_holder.charged_party,
            origin=self,
            description=self.crate.name,
            account=self.deposit_account,
            quantity=sign * self.quantity,
            unit_price=abs(self.deposit) / self.quantity)
        if self.charged_holder.kind == 'producer':
            # Deducted from what he is paid
            line.invoice_type = 'in'
            line.quantity *= -1
        return line

    @property
    def deposit_account(self):
        name = ('supplier' if self.charged_holder.kind == 'producer'
            else 'customer')
        return self._get_setting(f'crate_{name}_account')

    def _get_setting(self, name):
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        value = Configuration(1).get_multivalue(
            name, company=self.company.id)
        if not value:
            setting = Configuration.fields_get([name])[name]['string']
            raise CrateError(gettext(
                    'shortcircuit_hub.msg_crate_deposit_setting',
                    setting=setting,
                    move=self.rec_name))
        return value

    @classmethod
    def _charge_entry(cls, moves):
        pool = Pool()
        AccountMove = pool.get('account.move')
        by_date = defaultdict(list)
        for move in moves:
            by_date[move.date].append(move)
        entries = {}
        for date, date_moves in by_date.items():
            entry = cls._get_account_move(date, date_moves)
            # What was given and taken back the same day is not owed
            if entry.lines:
                entries[date] = entry
        AccountMove.save(list(entries.values()))
        for move in moves:
            move.account_move = entries.get(move.date)
        AccountMove.post(list(entries.values()))

    @classmethod
    def _get_account_move(cls, date, moves):
        "Return the entry of the deposits of a day: one line by account"
        pool = Pool()
        AccountMove = pool.get('account.move')
        Period = pool.get('account.period')
        amounts = defaultdict(Decimal)
        for move in moves:
            party = move.charged_holder.charged_party
            owed = (party.account_payable_used
                if move.charged_holder.kind == 'producer'
                else party.account_receivable_used)
            amounts[owed, party] += move.deposit
            amounts[move.deposit_account, party] -= move.deposit
        first, *_ = moves
        return AccountMove(
            company=first.company,
            date=date,
            period=Period.find(first.company, date=date),
            journal=first._get_setting('crate_journal'),
            description=gettext('shortcircuit_hub.msg_crate_deposit'),
            lines=[
                cls._get_account_line(account, party, amount)
                for (account, party), amount in amounts.items() if amount])

    @classmethod
    def _get_account_line(cls, account, party, amount):
        pool = Pool()
        Line = pool.get('account.move.line')
        return Line(
            account=account,
            party=party if account.party_required else None,
            debit=max(amount, 0),
            credit=max(-amount, 0))


class InvoiceLine(metaclass=PoolMeta):
    __name__ = 'account.invoice.line'

    @classmethod
    def _get_origin(cls):
        return super()._get_origin() + ['shortcircuit.crate.move']

    @classmethod
    def _account_domain(cls, type_):
        # The deposits are owed to who gives the crates back
        return super()._account_domain(type_) + [[
                ('type.statement', '=', 'balance'),
                ('type.payable', '!=', True),
                ('type.receivable', '!=', True),
                ]]
