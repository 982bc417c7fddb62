# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from types import SimpleNamespace

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.shortcircuit_catalog.mail import has_email, send_email
from trytond.modules.shortcircuit_catalog.moment import Moment
from trytond.pool import Pool
from trytond.pyson import Bool, Eval, If
from trytond.tools import slugify
from trytond.transaction import Transaction

from .document import SharedReport, format_quantity


class Notice(ModelSQL, ModelView):
    __name__ = 'shortcircuit.recall.notice'

    recall = fields.Many2One(
        'shortcircuit.recall', "Recall", required=True, readonly=True,
        ondelete='CASCADE')
    company = fields.Function(
        fields.Many2One('company.company', "Company"),
        'on_change_with_company', searcher='search_company')
    party = fields.Many2One(
        'party.party', "Party", required=True, readonly=True,
        ondelete='RESTRICT',
        context={
            'company': Eval('company', -1),
            },
        depends={'company'})
    role = fields.Selection([
            ('customer', "Customer"),
            ('recipient', "Recipient of a Gift"),
            ('producer', "Producer"),
            ], "Told as", required=True, readonly=True, sort=False)
    role_string = role.translated('role')
    channel = fields.Selection([
            ('email', "Email"),
            ('letter', "Letter"),
            ], "By", required=True, readonly=True, sort=False)
    channel_string = channel.translated('channel')
    to = fields.Text("To", readonly=True)
    phone = fields.Function(fields.Char("Phone"), 'on_change_with_phone')
    goods = fields.Text("Goods", readonly=True)
    notified_at = Moment(
        "Notified at", readonly=True,
        help="When the email was sent or the letter posted.")
    notified_by = fields.Many2One(
        'res.user', "Notified by", readonly=True, ondelete='RESTRICT')
    drill = fields.Function(fields.Boolean("Drill"), 'on_change_with_drill')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('recall')
        cls._order = [('party.name', 'ASC'), ('id', 'ASC')]
        cls._buttons.update({
                'post': {
                    'invisible': (Bool(Eval('notified_at'))
                        | (Eval('channel') != 'letter')
                        | Eval('drill', False)),
                    'depends': ['notified_at', 'channel', 'drill'],
                    },
                })

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual', If(
                    ~Bool(Eval('notified_at')) & ~Eval('drill', False),
                    'warning', '')),
            ]

    @fields.depends('recall', '_parent_recall.company')
    def on_change_with_company(self, name=None):
        return self.recall.company if self.recall else None

    @classmethod
    def search_company(cls, name, clause):
        return [('recall.' + clause[0], *clause[1:])]

    @fields.depends('party')
    def on_change_with_phone(self, name=None):
        return (self.party.mobile or self.party.phone) if self.party else ''

    @fields.depends('recall', '_parent_recall.drill')
    def on_change_with_drill(self, name=None):
        return bool(self.recall and self.recall.drill)

    def get_rec_name(self, name):
        return f'{self.recall.rec_name} - {self.party.rec_name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('recall.rec_name', *clause[1:]),
            ('party.rec_name', *clause[1:]),
            ]

    @classmethod
    def get_notice(cls, recall, party, role):
        "Return what tells the party, by email if it has an address"
        pool = Pool()
        EmailTemplate = pool.get('ir.email.template')
        notice = cls(recall=recall, party=party, role=role)
        if has_email(party):
            notice.channel = 'email'
            notice.to = EmailTemplate.get_addresses(party)
        else:
            notice.channel = 'letter'
            address = party.address_get()
            notice.to = address.full_address if address else None
        notice.goods = '\n'.join(
            ' '.join(filter(None, [
                        r.product.name, r.lot.number, r.quantity]))
            for r in notice.get_rows())
        return notice

    def get_rows(self):
        "Return the recalled goods that concern the party"
        lines = {}
        for line in self.recall.lines:
            if self._concerns(line):
                lines.setdefault((line.lot, line.date), []).append(line)
        if self.role == 'producer':
            return [
                self._get_row(l.lot, l.date, l.received, l.unit)
                for l in self.recall.lots
                if l.lot.producer.party == self.party]
        return [
            self._get_row(
                lot, date, sum(l.quantity for l in group), group[0].unit)
            for (lot, date), group in lines.items()]

    def _concerns(self, line):
        return line.role == self.role and line.party == self.party

    @staticmethod
    def _get_row(lot, date, quantity, unit):
        return SimpleNamespace(
            lot=lot, product=lot.product, date=date,
            quantity=format_quantity(unit.round(quantity or 0), unit))

    @classmethod
    def send(cls, notices):
        "Send the emails that were not sent yet"
        pool = Pool()
        Email = pool.get('ir.email')
        cls.lock(notices)
        notices = cls.search([
                ('id', 'in', [n.id for n in notices]),
                ('notified_at', '=', None),
                ])
        Email.save([
                send_email(
                    'shortcircuit.recall.notice.mail', n, n.party,
                    attachments=[n.get_letter()])
                for n in notices])
        cls._set_notified(notices)

    @classmethod
    @ModelView.button
    def post(cls, notices):
        cls._set_notified(notices)

    @classmethod
    def _set_notified(cls, notices):
        cls.write(notices, {
                'notified_at': dt.datetime.now(),
                'notified_by': Transaction().user or None,
                })

    def get_letter(self):
        "Return the name and the content of the file of the letter"
        pool = Pool()
        EmailTemplate = pool.get('ir.email.template')
        Report = pool.get('shortcircuit.recall.notice', type='report')
        language, *_ = EmailTemplate.get_languages(self.party)
        with Transaction().set_context(language=language.code):
            extension, content, _, name = Report.execute([self.id], {})
        return f'{slugify(name)}.{extension}', content


class NoticeReport(SharedReport):
    __name__ = 'shortcircuit.recall.notice'


class NoticeMail(NoticeReport):
    __name__ = 'shortcircuit.recall.notice.mail'


class LettersReport(SharedReport):
    __name__ = 'shortcircuit.recall.letters'

    @classmethod
    def _get_records(cls, ids, model, data):
        "Print the letters to post of the recalls"
        pool = Pool()
        Notice = pool.get('shortcircuit.recall.notice')
        return super()._get_records(
            [n.id for n in Notice.search([
                        ('recall', 'in', ids),
                        ('channel', '=', 'letter'),
                        ])],
            'shortcircuit.recall.notice', data)


class RegisterReport(SharedReport):
    __name__ = 'shortcircuit.recall.register'

    @classmethod
    def get_context(cls, records, header, data):
        context = super().get_context(records, header, data)
        context['format_quantity'] = format_quantity
        return context


class SheetReport(SharedReport):
    __name__ = 'shortcircuit.recall.sheet'
