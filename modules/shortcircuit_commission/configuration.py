# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import fields
from trytond.modules.shortcircuit_catalog.configuration import (
    default_sequence, sequence_field)
from trytond.pool import PoolMeta
from trytond.pyson import Eval


def _settlement_sequence(company):
    return sequence_field(
        "Settlement Sequence",
        'shortcircuit_commission', 'sequence_type_settlement', company)


class Configuration(metaclass=PoolMeta):
    __name__ = 'shortcircuit.configuration'

    settlement_sequence = fields.MultiValue(
        _settlement_sequence(Eval('context', {}).get('company', -1)))

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


class ConfigurationSequence(metaclass=PoolMeta):
    __name__ = 'shortcircuit.configuration.sequence'

    settlement_sequence = _settlement_sequence(Eval('company', -1))

    default_settlement_sequence = default_sequence(
        'shortcircuit_commission', 'sequence_settlement')
