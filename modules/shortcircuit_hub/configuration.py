# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import fields
from trytond.modules.shortcircuit_catalog.configuration import (
    default_sequence, sequence_field)
from trytond.pool import PoolMeta
from trytond.pyson import Eval

_context_company = Eval('context', {}).get('company', -1)
_value_company = Eval('company', -1)


# What labels are sold on, by number of labels on a sheet or by their size
LABEL_PAPERS = [
    ('a4-8', "A4, 8 labels of 105 × 74 mm"),
    ('a4-4', "A4, 4 labels of 105 × 148 mm"),
    ('100x150', "Roll, 100 × 150 mm"),
    ('100x70', "Roll, 100 × 70 mm"),
    ]


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


def _package_sequence(company):
    return sequence_field(
        "Crate Sequence",
        'shortcircuit_hub', 'sequence_type_package', company)


def _recall_sequence(company):
    return sequence_field(
        "Recall Sequence",
        'shortcircuit_hub', 'sequence_type_recall', company)


def _customer_return_sequence(company):
    return sequence_field(
        "Customer Return Sequence",
        'shortcircuit_hub', 'sequence_type_customer_return', company)


def _unsold_sequence(company):
    return sequence_field(
        "Unsold Sequence",
        'shortcircuit_hub', 'sequence_type_unsold', company)


class Configuration(metaclass=PoolMeta):
    __name__ = 'shortcircuit.configuration'

    delivery_sequence = fields.MultiValue(
        _delivery_sequence(_context_company))
    allocation_sequence = fields.MultiValue(
        _allocation_sequence(_context_company))
    round_sequence = fields.MultiValue(_round_sequence(_context_company))
    package_sequence = fields.MultiValue(_package_sequence(_context_company))
    recall_sequence = fields.MultiValue(_recall_sequence(_context_company))
    unsold_sequence = fields.MultiValue(
        _unsold_sequence(_context_company))
    customer_return_sequence = fields.MultiValue(
        _customer_return_sequence(_context_company))

    default_delivery_sequence = default_sequence(
        'shortcircuit_hub', 'sequence_delivery')
    default_allocation_sequence = default_sequence(
        'shortcircuit_hub', 'sequence_allocation')
    default_round_sequence = default_sequence(
        'shortcircuit_hub', 'sequence_round')
    default_package_sequence = default_sequence(
        'shortcircuit_hub', 'sequence_package')
    default_recall_sequence = default_sequence(
        'shortcircuit_hub', 'sequence_recall')
    default_unsold_sequence = default_sequence(
        'shortcircuit_hub', 'sequence_unsold')
    default_customer_return_sequence = default_sequence(
        'shortcircuit_hub', 'sequence_customer_return')

    package_weight = fields.Float(
        "Weight in a Crate",
        domain=['OR',
            ('package_weight', '=', None),
            ('package_weight', '>', 0),
            ],
        help="How many kilograms are packed in a crate.\n"
        "Leave empty for no limit.")
    package_volume = fields.Float(
        "Volume in a Crate",
        domain=['OR',
            ('package_volume', '=', None),
            ('package_volume', '>', 0),
            ],
        help="How many litres are packed in a crate.\n"
        "Leave empty for no limit.")
    label_paper = fields.Selection(
        LABEL_PAPERS, "Label Paper", required=True, sort=False,
        help="What the labels of the crates are printed on.")
    slip_prices = fields.Boolean(
        "Print Prices",
        help="Print the prices on the packing slips and delivery notes.")
    gift_cost_share = fields.Numeric(
        "Cost of Gifts", digits=(1, 4),
        domain=['OR',
            ('gift_cost_share', '=', None),
            [
                ('gift_cost_share', '>=', 0),
                ('gift_cost_share', '<=', 1),
                ],
            ],
        help="The part of the producer's price proposed as the cost of what "
        "he gives.\nLeave empty to let him write his cost himself.")
    gift_reduced_share = fields.Numeric(
        "Reduced Gifts", digits=(1, 4), required=True,
        domain=[
            ('gift_reduced_share', '>=', 0),
            ('gift_reduced_share', '<=', 1),
            ],
        help="The part of the cost that counts for what is given in the last "
        "days before its date, or is no longer fit for the usual sale.")
    gift_mention = fields.Text(
        "Mention of Gifts", translate=True,
        help="Printed on the attestations of the gifts.")

    @classmethod
    def default_package_weight(cls):
        return 15

    @classmethod
    def default_package_volume(cls):
        return 40

    @classmethod
    def default_label_paper(cls):
        return 'a4-8'

    @classmethod
    def default_gift_reduced_share(cls):
        return Decimal('0.5')

    @classmethod
    def default_gift_mention(cls):
        return gettext('shortcircuit_hub.msg_gift_mention')


class ConfigurationSequence(metaclass=PoolMeta):
    __name__ = 'shortcircuit.configuration.sequence'

    delivery_sequence = _delivery_sequence(_value_company)
    allocation_sequence = _allocation_sequence(_value_company)
    round_sequence = _round_sequence(_value_company)
    package_sequence = _package_sequence(_value_company)
    recall_sequence = _recall_sequence(_value_company)
    unsold_sequence = _unsold_sequence(_value_company)
    customer_return_sequence = _customer_return_sequence(_value_company)

    default_delivery_sequence = default_sequence(
        'shortcircuit_hub', 'sequence_delivery')
    default_allocation_sequence = default_sequence(
        'shortcircuit_hub', 'sequence_allocation')
    default_round_sequence = default_sequence(
        'shortcircuit_hub', 'sequence_round')
    default_package_sequence = default_sequence(
        'shortcircuit_hub', 'sequence_package')
    default_recall_sequence = default_sequence(
        'shortcircuit_hub', 'sequence_recall')
    default_unsold_sequence = default_sequence(
        'shortcircuit_hub', 'sequence_unsold')
    default_customer_return_sequence = default_sequence(
        'shortcircuit_hub', 'sequence_customer_return')
