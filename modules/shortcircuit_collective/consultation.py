# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What public buyers ask for, and the answer of the cooperative"

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, Unique, Workflow, fields
from trytond.model.exceptions import AccessError
from trytond.modules.currency.fields import Monetary
from trytond.modules.shortcircuit_catalog.period import PeriodMixin
from trytond.modules.shortcircuit_catalog.today import today
from trytond.pool import Pool
from trytond.pyson import Bool, Eval, If
from trytond.transaction import Transaction

from .consultation_threshold import get_threshold_warnings
from .contract_member import MemberMixin
from .exceptions import ConsultationError, ConsultationWarning
from .warning import warn

# As long as the answer is made
OPEN = ['draft', 'answering']


class Consultation(Workflow, PeriodMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.consultation'

    _states = {
        'readonly': ~Eval('state').in_(OPEN),
        }

    reference = fields.Char(
        "Reference", required=True, states=_states,
        help="The number that the buyer gives to the consultation.")
    name = fields.Char("Title", required=True, states=_states)
    company = fields.Many2One(
        'company.company', "Company", required=True,
        states={
            'readonly': _states['readonly'] | Bool(Eval('lots', [0])),
            })
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    procedure = fields.Selection([
            ('direct', "Without Publicity"),
            ('adapted', "Adapted Procedure"),
            ('open', "Open Tender"),
            ('negotiated', "Negotiated Procedure"),
            ('dynamic', "Dynamic Purchasing System"),
            ], "Procedure", required=True, sort=False, states=_states)
    authority = fields.Selection([
            ('eu_state', "State"),
            ('eu_local', "Local Authority, School or Hospital"),
            ('eu_entity', "Contracting Entity"),
            ], "Kind of Buyer", required=True, sort=False, states=_states,
        help="Which European threshold applies.")
    members = fields.One2Many(
        'shortcircuit.consultation.member', 'consultation', "Buyers",
        states=_states,
        help="Who asks: one buyer, or those of a purchasing group.")
    dates = fields.One2Many(
        'shortcircuit.consultation.date', 'consultation', "Dates",
        filter=[('kind', '!=', 'document')])
    documents = fields.One2Many(
        'shortcircuit.consultation.date', 'consultation', "Documents",
        filter=[('kind', '=', 'document')],
        context={
            'consultation_date_kind': 'document',
            },
        help="What the buyer wants with the answer.\n"
        "Attach the files to the consultation.")
    deadline = fields.Function(
        fields.Date("Answer before"), 'on_change_with_deadline')
    channel = fields.Many2One(
        'shortcircuit.channel', "Channel", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states=_states)
    mercuriale = fields.Many2One(
        'shortcircuit.mercuriale', "Mercuriale", ondelete='RESTRICT',
        domain=[
            ('channel', '=', Eval('channel', -1)),
            ('state', '!=', 'draft'),
            ],
        states=_states, help="Where the prices are proposed from.")
    lots = fields.One2Many(
        'shortcircuit.consultation.lot', 'consultation', "Lots",
        states={
            'readonly': ~Eval('state').in_(OPEN + ['submitted']),
            })
    amount = fields.Function(
        Monetary(
            "Amount Answered", currency='currency', digits='currency',
            help="The estimated quantities at the prices answered, excluding "
            "taxes."),
        'get_amount')
    warnings = fields.Function(
        fields.Text(
            "To Be Checked",
            help="What the law and the capacity of the producers make worth "
            "a second look. It is no verdict."),
        'get_warnings')
    outcome = fields.Text(
        "Reason",
        states={
            'readonly': Eval('state') == 'won',
            },
        help="Why it is lost, or declined.")
    contract = fields.Many2One(
        'shortcircuit.contract', "Contract", readonly=True,
        ondelete='RESTRICT',
        states={
            'invisible': ~Eval('contract'),
            })
    note = fields.Text("Note")
    state = fields.Selection([
            ('draft', "Draft"),
            ('answering', "Answering"),
            ('submitted', "Submitted"),
            ('won', "Won"),
            ('lost', "Lost"),
            ('declined', "Declined"),
            ], "State", required=True, readonly=True, sort=False)

    del _states

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.end_date.required = True
        for field in [cls.start_date, cls.end_date]:
            field.states = {'readonly': ~Eval('state').in_(OPEN)}
        cls._transitions |= {
            ('draft', 'answering'),
            ('draft', 'declined'),
            ('answering', 'declined'),
            ('answering', 'submitted'),
            ('submitted', 'answering'),
            ('submitted', 'won'),
            ('submitted', 'lost'),
            ('declined', 'draft'),
            }
        states = {
            'answer': ['draft', 'submitted'],
            'propose': ['answering'],
            'import_lines': OPEN,
            'submit': ['answering'],
            'win': ['submitted'],
            'lose': ['submitted'],
            'decline': OPEN,
            'draft': ['declined'],
            }
        cls._buttons.update({
                name: {
                    'invisible': ~Eval('state').in_(in_),
                    'depends': ['state'],
                    } for name, in_ in states.items()})

    @classmethod
    def view_attributes(cls):
        # What is over is told by the state, not by the period wanted
        return [
            a for a in super().view_attributes() if a[:2] != (
                '/tree', 'visual')] + [
            ('/tree', 'visual', If(
                    Eval('state').in_(['lost', 'declined']), 'muted',
                    If(Eval('state') == 'won', 'success', ''))),
            ]

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_procedure(cls):
        return 'adapted'

    @classmethod
    def default_authority(cls):
        return 'eu_local'

    @classmethod
    def default_documents(cls):
        return [{
                'kind': 'document',
                'name': gettext(
                    f'shortcircuit_collective.msg_consultation_{name}'),
                } for name in [
                'application', 'commitment', 'schedule', 'estimate', 'memo']]

    @classmethod
    def default_state(cls):
        return 'draft'

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None

    @fields.depends('dates')
    def on_change_with_deadline(self, name=None):
        return min((
                d.date for d in self.dates or []
                if d.kind == 'submission' and d.date), default=None)

    @fields.depends('members', 'channel', methods=['on_change_channel'])
    def on_change_members(self):
        for member in self.members or []:
            if not self.channel and member.party:
                self.channel = member.party.shortcircuit_channel
                self.on_change_channel()

    @fields.depends('channel', 'mercuriale', 'company')
    def on_change_channel(self):
        pool = Pool()
        Mercuriale = pool.get('shortcircuit.mercuriale')
        if self.mercuriale and self.mercuriale.channel == self.channel:
            return
        self.mercuriale = None
        if self.channel and self.company:
            current = Mercuriale.search([
                    ('channel', '=', self.channel.id),
                    ('state', '=', 'published'),
                    ('start_date', '<=', today(self.company)),
                    ], order=[('start_date', 'DESC')], limit=1)
            self.mercuriale = current[0] if current else None

    @classmethod
    def get_amount(cls, consultations, name):
        return {
            c.id: sum(l.amount for l in c.answered_lots)
            for c in consultations}

    def get_warnings(self, name):
        pool = Pool()
        Line = pool.get('shortcircuit.consultation.line')
        return '\n'.join(
            get_threshold_warnings(self) + Line.find_warnings(
                [l for lot in self.answered_lots for l in lot.lines]))

    @property
    def answered_lots(self):
        return [l for l in self.lots if l.answered]

    def get_rec_name(self, name):
        return f'[{self.reference}] {self.name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('reference', *clause[1:]),
            ('name', *clause[1:]),
            ('members.party.rec_name', *clause[1:]),
            ]

    @classmethod
    def copy(cls, consultations, default=None):
        default = default.copy() if default is not None else {}
        for name in ['contract', 'outcome', 'dates']:
            default.setdefault(name, None)
        return super().copy(consultations, default=default)

    @classmethod
    def check_modification(
            cls, mode, consultations, values=None, external=False):
        super().check_modification(
            mode, consultations, values=values, external=external)
        if mode == 'delete':
            for consultation in consultations:
                if consultation.state not in {*OPEN, 'declined'}:
                    raise AccessError(gettext(
                            'shortcircuit_collective.msg_consultation_delete',
                            consultation=consultation.rec_name))

    @classmethod
    @ModelView.button
    @Workflow.transition('answering')
    def answer(cls, consultations):
        pass

    @classmethod
    @ModelView.button
    def propose(cls, consultations):
        "Propose products, prices and volumes where there are none"
        pool = Pool()
        Lot = pool.get('shortcircuit.consultation.lot')
        for consultation in consultations:
            if not consultation.mercuriale:
                raise ConsultationError(gettext(
                        'shortcircuit_collective.msg_consultation_mercuriale',
                        consultation=consultation.rec_name))
        Lot.propose([l for c in consultations for l in c.answered_lots])

    @classmethod
    @ModelView.button_action(
        'shortcircuit_collective.wizard_consultation_import')
    def import_lines(cls, consultations):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('submitted')
    def submit(cls, consultations):
        for consultation in consultations:
            consultation.check_submit()

    def check_submit(self):
        "Refuse an answer without prices, warn of what is missing"
        if not self.members or not self.answered_lots:
            raise ConsultationError(gettext(
                    'shortcircuit_collective.msg_consultation_empty',
                    consultation=self.rec_name))
        for lot in self.answered_lots:
            lot.check_submit()
        missing = [d.rec_name for d in self.documents if not d.done]
        texts = [self.warnings] if self.warnings else []
        if missing:
            texts.append(gettext(
                    'shortcircuit_collective.msg_consultation_missing',
                    documents=', '.join(missing)))
        warn(ConsultationWarning, 'consultation_submit', [self], gettext(
                'shortcircuit_collective.msg_consultation_submit',
                consultation=self.rec_name), texts)

    @classmethod
    @ModelView.button
    @Workflow.transition('won')
    def win(cls, consultations):
        for consultation in consultations:
            consultation.contract = consultation.make_contract()
        cls.save(consultations)

    @classmethod
    @ModelView.button
    @Workflow.transition('lost')
    def lose(cls, consultations):
        cls.check_outcome(consultations)

    @classmethod
    @ModelView.button
    @Workflow.transition('declined')
    def decline(cls, consultations):
        cls.check_outcome(consultations)

    @classmethod
    def check_outcome(cls, consultations):
        for consultation in consultations:
            if not consultation.outcome:
                raise ConsultationError(gettext(
                        'shortcircuit_collective.msg_consultation_outcome',
                        consultation=consultation.rec_name))

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def draft(cls, consultations):
        pass


class Member(MemberMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.consultation.member'

    consultation = fields.Many2One(
        'shortcircuit.consultation', "Consultation", required=True,
        ondelete='CASCADE')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('consultation')
        cls._sql_constraints += [
            ('party_unique', Unique(t, t.consultation, t.party),
                'shortcircuit_collective.msg_consultation_member_unique'),
            ]

    @fields.depends('consultation', '_parent_consultation.company')
    def on_change_with_company(self, name=None):
        return self.consultation.company if self.consultation else None

    @classmethod
    def search_company(cls, name, clause):
        return [('consultation.' + clause[0], *clause[1:])]
