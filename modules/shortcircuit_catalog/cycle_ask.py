# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt

from trytond.model import ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import Transaction

from .cycle_rule import company_domain
from .mail import has_email


class Cycle(metaclass=PoolMeta):
    __name__ = 'shortcircuit.cycle'

    asks_at = fields.DateTime(
        "Asks at", format='%H:%M',
        states={
            'readonly': ~Eval('state').in_(['draft', 'open']),
            },
        help="When the producers are sent the links by which they offer.\n"
        "Leave empty to send them by the button only.")
    asked_at = fields.DateTime("Asked at", readonly=True)
    links = fields.One2Many(
        'shortcircuit.offer.link', 'cycle', "Links", readonly=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'ask': {
                    'invisible': ~Eval('state').in_(['draft', 'open']),
                    'icon': 'tryton-email',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def copy(cls, cycles, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('asked_at', None)
        default.setdefault('links', None)
        return super().copy(cycles, default=default)

    @classmethod
    def run_clock(cls):
        super().run_clock()
        for cycle in cls.search(company_domain() + cls._ask_domain()):
            with Transaction().set_context(company=cycle.company.id):
                cls.__queue__.ask_by_clock([cycle])

    @classmethod
    def _ask_domain(cls):
        return [
            ('state', 'in', ['draft', 'open']),
            ('asked_at', '=', None),
            ('asks_at', '<=', dt.datetime.now()),
            ]

    @classmethod
    def ask_by_clock(cls, cycles):
        cls.lock(cycles)
        cls.ask(cls.search([
                    ('id', 'in', [c.id for c in cycles]),
                    cls._ask_domain(),
                    ]))

    @classmethod
    @ModelView.button
    def ask(cls, cycles):
        "Send a link to the producers who offer nothing yet"
        pool = Pool()
        Link = pool.get('shortcircuit.offer.link')
        cls.write(cycles, {'asked_at': dt.datetime.now()})
        for cycle in cycles:
            Link.send(cycle, cycle.get_silent_producers())

    def get_silent_producers(self):
        "Return the producers by email who did not answer yet"
        pool = Pool()
        Producer = pool.get('shortcircuit.producer')
        answered = {o.producer.id for o in self.offers} | {
            l.producer.id for l in self.links if l.state == 'used'}
        return [p for p in Producer.search([
                    ('company', '=', self.company.id),
                    ('state', '=', 'active'),
                    ('products', '!=', None),
                    ('id', 'not in', list(answered)),
                    ]) if has_email(p.party)]


class CycleRule(metaclass=PoolMeta):
    __name__ = 'shortcircuit.cycle.rule'

    asks_days = fields.Integer(
        "Asks Producers",
        domain=['OR',
            ('asks_days', '=', None),
            ('asks_days', '>=', 0),
            ],
        help="How many days before the opening the producers are sent the "
        "links by which they offer, at the same hour.\n"
        "Leave empty to send them by the button only.")

    def get_cycle(self, date):
        cycle = super().get_cycle(date)
        if self.asks_days is not None:
            cycle.asks_at = self._get_time(
                date, self.opens_days + self.asks_days, self.opens_time)
        return cycle
