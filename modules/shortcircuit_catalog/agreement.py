# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from collections import defaultdict
from itertools import pairwise

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, Unique, fields
from trytond.model.exceptions import AccessError
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .document import DocumentMixin
from .exceptions import (
    AgreementOverlapError, AgreementShareError, AgreementVersionError)
from .period import PeriodMixin


class ShareMixin:
    __slots__ = ()

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

    @property
    def shares(self):
        return (
            self.producer_share, self.aidant_share, self.cooperative_share)

    @classmethod
    def validate_fields(cls, records, field_names):
        super().validate_fields(records, field_names)
        cls.check_shares(records, field_names)

    @classmethod
    def check_shares(cls, records, field_names=None):
        if field_names and not (field_names & {
                    'producer_share', 'aidant_share', 'cooperative_share'}):
            return
        for record in records:
            total = sum(record.shares)
            if total != 1:
                raise AgreementShareError(gettext(
                        'shortcircuit_catalog.msg_agreement_shares',
                        agreement=record.rec_name,
                        total=f'{total * 100:.2f}'))


class Agreement(DocumentMixin, PeriodMixin, ShareMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.agreement'

    producer = fields.Many2One(
        'shortcircuit.producer', "Producer", required=True,
        ondelete='CASCADE')
    signature_date = fields.Date("Signature Date")
    regime = fields.Selection([
            ('deposit_sale', "Deposit Sale"),
            ('mandate', "Mandate"),
            ], "Regime", required=True, sort=False,
        help="Deposit Sale: the cooperative buys at the moment it sells.\n"
        "Mandate: the cooperative sells for the producer and invoices its "
        "commission.")
    pricing = fields.Selection([
            ('share', "Share of the Sale Price"),
            ('net', "Net Price List of the Producer"),
            ], "Pricing", required=True, sort=False,
        help="Share: the producer is owed his share of what is sold.\n"
        "Net Price List: he is owed the price of his products on the day of "
        "delivery, the aidant his share, and the cooperative keeps the rest.")
    channel_shares = fields.One2Many(
        'shortcircuit.agreement.share', 'agreement', "Shares by Channel",
        help="The channels whose shares are not those of the agreement.")
    payment_term = fields.Many2One(
        'account.invoice.payment_term', "Payment Term", ondelete='RESTRICT',
        help="When the producer is paid.\n"
        "Leave empty for the payment term of the party.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('producer')
        cls._buttons.update({
                'new_version': {
                    'icon': 'tryton-copy',
                    },
                })

    @classmethod
    def default_regime(cls):
        return 'deposit_sale'

    @classmethod
    def default_pricing(cls):
        return 'share'

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
        cls.check_overlap(agreements, field_names)

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
    def check_modification(
            cls, mode, agreements, values=None, external=False):
        super().check_modification(
            mode, agreements, values=values, external=external)
        # Ending, signing and filing change nothing of what was agreed
        if (mode == 'write' and values.keys() & {
                    'producer', 'start_date', 'regime', 'pricing',
                    'producer_share', 'aidant_share', 'cooperative_share'}):
            cls.check_unused(agreements)

    @classmethod
    def check_unused(cls, agreements):
        "Refuse to change the terms under which goods were delivered"
        for agreement in cls.get_used(agreements):
            raise AccessError(gettext(
                    'shortcircuit_catalog.msg_agreement_used',
                    agreement=agreement.rec_name))

    @classmethod
    def get_used(cls, agreements):
        "Return the agreements under which goods were delivered"
        return []

    @classmethod
    def copy(cls, agreements, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('signature_date', None)
        return super().copy(agreements, default=default)

    @classmethod
    @ModelView.button_action('shortcircuit_catalog.wizard_agreement_version')
    def new_version(cls, agreements):
        pass

    def supersede(self, date):
        """
        End the agreement and return the same terms from a date.

        date is the first day of the new agreement, which keeps the end date
        of this one if any. Raise AgreementVersionError if the agreement does
        not run on that day after its first.
        """
        if not (self.covers_date(date) and self.start_date < date):
            lang = Pool().get('ir.lang').get()
            raise AgreementVersionError(gettext(
                    'shortcircuit_catalog.msg_agreement_version',
                    agreement=self.rec_name,
                    date=lang.strftime(date)))
        end_date = self.end_date
        self.end_date = date - dt.timedelta(days=1)
        self.save()
        version, = self.copy([self], default={
                'start_date': date,
                'end_date': end_date,
                })
        return version

    def get_shares(self, channel):
        """
        Return the shares of the producer, the aidant and the cooperative.

        They are Decimals that add up to 1; channel is None for what is sold
        outside a cycle.
        """
        for share in self.channel_shares:
            if share.channel == channel:
                return share.shares
        return self.shares

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
                if agreement.covers_date(date):
                    result[key] = agreement
        return result


class AgreementShare(ShareMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.agreement.share'

    agreement = fields.Many2One(
        'shortcircuit.agreement', "Agreement", required=True,
        ondelete='CASCADE')
    channel = fields.Many2One(
        'shortcircuit.channel', "Channel", required=True, ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ])
    company = fields.Function(
        fields.Many2One('company.company', "Company"),
        'on_change_with_company')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('agreement')
        cls._sql_constraints += [
            ('channel_unique', Unique(t, t.agreement, t.channel),
                'shortcircuit_catalog.msg_agreement_channel_unique'),
            ]

    @fields.depends('agreement', '_parent_agreement.producer')
    def on_change_with_company(self, name=None):
        if self.agreement and self.agreement.producer:
            return self.agreement.producer.company

    def get_rec_name(self, name):
        return f'{self.agreement.rec_name} - {self.channel.rec_name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('agreement.rec_name', *clause[1:]),
            ('channel.rec_name', *clause[1:]),
            ]

    @classmethod
    def check_modification(cls, mode, shares, values=None, external=False):
        pool = Pool()
        Agreement = pool.get('shortcircuit.agreement')
        super().check_modification(
            mode, shares, values=values, external=external)
        Agreement.check_unused({s.agreement for s in shares})


class AgreementVersion(Wizard):
    __name__ = 'shortcircuit.agreement.version'

    start = StateView(
        'shortcircuit.agreement.version.start',
        'shortcircuit_catalog.agreement_version_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Create", 'version', 'tryton-ok', default=True),
            ])
    version = StateTransition()

    def transition_version(self):
        self.record.supersede(self.start.date)
        return 'end'

    def end(self):
        return 'reload'


class AgreementVersionStart(ModelView):
    __name__ = 'shortcircuit.agreement.version.start'

    date = fields.Date(
        "From", required=True,
        help="The first day of the new terms. The current ones end the day "
        "before.")

    @classmethod
    def default_date(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        month = Date.today().replace(day=1)
        return (month + dt.timedelta(days=32)).replace(day=1)
