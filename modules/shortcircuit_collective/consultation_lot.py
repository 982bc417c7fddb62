# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, Unique, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Bool, Eval, If

from .exceptions import ConsultationError


class Lot(ModelSQL, ModelView):
    __name__ = 'shortcircuit.consultation.lot'

    consultation = fields.Many2One(
        'shortcircuit.consultation', "Consultation", required=True,
        ondelete='CASCADE')
    number = fields.Char("Number", required=True)
    name = fields.Char("Title", required=True)
    cpv = fields.Char(
        "CPV", size=10,
        help="The code of the common procurement vocabulary: 8 digits, with "
        "or without the check digit.")
    start_date = fields.Date(
        "Start Date",
        domain=[
            If(Bool(Eval('start_date')) & Bool(Eval('end_date')),
                ('start_date', '<=', Eval('end_date')),
                ()),
            ],
        help="Leave empty for the one of the consultation.")
    end_date = fields.Date(
        "End Date", help="Leave empty for the one of the consultation.")
    max_amount = Monetary(
        "Maximum Amount", currency='currency', digits='currency',
        domain=['OR',
            ('max_amount', '=', None),
            ('max_amount', '>', 0),
            ],
        help="What can be ordered at most, excluding taxes.")
    unit = fields.Many2One(
        'product.uom', "Unit", ondelete='RESTRICT',
        states={
            'required': Bool(Eval('max_quantity')),
            },
        help="Of the maximum quantity.")
    max_quantity = fields.Float(
        "Maximum Quantity", digits='unit',
        domain=['OR',
            ('max_quantity', '=', None),
            ('max_quantity', '>', 0),
            ],
        states={
            'readonly': ~Eval('unit'),
            })
    answered = fields.Boolean(
        "Answered", help="If the cooperative makes an offer for it.")
    lost = fields.Boolean(
        "Lost",
        states={
            'invisible': ~Eval('answered'),
            },
        help="If the buyer gives it to another: it will not be on the "
        "contract.")
    lines = fields.One2Many(
        'shortcircuit.consultation.line', 'lot', "Lines")
    file = fields.Binary(
        "File of the Buyer", filename='file_name', readonly=True,
        help="What was imported, to be filled and sent back.")
    file_name = fields.Char("File Name", readonly=True)
    amount = fields.Function(
        Monetary(
            "Amount", currency='currency', digits='currency',
            help="The estimated quantities at the prices answered, excluding "
            "taxes."),
        'on_change_with_amount')
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('consultation')
        cls._sql_constraints += [
            ('number_unique', Unique(t, t.consultation, t.number),
                'shortcircuit_collective.msg_consultation_lot_unique'),
            ]
        cls._order = [
            ('consultation', 'DESC'),
            ('number', 'ASC'),
            ('id', 'ASC'),
            ]

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual', If(
                    ~Eval('answered', False) | Eval('lost', False),
                    'muted', '')),
            ]

    @classmethod
    def default_answered(cls):
        return True

    @fields.depends('lines')
    def on_change_with_amount(self, name=None):
        return sum(l.amount or 0 for l in self.lines or [])

    @fields.depends('consultation', '_parent_consultation.currency')
    def on_change_with_currency(self, name=None):
        return self.consultation.currency if self.consultation else None

    @property
    def period(self):
        "The first and the last day wanted"
        return (self.start_date or self.consultation.start_date,
            self.end_date or self.consultation.end_date)

    @classmethod
    def propose(cls, lots):
        pool = Pool()
        Line = pool.get('shortcircuit.consultation.line')
        lines = [l for lot in lots for l in lot.lines]
        Line.propose_products(lines)
        Line.propose_prices(lines)
        Line.propose_supplies(lines)

    def check_submit(self):
        if not self.lines:
            raise ConsultationError(gettext(
                    'shortcircuit_collective.msg_consultation_lot_empty',
                    lot=self.rec_name))
        for line in self.lines:
            if line.unit_price is None or not line.products:
                raise ConsultationError(gettext(
                        'shortcircuit_collective.msg_consultation_line_price',
                        line=line.rec_name,
                        lot=self.rec_name))

    @classmethod
    def copy(cls, lots, default=None):
        default = default.copy() if default is not None else {}
        for name in ['lost', 'file', 'file_name']:
            default.setdefault(name, None)
        return super().copy(lots, default=default)

    def get_rec_name(self, name):
        return f'{self.consultation.rec_name} - {self.number} {self.name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('number', *clause[1:]),
            ('name', *clause[1:]),
            ('consultation.rec_name', *clause[1:]),
            ]
