# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, Workflow, fields
from trytond.model.exceptions import AccessError
from trytond.modules.currency.fields import Monetary
from trytond.modules.shortcircuit_catalog.today import today
from trytond.pool import Pool
from trytond.pyson import Eval, If
from trytond.transaction import Transaction

from .exceptions import DeclarationError


class Declaration(Workflow, ModelSQL, ModelView):
    __name__ = 'shortcircuit.declaration'

    _states = {
        'readonly': Eval('state') != 'draft',
        }

    number = fields.Char("Number", readonly=True)
    company = fields.Many2One(
        'company.company', "Company", required=True, states=_states)
    canteen = fields.Many2One(
        'shortcircuit.canteen', "Canteen", required=True,
        ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states=_states)
    kind = fields.Selection([
            ('purchases', "Purchases"),
            ('simple', "Simple Year Summary"),
            ('detailed', "Detailed Year Summary"),
            ], "Kind", required=True, sort=False, states=_states,
        help="Purchases: each purchase of the period, which no other file "
        "declares.\n"
        "Summary: the amounts of the whole year.")
    start_date = fields.Date(
        "Start Date", required=True,
        domain=[
            If(Eval('start_date') & Eval('end_date'),
                ('start_date', '<=', Eval('end_date')),
                ()),
            ],
        states=_states)
    end_date = fields.Date(
        "End Date", required=True,
        domain=[
            If(Eval('start_date') & Eval('end_date'),
                ('end_date', '>=', Eval('start_date')),
                ()),
            ],
        states=_states)
    moves = fields.One2Many(
        'stock.move', 'egalim_declaration', "Deliveries", readonly=True,
        states={
            'invisible': Eval('kind') != 'purchases',
            },
        help="What the files declare, which no other ones will.")
    files = fields.One2Many(
        'shortcircuit.declaration.file', 'declaration', "Files",
        readonly=True,
        states={
            'invisible': ~Eval('files'),
            },
        help="What to import on ma cantine, in several files if one would be "
        "too large.")
    amount = Monetary(
        "Amount", currency='currency', digits='currency', readonly=True,
        help="What the files declare, excluding taxes.")
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    state = fields.Selection([
            ('draft', "Draft"),
            ('exported', "Exported"),
            ('cancelled', "Cancelled"),
            ], "State", required=True, readonly=True, sort=False)

    del _states

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('end_date', 'DESC'),
            ('canteen', 'ASC'),
            ('id', 'DESC'),
            ]
        cls._transitions |= {
            ('draft', 'exported'),
            ('draft', 'cancelled'),
            ('exported', 'cancelled'),
            ('cancelled', 'draft'),
            }
        cls._buttons.update({
                'cancel': {
                    'invisible': Eval('state') == 'cancelled',
                    'depends': ['state'],
                    },
                'draft': {
                    'invisible': Eval('state') != 'cancelled',
                    'icon': 'tryton-undo',
                    'depends': ['state'],
                    },
                'export': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-export',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_kind(cls):
        return 'purchases'

    @classmethod
    def default_state(cls):
        return 'draft'

    @fields.depends('kind', 'company', 'start_date', 'end_date')
    def on_change_kind(self):
        if self.kind != 'purchases':
            year = (
                self.start_date.year if self.start_date
                else today(self.company).year - 1)
            self.start_date = dt.date(year, 1, 1)
            self.end_date = dt.date(year, 12, 31)

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None

    def get_rec_name(self, name):
        pool = Pool()
        Lang = pool.get('ir.lang')
        lang = Lang.get()
        period = ' - '.join(map(
                lang.strftime, [self.start_date, self.end_date]))
        return ' '.join(filter(None, [
                    self.number, self.canteen.rec_name, period]))

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('number', *clause[1:]),
            ('canteen.rec_name', *clause[1:]),
            ]

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, declarations):
        pool = Pool()
        Move = pool.get('stock.move')
        moves = [m for d in declarations for m in d.moves]
        if moves:
            Move.write(moves, {'egalim_declaration': None})

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def draft(cls, declarations):
        pool = Pool()
        File = pool.get('shortcircuit.declaration.file')
        File.delete([f for d in declarations for f in d.files])
        cls.write(declarations, {'amount': None})

    @classmethod
    @ModelView.button
    @Workflow.transition('exported')
    def export(cls, declarations):
        """
        Make the files of each declaration.

        A delivery is declared once: in the period, or in one of an exported
        declaration of the canteen if it was done after that export.
        """
        pool = Pool()
        Canteen = pool.get('shortcircuit.canteen')
        Configuration = pool.get('shortcircuit.configuration')
        # Two exports of a canteen at once would declare the same deliveries
        Canteen.lock(list({
                    c for d in declarations for c in d.canteen.relatives}))
        for declaration in declarations:
            declaration.check_period()
            if declaration.kind == 'purchases':
                declaration.check_overlap()
                declaration.export_purchases()
            else:
                declaration.export_summary()
        Configuration.set_number(declarations, 'declaration_sequence')

    def check_period(self):
        if self.end_date > today(self.company):
            raise DeclarationError(gettext(
                    'shortcircuit_collective.msg_declaration_future',
                    declaration=self.rec_name))
        whole = (self.start_date, self.end_date) == (
            dt.date(self.start_date.year, 1, 1),
            dt.date(self.start_date.year, 12, 31))
        if self.kind != 'purchases' and not whole:
            raise DeclarationError(gettext(
                    'shortcircuit_collective.msg_declaration_year',
                    declaration=self.rec_name))

    def check_overlap(self):
        for other in self._exported():
            if (other.start_date <= self.end_date
                    and self.start_date <= other.end_date):
                raise DeclarationError(gettext(
                        'shortcircuit_collective.msg_declaration_overlap',
                        declaration=self.rec_name,
                        other=other.rec_name))

    def _exported(self):
        "Return the other exported files that cover one of the canteens"
        return self.__class__.search([
                ('canteen', 'in', [c.id for c in self.canteen.relatives]),
                ('kind', '=', 'purchases'),
                ('amount', '!=', None),
                ('state', '!=', 'cancelled'),
                ('id', '!=', self.id),
                ])

    @property
    def canteens(self):
        "The canteens whose deliveries are declared"
        return [self.canteen, *self.canteen.satellites]

    @property
    def identity(self):
        """
        The column that tells who declares, and its value.

        It is the SIRET, but for a group or a canteen that only has an
        identifier on the platform, which takes no detailed summary by it.
        Raise DeclarationError without value.
        """
        canteen = self.canteen
        by_id = self.kind != 'detailed' and (
            canteen.production_type == 'groupe'
            or canteen.ma_cantine_id and not canteen.siret)
        if not by_id:
            if not canteen.siret:
                raise DeclarationError(gettext(
                        'shortcircuit_collective.msg_declaration_no_siret',
                        declaration=self.rec_name,
                        canteen=canteen.rec_name))
            return 'siret', canteen.siret.code_compact
        id_ = canteen.ma_cantine_id or ''
        if not (id_.isascii() and id_.isdigit()):
            raise DeclarationError(gettext(
                    'shortcircuit_collective.msg_declaration_no_id',
                    declaration=self.rec_name,
                    canteen=canteen.rec_name))
        return 'cantine_id', id_

    def undeclared_moves(self):
        "Return the deliveries of the periods that no file declares"
        pool = Pool()
        Move = pool.get('stock.move')
        return Move.search([
                ('canteen', 'in', [c.id for c in self.canteens]),
                ('state', '=', 'done'),
                ('sale_amount', '!=', None),
                ('egalim_declaration', '=', None),
                ['OR', *([
                        ('effective_date', '>=', d.start_date),
                        ('effective_date', '<=', d.end_date),
                        ] for d in [self, *self._exported()])],
                ], order=[('effective_date', 'ASC'), ('id', 'ASC')])

    @classmethod
    def check_modification(
            cls, mode, declarations, values=None, external=False):
        super().check_modification(
            mode, declarations, values=values, external=external)
        if mode == 'delete':
            for declaration in declarations:
                if declaration.state == 'exported':
                    raise AccessError(gettext(
                            'shortcircuit_collective.msg_declaration_delete',
                            declaration=declaration.rec_name))

    @classmethod
    def copy(cls, declarations, default=None):
        default = default.copy() if default is not None else {}
        for name in ['number', 'moves', 'files', 'amount']:
            default.setdefault(name, None)
        return super().copy(declarations, default=default)


class DeclarationFile(ModelSQL, ModelView):
    __name__ = 'shortcircuit.declaration.file'

    declaration = fields.Many2One(
        'shortcircuit.declaration', "Declaration", required=True,
        ondelete='CASCADE')
    filename = fields.Char("File Name", required=True)
    file = fields.Binary("File", filename='filename', required=True)
    rows = fields.Integer("Rows")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('declaration')
        cls._order.insert(0, ('filename', 'ASC'))

    def get_rec_name(self, name):
        return self.filename

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('filename', *clause[1:])]
