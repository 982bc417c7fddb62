# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Bool, Eval
from trytond.transaction import check_access
from trytond.wizard import Button, StateTransition, StateView, Wizard


class Announce(Wizard):
    __name__ = 'shortcircuit.offer.announce'

    start = StateView(
        'shortcircuit.offer.announce.start',
        'shortcircuit_catalog.offer_announce_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Announce", 'announce', 'tryton-ok', default=True),
            ])
    announce = StateTransition()

    @check_access
    def default_start(self, fields):
        pool = Pool()
        Cycle = pool.get('shortcircuit.cycle')
        Start = pool.get('shortcircuit.offer.announce.start')
        start = Start(lines=[])
        start.producer = self._get_producer()
        start.cycles = Cycle.get_coming()
        if self.model == Cycle and self.record:
            start.cycle = self.record
        else:
            start.cycle = self._get_cycle(start)
        start.on_change_cycle()
        return start._default_values

    def _get_producer(self):
        "Return the only producer of the user, or of the offers he looks at"
        pool = Pool()
        Offer = pool.get('shortcircuit.offer')
        Producer = pool.get('shortcircuit.producer')
        User = pool.get('res.user')
        parties = User.get_parties()
        if parties:
            producers = Producer.search([('party', 'in', parties)], limit=2)
        elif self.model == Offer:
            producers = list({o.producer for o in self.records})
        else:
            producers = []
        if len(producers) == 1:
            return producers[0]

    @staticmethod
    def _get_cycle(start):
        "Return the first cycle for which nothing was announced yet"
        pool = Pool()
        Offer = pool.get('shortcircuit.offer')
        if start.producer:
            announced = {o.cycle for o in Offer.search([
                        ('producer', '=', start.producer.id),
                        ('cycle', 'in', [c.id for c in start.cycles]),
                        ])}
        else:
            announced = set()
        missing = [c for c in start.cycles if c not in announced]
        return next(iter(missing or start.cycles), None)

    def transition_announce(self):
        pool = Pool()
        Offer = pool.get('shortcircuit.offer')
        start = self.start
        with check_access():
            Offer.announce(
                start.cycle, start.producer,
                {l.product: l.quantity or 0 for l in start.lines})
        return 'end'

    def end(self):
        return 'reload'


class AnnounceStart(ModelView):
    __name__ = 'shortcircuit.offer.announce.start'

    cycle = fields.Many2One(
        'shortcircuit.cycle', "Cycle", required=True,
        domain=[
            ('id', 'in', Eval('cycles', [])),
            ])
    cycles = fields.Many2Many(
        'shortcircuit.cycle', None, None, "Cycles")
    producer = fields.Many2One(
        'shortcircuit.producer', "Producer", required=True,
        domain=[
            ('state', '=', 'active'),
            ])
    lines = fields.One2Many(
        'shortcircuit.offer.announce.line', None, "Products",
        states={
            'readonly': ~Eval('cycle') | ~Eval('producer'),
            })

    @fields.depends('cycle', 'producer', 'lines')
    def on_change_cycle(self):
        pool = Pool()
        Line = pool.get('shortcircuit.offer.announce.line')
        Offer = pool.get('shortcircuit.offer')
        self.lines = []
        if self.cycle and self.producer:
            self.lines = [
                Line(
                    product=p.product, unit=p.product.ordering_uom,
                    last=p.last,
                    quantity=p.last if p.quantity is None else p.quantity)
                for p in Offer.propose(self.cycle, self.producer)]

    @fields.depends(methods=['on_change_cycle'])
    def on_change_producer(self):
        self.on_change_cycle()


class AnnounceLine(ModelView):
    __name__ = 'shortcircuit.offer.announce.line'

    product = fields.Many2One(
        'product.product', "Product", required=True,
        states={
            'readonly': Bool(Eval('unit')),
            })
    unit = fields.Many2One('product.uom', "Unit", readonly=True)
    last = fields.Float(
        "Last Time", digits='unit', readonly=True,
        help="What was offered the last time.")
    quantity = fields.Float(
        "Quantity", digits='unit',
        domain=['OR',
            ('quantity', '=', None),
            ('quantity', '>=', 0),
            ],
        help="What can be brought; nothing if empty.")

    @fields.depends('product')
    def on_change_product(self):
        self.unit = self.product.ordering_uom if self.product else None
