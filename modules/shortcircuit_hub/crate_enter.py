# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .crate_count import count_field
from .crate_holder import FIELDS
from .exceptions import CrateError


class CrateEnterStart(ModelView):
    __name__ = 'shortcircuit.crate.enter.start'

    company = fields.Many2One('company.company', "Company", required=True)
    date = fields.Date("Date", required=True)
    warehouse = fields.Many2One(
        'stock.location', "Hub", required=True,
        domain=[
            ('type', '=', 'warehouse'),
            ])
    direction = fields.Selection([
            ('in', "Come to the Hub"),
            ('out', "Leave the Hub"),
            ], "Crates", required=True, sort=False)
    kind = fields.Selection(
        'get_kinds', "From or To", required=True, sort=False)
    party = fields.Many2One(
        'party.party', "Party",
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        states={
            'required': Eval('kind').in_(['aidant', 'producer', 'customer']),
            'invisible': ~Eval('kind').in_(
                ['aidant', 'producer', 'customer']),
            })
    point = fields.Many2One(
        'shortcircuit.distribution_point', "Distribution Point",
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states={
            'required': Eval('kind') == 'point',
            'invisible': Eval('kind') != 'point',
            })
    lines = fields.One2Many(
        'shortcircuit.crate.enter.line', None, "Crates")
    note = fields.Char("Note")

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_date(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        return Date.today()

    @classmethod
    def default_warehouse(cls):
        pool = Pool()
        Location = pool.get('stock.location')
        return Location.get_default_warehouse()

    @classmethod
    def default_direction(cls):
        return 'in'

    @classmethod
    def get_kinds(cls):
        pool = Pool()
        Holder = pool.get('shortcircuit.crate.holder')
        kinds = Holder.fields_get(['kind'])['kind']['selection']
        return [k for k in kinds if k[0] != 'hub']

    @classmethod
    def default_lines(cls):
        pool = Pool()
        Crate = pool.get('shortcircuit.crate')
        return [{'crate': c.id} for c in Crate.search([])]

    def get_ends(self):
        "Return the keys of the holders, from and to"
        name = FIELDS.get(self.kind)
        ends = [
            (self.kind, getattr(self, name).id if name else None),
            ('hub', self.warehouse.id)]
        return ends if self.direction == 'in' else ends[::-1]


class CrateEnterLine(ModelView):
    __name__ = 'shortcircuit.crate.enter.line'

    crate = fields.Many2One('shortcircuit.crate', "Crate", required=True)
    quantity = count_field('quantity', "Quantity")


class CrateEnter(Wizard):
    __name__ = 'shortcircuit.crate.enter'

    start = StateView(
        'shortcircuit.crate.enter.start',
        'shortcircuit_hub.crate_enter_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Write", 'write_', 'tryton-ok', default=True),
            ])
    write_ = StateTransition()

    def default_start(self, fields):
        "Propose the record it is started from"
        name = self.model.__name__ if self.model else ''
        propose = getattr(self, f'_propose_{name.replace(".", "_")}', None)
        # It may also be started from a menu
        return propose(self.record) if propose and self.record else {}

    def _propose_party_party(self, party):
        return {'kind': 'customer', 'party': party.id}

    def _propose_shortcircuit_producer(self, producer):
        return {'kind': 'producer', 'party': producer.party.id}

    def _propose_shortcircuit_distribution_point(self, point):
        return {
            'kind': 'point',
            'point': point.id,
            'warehouse': point.warehouse.id,
            }

    def transition_write_(self):
        pool = Pool()
        Holder = pool.get('shortcircuit.crate.holder')
        Move = pool.get('shortcircuit.crate.move')
        start = self.start
        lines = [l for l in start.lines if l.quantity]
        if not lines:
            raise CrateError(gettext(
                    'shortcircuit_hub.msg_crate_enter_nothing'))
        ends = start.get_ends()
        holders = Holder.get(start.company, ends)
        from_holder, to_holder = [holders[k] for k in ends]
        Move.save([Move(
                    company=start.company,
                    date=start.date,
                    crate=line.crate,
                    quantity=line.quantity,
                    from_holder=from_holder,
                    to_holder=to_holder,
                    note=start.note)
                for line in lines])
        return 'end'
