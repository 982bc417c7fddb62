# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from collections import defaultdict

from trytond.model import ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.wizard import Button, StateAction, StateView, Wizard

from .unsold import KINDS


class UnsoldCreate(Wizard):
    __name__ = 'shortcircuit.unsold.create'

    start = StateView(
        'shortcircuit.unsold.create.start',
        'shortcircuit_hub.unsold_create_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Create", 'create_', 'tryton-ok', default=True),
            ])
    create_ = StateAction('shortcircuit_hub.act_unsold_form')

    def do_create_(self, action):
        return action, {'res_id': [r.id for r in self.get_unsold()]}

    def get_unsold(self):
        "Create a document for each producer who has something left"
        pool = Pool()
        Line = pool.get('shortcircuit.unsold.line')
        Lot = pool.get('stock.lot')
        Unsold = pool.get('shortcircuit.unsold')
        left = defaultdict(list)
        for lot, warehouse, quantity in Unsold.get_left():
            if warehouse == self.start.warehouse:
                left[lot.producer].append((lot, quantity))
        held = Lot.get_holds({l for lots in left.values() for l, _ in lots})
        records = {}
        for producer, lots in left.items():
            lots = [
                (l, q) for l, q in lots
                if self.start.kind != 'gift' or l.id not in held]
            if lots:
                records[self._get_unsold(producer)] = lots
        Unsold.save(list(records))
        lines = [
            Line(unsold=record, lot=lot, quantity=quantity)
            for record, lots in records.items() for lot, quantity in lots]
        Line.set_values(lines)
        Line.save(lines)
        return list(records)

    def _get_unsold(self, producer):
        pool = Pool()
        Unsold = pool.get('shortcircuit.unsold')
        unsold = Unsold(
            kind=self.start.kind,
            company=producer.company,
            producer=producer,
            warehouse=self.start.warehouse,
            date=Unsold.default_date(),
            recipient=self.start.recipient,
            reason=self.start.reason)
        unsold.borne_by = unsold.on_change_with_borne_by()
        return unsold


class UnsoldCreateStart(ModelView):
    __name__ = 'shortcircuit.unsold.create.start'

    kind = fields.Selection(KINDS, "Kind", required=True, sort=False)
    warehouse = fields.Many2One(
        'stock.location', "Hub", required=True,
        domain=[
            ('type', '=', 'warehouse'),
            ])
    recipient = fields.Many2One(
        'party.party', "Recipient",
        states={
            'invisible': Eval('kind') != 'gift',
            'required': Eval('kind') == 'gift',
            },
        help="The food-aid body that receives the gift.")
    reason = fields.Many2One(
        'shortcircuit.loss_reason', "Reason",
        states={
            'invisible': Eval('kind') != 'write_off',
            'required': Eval('kind') == 'write_off',
            })

    @classmethod
    def default_kind(cls):
        return 'return'

    @classmethod
    def default_warehouse(cls):
        pool = Pool()
        Location = pool.get('stock.location')
        return Location.get_default_warehouse()
