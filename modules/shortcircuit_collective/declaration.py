# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from collections import defaultdict
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, Workflow, fields
from trytond.model.exceptions import AccessError
from trytond.modules.currency.fields import Monetary
from trytond.modules.shortcircuit_catalog.today import today
from trytond.pool import Pool
from trytond.pyson import Eval, If
from trytond.transaction import Transaction

from . import macantine
from .exceptions import DeclarationError, DeclarationFamilyWarning


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
        help="What the file declares, which no other one will.")
    file = fields.Binary(
        "File", filename='filename', readonly=True,
        states={
            'invisible': ~Eval('file'),
            },
        help="The file of purchases to import on ma cantine.")
    filename = fields.Char("File Name", readonly=True)
    amount = Monetary(
        "Amount", currency='currency', digits='currency', readonly=True,
        help="What the file declares, excluding taxes.")
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
    def default_state(cls):
        return 'draft'

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
        cls.write(declarations, {
                'file': None,
                'filename': None,
                'amount': None,
                })

    @classmethod
    @ModelView.button
    @Workflow.transition('exported')
    def export(cls, declarations):
        """
        Make the file of purchases of each declaration.

        A delivery is exported once: in the period, or in one of an exported
        declaration of the canteen if it was done after that export.
        """
        pool = Pool()
        Canteen = pool.get('shortcircuit.canteen')
        Configuration = pool.get('shortcircuit.configuration')
        Move = pool.get('stock.move')
        # Two exports of a canteen at once would declare the same deliveries
        Canteen.lock(list({d.canteen for d in declarations}))
        for declaration in declarations:
            declaration.check_period()
            moves = declaration.undeclared_moves()
            declaration.check_families(moves)
            moves = [m for m in moves if m.egalim_family]
            declaration.set_file(declaration.get_rows(moves))
            Move.write(moves, {'egalim_declaration': declaration.id})
        Configuration.set_number(declarations, 'declaration_sequence')

    def check_period(self):
        if self.end_date > today(self.company):
            raise DeclarationError(gettext(
                    'shortcircuit_collective.msg_declaration_future',
                    declaration=self.rec_name))
        if not self.canteen.siret:
            raise DeclarationError(gettext(
                    'shortcircuit_collective.msg_declaration_no_siret',
                    declaration=self.rec_name,
                    canteen=self.canteen.rec_name))
        for other in self._exported():
            if (other.start_date <= self.end_date
                    and self.start_date <= other.end_date):
                raise DeclarationError(gettext(
                        'shortcircuit_collective.msg_declaration_overlap',
                        declaration=self.rec_name,
                        other=other.rec_name))

    def _exported(self):
        return self.__class__.search([
                ('canteen', '=', self.canteen.id),
                ('amount', '!=', None),
                ('state', '!=', 'cancelled'),
                ('id', '!=', self.id),
                ])

    def undeclared_moves(self):
        "Return the deliveries of the periods that no file declares"
        pool = Pool()
        Move = pool.get('stock.move')
        return Move.search([
                ('canteen', '=', self.canteen.id),
                ('state', '=', 'done'),
                ('sale_amount', '!=', None),
                ('egalim_declaration', '=', None),
                ['OR', *([
                        ('effective_date', '>=', d.start_date),
                        ('effective_date', '<=', d.end_date),
                        ] for d in [self, *self._exported()])],
                ], order=[('effective_date', 'ASC'), ('id', 'ASC')])

    def check_families(self, moves):
        pool = Pool()
        Warning = pool.get('res.user.warning')
        products = {m.product for m in moves if not m.egalim_family}
        if products:
            key = Warning.format('declaration_family', [self])
            if Warning.check(key):
                raise DeclarationFamilyWarning(key, gettext(
                        'shortcircuit_collective.msg_declaration_family',
                        declaration=self.rec_name,
                        products=', '.join(sorted(
                                p.rec_name for p in products))))

    def get_rows(self, moves):
        """
        Return the purchases that moves make as rows of the import schema.

        There is one row by date, product and class, whoever the producers:
        the cooperative is the supplier. What came back is deducted. Raise
        DeclarationError if more of a product came back than the moves
        delivered: the purchase it should be deducted from was declared
        before, or never.
        """
        amounts = defaultdict(lambda: defaultdict(Decimal))
        for move in moves:
            amounts[self._row_key(move)][move.effective_date] += (
                move.sale_amount)
        rows = []
        for key, by_date in amounts.items():
            try:
                by_date = macantine.net(by_date)
            except ValueError:
                product, *_ = key
                raise DeclarationError(gettext(
                        'shortcircuit_collective.msg_declaration_negative',
                        declaration=self.rec_name,
                        product=product.rec_name))
            rows.extend(
                self._row(date, amount, *key)
                for date, amount in by_date.items())
        return sorted(rows, key=lambda r: (r['date'], r['description']))

    def _row_key(self, move):
        return (
            move.product, move.egalim_family, move.egalim_labels,
            move.egalim_origin, move.short_circuit)

    def _row(
            self, date, amount, product, family, labels, origin,
            short_circuit):
        # What is local depends on a definition of the canteen and on where
        # the producer is: left to the canteen
        return {
            'siret': self.canteen.siret.code_compact,
            'description': product.name,
            'fournisseur': self.company.party.name,
            'date': date.isoformat(),
            'prix_ht': str(amount.quantize(Decimal('.01'))),
            'famille_produits': family,
            'categories_egalim': labels or '',
            'origine': origin or '',
            'est_circuit_court': 'OUI' if short_circuit else '',
            }

    def set_file(self, rows):
        if not rows:
            raise DeclarationError(gettext(
                    'shortcircuit_collective.msg_declaration_empty',
                    declaration=self.rec_name))
        self.file = macantine.write('achats_siret', rows)
        if len(self.file) > macantine.MAX_SIZE:
            raise DeclarationError(gettext(
                    'shortcircuit_collective.msg_declaration_size',
                    declaration=self.rec_name,
                    size=macantine.MAX_SIZE // 1024 ** 2))
        self.filename = '-'.join([
                'achats', self.canteen.siret.code_compact,
                self.start_date.isoformat(), self.end_date.isoformat()]
            ) + '.csv'
        self.amount = sum(Decimal(r['prix_ht']) for r in rows)
        self.save()

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
        for name in ['number', 'moves', 'file', 'filename', 'amount']:
            default.setdefault(name, None)
        return super().copy(declarations, default=default)
