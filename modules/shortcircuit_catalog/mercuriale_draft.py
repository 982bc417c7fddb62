# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The next mercuriale, drafted from the last one"

import datetime as dt
from collections import defaultdict
from itertools import chain

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.modules.product import price_digits
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval, Id, If
from trytond.tools import cached_property
from trytond.transaction import inactive_records

from .exceptions import MercurialePublishError

PROPOSALS = [
    (None, ""),
    ('kept', "Kept"),
    ('price', "Price Changed"),
    ('new', "New"),
    ('out_of_season', "Out of Season"),
    ('unavailable', "Unavailable"),
    ]
# What is accepted when the line goes
REMOVALS = {'out_of_season', 'unavailable'}


class Mercuriale(metaclass=PoolMeta):
    __name__ = 'shortcircuit.mercuriale'

    pending = fields.Function(
        fields.Integer("Proposals to Decide",
            states={
                'invisible': ~Eval('pending', 0),
                }),
        'get_pending')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'draft_next': {
                    'invisible': ((Eval('state') != 'published')
                        | ~Id('shortcircuit_catalog', 'group_admin').in_(
                            Eval('context', {}).get('groups', []))),
                    'icon': 'tryton-copy',
                    'depends': ['state'],
                    },
                'open_proposals': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-list',
                    'depends': ['state'],
                    },
                'accept_proposals': {
                    'invisible': ~Eval('pending', 0),
                    'icon': 'tryton-ok',
                    'depends': ['pending'],
                    },
                'refuse_proposals': {
                    'invisible': ~Eval('pending', 0),
                    'icon': 'tryton-cancel',
                    'depends': ['pending'],
                    },
                })

    @classmethod
    def get_pending(cls, mercuriales, name):
        pool = Pool()
        Line = pool.get('shortcircuit.mercuriale.line')
        pending = {m.id: 0 for m in mercuriales}
        for line in Line.search([
                    ('mercuriale', 'in', list(pending)),
                    ('decision', '=', 'pending'),
                    ]):
            pending[line.mercuriale.id] += 1
        return pending

    @classmethod
    @ModelView.button_action('shortcircuit_catalog.act_mercuriale_form_next')
    def draft_next(cls, mercuriales):
        drafts = [
            m._find_draft() or m.get_next()
            for m in {m.last_published for m in mercuriales}]
        cls.save([d for d in drafts if d.id is None])
        return {
            'res_id': [d.id for d in drafts],
            }

    @property
    def last_published(self):
        "The published one of the channel that ends last"
        return self.search([
                ('channel', '=', self.channel.id),
                ('state', '=', 'published'),
                ], order=[('end_date', 'DESC'), ('id', 'DESC')], limit=1)[0]

    def _find_draft(self):
        "Return what is already drafted for the next period"
        start_date, _ = self._next_period
        drafts = self.search([
                ('channel', '=', self.channel.id),
                ('state', '=', 'draft'),
                ('start_date', '=', start_date),
                ], limit=1)
        return drafts[0] if drafts else None

    @property
    def _next_period(self):
        "The days that follow, as many"
        start_date = self.end_date + dt.timedelta(days=1)
        return start_date, start_date + (self.end_date - self.start_date)

    def get_next(self):
        """
        Return the mercuriale of the next period, not saved.

        It has the lines of this one with what is proposed for them: removed
        if no active producer has the product any more or if it is out of
        season, at another price if the producer asks another one, the ratio
        between both prices being kept. Products that the producers have since
        this one was drafted, or whose season starts, are proposed too. The
        number of queries does not depend on the number of lines.
        """
        cls = self.__class__
        start_date, end_date = self._next_period
        draft = cls(
            company=self.company, channel=self.channel,
            start_date=start_date, end_date=end_date)
        items = self._get_producer_products()
        prices = self._get_net_prices(items, draft)
        lines = [l.get_next(draft, items[l.product], prices)
            for l in self.lines]
        new = [
            i for i in chain(*items.values()) if self._is_new(i, draft)]
        shares = self._get_shares({i.producer for i in new}, draft)
        lines += [
            i.get_mercuriale_line(draft, prices, shares.get(i.producer))
            for i in new]
        draft.lines = lines
        return draft

    def _get_producer_products(self):
        "Return all the producers' products, by product"
        pool = Pool()
        ProducerProduct = pool.get('shortcircuit.producer.product')
        items = defaultdict(list)
        with inactive_records():
            for item in ProducerProduct.search([
                        ('producer.company', '=', self.company.id),
                        ]):
                items[item.product].append(item)
        return items

    def _get_net_prices(self, items, draft):
        """
        Return what the producers ask, in EUR excl. tax per unit of sale.

        The keys are tuples (producer id, product id, start date), of this
        mercuriale and of the draft.
        """
        pool = Pool()
        Price = pool.get('shortcircuit.producer.product.price')
        return Price.at(
            (i.producer.id, i.product.id, date)
            for i in chain(*items.values()) if i.is_available
            for date in [self.start_date, draft.start_date])

    def _get_shares(self, producers, draft):
        "Return the producers' parts of the sale price in the channel"
        pool = Pool()
        Agreement = pool.get('shortcircuit.agreement')
        agreements = Agreement.at(
            (p.id, draft.start_date) for p in producers)
        return {
            a.producer: a.get_shares(draft.channel)[0]
            for a in agreements.values()}

    def _is_new(self, item, draft):
        product = item.product
        return (item.is_available and product.active and product.salable
            and not self._published & {
                (product, None), (product, item.producer)}
            and draft.is_in_season(product)
            and (item.available_since > self.create_date
                or not self.is_in_season(product)))

    @cached_property
    def _published(self):
        return {(l.product, l.producer) for l in self.lines}

    def is_in_season(self, product):
        "Test if the product is to be had at the start or at the end"
        return any(
            product.template.is_in_season(d)
            for d in [self.start_date, self.end_date])

    @classmethod
    @ModelView.button_action(
        'shortcircuit_catalog.act_mercuriale_line_proposal')
    def open_proposals(cls, mercuriales):
        pass

    @classmethod
    @ModelView.button
    def accept_proposals(cls, mercuriales):
        pool = Pool()
        Line = pool.get('shortcircuit.mercuriale.line')
        Line.accept(cls._get_pending_lines(mercuriales))

    @classmethod
    @ModelView.button
    def refuse_proposals(cls, mercuriales):
        pool = Pool()
        Line = pool.get('shortcircuit.mercuriale.line')
        Line.refuse(cls._get_pending_lines(mercuriales))

    @classmethod
    def _get_pending_lines(cls, mercuriales):
        return [
            l for m in mercuriales for l in m.lines if l.decision == 'pending']

    @classmethod
    @ModelView.button
    def publish(cls, mercuriales):
        pool = Pool()
        Line = pool.get('shortcircuit.mercuriale.line')
        for mercuriale in mercuriales:
            if mercuriale.pending:
                raise MercurialePublishError(gettext(
                        'shortcircuit_catalog.msg_mercuriale_pending',
                        mercuriale=mercuriale.rec_name,
                        pending=mercuriale.pending))
        Line.delete([
                l for m in mercuriales for l in m.lines if l.is_withdrawn])
        super().publish(cls.browse(mercuriales))


class Line(metaclass=PoolMeta):
    __name__ = 'shortcircuit.mercuriale.line'

    proposal = fields.Selection(
        PROPOSALS, "Proposal", readonly=True, sort=False,
        help="What is proposed for the line of the last mercuriale.")
    previous_price = Monetary(
        "Previous Price", currency='currency', digits=price_digits,
        readonly=True)
    proposed_price = Monetary(
        "Proposed Price", currency='currency', digits=price_digits,
        readonly=True)
    decision = fields.Selection([
            (None, ""),
            ('pending', "To Decide"),
            ('accepted', "Accepted"),
            ('refused', "Refused"),
            ], "Decision", readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'accept': {
                    'invisible': ((Eval('mercuriale_state') != 'draft')
                        | ~Eval('decision').in_(['pending', 'refused'])),
                    'icon': 'tryton-ok',
                    'depends': ['mercuriale_state', 'decision'],
                    },
                'refuse': {
                    'invisible': ((Eval('mercuriale_state') != 'draft')
                        | ~Eval('decision').in_(['pending', 'accepted'])),
                    'icon': 'tryton-cancel',
                    'depends': ['mercuriale_state', 'decision'],
                    },
                })

    @classmethod
    def view_attributes(cls):
        removed = Eval('proposal').in_(list(REMOVALS))
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(Eval('decision') == 'pending', 'warning',
                    If(((Eval('decision') == 'accepted') & removed)
                        | ((Eval('decision') == 'refused')
                            & (Eval('proposal') == 'new')),
                        'muted', ''))),
            ]

    def get_next(self, draft, items, prices):
        """
        Return the line of the next mercuriale with what is proposed for it.

        items are all the producers' products of the product, prices what the
        producers ask.
        """
        line = self.__class__(
            product=self.product, producer=self.producer,
            unit_price=self.unit_price, previous_price=self.unit_price,
            case_quantity=self.case_quantity, multiple=self.multiple,
            minimum=self.minimum)
        available = [
            i for i in items if i.is_available
            and (not self.producer or i.producer == self.producer)]
        price = self._get_proposed_price(draft, available, prices)
        # Nothing is known of the products that no producer ever had
        if items and not available:
            line.proposal = 'unavailable'
        elif not draft.is_in_season(self.product):
            line.proposal = 'out_of_season'
        elif price is not None and price != self.unit_price:
            line.proposal = 'price'
            line.proposed_price = price
        else:
            line.proposal = 'kept'
        line.decision = None if line.proposal == 'kept' else 'pending'
        return line

    def _get_proposed_price(self, draft, items, prices):
        """
        Return the price that keeps the ratio to the producer's, if any.

        When several producers stand behind the line, the dearest counts.
        """
        def asked(date):
            keys = [(i.producer.id, i.product.id, date) for i in items]
            return max((prices[k] for k in keys if k in prices), default=None)

        old, new = asked(self.mercuriale.start_date), asked(draft.start_date)
        if old and new and old != new:
            return self.currency.round(self.unit_price * new / old)

    @property
    def is_withdrawn(self):
        "If the line is not to be published"
        return ((self.decision == 'accepted' and self.proposal in REMOVALS)
            or (self.decision == 'refused' and self.proposal == 'new'))

    @classmethod
    @ModelView.button
    def accept(cls, lines):
        cls._decide(lines, 'accepted', 'proposed_price')

    @classmethod
    @ModelView.button
    def refuse(cls, lines):
        cls._decide(lines, 'refused', 'previous_price')

    @classmethod
    def _decide(cls, lines, decision, price):
        for line in lines:
            line.decision = decision
            if line.proposal == 'price':
                line.unit_price = getattr(line, price)
        cls.save(lines)

    @classmethod
    def copy(cls, lines, default=None):
        default = default.copy() if default is not None else {}
        for name in [
                'proposal', 'previous_price', 'proposed_price', 'decision']:
            default.setdefault(name, None)
        return super().copy(lines, default=default)


class ProducerProduct(metaclass=PoolMeta):
    __name__ = 'shortcircuit.producer.product'

    @property
    def is_available(self):
        return self.active and self.producer.state == 'active'

    @property
    def available_since(self):
        "When the product last changed or its producer became active again"
        changed_at = self.write_date or self.create_date
        return max(changed_at, self.producer.activated_at or changed_at)

    def get_mercuriale_line(self, draft, prices, share):
        """
        Return the line that proposes the product of the producer as new.

        Its price is the one of which share is what the producer asks.
        """
        pool = Pool()
        Line = pool.get('shortcircuit.mercuriale.line')
        price = prices.get(
            (self.producer.id, self.product.id, draft.start_date))
        if price is not None:
            price = (draft.company.currency.round(price / share)
                if share else None)
        return Line(
            product=self.product, producer=self.producer,
            unit_price=price, proposed_price=price,
            case_quantity=self.case_quantity, multiple=self.multiple,
            minimum=self.minimum, proposal='new', decision='pending')
