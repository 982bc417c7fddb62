# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from collections import defaultdict
from contextlib import contextmanager
from contextvars import ContextVar
from types import SimpleNamespace

from trytond.i18n import gettext
from trytond.model import ModelView, Workflow, fields
from trytond.modules.shortcircuit_catalog.mail import has_email, send_email
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.tools import slugify
from trytond.transaction import Transaction, without_check_access

from .document import SharedReport, format_quantity
from .exceptions import DeliveryCallError
from .sharing import from_steps, to_steps

# What the reports print, as each of them is executed alone and the context of
# the transaction can not have it: it is the key of caches
_rows = ContextVar('rows', default=None)


@contextmanager
def read_before(rows):
    "Let the calls print the rows, by id of delivery, instead of reading them"
    token = _rows.set(rows)
    try:
        yield
    finally:
        _rows.reset(token)


class Cycle(metaclass=PoolMeta):
    __name__ = 'shortcircuit.cycle'

    @classmethod
    @ModelView.button
    @Workflow.transition('closed')
    def close(cls, cycles):
        pool = Pool()
        Delivery = pool.get('shortcircuit.delivery')
        super().close(cycles)
        # Printing a page for each producer takes longer than closing
        with Transaction().set_context(
                queue_batch=Transaction().context.get('queue_batch', True)):
            Delivery.__queue__.call_producers(Delivery.search([
                        ('cycle', 'in', [c.id for c in cycles]),
                        Delivery.to_call_domain(),
                        ]))


class Delivery(metaclass=PoolMeta):
    __name__ = 'shortcircuit.delivery'

    called_at = fields.DateTime(
        "Called at", readonly=True,
        help="When the producer was sent what to bring.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'call': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-email',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def copy(cls, deliveries, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('called_at', None)
        return super().copy(deliveries, default=default)

    @classmethod
    def to_call_domain(cls):
        "Return the domain of what producers are called for by themselves"
        return [
            ('state', '=', 'draft'),
            ('called_at', '=', None),
            # To come for less than his minimum is to be decided first
            ('below_minimum', '!=', True),
            ('lines.expected', '>', 0),
            ]

    @classmethod
    def call_producers(cls, deliveries):
        "Call the producers who have an email and were not called yet"
        cls.lock(deliveries)
        cls._call([d for d in cls.search([
                        ('id', 'in', [d.id for d in deliveries]),
                        cls.to_call_domain(),
                        ]) if has_email(d.producer.party)])

    @classmethod
    @ModelView.button
    def call(cls, deliveries):
        for delivery in deliveries:
            if not has_email(delivery.producer.party):
                raise DeliveryCallError(gettext(
                        'shortcircuit_hub.msg_delivery_call_email',
                        delivery=delivery.rec_name,
                        producer=delivery.producer.rec_name))
        cls._call(deliveries)

    @classmethod
    def _call(cls, deliveries):
        pool = Pool()
        Email = pool.get('ir.email')
        languages = defaultdict(list)
        for delivery in deliveries:
            languages[delivery.call_language].append(delivery)
        Email.save([
                email for language, called in languages.items()
                for email in cls._send_calls(called, language)])
        cls.write(deliveries, {'called_at': dt.datetime.now()})

    @property
    def call_language(self):
        pool = Pool()
        EmailTemplate = pool.get('ir.email.template')
        language, *_ = EmailTemplate.get_languages(self.producer.party)
        return language

    @classmethod
    def _send_calls(cls, deliveries, language):
        "Send the calls in a language and return the emails to be saved"
        pool = Pool()
        ActionReport = pool.get('ir.action.report')
        list_, mail = (
            ActionReport.search([('report_name', '=', name)], limit=1)[0]
            for name in [
                'shortcircuit.delivery.call',
                'shortcircuit.delivery.call.mail'])
        with Transaction().set_context(
                language=language.code, with_rec_name=False):
            deliveries = cls.browse(deliveries)
            with read_before(cls.get_call_rows(deliveries)):
                return [
                    send_email(
                        mail, d, d.producer.party, languages=[language],
                        attachments=[d.get_call(list_)])
                    for d in deliveries]

    def get_call(self, action):
        "Return the name and the content of the file of what to bring"
        pool = Pool()
        Report = pool.get(action.report_name, type='report')
        extension, content, _, name = Report.execute(
            [self.id], {'action_id': action.id})
        return f'{slugify(name)}.{extension}', content

    @classmethod
    def get_call_rows(cls, deliveries):
        "Return by id what is to bring and how it is packed"
        pool = Pool()
        Item = pool.get('shortcircuit.producer.product')
        items = {(i.producer, i.product): i for i in Item.search([
                    ('producer', 'in', [d.producer.id for d in deliveries]),
                    ('product', 'in', list(
                            {l.product.id for d in deliveries
                                for l in d.lines})),
                    ])}
        return {
            d.id: [
                l.get_call_row(items.get((d.producer, l.product)))
                for l in d.lines if l.expected]
            for d in deliveries}


class DeliveryLine(metaclass=PoolMeta):
    __name__ = 'shortcircuit.delivery.line'

    def get_call_row(self, item):
        "Return what is to bring, item being the product of the producer"
        return SimpleNamespace(
            line=self,
            product=self.product,
            code=item.code if item else None,
            quantity=format_quantity(self.expected, self.unit),
            cases=get_cases(
                self.expected, item.case_quantity if item else None,
                self.unit),
            lot=self.lot_number)


class DeliveryCallReport(SharedReport):
    __name__ = 'shortcircuit.delivery.call'

    @classmethod
    def get_context(cls, records, header, data):
        pool = Pool()
        Delivery = pool.get('shortcircuit.delivery')
        context = super().get_context(records, header, data)
        rows = _rows.get()
        if rows is None:
            # A producer reads neither the hub nor the units
            with without_check_access():
                rows = Delivery.get_call_rows(
                    Delivery.browse([int(r) for r in records]))
        context['rows'] = rows
        return context


class DeliveryCallMail(DeliveryCallReport):
    __name__ = 'shortcircuit.delivery.call.mail'


def get_cases(quantity, case_quantity, unit):
    "Tell how many cases of the quantity are to bring, and what is left"
    if not case_quantity:
        return None
    cases = to_steps(quantity, case_quantity)
    left = from_steps(
        to_steps(quantity, unit.rounding)
        - cases * to_steps(case_quantity, unit.rounding), unit.rounding)
    texts = []
    if cases:
        texts.append(gettext(
                'shortcircuit_hub.msg_delivery_call_cases', cases=cases,
                quantity=format_quantity(case_quantity, unit)))
    if left:
        texts.append(format_quantity(left, unit))
    return ' + '.join(texts)
