# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from collections import defaultdict

from trytond.i18n import gettext
from trytond.model import DeactivableMixin, ModelSQL, ModelView, Unique, fields
from trytond.pool import Pool, PoolMeta

from .document import DocumentMixin
from .exceptions import MercurialePublishError, OfferSanitaryError
from .geolocation import GeolocationMixin
from .period import PeriodMixin


class SanitaryClass(DeactivableMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.sanitary.class'

    name = fields.Char("Name", required=True, translate=True)
    unit = fields.Many2One(
        'product.uom', "Unit", required=True, ondelete='RESTRICT',
        help="The unit of the limits.")
    limits = fields.One2Many(
        'shortcircuit.sanitary.limit', 'sanitary_class', "Limits")


class SanitaryLimit(ModelSQL, ModelView):
    __name__ = 'shortcircuit.sanitary.limit'

    sanitary_class = fields.Many2One(
        'shortcircuit.sanitary.class', "Class", required=True,
        ondelete='CASCADE')
    start_date = fields.Date(
        "Start Date",
        help="The first day the limit applies to.\n"
        "Leave empty if it has always applied.")
    quantity = fields.Float(
        "Quantity per Week", digits='unit', required=True,
        domain=[
            ('quantity', '>=', 0),
            ],
        help="What a producer under derogation may deliver per week, "
        "whatever part of his production it is.")
    share = fields.Numeric(
        "Share of the Production", digits=(1, 4), required=True,
        domain=[
            ('share', '>=', 0),
            ('share', '<=', 1),
            ],
        help="The part of his production up to which the larger quantity "
        "applies.")
    share_quantity = fields.Float(
        "Quantity per Week within the Share", digits='unit', required=True,
        domain=[
            ('share_quantity', '>=', 0),
            ],
        help="What a producer who delivers no more than the share of his "
        "production may deliver per week.")
    radius = fields.Integer(
        "Radius", required=True,
        domain=[
            ('radius', '>=', 0),
            ],
        help="How far the customers may be from the producer as the crow "
        "flies, in kilometres.")
    unit = fields.Function(
        fields.Many2One('product.uom', "Unit"), 'on_change_with_unit')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('sanitary_class')
        cls._sql_constraints += [
            ('start_date_unique', Unique(t, t.sanitary_class, t.start_date),
                'shortcircuit_catalog.msg_sanitary_limit_date_unique'),
            ]
        cls._order.insert(0, ('start_date', 'DESC NULLS LAST'))

    @classmethod
    def default_share(cls):
        return 0

    @fields.depends('sanitary_class', '_parent_sanitary_class.unit')
    def on_change_with_unit(self, name=None):
        return self.sanitary_class.unit if self.sanitary_class else None

    def get_rec_name(self, name):
        return self.sanitary_class.rec_name

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('sanitary_class.rec_name', *clause[1:])]

    @classmethod
    def at(cls, keys):
        """
        Find the limits of sanitary classes on given dates.

        keys is an iterable of tuples (class id, date).
        Return a dictionary of key to limit; keys without limit are missing.
        """
        keys = set(keys)
        limits = defaultdict(list)
        for limit in cls.search([
                    ('sanitary_class', 'in', list({k[0] for k in keys})),
                    ]):
            limits[limit.sanitary_class.id].append(limit)
        result = {}
        for sanitary_class, date in keys:
            started = [
                l for l in limits[sanitary_class]
                if (l.start_date or dt.date.min) <= date]
            if started:
                result[sanitary_class, date] = max(
                    started, key=lambda l: l.start_date or dt.date.min)
        return result


class Derogation(DocumentMixin, PeriodMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.derogation'

    producer = fields.Many2One(
        'shortcircuit.producer', "Producer", required=True,
        ondelete='CASCADE')
    sanitary_class = fields.Many2One(
        'shortcircuit.sanitary.class', "Class", required=True,
        ondelete='RESTRICT')
    number = fields.Char(
        "Declaration", required=True,
        help="The reference of the declaration to the authority.")
    within_share = fields.Boolean(
        "Within the Share",
        help="Check if the producer declares that he delivers no more than "
        "the share of his production that the limit names: the larger "
        "quantity applies.")
    radius = fields.Integer(
        "Radius",
        domain=['OR',
            ('radius', '=', None),
            ('radius', '>', 0),
            ],
        help="The radius that the authority gives the producer, in "
        "kilometres.\n"
        "Leave empty for the one of the limit.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('producer')

    def get_rec_name(self, name):
        return f'{self.sanitary_class.rec_name} {self.number}'

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('sanitary_class.rec_name', *clause[1:]),
            ('number', *clause[1:]),
            ]

    def get_quantity(self, limit):
        "Return what may be delivered per week in the unit of the limit"
        return limit.share_quantity if self.within_share else limit.quantity

    def get_radius(self, limit):
        "Return how far the customers may be in kilometres"
        return self.radius or limit.radius

    @classmethod
    def at(cls, keys):
        """
        Find the derogations in force on given dates.

        keys is an iterable of tuples (producer id, class id, date).
        Return a dictionary of key to derogation; keys without derogation are
        missing.
        """
        keys = set(keys)
        derogations = defaultdict(list)
        for derogation in cls.search([
                    ('producer', 'in', list({k[0] for k in keys})),
                    ]):
            derogations[
                derogation.producer.id, derogation.sanitary_class.id
                ].append(derogation)
        result = {}
        for key in keys:
            *sub_key, date = key
            for derogation in derogations[tuple(sub_key)]:
                if derogation.covers_date(date):
                    result[key] = derogation
        return result


class Template(metaclass=PoolMeta):
    __name__ = 'product.template'

    sanitary_class = fields.Many2One(
        'shortcircuit.sanitary.class', "Sanitary Class", ondelete='RESTRICT',
        help="The class of food of animal origin whose producers need an "
        "approval or a derogation.")
    shell_eggs = fields.Boolean(
        "Eggs in Shell",
        help="Check if the producer needs a packing centre.")


class Product(metaclass=PoolMeta):
    __name__ = 'product.product'

    def get_measure(self, quantity, unit):
        """
        Return a quantity of the product in a unit of weight or volume.

        quantity is in the unit of order of the product, which is counted by
        its weight or its volume if it is sold by the piece. It is None if
        the product does not say them.
        """
        pool = Pool()
        Uom = pool.get('product.uom')
        quantity = self.get_sale_quantity(quantity)
        if self.sale_uom.category == unit.category:
            return Uom.compute_qty(
                self.sale_uom, quantity, unit, round=False)
        quantity = Uom.compute_qty(
            self.sale_uom, quantity, self.default_uom, round=False)
        for name in ['weight', 'volume']:
            measure = getattr(self, name)
            measure_uom = getattr(self, f'{name}_uom')
            if measure and measure_uom.category == unit.category:
                return Uom.compute_qty(
                    measure_uom, quantity * measure, unit, round=False)


class Party(GeolocationMixin, metaclass=PoolMeta):
    __name__ = 'party.party'


class Channel(metaclass=PoolMeta):
    __name__ = 'shortcircuit.channel'

    sanitary_limited = fields.Boolean(
        "Sanitary Limits",
        help="Check if what is delivered to its customers counts for the "
        "limits of the producers under derogation.")

    @classmethod
    def default_sanitary_limited(cls):
        return True


class Offer(metaclass=PoolMeta):
    __name__ = 'shortcircuit.offer'

    @classmethod
    def validate_fields(cls, offers, field_names):
        super().validate_fields(offers, field_names)
        cls.check_sanitary(offers, field_names)

    @classmethod
    def check_sanitary(cls, offers, field_names=None):
        "Refuse what the producer may not sell by an intermediary"
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        Derogation = pool.get('shortcircuit.derogation')
        if field_names and not (field_names & {
                    'cycle', 'producer', 'product'}):
            return
        for offer in offers:
            if (offer.product.shell_eggs
                    and not offer.producer.packing_centre):
                offer._raise_sanitary('msg_offer_no_packing_centre')
        if not Configuration(1).offers_need_approval:
            return
        controlled = {
            o: o._derogation_key for o in offers
            if o.product.sanitary_class
            and o.producer.sanitary_status != 'approved'}
        derogations = Derogation.at(controlled.values())
        for offer, key in controlled.items():
            if (offer.producer.sanitary_status != 'derogation'
                    or key not in derogations):
                offer._raise_sanitary(
                    'msg_offer_not_approved',
                    sanitary_class=offer.product.sanitary_class.rec_name)

    @property
    def _derogation_key(self):
        return (
            self.producer.id, self.product.sanitary_class.id,
            self.cycle.delivery_date)

    def _raise_sanitary(self, message, **values):
        raise OfferSanitaryError(gettext(
                f'shortcircuit_catalog.{message}',
                product=self.product.rec_name,
                producer=self.producer.rec_name,
                **values))


class Mercuriale(metaclass=PoolMeta):
    __name__ = 'shortcircuit.mercuriale'

    def check_publish(self):
        pool = Pool()
        Line = pool.get('shortcircuit.mercuriale.line')
        super().check_publish()
        eggs = [l for l in self.lines if l.product.shell_eggs]
        for line, producers in Line.get_producers(eggs).items():
            for producer in producers:
                if not producer.packing_centre:
                    raise MercurialePublishError(gettext(
                            'shortcircuit_catalog'
                            '.msg_mercuriale_no_packing_centre',
                            mercuriale=self.rec_name,
                            product=line.product.rec_name,
                            producer=producer.rec_name))
