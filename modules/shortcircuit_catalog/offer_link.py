# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import hashlib
import hmac
import secrets
from decimal import Decimal, InvalidOperation
from types import SimpleNamespace
from urllib.parse import quote

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, Unique, Workflow, fields
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.report import Report
from trytond.transaction import Transaction
from trytond.url import http_base

from .exceptions import OfferQuantityError
from .mail import send_email

# No field of a producer yields more of anything
QUANTITY_MAX = Decimal(1_000_000)


class OfferLink(Workflow, ModelSQL, ModelView):
    __name__ = 'shortcircuit.offer.link'

    cycle = fields.Many2One(
        'shortcircuit.cycle', "Cycle", required=True, readonly=True,
        ondelete='CASCADE')
    producer = fields.Many2One(
        'shortcircuit.producer', "Producer", required=True, readonly=True,
        ondelete='CASCADE')
    token_hash = fields.Char("Token Hash", required=True, readonly=True)
    sent_at = fields.DateTime("Sent at", required=True, readonly=True)
    used_at = fields.DateTime("Used at", readonly=True)
    expires_at = fields.Function(
        fields.DateTime("Expires at"), 'on_change_with_expires_at')
    state = fields.Selection([
            ('sent', "Sent"),
            ('used', "Used"),
            ('revoked', "Revoked"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            ('token_hash_unique', Unique(t, t.token_hash),
                'shortcircuit_catalog.msg_offer_link_unique'),
            ]
        cls._order.insert(0, ('sent_at', 'DESC'))
        cls._transitions |= {
            ('sent', 'used'),
            ('sent', 'revoked'),
            }
        cls._buttons.update({
                'revoke': {
                    'invisible': Eval('state') != 'sent',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_sent_at(cls):
        return dt.datetime.now()

    @classmethod
    def default_state(cls):
        return 'sent'

    @fields.depends(
        'cycle', 'producer', '_parent_cycle.closes_at',
        '_parent_producer.cut_off_hours')
    def on_change_with_expires_at(self, name=None):
        if self.cycle and self.producer:
            return self.producer.get_cut_off(self.cycle.closes_at)

    def get_rec_name(self, name):
        return self.cycle.rec_name

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('cycle.rec_name', *clause[1:])]

    @classmethod
    @ModelView.button
    @Workflow.transition('revoked')
    def revoke(cls, links):
        pass

    @classmethod
    @Workflow.transition('used')
    def use(cls, links):
        cls.write(links, {'used_at': dt.datetime.now()})

    @classmethod
    def send(cls, cycle, producers):
        "Send each producer his link, in place of those he had for the cycle"
        pool = Pool()
        Email = pool.get('ir.email')
        cls.revoke(cls.search([
                    ('cycle', '=', cycle.id),
                    ('producer', 'in', [p.id for p in producers]),
                    ('state', '=', 'sent'),
                    ]))
        tokens = [secrets.token_urlsafe(32) for _ in producers]
        links = cls.create([{
                    'cycle': cycle.id,
                    'producer': producer.id,
                    # Who reads the database can not use the link
                    'token_hash': hash_token(token),
                    } for producer, token in zip(producers, tokens)])
        emails = []
        for link, token in zip(links, tokens):
            with Transaction().set_context(offer_link_url=get_url(token)):
                emails.append(send_email(
                        'shortcircuit.offer.link.mail', link,
                        link.producer.party))
        Email.save(emails)

    @classmethod
    def find(cls, token):
        "Return the link of the token, None if there is none"
        token_hash = hash_token(token)
        for link in cls.search([('token_hash', '=', token_hash)]):
            if hmac.compare_digest(link.token_hash, token_hash):
                return link

    @property
    def refusal(self):
        "Return why the link opens nothing, None if it does"
        if self.state != 'sent':
            return self.state
        elif (self.cycle.state not in {'draft', 'open'}
                or self.producer.state != 'active'
                or dt.datetime.now() >= self.expires_at):
            return 'expired'

    def get_rows(self):
        "Return the products of the producer with what he is proposed to offer"
        pool = Pool()
        Lang = pool.get('ir.lang')
        Offer = pool.get('shortcircuit.offer')
        lang = Lang.get()
        rows = []
        for product, last, quantity in Offer.propose(
                self.cycle, self.producer):
            quantity = last if quantity is None else quantity
            rows.append(SimpleNamespace(
                    product=product,
                    name=f'q{product.id}',
                    value=(format_quantity(quantity, lang)
                        if quantity else ''),
                    error=None))
        return rows

    def announce(self, values):
        """
        Offer the quantities that the producer types and use the link up.

        values is a dictionary of name of row to text; the names that are not
        of a product of the producer are ignored, what is left empty is not
        offered.
        Return the rows; if some have errors nothing is offered.
        """
        pool = Pool()
        Offer = pool.get('shortcircuit.offer')
        rows = self.get_rows()
        quantities = {}
        for row in rows:
            row.value = values.get(row.name, '').strip()
            try:
                quantities[row.product] = parse_quantity(
                    row.value, row.product.ordering_uom)
            except OfferQuantityError as error:
                row.error = error.message
        if not any(r.error for r in rows):
            Offer.announce(self.cycle, self.producer, quantities)
            self.__class__.use([self])
        return rows


class OfferLinkMail(Report):
    __name__ = 'shortcircuit.offer.link.mail'

    @classmethod
    def get_context(cls, records, header, data):
        context = super().get_context(records, header, data)
        # The token is nowhere else
        context['url'] = Transaction().context.get('offer_link_url')
        return context


def hash_token(token):
    return hashlib.sha256(token.encode()).hexdigest()


def get_url(token):
    database = quote(Transaction().database.name)
    base = http_base().rstrip('/')
    return f'{base}/{database}/shortcircuit/offer/{token}'


def format_quantity(quantity, lang):
    "Return the quantity as it is typed: with the decimals it has"
    text = f'{Decimal(repr(quantity)).normalize():f}'
    return text.replace('.', lang.decimal_point)


def parse_quantity(text, unit):
    """
    Return the quantity in the unit that is typed, 0 if nothing is.

    The decimals are after a comma or a point.
    Raise OfferQuantityError if it is no quantity of the unit.
    """
    try:
        quantity = Decimal(text.replace(',', '.') or 0)
    except InvalidOperation:
        quantity = Decimal('NaN')
    if not (quantity.is_finite() and 0 <= quantity <= QUANTITY_MAX):
        raise OfferQuantityError(gettext(
                'shortcircuit_catalog.msg_offer_quantity_number'))
    if quantity % Decimal(repr(unit.rounding)):
        raise OfferQuantityError(gettext(
                'shortcircuit_catalog.msg_offer_quantity_rounding',
                unit=unit.rec_name))
    return float(quantity)
