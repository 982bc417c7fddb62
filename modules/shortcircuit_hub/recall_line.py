# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from collections import defaultdict

from trytond.model import ModelSQL, ModelView, fields
from trytond.pool import Pool, PoolMeta

# What the parties of the lines are to be told as
ROLES = {
    'round': 'customer',
    'customer': 'customer',
    'gift': 'recipient',
    }


class Line(ModelSQL, ModelView):
    __name__ = 'shortcircuit.recall.line'

    recall = fields.Many2One(
        'shortcircuit.recall', "Recall", required=True, ondelete='CASCADE')
    lot = fields.Many2One(
        'stock.lot', "Lot", required=True, ondelete='RESTRICT')
    product = fields.Many2One(
        'product.product', "Product", required=True, ondelete='RESTRICT')
    place = fields.Selection([
            ('hub', "At the Hub"),
            ('order', "Set Aside for an Order"),
            ('packed', "Packed"),
            ('transfer', "Set Aside for the Shuttle"),
            ('shuttle', "On the Shuttle"),
            ('round', "On a Round"),
            ('customer', "Delivered"),
            ('gift', "Given"),
            ('producer', "Returned to the Producer"),
            ('lost', "Written Off"),
            ], "Place", required=True, sort=False)
    place_string = place.translated('place')
    gone = fields.Boolean("Gone")
    warehouse = fields.Many2One(
        'stock.location', "Hub", ondelete='RESTRICT')
    party = fields.Many2One(
        'party.party', "Party", ondelete='RESTRICT',
        help="For whom the goods are, or who received them.")
    point = fields.Many2One(
        'shortcircuit.distribution_point', "Distribution Point",
        ondelete='RESTRICT')
    driver = fields.Many2One('party.party', "Driver", ondelete='RESTRICT')
    document = fields.Reference("Document", selection='get_documents')
    date = fields.Date("Date")
    quantity = fields.Float(
        "Quantity", digits='unit', required=True,
        help="Negative for what came back.")
    unit = fields.Many2One(
        'product.uom', "Unit", required=True, ondelete='RESTRICT')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('recall')
        cls._order = [
            ('party.name', 'ASC NULLS FIRST'),
            ('date', 'ASC'),
            ('id', 'ASC'),
            ]

    @classmethod
    def get_documents(cls):
        pool = Pool()
        Model = pool.get('ir.model')
        return [(None, '')] + [
            (n, Model.get_name(n)) for n in [
                'stock.shipment.out', 'stock.shipment.internal',
                'shortcircuit.unsold']]

    @property
    def role(self):
        "As what the party is to be told, or None"
        return ROLES.get(self.place)

    def get_rec_name(self, name):
        return f'{self.recall.rec_name} - {self.lot.rec_name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('recall.rec_name', *clause[1:]),
            ('lot.rec_name', *clause[1:]),
            ]

    @classmethod
    def set_found(cls, recalls):
        "Find again where the lots of the recalls are and who received them"
        pool = Pool()
        Move = pool.get('stock.move')
        RecallLot = pool.get('shortcircuit.recall.lot')
        cls.delete([l for r in recalls for l in r.lines])
        moves = defaultdict(list)
        for move in Move.search([
                    ('lot', 'in', list(
                            {l.lot.id for r in recalls for l in r.lots})),
                    ('state', 'in', ['draft', 'assigned', 'done']),
                    ], order=[('effective_date', 'ASC'), ('id', 'ASC')]):
            moves[move.lot].append(move)
        lines, lots = [], []
        old = [l for r in recalls for l in r.lots]
        for recall_lot in old:
            lot, recall = recall_lot.lot, recall_lot.recall
            found = cls.trace(moves[lot])
            uom = lot.product.sale_uom
            lots.append(RecallLot(
                    recall=recall, lot=lot, held=recall_lot.held,
                    received=uom.round(sum(
                            _get_quantity(m) for m in moves[lot]
                            if m.state == 'done' and m.is_reception)),
                    traced=uom.round(sum(found.values()))))
            lines.extend(
                cls(recall=recall, lot=lot, product=lot.product,
                    quantity=uom.round(quantity), unit=uom, **dict(key))
                for key, quantity in found.items() if uom.round(quantity))
        # To write each of them would take a statement for each
        RecallLot.delete(old)
        RecallLot.save(lots)
        cls.save(lines)

    @classmethod
    def trace(cls, moves):
        """
        Tell where the goods of the moves of a lot are.

        Return a dictionary of the fields of the line, as tuple of their
        names and values, to the quantity in the unit of sale of the product.
        All of it is what was received.
        """
        found = defaultdict(float)
        for move in moves:
            quantity = _get_quantity(move)
            if move.state == 'done':
                for location, sign in [
                        (move.from_location, -1), (move.to_location, 1)]:
                    if key := move.get_recall_place(location):
                        found[key] += sign * quantity
            elif move.state == 'assigned':
                found[move.get_recall_place(move.from_location)] -= quantity
                found[move.get_recall_reservation()] += quantity
        return found


class Move(metaclass=PoolMeta):
    __name__ = 'stock.move'

    @property
    def is_reception(self):
        "If the move brings goods from their producer"
        producer = self.lot.producer.party
        return self.from_location == producer.supplier_location

    @property
    def recall_party(self):
        "Who received the goods, or is about to"
        if customer := getattr(self.shipment, 'customer', None):
            return customer
        elif self.unsold_kind == 'gift':
            return self.origin.unsold.recipient
        return self.sale.party if self.sale else None

    def get_recall_place(self, location):
        """
        Tell where goods are that the move brings to its location, or takes
        from it, as tuple of the names and values of the fields of the line.

        Return None if they come from their producer.
        """
        type_ = location.type
        if type_ == 'customer':
            return self._recall_key(
                'gift' if self.unsold_kind == 'gift' else 'customer',
                gone=True, party=self.recall_party, date=self.effective_date)
        elif type_ == 'lost_found':
            return self._recall_key(
                'lost', gone=True, date=self.effective_date)
        elif location.warehouse:
            return (('place', 'hub'), ('gone', False),
                ('warehouse', location.warehouse))
        elif self.shipment:
            return self._recall_key('shuttle')
        elif not self.is_reception:
            return self._recall_key(
                'producer', gone=True, party=self.lot.producer.party,
                date=self.effective_date)

    def get_recall_reservation(self):
        "Tell where the goods are that the assigned move is about to take"
        pool = Pool()
        ShipmentOut = pool.get('stock.shipment.out')
        if isinstance(self.shipment, ShipmentOut):
            place = {'packed': 'packed', 'shipped': 'round'}.get(
                self.shipment.state, 'order')
            return self._recall_key(
                place, party=self.recall_party,
                warehouse=self.shipment.warehouse, date=self.planned_date)
        elif self.shipment and self.from_location.warehouse:
            return self._recall_key(
                'transfer', warehouse=self.from_location.warehouse)
        return self.get_recall_place(self.from_location)

    def _recall_key(self, place, gone=False, **values):
        stop = getattr(self.shipment, 'round_stop', None)
        values |= {
            'place': place,
            'gone': gone,
            'document': self.shipment or (
                self.origin.unsold if self.unsold_kind else None),
            'point': getattr(self.shipment, 'distribution_point', None),
            'driver': stop.round.driver if stop else None,
            }
        return tuple(values.items())


def _get_quantity(move):
    "The quantity of the move in the unit of sale of its product"
    pool = Pool()
    Uom = pool.get('product.uom')
    return Uom.compute_qty(
        move.unit, move.quantity, move.product.sale_uom, round=False)
