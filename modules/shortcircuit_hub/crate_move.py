# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from collections import defaultdict, namedtuple

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, fields
from trytond.model.exceptions import AccessError
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction

from .exceptions import CrateError

Entry = namedtuple(
    'Entry', 'origin date event crate from_holder to_holder quantity')
Entry.__doc__ = """What a document says of crates of a type

origin is its record, from_holder and to_holder are keys of holders, quantity
is the whole number of crates that went from one to the other."""


class CrateMove(ModelSQL, ModelView):
    __name__ = 'shortcircuit.crate.move'

    _states = {
        'readonly': Eval('id', -1) >= 0,
        }

    company = fields.Many2One(
        'company.company', "Company", required=True, states=_states)
    date = fields.Date("Date", required=True, states=_states)
    crate = fields.Many2One(
        'shortcircuit.crate', "Crate", required=True, ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states=_states)
    quantity = fields.Integer(
        "Quantity", required=True,
        domain=[
            ('quantity', '>', 0),
            ],
        states=_states)
    from_holder = fields.Many2One(
        'shortcircuit.crate.holder', "From", required=True,
        ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ('id', '!=', Eval('to_holder', -1)),
            ],
        states=_states)
    to_holder = fields.Many2One(
        'shortcircuit.crate.holder', "To", required=True,
        ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ('id', '!=', Eval('from_holder', -1)),
            ],
        states=_states)
    event = fields.Selection([
            ('manual', "By Hand"),
            ('full', "Brought Full"),
            ('empty', "Brought Empty"),
            ('given', "Taken Away"),
            ('loaded', "Loaded"),
            ('left', "Left"),
            ('taken', "Taken Back"),
            ('unloaded', "Unloaded"),
            ('inventory', "Inventory"),
            ], "Event", required=True, readonly=True, sort=False)
    origin = fields.Reference("Origin", selection='get_origin', readonly=True)
    note = fields.Char("Note")

    del _states

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('date', 'DESC'),
            ('id', 'DESC'),
            ]

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_date(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        return Date.today()

    @classmethod
    def default_event(cls):
        return 'manual'

    @classmethod
    def _get_origin(cls):
        return [
            'shortcircuit.crate.inventory.line',
            'shortcircuit.delivery.crate',
            'shortcircuit.round.crate',
            'shortcircuit.round.stop.crate',
            ]

    @classmethod
    def get_origin(cls):
        pool = Pool()
        Model = pool.get('ir.model')
        get_name = Model.get_name
        return [(None, '')] + [(m, get_name(m)) for m in cls._get_origin()]

    def get_rec_name(self, name):
        return f'{self.quantity} {self.crate.rec_name}'

    @classmethod
    def validate_fields(cls, moves, field_names):
        super().validate_fields(moves, field_names)
        for move in moves:
            ends = [move.from_holder, move.to_holder]
            if all(h.kind in {'producer', 'point', 'customer'} for h in ends):
                raise CrateError(gettext(
                        'shortcircuit_hub.msg_crate_move_ends',
                        from_holder=move.from_holder.rec_name,
                        to_holder=move.to_holder.rec_name))

    @classmethod
    def check_modification(cls, mode, moves, values=None, external=False):
        super().check_modification(
            mode, moves, values=values, external=external)
        if (mode == 'delete'
                or mode == 'write' and values.keys() & cls._written()):
            raise AccessError(gettext(
                    'shortcircuit_hub.msg_crate_move_written',
                    move=moves[0].rec_name))

    @classmethod
    def _written(cls):
        return {
            'company', 'date', 'crate', 'quantity', 'from_holder',
            'to_holder', 'event', 'origin'}

    @classmethod
    def post(cls, entries):
        """
        Write in the ledger what documents say.

        entries is an iterable of Entry. Of what is already written for their
        origins only the difference is written, dated today, so that it may
        be called again after a correction: the moves of an origin always add
        up to what it says.
        """
        pool = Pool()
        Date = pool.get('ir.date')
        entries = list(entries)
        if not entries:
            return
        holders = cls._get_holders(entries)
        written = cls._sum_written({e.origin for e in entries})
        moves, today = [], Date.today()
        for entry in entries:
            move = cls(
                company=entry.crate.company,
                date=entry.date,
                crate=entry.crate,
                quantity=entry.quantity,
                from_holder=holders[entry.crate.company, entry.from_holder],
                to_holder=holders[entry.crate.company, entry.to_holder],
                event=entry.event,
                origin=entry.origin)
            key, sign = move._key
            if key in written:
                move.date = today
                move.quantity -= sign * written[key]
            if move.quantity < 0:
                move.quantity *= -1
                move.from_holder, move.to_holder = (
                    move.to_holder, move.from_holder)
            if move.quantity:
                moves.append(move)
        cls.save(moves)

    @classmethod
    def _get_holders(cls, entries):
        pool = Pool()
        Holder = pool.get('shortcircuit.crate.holder')
        keys = defaultdict(set)
        for entry in entries:
            keys[entry.crate.company] |= {entry.from_holder, entry.to_holder}
        return {
            (company, key): holder for company, keys_ in keys.items()
            for key, holder in Holder.get(company, keys_).items()}

    @classmethod
    def _sum_written(cls, origins):
        "Sum the moves of the origins by their key"
        written = defaultdict(int)
        for move in cls.search([('origin', 'in', [str(o) for o in origins])]):
            key, sign = move._key
            written[key] += sign * move.quantity
        return written

    @property
    def _key(self):
        "What is the same for a move and its reverse, and which it is"
        ends = (self.from_holder.id, self.to_holder.id)
        return (
            (self.origin, self.event, self.crate, *sorted(ends)),
            1 if ends[0] < ends[1] else -1)
