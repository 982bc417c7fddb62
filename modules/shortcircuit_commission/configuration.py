# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from sql import Null

from trytond.model import ModelSQL, fields
from trytond.modules.company.model import CompanyValueMixin
from trytond.modules.shortcircuit_catalog.configuration import (
    default_sequence, sequence_field)
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval

_context_company = Eval('context', {}).get('company', -1)
_value_company = Eval('company', -1)


def _settlement_sequence(company):
    return sequence_field(
        "Settlement Sequence",
        'shortcircuit_commission', 'sequence_type_settlement', company)


def _mandate_account(company):
    return fields.Many2One(
        'account.account', "Account of Producers who Sell",
        domain=[
            ('company', '=', company),
            ('closed', '!=', True),
            ('type', '!=', None),
            ('party_required', '=', True),
            ('reconcile', '=', True),
            ],
        help="What is invoiced in the name of a producer, with its VAT, is "
        "owed to him on this account until it is settled.")


def _mandate_journal():
    return fields.Many2One(
        'account.journal', "Journal of Producers who Sell",
        help="The journal of what is given to them by their settlements.")


def _mandate_product(company, depends=()):
    return fields.Many2One(
        'product.product', "Commission of the Cooperative",
        domain=[
            ('type', '=', 'service'),
            ],
        context={
            'company': company,
            },
        depends=set(depends),
        help="What the producers who sell are invoiced by the cooperative.\n"
        "Its account category has the revenue account and the VAT.")


def _mandate_settled():
    return fields.Selection([
            ('paid', "Once the Customer has Paid"),
            ('posted', "Once the Customer is Invoiced"),
            ], "Producers who Sell are Settled", required=True, sort=False)


class Configuration(metaclass=PoolMeta):
    __name__ = 'shortcircuit.configuration'

    settlement_sequence = fields.MultiValue(
        _settlement_sequence(_context_company))
    mandate_account = fields.MultiValue(_mandate_account(_context_company))
    mandate_journal = fields.MultiValue(_mandate_journal())
    mandate_product = fields.MultiValue(_mandate_product(_context_company))
    mandate_settled = fields.MultiValue(_mandate_settled())

    default_settlement_sequence = default_sequence(
        'shortcircuit_commission', 'sequence_settlement')

    statement_mail = fields.Boolean(
        "Send Statements",
        help="Send the producers who have an email the statement of the last "
        "month, at the beginning of the month.")
    flat_rate_base = fields.Selection([
            ('paid', "What is Paid"),
            ('invoiced', "What is Invoiced"),
            ], "Flat-Rate Base", required=True, sort=False,
        help="What is attested that was bought from the flat-rate farmers.\n"
        "What is Invoiced: for those whose payments are not in the books.")

    @classmethod
    def default_flat_rate_base(cls):
        return 'paid'

    @classmethod
    def default_mandate_settled(cls, **pattern):
        return cls.multivalue_model(
            'mandate_settled').default_mandate_settled()

    @classmethod
    def multivalue_model(cls, field):
        pool = Pool()
        if field.startswith('mandate_'):
            return pool.get('shortcircuit.configuration.mandate')
        return super().multivalue_model(field)


class ConfigurationMandate(ModelSQL, CompanyValueMixin):
    __name__ = 'shortcircuit.configuration.mandate'

    mandate_account = _mandate_account(_value_company)
    mandate_journal = _mandate_journal()
    mandate_product = _mandate_product(_value_company, ['company'])
    mandate_settled = _mandate_settled()

    @classmethod
    def default_mandate_settled(cls):
        return 'paid'

    @classmethod
    def sql_accounts(cls, company=None):
        "Select the accounts of who sells, of a company or of all"
        table = cls.__table__()
        where = table.mandate_account != Null
        if company is not None:
            where &= table.company == company
        return table.select(table.mandate_account, where=where)


class ConfigurationSequence(metaclass=PoolMeta):
    __name__ = 'shortcircuit.configuration.sequence'

    settlement_sequence = _settlement_sequence(_value_company)

    default_settlement_sequence = default_sequence(
        'shortcircuit_commission', 'sequence_settlement')
