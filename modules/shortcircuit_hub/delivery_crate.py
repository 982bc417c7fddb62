# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import ModelSQL, ModelView, Workflow, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval

from .crate_count import CountedMixin, count_field
from .crate_move import Entry


class Delivery(metaclass=PoolMeta):
    __name__ = 'shortcircuit.delivery'

    crates = fields.One2Many(
        'shortcircuit.delivery.crate', 'delivery', "Crates",
        states={
            'readonly': Eval('state') == 'cancelled',
            },
        help="The crates the producer brings and takes away.")

    @classmethod
    @ModelView.button
    @Workflow.transition('received')
    def receive(cls, deliveries):
        pool = Pool()
        DeliveryCrate = pool.get('shortcircuit.delivery.crate')
        super().receive(deliveries)
        DeliveryCrate.write_moves([c for d in deliveries for c in d.crates])


class DeliveryCrate(CountedMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.delivery.crate'
    _document = 'delivery'

    delivery = fields.Many2One(
        'shortcircuit.delivery', "Delivery", required=True,
        ondelete='CASCADE')
    full = count_field(
        'full', "Brought Full")
    empty = count_field(
        'empty', "Brought Empty")
    given = count_field(
        'given', "Taken Away",
        help="How many empty crates the producer takes for the next time.")

    @property
    def is_written(self):
        return self.delivery.state == 'received'

    def get_entries(self):
        delivery = self.delivery
        producer = ('producer', delivery.producer.party.id)
        hub = ('hub', delivery.warehouse.id)
        for event, ends in [
                ('full', [producer, hub]),
                ('empty', [producer, hub]),
                ('given', [hub, producer])]:
            yield Entry(
                self, delivery.date, event, self.crate, *ends,
                getattr(self, event) or 0)
