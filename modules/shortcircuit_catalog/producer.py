# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from collections import defaultdict
from itertools import pairwise

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, Unique, Workflow, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval, If
from trytond.transaction import Transaction

from .exceptions import AgreementOverlapError, AgreementShareError


class Producer(Workflow, ModelSQL, ModelView):
    __name__ = 'shortcircuit.producer'

    party = fields.Many2One(
        'party.party', "Party", required=True, ondelete='CASCADE',
        states={
            'readonly': Eval('state') != 'candidate',
            },
        context={
            'company': Eval('company', -1),
            },
        depends={'company'})
    company = fields.Many2One(
        'company.company', "Company", required=True,
        states={
            'readonly': Eval('state') != 'candidate',
            })
    vat_regime = fields.Selection([
            ('normal', "Normal"),
            ('flat_rate', "Flat-Rate Farmer"),
            ('franchise', "Franchise"),
            ], "VAT Regime", required=True, sort=False,
        help="How the VAT of what the producer sells is charged.")
    agreements = fields.One2Many(
        'shortcircuit.agreement', 'producer', "Agreements")
    certificates = fields.One2Many(
        'shortcircuit.certificate', 'producer', "Certificates")
    products = fields.One2Many(
        'shortcircuit.producer.product', 'producer', "Products")
    offers = fields.One2Many(
        'shortcircuit.offer', 'producer', "Offers", readonly=True)
    cut_off_hours = fields.Integer(
        "Cut-Off Hours",
        domain=['OR',
            ('cut_off_hours', '=', None),
            ('cut_off_hours', '>=', 0),
            ],
        help="How long before the closing of a cycle the producer needs to "
        "know.\nLeave empty to follow the closing.")
    minimum = Monetary(
        "Minimum", currency='currency', digits='currency',
        domain=['OR',
            ('minimum', '=', None),
            ('minimum', '>=', 0),
            ],
        help="The least amount, excluding taxes, he comes for.")
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    state = fields.Selection([
            ('candidate', "Candidate"),
            ('active', "Active"),
            ('suspended', "Suspended"),
            ('ended', "Ended"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            ('party_company_unique', Unique(t, t.party, t.company),
                'shortcircuit_catalog.msg_producer_party_unique'),
            ]
        cls._order.insert(0, ('party.name', 'ASC'))
        cls._transitions |= {
            ('candidate', 'active'),
            ('active', 'suspended'),
            ('suspended', 'active'),
            ('active', 'ended'),
            ('suspended', 'ended'),
            ('ended', 'candidate'),
            }
        cls._buttons.update({
                'activate': {
                    'invisible': ~Eval('state').in_(
                        ['candidate', 'suspended']),
                    'icon': 'tryton-forward',
                    'depends': ['state'],
                    },
                'suspend': {
                    'invisible': Eval('state') != 'active',
                    'icon': 'tryton-cancel',
                    'depends': ['state'],
                    },
                'end': {
                    'invisible': ~Eval('state').in_(['active', 'suspended']),
                    'icon': 'tryton-archive',
                    'depends': ['state'],
                    },
                'reset': {
                    'invisible': Eval('state') != 'ended',
                    'icon': 'tryton-undo',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_vat_regime(cls):
        return 'normal'

    @classmethod
    def default_state(cls):
        return 'candidate'

    def get_rec_name(self, name):
        return self.party.rec_name

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('party.rec_name', *clause[1:])]

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None

    def get_cut_off(self, closes_at):
        "Return when what the producer offers for a cycle is fixed"
        return closes_at - dt.timedelta(hours=self.cut_off_hours or 0)

    @classmethod
    @ModelView.button
    @Workflow.transition('active')
    def activate(cls, producers):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('suspended')
    def suspend(cls, producers):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('ended')
    def end(cls, producers):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('candidate')
    def reset(cls, producers):
        pass


class Agreement(ModelSQL, ModelView):
    __name__ = 'shortcircuit.agreement'

    producer = fields.Many2One(
        'shortcircuit.producer', "Producer", required=True,
        ondelete='CASCADE')
    start_date = fields.Date(
        "Start Date", required=True,
        domain=[
            If(Eval('end_date'),
                ('start_date', '<=', Eval('end_date')),
                ()),
            ])
    end_date = fields.Date(
        "End Date",
        domain=[
            If(Eval('end_date') & Eval('start_date'),
                ('end_date', '>=', Eval('start_date')),
                ()),
            ])
    regime = fields.Selection([
            ('deposit_sale', "Deposit Sale"),
            ('mandate', "Mandate"),
            ], "Regime", required=True, sort=False,
        help="Deposit Sale: the cooperative buys at the moment it sells.\n"
        "Mandate: the cooperative sells for the producer and invoices its "
        "commission.")
    producer_share = fields.Numeric(
        "Producer Share", digits=(1, 4), required=True,
        domain=[
            ('producer_share', '>=', 0),
            ('producer_share', '<=', 1),
            ],
        help="The part of the sale price excluding taxes owed to the "
        "producer.")
    aidant_share = fields.Numeric(
        "Aidant Share", digits=(1, 4), required=True,
        domain=[
            ('aidant_share', '>=', 0),
            ('aidant_share', '<=', 1),
            ],
        help="The part of the sale price excluding taxes owed to who "
        "delivers, or holds the pick-up point.")
    cooperative_share = fields.Numeric(
        "Cooperative Share", digits=(1, 4), required=True,
        domain=[
            ('cooperative_share', '>=', 0),
            ('cooperative_share', '<=', 1),
            ],
        help="The part of the sale price excluding taxes that the "
        "cooperative keeps.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('producer')
        cls._order.insert(0, ('start_date', 'DESC'))

    @classmethod
    def default_regime(cls):
        return 'deposit_sale'

    def get_rec_name(self, name):
        pool = Pool()
        Lang = pool.get('ir.lang')
        start_date = Lang.get().strftime(self.start_date)
        return f'{self.producer.rec_name} @ {start_date}'

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('producer.rec_name', *clause[1:])]

    @classmethod
    def validate_fields(cls, agreements, field_names):
        super().validate_fields(agreements, field_names)
        cls.check_shares(agreements, field_names)
        cls.check_overlap(agreements, field_names)

    @classmethod
    def check_shares(cls, agreements, field_names=None):
        if field_names and not (field_names & {
                    'producer_share', 'aidant_share', 'cooperative_share'}):
            return
        for agreement in agreements:
            total = (agreement.producer_share + agreement.aidant_share
                + agreement.cooperative_share)
            if total != 1:
                raise AgreementShareError(gettext(
                        'shortcircuit_catalog.msg_agreement_shares',
                        agreement=agreement.rec_name,
                        total=f'{total * 100:.2f}'))

    @classmethod
    def check_overlap(cls, agreements, field_names=None):
        if field_names and not (field_names & {
                    'producer', 'start_date', 'end_date'}):
            return
        by_producer = defaultdict(list)
        for agreement in cls.search([
                    ('producer', 'in', [a.producer.id for a in agreements]),
                    ], order=[('start_date', 'ASC'), ('id', 'ASC')]):
            by_producer[agreement.producer].append(agreement)
        for siblings in by_producer.values():
            for previous, following in pairwise(siblings):
                if (previous.end_date or dt.date.max) >= following.start_date:
                    raise AgreementOverlapError(gettext(
                            'shortcircuit_catalog.msg_agreement_overlap',
                            first=previous.rec_name,
                            second=following.rec_name))

    @classmethod
    def at(cls, keys):
        """
        Find the agreements in force on given dates.

        keys is an iterable of tuples (producer id, date).
        Return a dictionary of key to agreement; keys without agreement are
        missing.
        """
        keys = set(keys)
        agreements = defaultdict(list)
        for agreement in cls.search([
                    ('producer', 'in', list({k[0] for k in keys})),
                    ]):
            agreements[agreement.producer.id].append(agreement)
        result = {}
        for key in keys:
            producer, date = key
            for agreement in agreements[producer]:
                if (agreement.start_date <= date
                        and (not agreement.end_date
                            or date <= agreement.end_date)):
                    result[key] = agreement
        return result
