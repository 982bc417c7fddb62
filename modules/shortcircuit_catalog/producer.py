# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import re

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, Unique, Workflow, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Bool, Eval, If
from trytond.transaction import Transaction

from .exceptions import ApprovalNumberError, ProducerActivationError
from .today import today

# The number of the oval mark: country, department, municipality, order
_APPROVAL = re.compile(r'FR (\d{2,3}|2[AB])\.\d{3}\.\d{3} (CE|UE)')


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
            (None, ""),
            ('normal', "Normal"),
            ('flat_rate', "Flat-Rate Farmer"),
            ('franchise', "Franchise"),
            ], "VAT Regime", sort=False,
        states={
            'required': Eval('state').in_(['active', 'suspended']),
            },
        help="How the VAT of what the producer sells is charged.")
    sanitary_status = fields.Selection([
            (None, ""),
            ('none', "No Approval Needed"),
            ('approved', "Approved"),
            ('derogation', "Derogation"),
            ('direct', "Direct Sale Only"),
            ], "Sanitary Status", sort=False,
        help="No Approval Needed: he sells nothing of animal origin.\n"
        "Derogation: he sells limited quantities without approval.\n"
        "Direct Sale Only: he may sell what is of animal origin only to "
        "the consumer himself.")
    approval_number = fields.Char(
        "Approval Number",
        states={
            'invisible': Eval('sanitary_status') != 'approved',
            },
        help="As on the oval mark: FR 59.123.456 CE.")
    packing_centre = fields.Char(
        "Packing Centre",
        help="The number of the approved centre that packs his eggs.\n"
        "Eggs in shell are not sold without it.")
    agreements = fields.One2Many(
        'shortcircuit.agreement', 'producer', "Agreements")
    insurances = fields.One2Many(
        'shortcircuit.insurance', 'producer', "Insurances")
    derogations = fields.One2Many(
        'shortcircuit.derogation', 'producer', "Derogations",
        states={
            'invisible': ((Eval('sanitary_status') != 'derogation')
                & ~Eval('derogations', [])),
            })
    labels = fields.Many2Many(
        'shortcircuit.producer-shortcircuit.label', 'producer', 'label',
        "Labels Claimed",
        help="The labels that the producer must prove.")
    certificates = fields.One2Many(
        'shortcircuit.certificate', 'producer', "Certificates")
    products = fields.One2Many(
        'shortcircuit.producer.product', 'producer', "Products")
    offers = fields.One2Many(
        'shortcircuit.offer', 'producer', "Offers", readonly=True)
    missing = fields.Function(
        fields.Text("Missing",
            states={
                'invisible': ~Eval('missing'),
                },
            help="What the producer still lacks to be active."),
        'get_missing', searcher='search_missing')
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
    activated_at = fields.Timestamp("Activated at", readonly=True)
    state = fields.Selection([
            ('candidate', "Candidate"),
            ('onboarding', "Onboarding"),
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
            ('candidate', 'onboarding'),
            ('onboarding', 'active'),
            ('active', 'suspended'),
            ('suspended', 'active'),
            ('candidate', 'ended'),
            ('onboarding', 'ended'),
            ('active', 'ended'),
            ('suspended', 'ended'),
            ('ended', 'candidate'),
            }
        cls._buttons.update({
                'onboard': {
                    'invisible': Eval('state') != 'candidate',
                    'icon': 'tryton-forward',
                    'depends': ['state'],
                    },
                'activate': {
                    'invisible': ~Eval('state').in_(
                        ['onboarding', 'suspended']),
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'suspend': {
                    'invisible': Eval('state') != 'active',
                    'icon': 'tryton-cancel',
                    'depends': ['state'],
                    },
                'end': {
                    'invisible': Eval('state') == 'ended',
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
    def default_state(cls):
        return 'candidate'

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual', If(Bool(Eval('missing')), 'warning', '')),
            ]

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
    def validate_fields(cls, producers, field_names):
        super().validate_fields(producers, field_names)
        cls.check_approval_number(producers, field_names)

    @classmethod
    def check_approval_number(cls, producers, field_names=None):
        if field_names and 'approval_number' not in field_names:
            return
        for producer in producers:
            number = producer.approval_number
            if number and not _APPROVAL.fullmatch(number):
                raise ApprovalNumberError(gettext(
                        'shortcircuit_catalog.msg_producer_approval_number',
                        number=number,
                        producer=producer.rec_name))

    @classmethod
    def get_missing(cls, producers, name):
        missing = cls.find_missing(
            [p for p in producers if p.state != 'ended'])
        return {
            p.id: '\n'.join(missing.get(p, [])) or None for p in producers}

    @classmethod
    def search_missing(cls, name, clause):
        _, operator, _ = clause
        missing = cls.find_missing(cls.search([('state', '!=', 'ended')]))
        # Only whether something is missing is searched
        return [('id', 'in' if operator == '!=' else 'not in', [
                    p.id for p, texts in missing.items() if texts])]

    @classmethod
    def find_missing(cls, producers):
        """
        Say what producers lack to be active, in the user's words.

        The cooperative chooses in the configuration what it requires; the
        VAT regime always is, because invoices are made by it.
        Return a dictionary of producer to the list of what is missing.
        """
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        checks = ['vat_regime', *Configuration(1).activation_checks]
        missing = {}
        for producer in producers:
            date = today(producer.company)
            missing[producer] = [
                text for check in checks
                for text in getattr(producer, f'_missing_{check}')(date)]
        return missing

    def _missing_vat_regime(self, date):
        if not self.vat_regime:
            yield gettext('shortcircuit_catalog.msg_missing_vat_regime')

    def _missing_siret(self, date):
        if not any(i.type == 'fr_siret' for i in self.party.identifiers):
            yield gettext('shortcircuit_catalog.msg_missing_siret')

    def _missing_iban(self, date):
        if not any(a.iban for a in self.party.bank_accounts_used):
            yield gettext('shortcircuit_catalog.msg_missing_iban')

    def _missing_agreement(self, date):
        if not any(
                a.covers_date(date) and a.signature_date
                and a.signature_date <= date for a in self.agreements):
            yield gettext('shortcircuit_catalog.msg_missing_agreement')

    def _missing_insurance(self, date):
        if not any(i.covers_date(date) for i in self.insurances):
            yield gettext('shortcircuit_catalog.msg_missing_insurance')

    def _missing_sanitary(self, date):
        if not self.sanitary_status:
            yield gettext('shortcircuit_catalog.msg_missing_sanitary')
        elif self.sanitary_status == 'approved' and not self.approval_number:
            yield gettext('shortcircuit_catalog.msg_missing_approval')
        elif (self.sanitary_status == 'derogation'
                and not any(d.covers_date(date) for d in self.derogations)):
            yield gettext('shortcircuit_catalog.msg_missing_derogation')

    def _missing_certificates(self, date):
        proved = {c.label for c in self.certificates if c.covers_date(date)}
        for label in self.labels:
            if label not in proved:
                yield gettext(
                    'shortcircuit_catalog.msg_missing_certificate',
                    label=label.rec_name)

    @classmethod
    @ModelView.button
    @Workflow.transition('onboarding')
    def onboard(cls, producers):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('active')
    def activate(cls, producers):
        missing = {p: m for p, m in cls.find_missing(producers).items() if m}
        if missing:
            raise ProducerActivationError(gettext(
                    'shortcircuit_catalog.msg_producer_activate',
                    producers=', '.join(p.rec_name for p in missing),
                    missing='\n'.join(
                        f'- {p.rec_name}: {m}'
                        for p, texts in missing.items() for m in texts)))
        cls.write(producers, {'activated_at': dt.datetime.now()})

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


class ProducerLabel(ModelSQL):
    __name__ = 'shortcircuit.producer-shortcircuit.label'

    producer = fields.Many2One(
        'shortcircuit.producer', "Producer", required=True,
        ondelete='CASCADE')
    label = fields.Many2One(
        'shortcircuit.label', "Label", required=True, ondelete='CASCADE')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('producer')
