# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import ModelSQL, ModelView, fields

from .document import DocumentMixin
from .period import PeriodMixin


class Insurance(DocumentMixin, PeriodMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.insurance'

    producer = fields.Many2One(
        'shortcircuit.producer', "Producer", required=True,
        ondelete='CASCADE')
    insurer = fields.Char("Insurer", required=True)
    number = fields.Char("Policy", required=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('producer')
        cls.end_date.required = True

    def get_rec_name(self, name):
        return f'{self.insurer} {self.number}'

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('insurer', *clause[1:]),
            ('number', *clause[1:]),
            ]
