# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from collections import defaultdict
from itertools import chain

from trytond.model import Index, ModelSQL, fields
from trytond.modules.shortcircuit_catalog.product import FAMILIES
from trytond.modules.shortcircuit_catalog.rows import write_rows
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval

from . import egalim, locality

# What the labels and the origin of a delivered product are frozen in, and what
# is local: apart, because both together would have too many different values
LABELS = ['egalim_family', 'egalim_labels', 'egalim_class', 'egalim_origin']
LOCAL = [
    'egalim_local', 'egalim_local_km', 'egalim_local_proof', 'egalim_region']


class Move(metaclass=PoolMeta):
    __name__ = 'stock.move'

    _states = {
        'invisible': ~Eval('egalim_class'),
        }

    canteen = fields.Many2One(
        'shortcircuit.canteen', "Canteen", readonly=True,
        ondelete='RESTRICT',
        states={
            'invisible': ~Eval('canteen'),
            })
    egalim_family = fields.Selection(
        [(None, "")] + FAMILIES, "Family", readonly=True, sort=False,
        states=_states,
        help="Leave empty for what is not food.")
    egalim_labels = fields.Char(
        "Labels", readonly=True, states=_states,
        help="What the certificates of the producer prove on the date of "
        "delivery.")
    egalim_class = fields.Selection(
        [(None, "")] + egalim.CLASSES, "EGAlim Class", readonly=True,
        sort=False, states=_states,
        help="The only class the purchase counts in.")
    egalim_origin = fields.Selection(
        egalim.ORIGINS, "Origin", readonly=True, sort=False, states=_states)
    egalim_local = fields.Selection(
        locality.DEFINITIONS, "Local", readonly=True, sort=False,
        states=_states,
        help="The definition of the canteen by which the producer is local.\n"
        "Empty if he is not.")
    egalim_local_km = fields.Integer(
        "Local Distance", readonly=True,
        states={
            'invisible': Eval('egalim_local') != 'KM',
            },
        help="The kilometres within which the canteen calls local.")
    egalim_local_proof = fields.Char(
        "Local Proof", readonly=True,
        states={
            'invisible': ~Eval('egalim_local'),
            },
        help="What the producer and the canteen share, or how far they are.")
    egalim_region = fields.Char(
        "Shared Region", readonly=True,
        states={
            'invisible': ~Eval('egalim_region'),
            },
        help="The region of the producer if it is the one of the canteen, by "
        "its code of INSEE.")
    egalim_certificates = fields.Many2Many(
        'stock.move-shortcircuit.certificate', 'move', 'certificate',
        "Certificates", readonly=True, states=_states,
        help="What proves the labels.")
    contract_lot = fields.Many2One(
        'shortcircuit.contract.lot', "Contract Lot", readonly=True,
        ondelete='RESTRICT',
        states={
            'invisible': ~Eval('contract_lot'),
            },
        help="The lot of the contract that was delivered.")
    egalim_declaration = fields.Many2One(
        'shortcircuit.declaration', "Declaration", readonly=True,
        ondelete='RESTRICT',
        states={
            'invisible': ~Eval('egalim_declaration'),
            })
    short_circuit = fields.Function(
        fields.Boolean("Short Circuit", states=_states,
            help="The cooperative is the only intermediary."),
        'on_change_with_short_circuit')

    del _states

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._allow_modify_closed_period |= {
            'canteen', 'egalim_local', 'egalim_local_km',
            'egalim_local_proof', 'egalim_region', 'egalim_declaration'}
        cls._sql_indexes.add(
            Index(
                t,
                (t.canteen, Index.Range()),
                (t.effective_date, Index.Range()),
                # All that the shares are made of: the moves are not read
                include=[
                    t.id, t.company, t.state, t.sale_amount, t.producer,
                    t.egalim_family, t.egalim_labels, t.egalim_class,
                    t.egalim_origin, t.egalim_local, t.contract_lot],
                where=t.canteen != None))  # noqa: E711

    @fields.depends('producer')
    def on_change_with_short_circuit(self, name=None):
        return bool(self.producer)

    @property
    def lot_details(self):
        return super().lot_details + [
            l.name for l in dict.fromkeys(
                c.label for c in self.egalim_certificates)]

    @classmethod
    def freeze_delivery(cls, moves):
        super().freeze_delivery(moves)
        cls.freeze_canteen(moves)
        cls._freeze_contract_lot(moves)
        returned = [m for m in moves if m.from_location.type == 'customer']
        delivered = [m for m in moves if m not in returned]
        cls._freeze_egalim(cls._proved_values(delivered))
        cls._freeze_egalim(cls._returned_values(returned))

    @classmethod
    def freeze_canteen(cls, moves):
        """
        Store on the delivered moves the canteen that eats.

        It is the one of the party where the order is shipped, if it is a
        canteen of the company, otherwise the one of the customer.
        """
        pool = Pool()
        Canteen = pool.get('shortcircuit.canteen')
        parties = {
            m: [p for p in [m.origin.sale.shipment_party, m.origin.sale.party]
                if p]
            for m in moves}
        canteens = Canteen.find_by_party(
            {p for ps in parties.values() for p in ps})
        values = {}
        for move, parties in parties.items():
            canteen = next(filter(None, (
                        canteens.get((move.company, p)) for p in parties)),
                None)
            if canteen:
                values[move] = {'canteen': canteen.id}
        write_rows(cls, values)

    @classmethod
    def _freeze_contract_lot(cls, moves):
        write_rows(cls, {
                m: {'contract_lot': price.lot.id} for m in moves
                if (price := m.origin.contract_price)})

    @classmethod
    def freeze_local(cls, moves):
        "Store on the delivered moves if the producer is local, and why"
        write_rows(cls, {
                move: dict(zip(LOCAL, values))
                for move, values in cls._local_values(moves).items()})

    @classmethod
    def _local_values(cls, moves):
        """
        Find what is local by the definition of the canteen on that day, and
        the region that the producer shares with it.

        Each pair of a producer and a canteen is compared once. Return a
        dictionary of the moves of canteens to tuple: the values of LOCAL.
        """
        pairs = defaultdict(list)
        for move in moves:
            if move.canteen:
                pairs[move.producer, move.canteen].append(move)
        places = {record: record.place for record in set(chain(*pairs))}
        values = {}
        for (producer, canteen), sub_moves in pairs.items():
            pair = places[producer], places[canteen]
            definition, km = canteen.local_definition, canteen.local_km
            local = (None, None, None)
            if proof := locality.prove(definition, km, *pair):
                local = definition, km if definition == 'KM' else None, proof
            region = locality.prove('REGION', None, *pair)
            values.update(dict.fromkeys(sub_moves, (*local, region)))
        return values

    @classmethod
    def _proved_values(cls, moves):
        """
        Find what the certificates prove for delivered moves.

        Return a dictionary of move to tuple: the dictionary of the values of
        LABELS and LOCAL, and the certificates.
        """
        pool = Pool()
        Certificate = pool.get('shortcircuit.certificate')
        keys = {
            m: (m.producer.id, m.product.id, m.effective_date) for m in moves}
        proofs = Certificate.proofs(keys.values()) if keys else {}
        local = cls._local_values(moves)
        values = {}
        for move, key in keys.items():
            certificates = tuple(c for c in proofs[key] if c.label.code)
            labels = {c.label.code for c in certificates}
            # How the lot was bought counts too, it is not of the product
            labels |= move.origin.contract_labels()
            country = move.product.shortcircuit_origin
            values[move] = ({
                    'egalim_family': move.product.shortcircuit_family,
                    'egalim_labels': egalim.join_labels(labels) or None,
                    'egalim_class': egalim.classify(labels),
                    'egalim_origin': egalim.origin(
                        country.code if country else None,
                        move.effective_date),
                    **dict(zip(LOCAL, local.get(move, [None] * len(LOCAL)))),
                    }, certificates)
        return values

    @classmethod
    def _returned_values(cls, moves):
        """
        Find what was frozen at the delivery of the goods that come back.

        They must leave the class they entered, even if a certificate has
        changed since: it is the one of the last delivery of the lot to the
        canteen. Return the same as _proved_values.
        """
        delivered = {}
        if moves:
            delivered = {(m.lot, m.canteen): m for m in cls.search([
                        ('lot', 'in', list({m.lot.id for m in moves})),
                        ('sale_amount', '!=', None),
                        ('from_location.type', '!=', 'customer'),
                        ('egalim_class', '!=', None),
                        ], order=[('effective_date', 'ASC'), ('id', 'ASC')])}
        values = {}
        for move in moves:
            if origin := delivered.get((move.lot, move.canteen)):
                values[move] = (
                    {n: getattr(origin, n) for n in LABELS + LOCAL},
                    origin.egalim_certificates)
        unknown = [m for m in moves if m not in values]
        return values | cls._proved_values(unknown)

    @classmethod
    def _freeze_egalim(cls, values):
        pool = Pool()
        MoveCertificate = pool.get('stock.move-shortcircuit.certificate')
        for names in [LABELS, LOCAL]:
            write_rows(cls, {
                    move: {n: frozen[n] for n in names}
                    for move, (frozen, _) in values.items()
                    if any(frozen[n] for n in names)})
        MoveCertificate.create([
                {'move': move.id, 'certificate': certificate.id}
                for move, (_, certificates) in values.items()
                for certificate in certificates])

    @classmethod
    def copy(cls, moves, default=None):
        default = default.copy() if default is not None else {}
        for name in [
                'canteen', 'contract_lot', *LABELS, *LOCAL,
                'egalim_certificates', 'egalim_declaration']:
            default.setdefault(name, None)
        return super().copy(moves, default=default)


class MoveCertificate(ModelSQL):
    __name__ = 'stock.move-shortcircuit.certificate'

    move = fields.Many2One(
        'stock.move', "Move", required=True, ondelete='CASCADE')
    certificate = fields.Many2One(
        'shortcircuit.certificate', "Certificate", required=True,
        ondelete='RESTRICT')
