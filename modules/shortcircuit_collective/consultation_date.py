# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The dates of the consultations, and what must be ready by then"

import datetime as dt

from trytond.model import ModelSQL, ModelView, fields
from trytond.pyson import Date, Eval, If
from trytond.transaction import Transaction


class ConsultationDate(ModelSQL, ModelView):
    __name__ = 'shortcircuit.consultation.date'

    consultation = fields.Many2One(
        'shortcircuit.consultation', "Consultation", required=True,
        ondelete='CASCADE')
    kind = fields.Selection([
            ('publication', "Publication"),
            ('visit', "Visit"),
            ('questions', "Questions"),
            ('sample', "Samples"),
            ('submission', "Submission"),
            ('hearing', "Hearing"),
            ('award', "Award"),
            ('validity', "End of the Offer"),
            ('document', "Document"),
            ], "Kind", required=True, sort=False)
    kind_string = kind.translated('kind')
    name = fields.Char(
        "Name",
        states={
            'required': Eval('kind') == 'document',
            })
    date = fields.Date(
        "Date",
        states={
            'required': Eval('kind') != 'document',
            },
        help="Leave empty for a document that is due with the answer.")
    time = fields.Time("Time", format='%H:%M')
    due_date = fields.Date(
        "Due", readonly=True,
        help="The date, or the one of the submission for a document.")
    done = fields.Boolean("Done")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('consultation')
        cls._order = [
            ('due_date', 'ASC NULLS LAST'),
            ('time', 'ASC NULLS LAST'),
            ('id', 'ASC'),
            ]

    @classmethod
    def view_attributes(cls):
        due_date = Eval('due_date', dt.date.max)
        return super().view_attributes() + [
            ('/tree', 'visual', If(
                    Eval('done', False), 'muted',
                    If(due_date < Date(), 'danger',
                        If(due_date <= Date(delta_days=7),
                            'warning', '')))),
            ]

    @classmethod
    def default_kind(cls):
        return Transaction().context.get(
            'consultation_date_kind', 'submission')

    @classmethod
    def on_modification(cls, mode, dates, field_names=None):
        super().on_modification(mode, dates, field_names=field_names)
        if mode != 'delete' and (
                field_names is None or {'date', 'kind'} & set(field_names)):
            # A new submission moves the documents that wait for it
            cls.set_due_dates({d.consultation for d in dates})

    @classmethod
    def set_due_dates(cls, consultations):
        to_save = []
        for date in cls.search([
                    ('consultation', 'in', [c.id for c in consultations]),
                    ]):
            due_date = date.date or date.consultation.deadline
            if date.due_date != due_date:
                date.due_date = due_date
                to_save.append(date)
        cls.save(to_save)

    @classmethod
    def copy(cls, dates, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('date', None)
        default.setdefault('done', False)
        return super().copy(dates, default=default)

    def get_rec_name(self, name):
        return self.name or self.kind_string

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('name', *clause[1:]),
            ('consultation.rec_name', *clause[1:]),
            ]
