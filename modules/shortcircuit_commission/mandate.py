# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from collections import defaultdict

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.shortcircuit_catalog.document import DocumentMixin
from trytond.modules.shortcircuit_catalog.period import PeriodMixin
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction

from .exceptions import MandateOverlapError


class Mandate(DocumentMixin, PeriodMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.mandate'

    party = fields.Many2One(
        'party.party', "Party", required=True, ondelete='RESTRICT',
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="Who lets the cooperative invoice for him.")
    company = fields.Many2One('company.company', "Company", required=True)
    signature_date = fields.Date(
        "Signature Date",
        help="The mandate is not valid before it is signed.")
    contest_days = fields.Integer(
        "Days to Contest", required=True,
        domain=[
            ('contest_days', '>=', 0),
            ],
        help="How long he may contest an invoice once it is sent.")
    text = fields.Text("Text", help="What was agreed.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order.insert(0, ('party.name', 'ASC'))
        cls.end_date.help = "The last day before the mandate is revoked."

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_start_date(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        return Date.today()

    @classmethod
    def default_contest_days(cls):
        return 15

    def get_rec_name(self, name):
        pool = Pool()
        Lang = pool.get('ir.lang')
        return f'{self.party.rec_name} {Lang.get().strftime(self.start_date)}'

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('party.rec_name', *clause[1:])]

    @classmethod
    def validate_fields(cls, mandates, field_names):
        super().validate_fields(mandates, field_names)
        cls.check_overlap(mandates, field_names)

    @classmethod
    def check_overlap(cls, mandates, field_names=None):
        if field_names and not (field_names & {
                    'party', 'company', 'start_date', 'end_date'}):
            return
        by_party = defaultdict(list)
        for mandate in cls.search([
                    ('party', 'in', list({m.party.id for m in mandates})),
                    ], order=[('start_date', 'ASC')]):
            by_party[mandate.company, mandate.party].append(mandate)
        for mandates in by_party.values():
            for first, second in zip(mandates, mandates[1:]):
                if not first.end_date or first.end_date >= second.start_date:
                    raise MandateOverlapError(gettext(
                            'shortcircuit_commission.msg_mandate_overlap',
                            first=first.rec_name,
                            second=second.rec_name))

    def is_valid(self, date):
        return (self.covers_date(date)
            and self.signature_date and self.signature_date <= date)

    @classmethod
    def at(cls, company, parties, date):
        """
        Find the mandates that let the company invoice for parties on a date.

        Return a dictionary of party to mandate; those without a valid one are
        missing. A mandate is prior and written (CGI art. 289 I-2 and annex II
        art. 242 nonies).
        """
        return {
            m.party: m for m in cls.search([
                    ('company', '=', company.id),
                    ('party', 'in', [p.id for p in parties]),
                    ])
            if m.is_valid(date)}

    @classmethod
    def require(cls, company, parties, date, refuse):
        """
        Find the mandates by which the company invoices on a date.

        parties is a dictionary of record to the party it is invoiced for.
        Return the one of record to mandate, or raise what refuse returns for
        the list of records without a valid one and the date as it is read.
        """
        pool = Pool()
        Lang = pool.get('ir.lang')
        mandates = cls.at(company, set(parties.values()), date)
        missing = [r for r, p in parties.items() if p not in mandates]
        if missing:
            raise refuse(missing, Lang.get().strftime(date))
        return {r: mandates[p] for r, p in parties.items()}
