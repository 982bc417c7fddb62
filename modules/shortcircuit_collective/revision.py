# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

"The prices of a contract, revised by its formula or by the mercuriale"

from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, Unique, Workflow, fields
from trytond.model.exceptions import AccessError
from trytond.modules.currency.fields import Monetary
from trytond.modules.product import price_digits
from trytond.modules.shortcircuit_catalog.today import today
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval

from . import revision_formula
from .contract_price import find_published_prices
from .exceptions import RevisionError
from .proportion import domain, proportion


class Lot(metaclass=PoolMeta):
    __name__ = 'shortcircuit.contract.lot'

    _formula = {
        'invisible': Eval('revision_method') != 'formula',
        }
    _revised = {
        'invisible': ~Eval('revision_method'),
        }

    revision_method = fields.Selection([
            (None, "Fixed Prices"),
            ('formula', "Formula"),
            ('mercuriale', "Adjustment to the Mercuriale"),
            ], "Revision", sort=False)
    revision_base_date = fields.Date(
        "Base Date",
        states={
            'invisible': _formula['invisible'],
            'required': Eval('revision_method') == 'formula',
            },
        help="When the indices had their initial value.")
    revision_fixed = proportion(
        "Fixed Part", domain=domain('revision_fixed'),
        states={
            'invisible': _formula['invisible'],
            'required': Eval('revision_method') == 'formula',
            },
        help="The part of the price that no index moves.")
    revision_terms = fields.One2Many(
        'shortcircuit.contract.lot.term', 'lot', "Indices", states=_formula)
    revision_cap = proportion(
        "Cap", domain=domain('revision_cap'), states=_revised,
        help="The part of the price that a revision adds at most.")
    revision_floor = proportion(
        "Floor", domain=domain('revision_floor'), states=_revised,
        help="The part of the price that a revision takes off at most.")
    revision_safeguard = proportion(
        "Safeguard", domain=domain('revision_safeguard'), states=_revised,
        help="From which variation of a price a person must accept it.")

    del _formula, _revised

    def get_coefficient(self, date):
        "Return by what the formula multiplies the initial prices on the date"
        terms = []
        for term in self.revision_terms:
            values = [
                term.index.get_value(d)
                for d in [self.revision_base_date, date]]
            if None in values:
                raise RevisionError(gettext(
                        'shortcircuit_collective.msg_revision_index',
                        lot=self.rec_name,
                        index=term.index.rec_name))
            terms.append((term.weight, *values))
        try:
            return revision_formula.coefficient(self.revision_fixed, terms)
        except ValueError:
            raise RevisionError(gettext(
                    'shortcircuit_collective.msg_revision_weights',
                    lot=self.rec_name))


class LotTerm(ModelSQL, ModelView):
    __name__ = 'shortcircuit.contract.lot.term'

    lot = fields.Many2One(
        'shortcircuit.contract.lot', "Lot", required=True,
        ondelete='CASCADE')
    index = fields.Many2One(
        'shortcircuit.price_index', "Index", required=True,
        ondelete='RESTRICT')
    weight = proportion("Weight", domain=domain('weight'), required=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('lot')
        cls._sql_constraints += [
            ('index_unique', Unique(t, t.lot, t.index),
                'shortcircuit_collective.msg_contract_lot_term_unique'),
            ]

    def get_rec_name(self, name):
        return f'{self.lot.rec_name} - {self.index.rec_name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('lot.rec_name', *clause[1:])]


class Revision(Workflow, ModelSQL, ModelView):
    __name__ = 'shortcircuit.contract.revision'

    _states = {
        'readonly': Eval('state') != 'draft',
        }

    contract = fields.Many2One(
        'shortcircuit.contract', "Contract", required=True,
        ondelete='RESTRICT',
        domain=[
            ('state', '=', 'active'),
            ],
        states={
            'readonly': _states['readonly'] | Bool(Eval('lines', [0])),
            })
    start_date = fields.Date(
        "Start Date", required=True, states=_states,
        help="The first day of delivery the revised prices apply to.")
    index_date = fields.Date(
        "Date of the Indices", required=True, states=_states,
        help="The last values of the indices known on that day are used.")
    mercuriale = fields.Many2One(
        'shortcircuit.mercuriale', "Mercuriale",
        domain=[
            ('state', 'in', ['published', 'superseded']),
            ],
        states=_states,
        help="To which the lots that follow a mercuriale are adjusted.")
    notification_date = fields.Date("Notified on", readonly=True)
    lines = fields.One2Many(
        'shortcircuit.contract.revision.line', 'revision', "Prices",
        readonly=True)
    note = fields.Text("Note")
    state = fields.Selection([
            ('draft', "Draft"),
            ('notified', "Notified"),
            ('applied', "Applied"),
            ('cancelled', "Cancelled"),
            ], "State", required=True, readonly=True, sort=False)

    del _states

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('start_date', 'DESC'),
            ('id', 'DESC'),
            ]
        cls._transitions |= {
            ('draft', 'notified'),
            ('draft', 'cancelled'),
            ('notified', 'applied'),
            ('notified', 'cancelled'),
            }
        cls._buttons.update({
                'compute': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-refresh',
                    'depends': ['state'],
                    },
                'notify': {
                    'invisible': Eval('state') != 'draft',
                    'readonly': ~Eval('lines', []),
                    'depends': ['state', 'lines'],
                    },
                'apply': {
                    'invisible': Eval('state') != 'notified',
                    'depends': ['state'],
                    },
                'cancel': {
                    'invisible': ~Eval('state').in_(['draft', 'notified']),
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_state(cls):
        return 'draft'

    @fields.depends('start_date', 'index_date')
    def on_change_start_date(self):
        self.index_date = self.index_date or self.start_date

    def get_rec_name(self, name):
        pool = Pool()
        Lang = pool.get('ir.lang')
        return (f'{self.contract.rec_name} - '
            f'{Lang.get().strftime(self.start_date)}')

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('contract.rec_name', *clause[1:])]

    @classmethod
    def check_modification(
            cls, mode, revisions, values=None, external=False):
        super().check_modification(
            mode, revisions, values=values, external=external)
        if mode == 'delete':
            for revision in revisions:
                if revision.state in {'notified', 'applied'}:
                    raise AccessError(gettext(
                            'shortcircuit_collective.msg_revision_delete',
                            revision=revision.rec_name))

    @classmethod
    @ModelView.button
    def compute(cls, revisions):
        "Show what the clauses of the lots make of the prices"
        pool = Pool()
        Line = pool.get('shortcircuit.contract.revision.line')
        Line.delete([l for r in revisions for l in r.lines])
        Line.save([l for r in revisions for l in r.get_lines()])

    def get_lines(self):
        pool = Pool()
        Line = pool.get('shortcircuit.contract.revision.line')
        lines = []
        for lot in self.contract.lots:
            if not lot.revision_method:
                continue
            find_asked = getattr(self, f'_asked_by_{lot.revision_method}')(lot)
            for price in lot.prices:
                current = price.get_version(self.start_date)
                asked = find_asked(price)
                if not current or asked is None:
                    continue
                revised = revision_formula.revise(
                    current.unit_price, asked, lot.revision_cap,
                    lot.revision_floor, lot.revision_safeguard,
                    digits=price_digits[1])
                lines.append(Line(
                        revision=self, price=price,
                        current_price=current.unit_price,
                        asked_price=round(asked, price_digits[1]),
                        unit_price=revised.price,
                        limited=revised.limited,
                        safeguard=revised.safeguard))
        return lines

    def _asked_by_formula(self, lot):
        coefficient = lot.get_coefficient(self.index_date)

        def find(price):
            initial = min(price.versions, key=lambda v: v.start_date)
            return initial.unit_price * coefficient
        return find

    def _asked_by_mercuriale(self, lot):
        if not self.mercuriale:
            raise RevisionError(gettext(
                    'shortcircuit_collective.msg_revision_mercuriale',
                    revision=self.rec_name,
                    lot=lot.rec_name))
        return find_published_prices(self.mercuriale, lot.prices).get

    @classmethod
    @ModelView.button
    @Workflow.transition('notified')
    def notify(cls, revisions):
        for revision in revisions:
            revision.notification_date = today(revision.contract.company)
        cls.save(revisions)

    @classmethod
    @ModelView.button
    def apply(cls, revisions):
        for revision in revisions:
            revision.check_apply()
        cls._apply(revisions)

    @classmethod
    @Workflow.transition('applied')
    def _apply(cls, revisions):
        pool = Pool()
        Version = pool.get('shortcircuit.contract.price.version')
        Version.save([
                Version(
                    price=line.price, start_date=revision.start_date,
                    unit_price=line.unit_price, revision=revision)
                for revision in revisions for line in revision.lines
                if line.unit_price != line.current_price])

    def check_apply(self):
        for line in self.lines:
            current = line.price.get_version(self.start_date)
            if current.unit_price != line.current_price:
                raise RevisionError(gettext(
                        'shortcircuit_collective.msg_revision_changed',
                        revision=self.rec_name,
                        price=line.price.rec_name))
            if line.safeguard and not line.accepted:
                raise RevisionError(gettext(
                        'shortcircuit_collective.msg_revision_safeguard',
                        revision=self.rec_name,
                        price=line.price.rec_name))

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, revisions):
        pass


class RevisionLine(ModelSQL, ModelView):
    __name__ = 'shortcircuit.contract.revision.line'

    revision = fields.Many2One(
        'shortcircuit.contract.revision', "Revision", required=True,
        ondelete='CASCADE')
    price = fields.Many2One(
        'shortcircuit.contract.price', "Price", required=True, readonly=True,
        ondelete='CASCADE')
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    current_price = Monetary(
        "Current Price", currency='currency', digits=price_digits,
        required=True, readonly=True, help="Excluding taxes.")
    asked_price = Monetary(
        "Computed Price", currency='currency', digits=price_digits,
        required=True, readonly=True,
        help="What the formula or the mercuriale gives before the cap and "
        "the floor.")
    unit_price = Monetary(
        "Revised Price", currency='currency', digits=price_digits,
        required=True, readonly=True, help="Excluding taxes.")
    variation = fields.Function(
        fields.Numeric("Variation", digits=(16, 4)),
        'on_change_with_variation')
    limited = fields.Boolean(
        "Limited", readonly=True, help="The cap or the floor has held it.")
    safeguard = fields.Boolean(
        "Safeguard", readonly=True,
        help="The safeguard clause is met: it must be accepted.")
    accepted = fields.Boolean(
        "Accepted",
        states={
            'invisible': ~Eval('safeguard'),
            })

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('revision')

    @fields.depends('price')
    def on_change_with_currency(self, name=None):
        return self.price.currency if self.price else None

    @fields.depends('current_price', 'unit_price')
    def on_change_with_variation(self, name=None):
        if self.current_price:
            return round(self.unit_price / self.current_price - 1, 4)
        return Decimal(0)

    def get_rec_name(self, name):
        return f'{self.revision.rec_name} - {self.price.rec_name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('price.rec_name', *clause[1:])]


class PriceVersion(metaclass=PoolMeta):
    __name__ = 'shortcircuit.contract.price.version'

    revision = fields.Many2One(
        'shortcircuit.contract.revision', "Revision", readonly=True,
        ondelete='RESTRICT')

    @classmethod
    def copy(cls, versions, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('revision', None)
        return super().copy(versions, default=default)
