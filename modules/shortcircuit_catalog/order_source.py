# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Who brings what a cycle sells, and which labels that proves"

import datetime as dt
from collections import defaultdict

from trytond.model import ModelView
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval


class SourceMixin:
    "What the rows of the order sheets are made of"
    __slots__ = ()

    @classmethod
    def on_modification(cls, mode, records, field_names=None):
        pool = Pool()
        SheetLine = pool.get('shortcircuit.order_sheet.line')
        super().on_modification(mode, records, field_names=field_names)
        SheetLine._rows_cache.clear()


class Cycle(SourceMixin, metaclass=PoolMeta):
    __name__ = 'shortcircuit.cycle'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'order': {
                    'invisible': Eval('state') != 'open',
                    'icon': 'tryton-shortcircuit-order',
                    'depends': ['state'],
                    },
                })

    @classmethod
    @ModelView.button_action('shortcircuit_catalog.wizard_order')
    def order(cls, cycles):
        pass

    @classmethod
    def get_next(cls, channel):
        "Return the first cycle of the channel to be delivered that is open"
        now = dt.datetime.now()
        cycles = cls.search([
                ('channel', '=', channel.id),
                ('state', '=', 'open'),
                ('opens_at', '<=', now),
                ('closes_at', '>', now),
                ], order=[('delivery_date', 'ASC')], limit=1)
        return cycles[0] if cycles else None

    def get_producers(self, lines):
        """
        Return by line of the mercuriale the set of those that may bring it.

        It is the producer that the line names, else those that offer its
        product in the cycle or, as long as nobody does, those that have it.
        """
        pool = Pool()
        MercurialeLine = pool.get('shortcircuit.mercuriale.line')
        Offer = pool.get('shortcircuit.offer')
        offerers = defaultdict(set)
        for offer in Offer.search([
                    ('cycle', '=', self.id),
                    ('product', 'in', list({l.product.id for l in lines})),
                    ('quantity', '>', 0),
                    ]):
            offerers[offer.product].add(offer.producer)
        return {
            line: (
                set(owners) if line.producer
                else offerers[line.product] or set(owners))
            for line, owners in MercurialeLine.get_producers(lines).items()}

    def get_labels(self, producers):
        """
        Return by line the set of labels it carries on the day of delivery.

        producers is the result of get_producers. A line carries a label only
        if each of those that may bring it proves it, because which one serves
        an order is only known once the goods have come.
        """
        pool = Pool()
        Certificate = pool.get('shortcircuit.certificate')
        keys = {
            line: {
                (p.id, line.product.id, self.delivery_date)
                for p in line_producers}
            for line, line_producers in producers.items()}
        proofs = Certificate.proofs(set().union(*keys.values()))
        return {
            line: set.intersection(*(
                    {c.label for c in proofs[key]} for key in line_keys))
            if line_keys else set()
            for line, line_keys in keys.items()}


class Producer(SourceMixin, metaclass=PoolMeta):
    __name__ = 'shortcircuit.producer'


class ProducerProduct(SourceMixin, metaclass=PoolMeta):
    __name__ = 'shortcircuit.producer.product'


class Label(SourceMixin, metaclass=PoolMeta):
    __name__ = 'shortcircuit.label'


class Certificate(SourceMixin, metaclass=PoolMeta):
    __name__ = 'shortcircuit.certificate'


class CertificateProduct(SourceMixin, metaclass=PoolMeta):
    __name__ = 'shortcircuit.certificate-product.template'


class CertificateCategory(SourceMixin, metaclass=PoolMeta):
    __name__ = 'shortcircuit.certificate-product.category'


class MercurialeLine(SourceMixin, metaclass=PoolMeta):
    __name__ = 'shortcircuit.mercuriale.line'


class Offer(SourceMixin, metaclass=PoolMeta):
    __name__ = 'shortcircuit.offer'
