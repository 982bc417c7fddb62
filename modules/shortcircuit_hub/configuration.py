# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import fields
from trytond.modules.shortcircuit_catalog.configuration import (
    default_sequence, sequence_field)
from trytond.pool import PoolMeta
from trytond.pyson import Eval

_context_company = Eval('context', {}).get('company', -1)
_value_company = Eval('company', -1)


def _delivery_sequence(company):
    return sequence_field(
        "Delivery Sequence",
        'shortcircuit_hub', 'sequence_type_delivery', company)


def _allocation_sequence(company):
    return sequence_field(
        "Allocation Sequence",
        'shortcircuit_hub', 'sequence_type_allocation', company)


def _round_sequence(company):
    return sequence_field(
        "Round Sequence",
        'shortcircuit_hub', 'sequence_type_round', company)


class Configuration(metaclass=PoolMeta):
    __name__ = 'shortcircuit.configuration'

    delivery_sequence = fields.MultiValue(
        _delivery_sequence(_context_company))
    allocation_sequence = fields.MultiValue(
        _allocation_sequence(_context_company))
    round_sequence = fields.MultiValue(_round_sequence(_context_company))

    default_delivery_sequence = default_sequence(
        'shortcircuit_hub', 'sequence_delivery')
    default_allocation_sequence = default_sequence(
        'shortcircuit_hub', 'sequence_allocation')
    default_round_sequence = default_sequence(
        'shortcircuit_hub', 'sequence_round')


class ConfigurationSequence(metaclass=PoolMeta):
    __name__ = 'shortcircuit.configuration.sequence'

    delivery_sequence = _delivery_sequence(_value_company)
    allocation_sequence = _allocation_sequence(_value_company)
    round_sequence = _round_sequence(_value_company)

    default_delivery_sequence = default_sequence(
        'shortcircuit_hub', 'sequence_delivery')
    default_allocation_sequence = default_sequence(
        'shortcircuit_hub', 'sequence_allocation')
    default_round_sequence = default_sequence(
        'shortcircuit_hub', 'sequence_round')
