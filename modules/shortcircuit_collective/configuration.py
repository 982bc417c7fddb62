# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import fields
from trytond.modules.shortcircuit_catalog.configuration import (
    default_sequence, sequence_field)
from trytond.pool import PoolMeta
from trytond.pyson import Eval


def _declaration_sequence(company):
    return sequence_field(
        "Declaration Sequence",
        'shortcircuit_collective', 'sequence_type_declaration', company)


def _contract_sequence(company):
    return sequence_field(
        "Contract Sequence",
        'shortcircuit_collective', 'sequence_type_contract', company)


class Configuration(metaclass=PoolMeta):
    __name__ = 'shortcircuit.configuration'

    declaration_sequence = fields.MultiValue(
        _declaration_sequence(Eval('context', {}).get('company', -1)))

    default_declaration_sequence = default_sequence(
        'shortcircuit_collective', 'sequence_declaration')

    contract_sequence = fields.MultiValue(
        _contract_sequence(Eval('context', {}).get('company', -1)))

    default_contract_sequence = default_sequence(
        'shortcircuit_collective', 'sequence_contract')


class ConfigurationSequence(metaclass=PoolMeta):
    __name__ = 'shortcircuit.configuration.sequence'

    declaration_sequence = _declaration_sequence(Eval('company', -1))

    default_declaration_sequence = default_sequence(
        'shortcircuit_collective', 'sequence_declaration')

    contract_sequence = _contract_sequence(Eval('company', -1))

    default_contract_sequence = default_sequence(
        'shortcircuit_collective', 'sequence_contract')
