# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import ModelSQL, fields
from trytond.modules.company.model import CompanyValueMixin
from trytond.modules.shortcircuit_catalog.configuration import (
    default_sequence, sequence_field)
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval

_context_company = Eval('context', {}).get('company', -1)
_value_company = Eval('company', -1)


def _declaration_sequence(company):
    return sequence_field(
        "Declaration Sequence",
        'shortcircuit_collective', 'sequence_type_declaration', company)


def _contract_sequence(company):
    return sequence_field(
        "Contract Sequence",
        'shortcircuit_collective', 'sequence_type_contract', company)


def _penalty_account(company):
    return fields.Many2One(
        'account.account', "Account of Penalties",
        domain=[
            ('company', '=', company),
            ('closed', '!=', True),
            ['OR',
                ('type.expense', '=', True),
                ('type.revenue', '=', True),
                ],
            ],
        help="What the buyers deduct from their invoices for what is late or "
        "not delivered.")


class Configuration(metaclass=PoolMeta):
    __name__ = 'shortcircuit.configuration'

    declaration_sequence = fields.MultiValue(
        _declaration_sequence(_context_company))

    default_declaration_sequence = default_sequence(
        'shortcircuit_collective', 'sequence_declaration')

    contract_sequence = fields.MultiValue(
        _contract_sequence(_context_company))

    default_contract_sequence = default_sequence(
        'shortcircuit_collective', 'sequence_contract')

    penalty_account = fields.MultiValue(_penalty_account(_context_company))

    @classmethod
    def multivalue_model(cls, field):
        pool = Pool()
        if field == 'penalty_account':
            return pool.get('shortcircuit.configuration.penalty')
        return super().multivalue_model(field)


class ConfigurationPenalty(ModelSQL, CompanyValueMixin):
    __name__ = 'shortcircuit.configuration.penalty'

    penalty_account = _penalty_account(_value_company)


class ConfigurationSequence(metaclass=PoolMeta):
    __name__ = 'shortcircuit.configuration.sequence'

    declaration_sequence = _declaration_sequence(_value_company)

    default_declaration_sequence = default_sequence(
        'shortcircuit_collective', 'sequence_declaration')

    contract_sequence = _contract_sequence(_value_company)

    default_contract_sequence = default_sequence(
        'shortcircuit_collective', 'sequence_contract')
