# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import (
    DeactivableMixin, ModelSQL, ModelView, fields, sequence_ordered)
from trytond.modules.currency.fields import Monetary
from trytond.transaction import Transaction

from .vehicle import STORAGE_CLASSES


class Crate(DeactivableMixin, sequence_ordered(), ModelSQL, ModelView):
    __name__ = 'shortcircuit.crate'

    name = fields.Char("Name", required=True)
    company = fields.Many2One('company.company', "Company", required=True)
    capacity = fields.Float(
        "Capacity", digits=(None, 1),
        domain=['OR',
            ('capacity', '=', None),
            ('capacity', '>', 0),
            ],
        help="How many litres fit into it.")
    storage_classes = fields.MultiSelection(
        STORAGE_CLASSES, "Packs", sort=False,
        help="The storage classes of which the orders are packed in it.")
    deposit = Monetary(
        "Deposit", currency='currency', digits='currency',
        domain=['OR',
            ('deposit', '=', None),
            ('deposit', '>', 0),
            ],
        help="What is charged for each crate until it is back.\n"
        "Leave empty if nothing is.")
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None

    @classmethod
    def get_packing(cls, companies):
        """
        Return the id of the crate in which orders are packed.

        The keys are tuples of the id of the company and the storage class.
        """
        packing = {}
        for crate in cls.search([
                    ('company', 'in', [c.id for c in companies]),
                    ]):
            for storage_class in crate.storage_classes or []:
                packing.setdefault((crate.company.id, storage_class), crate.id)
        return packing
