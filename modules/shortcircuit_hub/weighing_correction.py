# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What was weighed by mistake is weighed again, while the piece is there"

from trytond.i18n import gettext
from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval

from .exceptions import CorrectionError


class DeliveryLine(metaclass=PoolMeta):
    __name__ = 'shortcircuit.delivery.line'

    def apply_correction(self, values, reason):
        if self.piece_weight:
            # The pieces are those that were weighed
            values = {n: v for n, v in values.items() if n != 'quantity'}
        super().apply_correction(values, reason)

    def _set_corrected(self, values):
        super()._set_corrected(values)
        if 'weights' in values:
            self.set_weights(values['weights'])

    def _move_correction(self, before):
        "Move what each piece weighs more or less, and the pieces themselves"
        if not self.product.piece_weight:
            super()._move_correction(before)
            return
        pool = Pool()
        Lot = pool.get('stock.lot')
        line = self.__class__(self.id)
        pieces = sorted(l for l in line.lots if l.piece_weight)
        lots = line.get_lots()
        changes = {
            piece: lot.piece_weight - piece.piece_weight
            for piece, lot in zip(pieces, lots)
            if lot.piece_weight != piece.piece_weight}
        changes.update(
            (piece, -piece.piece_weight) for piece in pieces[len(lots):])
        line._check_whole(changes)
        line._move_pieces(changes)
        for piece, change in changes.items():
            # What is no piece any more weighs nothing
            piece.piece_weight = piece.product.default_uom.round(
                piece.piece_weight + change) or None
        added = lots[len(pieces):]
        for rank, lot in enumerate(added, len(line.lots) + 1):
            lot.number = f'{line.lot_number}-{rank}'
        Lot.save([*changes, *added])
        line._move_pieces({lot: lot.piece_weight for lot in added})

    def _move_pieces(self, changes):
        """
        Move what pieces weigh more from the producer, less back to him.

        changes is a dictionary of lot to the difference in the default unit
        of the product.
        """
        pool = Pool()
        Date = pool.get('ir.date')
        Move = pool.get('stock.move')
        moves = self.get_moves({self: list(changes)}) if changes else []
        for move in moves:
            change = changes[move.lot]
            move.unit = move.product.default_uom
            move.quantity = move.unit.round(abs(change))
            move.effective_date = move.planned_date = Date.today()
            if change < 0:
                move.from_location, move.to_location = (
                    move.to_location, move.from_location)
        Move.save(moves)
        Move.do(moves)

    def _check_whole(self, pieces):
        "Refuse to weigh again what has left or is promised to an order"
        pool = Pool()
        Location = pool.get('stock.location')
        locations = {m.to_location for p in pieces for m in p.moves}
        Location.lock(sorted(
                l for l in locations if l.consignment_party))
        left = Location.free_quantities([self.product]) if pieces else {}
        for piece in pieces:
            whole = sum(
                q for (_, _, lot), q in left.items() if lot == piece.id)
            if whole < piece.piece_weight:
                raise CorrectionError(gettext(
                        'shortcircuit_hub.msg_correction_piece_left',
                        line=self.rec_name, lot=piece.rec_name))


class CorrectStart(metaclass=PoolMeta):
    __name__ = 'shortcircuit.delivery.line.correct.start'

    piece_weight = fields.Float("Weight of a Piece", readonly=True)
    weights = fields.Text(
        "Weights",
        states={
            'invisible': ~Eval('piece_weight', None),
            },
        help="What each piece weighs in the unit of sale of the product, "
        "typed or pasted, with a space or a new line between them.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.quantity.states['readonly'] = Eval('piece_weight', None)
