# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, Workflow, fields
from trytond.model.exceptions import AccessError
from trytond.pool import Pool
from trytond.pyson import Bool, Eval, If
from trytond.transaction import Transaction
from trytond.wizard import StateAction, Wizard

from .crate_count import CountedMixin, count_field
from .crate_holder import FIELDS
from .crate_move import Entry
from .draft_done import DraftDoneMixin
from .exceptions import CrateError


class CrateInventory(DraftDoneMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.crate.inventory'

    _states = {
        'readonly': Eval('state') != 'draft',
        }

    holder = fields.Many2One(
        'shortcircuit.crate.holder', "Holder", required=True,
        ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ('kind', 'in', list(FIELDS)),
            ],
        states={
            'readonly': _states['readonly'] | Eval('lines', [0]),
            })
    lines = fields.One2Many(
        'shortcircuit.crate.inventory.line', 'inventory', "Lines",
        states=_states)

    del _states

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.date.help = "The crates are counted at the end of the day."
        cls._buttons.update({
                'complete': {
                    'invisible': Eval('state') != 'draft',
                    'readonly': ~Eval('holder'),
                    'icon': 'tryton-refresh',
                    'depends': ['state', 'holder'],
                    },
                'as_expected': {
                    'invisible': Eval('state') != 'draft',
                    'readonly': ~Eval('lines', []),
                    'icon': 'tryton-ok',
                    'depends': ['state', 'lines'],
                    },
                })

    def get_rec_name(self, name):
        pool = Pool()
        Lang = pool.get('ir.lang')
        return f'{self.holder.rec_name} - {Lang.get().strftime(self.date)}'

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('holder.rec_name', *clause[1:])]

    @classmethod
    @ModelView.button
    def complete(cls, inventories):
        "Expect what the ledger says of each type of crate"
        pool = Pool()
        Crate = pool.get('shortcircuit.crate')
        Line = pool.get('shortcircuit.crate.inventory.line')
        crates = Crate.search([
                ('company', 'in', list({i.company.id for i in inventories})),
                ])
        lines = []
        for inventory, balance in cls._get_balances(inventories).items():
            line_of = {l.crate: l for l in inventory.lines}
            used = {c for c in crates if c.company == inventory.company}
            for crate in sorted(
                    used | balance.keys() | line_of.keys(),
                    key=lambda c: c.id):
                line = line_of.get(crate) or Line(
                    inventory=inventory, crate=crate)
                line.expected = balance.get(crate, 0)
                lines.append(line)
        Line.save(lines)

    @classmethod
    def _get_balances(cls, inventories):
        pool = Pool()
        Balance = pool.get('shortcircuit.crate.balance')
        balances = {}
        for date in {i.date for i in inventories}:
            at_date = [i for i in inventories if i.date == date]
            counts = Balance.at({i.holder for i in at_date}, date)
            balances.update((i, counts[i.holder]) for i in at_date)
        return balances

    @classmethod
    @ModelView.button
    def as_expected(cls, inventories):
        "Count as expected what nobody has counted"
        pool = Pool()
        Line = pool.get('shortcircuit.crate.inventory.line')
        lines = [
            l for i in inventories for l in i.lines if l.quantity is None]
        for line in lines:
            line.quantity = line.expected
        Line.save(lines)

    @classmethod
    @ModelView.button
    @Workflow.transition('done')
    def do(cls, inventories):
        pool = Pool()
        Line = pool.get('shortcircuit.crate.inventory.line')
        # Crates may have moved since
        cls.complete(inventories)
        lines = Line.search([
                ('inventory', 'in', [i.id for i in inventories]),
                ])
        Line.check_counted(lines)
        Line.write_moves(lines)


class CrateInventoryLine(CountedMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.crate.inventory.line'
    _document = 'inventory'

    inventory = fields.Many2One(
        'shortcircuit.crate.inventory', "Inventory", required=True,
        ondelete='CASCADE')
    expected = fields.Integer(
        "Expected", readonly=True, help="What the ledger says.")
    quantity = count_field('quantity', "Counted")
    difference = fields.Function(
        fields.Integer("Difference"), 'on_change_with_difference')
    reason = fields.Char(
        "Reason",
        states={
            'required': (Bool(Eval('difference', 0))
                & (Eval('inventory_state') == 'done')),
            },
        help="What explains the difference.")
    inventory_state = fields.Function(
        fields.Selection('get_inventory_states', "Inventory State"),
        'on_change_with_inventory_state')

    @fields.depends('quantity', 'expected')
    def on_change_with_difference(self, name=None):
        if self.quantity is not None:
            return self.quantity - (self.expected or 0)

    @classmethod
    def get_inventory_states(cls):
        pool = Pool()
        Inventory = pool.get('shortcircuit.crate.inventory')
        return Inventory.fields_get(['state'])['state']['selection']

    @fields.depends('inventory', '_parent_inventory.state')
    def on_change_with_inventory_state(self, name=None):
        return self.inventory.state if self.inventory else None

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(Bool(Eval('difference', 0)), 'warning', '')),
            ]

    @classmethod
    def check_modification(cls, mode, lines, values=None, external=False):
        super().check_modification(
            mode, lines, values=values, external=external)
        for line in lines:
            if line.inventory.state == 'done':
                raise AccessError(gettext(
                        'shortcircuit_hub.msg_crate_inventory_done',
                        inventory=line.inventory.rec_name))

    @classmethod
    def check_counted(cls, lines):
        "Check that all is counted and that the differences are explained"
        for line in lines:
            if line.quantity is None:
                raise CrateError(gettext(
                        'shortcircuit_hub.msg_crate_inventory_count',
                        crate=line.crate.rec_name,
                        inventory=line.inventory.rec_name))
            if line.difference and not line.reason:
                raise CrateError(gettext(
                        'shortcircuit_hub.msg_crate_inventory_reason',
                        difference=f'{line.difference:+}',
                        crate=line.crate.rec_name,
                        inventory=line.inventory.rec_name))

    # The inventory writes once, another one corrects it
    is_written = False

    def get_entries(self):
        holder = self.inventory.holder.key
        ends = [('found', None), holder]
        if self.difference < 0:
            ends = [holder, ('loss', None)]
        yield Entry(
            self, self.inventory.date, 'inventory', self.crate, *ends,
            abs(self.difference))


class CrateInventoryCreate(Wizard):
    __name__ = 'shortcircuit.crate.inventory.create'

    start_state = 'open_'
    open_ = StateAction('shortcircuit_hub.act_crate_inventory_form')

    def do_open_(self, action):
        pool = Pool()
        Inventory = pool.get('shortcircuit.crate.inventory')
        date = Transaction().context.get('crate_date')
        inventories = [
            Inventory(holder=holder, company=holder.company)
            for holder in dict.fromkeys(
                b.holder for b in self.records if b.kind in FIELDS)]
        for inventory in inventories:
            inventory.date = date or Inventory.default_date()
        Inventory.save(inventories)
        Inventory.complete(inventories)
        return action, {'res_id': [i.id for i in inventories]}
