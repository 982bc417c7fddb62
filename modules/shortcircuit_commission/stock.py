# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from decimal import Decimal

from sql import Null

from trytond.i18n import gettext
from trytond.model import Index, ModelView, Workflow, fields
from trytond.model.exceptions import AccessError
from trytond.modules.currency.fields import Monetary
from trytond.modules.product import price_digits, round_price
from trytond.modules.shortcircuit_catalog.rows import write_grouped, write_rows
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval

from .exceptions import DeliverySplitError
from .split import split, split_net


class Move(metaclass=PoolMeta):
    __name__ = 'stock.move'

    _states = {
        'invisible': ~Eval('agreement'),
        }

    agreement = fields.Many2One(
        'shortcircuit.agreement', "Agreement", readonly=True,
        ondelete='RESTRICT', states=_states,
        help="The terms in force when the move was delivered.")
    producer_price = Monetary(
        "Producer Price", currency='company_currency', digits=price_digits,
        readonly=True, states=_states,
        help="The producer's part of the unit price, excluding taxes.")
    net_price = Monetary(
        "Net Price", currency='company_currency', digits=price_digits,
        readonly=True,
        states={
            'invisible': ~Eval('net_price', None),
            },
        help="What the producer asked per unit of sale of the product on the "
        "day of delivery, excluding taxes.")
    producer_due = Monetary(
        "Producer Due", currency='company_currency',
        digits='company_currency', readonly=True, states=_states,
        help="What the producer is owed for the move, excluding taxes.")
    commission_due = Monetary(
        "Commission Due", currency='company_currency',
        digits='company_currency', readonly=True, states=_states,
        help="What the aidant is owed for the move, excluding taxes.")
    cooperative_due = Monetary(
        "Cooperative Due", currency='company_currency',
        digits='company_currency', readonly=True, states=_states,
        help="What the cooperative keeps of the sale amount.")
    commission_agent = fields.Many2One(
        'commission.agent', "Commission Agent", readonly=True,
        ondelete='RESTRICT', states=_states,
        help="The aidant who delivered the move.")
    settlement_lines = fields.One2Many(
        'shortcircuit.settlement.line', 'move', "Settlement Lines",
        readonly=True)

    del _states

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(
                    t,
                    (t.company, Index.Equality()),
                    (t.producer, Index.Equality()),
                    (t.effective_date, Index.Range()),
                    where=t.producer_due != Null),
                Index(
                    t,
                    (t.agreement, Index.Equality()),
                    where=t.agreement != Null),
                })

    @property
    def seller(self):
        "The producer in whose name it is sold, None if it is the cooperative"
        if self.agreement and self.agreement.regime == 'mandate':
            return self.producer

    @property
    def commission_origin(self):
        "What its agent earns or owes for"
        return self.origin.unsold if self.unsold_kind else self.shipment

    @classmethod
    @ModelView.button
    @Workflow.transition('done')
    def do(cls, moves):
        super().do(moves)
        cls.freeze_loss([m for m in moves if m.unsold_kind == 'write_off'])

    @classmethod
    def freeze_loss(cls, moves):
        """
        Store on what is written off who owes its value to the producer.

        Nothing is sold: the cooperative, or the agent of the carrier who
        bears the loss, has as much less as the producer is owed, in EUR excl.
        tax. A loss of the producer himself is owed by nobody.
        """
        pool = Pool()
        Agreement = pool.get('shortcircuit.agreement')
        Commission = pool.get('commission')
        moves = [
            m for m in moves
            if m.lot and m.lot.producer and m.unsold_amount
            and m.borne_by != 'producer']
        if not moves:
            return
        agreements = Agreement.at(
            {(m.lot.producer.id, m.effective_date) for m in moves})
        agents = cls._get_agents({
                m: (m.company, m.origin.unsold.carrier) for m in moves
                if m.borne_by == 'carrier'})
        write_grouped(cls, {
                m: m._get_loss_values(agreements, agents) for m in moves})
        Commission.create_from_moves(
            cls.browse([m for m in moves if m in agents]), {})

    def _get_loss_values(self, agreements, agents):
        agreement = agreements.get(
            (self.lot.producer.id, self.effective_date))
        self._check_agreement(agreement, self.lot.producer)
        if self.borne_by == 'carrier' and self not in agents:
            raise DeliverySplitError(gettext(
                    'shortcircuit_commission.msg_move_no_carrier_agent',
                    move=self.rec_name,
                    carrier=self.origin.unsold.carrier.rec_name))
        lost, nothing = -self.unsold_amount, Decimal(0)
        parts = [lost, nothing] if self in agents else [nothing, lost]
        return {
            'producer': self.lot.producer.id,
            'sale_amount': nothing,
            **self._split_values(
                agreement, agents.get(self), None, self.origin.unit_value,
                [self.unsold_amount, *parts]),
            }

    @classmethod
    def _get_sale_groups(cls, moves):
        # Each who sells invoices, and rounds, apart
        agreements = cls._get_agreements(moves, cls._get_delivered(moves))
        return {
            m: (group, m.lot.producer
                if agreements[m].regime == 'mandate' else None)
            for m, group in super()._get_sale_groups(moves).items()}

    @classmethod
    def freeze_delivery(cls, moves):
        pool = Pool()
        Commission = pool.get('commission')
        super().freeze_delivery(moves)
        moves = cls.browse(moves)
        delivered = cls._get_delivered(moves)
        cls._freeze_split(moves, delivered)
        Commission.create_from_moves(cls.browse(moves), delivered)

    @classmethod
    def _get_delivered(cls, moves):
        """
        Find the deliveries that moves give back.

        Return a dictionary of move to the move of the same lot delivered for
        the same sale, or for the sale it returns.
        """
        keys = {m: [(s.id, m.lot.id) for s in m._delivered_sales]
            for m in moves if m.from_location.type == 'customer'}
        if not keys:
            return {}
        candidates = {}
        for candidate in cls.search([
                    ('agreement', '!=', None),
                    ('to_location.type', '=', 'customer'),
                    ('lot', 'in', list({m.lot.id for m in keys})),
                    ('origin.sale', 'in',
                        list({s for k in keys.values() for s, _ in k}),
                        'sale.line'),
                    ], order=[('id', 'DESC')]):
            candidates[candidate.origin.sale.id, candidate.lot.id] = candidate
        return {
            m: candidates[key] for m, sub_keys in keys.items()
            for key in sub_keys if key in candidates}

    @property
    def _delivered_sales(self):
        pool = Pool()
        Sale = pool.get('sale.sale')
        sale = self.origin.sale
        yield sale
        if isinstance(sale.origin, Sale):
            yield sale.origin

    @classmethod
    def _freeze_split(cls, moves, delivered):
        agreements = cls._get_agreements(moves, delivered)
        agents = cls._get_commission_agents(moves, delivered)
        net_prices = cls._get_net_prices(agreements, delivered)
        net_dues = cls._cumulated_amounts({
                m: ((m.origin, m.producer, price), m.product.sale_uom, price)
                for m, price in net_prices.items()})
        values = {}
        for move in moves:
            agent, net_price = agents.get(move), net_prices.get(move)
            shares = agreements[move].get_shares(
                delivered.get(move, move)._sale_channel)
            values[move] = cls._split_values(
                agreements[move], agent, net_price,
                move._get_producer_price(shares, net_price),
                move._split(shares, agent, net_dues.get(move)))
        write_rows(cls, values)

    @property
    def _sale_channel(self):
        cycle = self.origin.sale.cycle
        return cycle.channel if cycle else None

    @classmethod
    def _get_agreements(cls, moves, delivered):
        "Return the agreement of each move; a return keeps the delivery's"
        pool = Pool()
        Agreement = pool.get('shortcircuit.agreement')
        in_force = Agreement.at({
                (m.lot.producer.id, m.effective_date) for m in moves})
        agreements = {}
        for move in moves:
            if move in delivered:
                agreement = delivered[move].agreement
            else:
                agreement = in_force.get(
                    (move.lot.producer.id, move.effective_date))
            move._check_agreement(agreement, move.lot.producer)
            agreements[move] = agreement
        return agreements

    def _check_agreement(self, agreement, producer):
        pool = Pool()
        Lang = pool.get('ir.lang')
        if not agreement:
            raise DeliverySplitError(gettext(
                    'shortcircuit_commission.msg_move_no_agreement',
                    move=self.rec_name,
                    producer=producer.rec_name,
                    date=Lang.get().strftime(self.effective_date)))

    @classmethod
    def _get_commission_agents(cls, moves, delivered):
        "Return by move the agent who drove, also for what he brings back"
        drivers = {}
        for move in moves:
            if driver := getattr(move.shipment, 'driver', None):
                drivers[move] = (move.company, driver)
        agents = cls._get_agents(drivers)
        agents.update((m, d.commission_agent) for m, d in delivered.items())
        return agents

    @classmethod
    def _get_agents(cls, parties):
        """
        Find the agents of parties.

        parties is a dictionary of move to tuple of company and party. Return
        a dictionary of move to agent, without those whose party has none.
        """
        pool = Pool()
        Agent = pool.get('commission.agent')
        agents = Agent.of_parties(parties.values())
        return {m: agents[key] for m, key in parties.items() if key in agents}

    @classmethod
    def _get_net_prices(cls, agreements, delivered):
        """
        Return the price asked for each move whose agreement is priced so.

        It is per unit of sale of the product; a return keeps the delivery's.
        """
        pool = Pool()
        Lang = pool.get('ir.lang')
        Price = pool.get('shortcircuit.producer.product.price')
        moves = [m for m, a in agreements.items() if a.pricing == 'net']
        asked = Price.at(
            m._net_price_key for m in moves if m not in delivered)
        prices = {}
        for move in moves:
            if move in delivered:
                prices[move] = delivered[move].net_price
            elif move._net_price_key in asked:
                prices[move] = asked[move._net_price_key]
            else:
                raise DeliverySplitError(gettext(
                        'shortcircuit_commission.msg_move_no_net_price',
                        move=move.rec_name,
                        producer=move.producer.rec_name,
                        product=move.product.rec_name,
                        date=Lang.get().strftime(move.effective_date)))
        return prices

    @property
    def _net_price_key(self):
        return self.producer.id, self.product.id, self.effective_date

    def _get_producer_price(self, shares, net_price):
        pool = Pool()
        Uom = pool.get('product.uom')
        if net_price is not None:
            return round_price(Uom.compute_price(
                    self.product.sale_uom, net_price, self.unit))
        price = Uom.compute_price(
            self.origin.unit, self.origin.full_unit_price, self.unit)
        return round_price(price * shares[0])

    def _split(self, shares, agent, net_due):
        "Return the parts of the producer, the aidant and the cooperative"
        digits = self.company_currency.digits
        if net_due is None:
            producer, aidant, cooperative = split(
                self.sale_amount, shares, digits)
        else:
            producer, aidant, cooperative = split_net(
                self.sale_amount, net_due, shares[1], digits)
        if not agent:
            # Nobody but the cooperative delivered
            aidant, cooperative = aidant - aidant, aidant + cooperative
        return producer, aidant, cooperative

    @classmethod
    def _split_values(cls, agreement, agent, net_price, producer_price, parts):
        producer, aidant, cooperative = parts
        return {
            'agreement': agreement.id,
            'commission_agent': agent.id if agent else None,
            'net_price': net_price,
            'producer_price': producer_price,
            'producer_due': producer,
            'commission_due': aidant,
            'cooperative_due': cooperative,
            }

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, moves):
        for move in moves:
            if move.agreement:
                raise AccessError(gettext(
                        'shortcircuit_commission.msg_move_cancel_delivered',
                        move=move.rec_name))
        super().cancel(moves)

    @classmethod
    def copy(cls, moves, default=None):
        default = default.copy() if default is not None else {}
        for name in [
                'agreement', 'net_price', 'producer_price', 'producer_due',
                'commission_due', 'cooperative_due', 'commission_agent',
                'settlement_lines']:
            default.setdefault(name, None)
        return super().copy(moves, default=default)
