# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, Unique, Workflow, fields
from trytond.model.exceptions import AccessError
from trytond.modules.shortcircuit_catalog.moment import Moment
from trytond.pool import Pool
from trytond.pyson import Bool, Eval, If
from trytond.transaction import Transaction
from trytond.wizard import Button, StateAction, StateView, Wizard

from .exceptions import RecallError

TIMES = ['started_at', 'found_at', 'held_at', 'notified_at', 'closed_at']


class Recall(Workflow, ModelSQL, ModelView):
    __name__ = 'shortcircuit.recall'
    _rec_name = 'number'

    _states = {
        'readonly': Eval('state') != 'draft',
        }

    number = fields.Char("Number", readonly=True)
    company = fields.Many2One(
        'company.company', "Company", required=True, states=_states)
    drill = fields.Boolean(
        "Drill", states=_states,
        help="Time the recall without holding anything nor sending "
        "anything.")
    reason = fields.Text(
        "Reason", required=True,
        states={
            'readonly': Eval('state').in_(['closed', 'cancelled']),
            },
        help="Why the goods are recalled, as the customers will read it.")
    lot = fields.Many2One(
        'stock.lot', "Lot", ondelete='RESTRICT',
        domain=[
            ('producer', '!=', None),
            If(Bool(Eval('product')),
                ('product', '=', Eval('product', -1)), ()),
            If(Bool(Eval('producer')),
                ('producer', '=', Eval('producer', -1)), ()),
            ],
        states=_states)
    product = fields.Many2One(
        'product.product', "Product", ondelete='RESTRICT',
        context={
            'company': Eval('company', -1),
            },
        depends={'company'}, states=_states)
    producer = fields.Many2One(
        'shortcircuit.producer', "Producer", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states=_states)
    start_date = fields.Date(
        "Received From",
        domain=[
            If(Bool(Eval('end_date')) & Bool(Eval('start_date')),
                ('start_date', '<=', Eval('end_date', None)), ()),
            ],
        states=_states)
    end_date = fields.Date("Received To", states=_states)

    started_at = Moment("Started at", readonly=True)
    found_at = Moment(
        "Found at", readonly=True,
        help="When the goods and who received them were first listed.")
    held_at = Moment("Held at", readonly=True)
    notified_at = Moment("Notified at", readonly=True)
    closed_at = Moment("Closed at", readonly=True)
    duration = fields.Function(
        fields.TimeDelta("Duration",
            help="From the start to the last step."),
        'on_change_with_duration')

    lots = fields.One2Many(
        'shortcircuit.recall.lot', 'recall', "Lots", readonly=True)
    held = fields.Function(
        fields.Boolean("Held"), 'on_change_with_held')
    lines = fields.One2Many(
        'shortcircuit.recall.line', 'recall', "Lines", readonly=True)
    present_lines = fields.One2Many(
        'shortcircuit.recall.line', 'recall', "Where It Is", readonly=True,
        filter=[
            ('gone', '=', False),
            ])
    gone_lines = fields.One2Many(
        'shortcircuit.recall.line', 'recall', "Who Received It",
        readonly=True,
        filter=[
            ('gone', '=', True),
            ])
    notices = fields.One2Many(
        'shortcircuit.recall.notice', 'recall', "Notices", readonly=True)
    state = fields.Selection([
            ('draft', "Draft"),
            ('open', "Open"),
            ('closed', "Closed"),
            ('cancelled', "Cancelled"),
            ], "State", required=True, readonly=True, sort=False)

    del _states

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('id', 'DESC')]
        cls._transitions |= {
            ('draft', 'cancelled'),
            ('open', 'closed'),
            ('closed', 'open'),
            }
        opened = {
            'invisible': Eval('state') != 'open',
            'depends': ['state'],
            }
        cls._buttons.update({
                'cancel': {
                    'invisible': Eval('state') != 'draft',
                    'depends': ['state'],
                    },
                'find': {
                    'invisible': ~Eval('state').in_(['draft', 'open']),
                    'icon': 'tryton-search',
                    'depends': ['state'],
                    },
                'hold': opened,
                'withdraw': {
                    'invisible': (Eval('state') != 'open') | ~Eval('held'),
                    'depends': ['state', 'held'],
                    },
                'release': {
                    'invisible': ~Eval('held'),
                    'depends': ['held'],
                    },
                'notify': opened | {'icon': 'tryton-email'},
                'close': opened | {'icon': 'tryton-ok'},
                'reopen': {
                    'invisible': Eval('state') != 'closed',
                    'icon': 'tryton-undo',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_started_at(cls):
        return dt.datetime.now()

    @classmethod
    def default_state(cls):
        return 'draft'

    @fields.depends(*TIMES)
    def on_change_with_duration(self, name=None):
        times = [t for n in TIMES if (t := getattr(self, n, None))]
        return max(times) - min(times) if times else None

    @fields.depends('lots')
    def on_change_with_held(self, name=None):
        return any(l.held for l in self.lots or [])

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual', If(
                    (Eval('state') == 'open') & ~Eval('drill', False),
                    'danger', If(Eval('drill', False), 'muted', ''))),
            ]

    @classmethod
    def check_modification(cls, mode, recalls, values=None, external=False):
        super().check_modification(
            mode, recalls, values=values, external=external)
        if mode == 'delete':
            for recall in recalls:
                if recall.state not in {'draft', 'cancelled'}:
                    raise AccessError(gettext(
                            'shortcircuit_hub.msg_recall_delete',
                            recall=recall.rec_name))

    @classmethod
    def copy(cls, recalls, default=None):
        default = default.copy() if default is not None else {}
        for name in [
                'number', 'lots', 'lines', 'present_lines', 'gone_lines',
                'notices', *TIMES[1:]]:
            default.setdefault(name, None)
        default.setdefault('started_at', lambda data: dt.datetime.now())
        return super().copy(recalls, default=default)

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, recalls):
        pass

    @classmethod
    @ModelView.button
    def find(cls, recalls):
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        Line = pool.get('shortcircuit.recall.line')
        RecallLot = pool.get('shortcircuit.recall.lot')
        for recall in recalls:
            RecallLot.set_found(recall, recall.find_lots())
        Line.set_found(recalls)
        cls.write(recalls, {'state': 'open'})
        cls._set_time(recalls, 'found_at')
        Configuration.set_number(recalls, 'recall_sequence')

    def find_lots(self):
        """
        Return the lots that meet all the criteria.

        Raise RecallError if there is no criterion, or no lot.
        """
        pool = Pool()
        Lot = pool.get('stock.lot')
        domain = [
            (name, operator, value) for name, operator, value in [
                ('id', '=', self.lot and self.lot.id),
                ('product', '=', self.product and self.product.id),
                ('producer', '=', self.producer and self.producer.id),
                ('delivery_line.delivery.date', '>=', self.start_date),
                ('delivery_line.delivery.date', '<=', self.end_date),
                ] if value]
        if not domain:
            raise RecallError(gettext(
                    'shortcircuit_hub.msg_recall_no_criterion'))
        lots = Lot.search([('producer', '!=', None), *domain])
        if not lots:
            raise RecallError(gettext('shortcircuit_hub.msg_recall_no_lot'))
        return lots

    @classmethod
    def _set_time(cls, recalls, name):
        "Keep the first time of a step"
        cls.write(
            [r for r in recalls if not getattr(r, name)],
            {name: dt.datetime.now()})

    @classmethod
    @ModelView.button
    def hold(cls, recalls):
        pool = Pool()
        Lot = pool.get('stock.lot')
        RecallLot = pool.get('shortcircuit.recall.lot')
        lots = [l for r in recalls if not r.drill for l in r.lots]
        Lot.announce_hold({l.lot for l in lots})
        RecallLot.write(lots, {'held': True})
        cls._set_time(recalls, 'held_at')

    @classmethod
    @ModelView.button
    def release(cls, recalls):
        pool = Pool()
        RecallLot = pool.get('shortcircuit.recall.lot')
        RecallLot.write([l for r in recalls for l in r.lots], {'held': False})

    @classmethod
    @ModelView.button
    def withdraw(cls, recalls):
        "Take what is held out of the orders and the transfers not yet gone"
        pool = Pool()
        Move = pool.get('stock.move')
        Line = pool.get('shortcircuit.recall.line')
        Move.withdraw_lots(
            {l.lot for r in recalls for l in r.lots if l.held})
        Line.set_found(recalls)

    @classmethod
    @ModelView.button
    def notify(cls, recalls):
        pool = Pool()
        Notice = pool.get('shortcircuit.recall.notice')
        notices = [n for r in recalls for n in r.get_notices()]
        Notice.save(notices)
        with Transaction().set_context(
                queue_batch=Transaction().context.get('queue_batch', True)):
            Notice.__queue__.send(
                [n for n in notices if n.channel == 'email'
                    and not n.recall.drill])
        cls._set_time(recalls, 'notified_at')

    def get_notices(self):
        "Return what tells who was not told yet"
        pool = Pool()
        Notice = pool.get('shortcircuit.recall.notice')
        told = {n.party for n in self.notices}
        roles = {l.lot.producer.party: 'producer' for l in self.lots}
        roles.update((l.party, l.role) for l in self.lines if l.role)
        return [
            Notice.get_notice(self, party, role)
            for party, role in roles.items() if party not in told]

    @classmethod
    @ModelView.button
    @Workflow.transition('closed')
    def close(cls, recalls):
        cls._set_time(recalls, 'closed_at')

    @classmethod
    @ModelView.button
    @Workflow.transition('open')
    def reopen(cls, recalls):
        cls.write(recalls, {'closed_at': None})


class RecallLot(ModelSQL, ModelView):
    __name__ = 'shortcircuit.recall.lot'

    recall = fields.Many2One(
        'shortcircuit.recall', "Recall", required=True, ondelete='CASCADE')
    lot = fields.Many2One(
        'stock.lot', "Lot", required=True, ondelete='RESTRICT')
    product = fields.Function(
        fields.Many2One('product.product', "Product"),
        'on_change_with_product')
    producer = fields.Function(
        fields.Many2One('shortcircuit.producer', "Producer"),
        'on_change_with_producer')
    date = fields.Function(
        fields.Date("Received on"), 'on_change_with_date')
    unit = fields.Function(
        fields.Many2One('product.uom', "Unit"), 'on_change_with_unit')
    received = fields.Float(
        "Received", digits='unit', readonly=True,
        help="What the producer has brought.")
    traced = fields.Float(
        "Traced", digits='unit', readonly=True,
        help="What is found, here or gone.")
    held = fields.Boolean("Held", readonly=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('recall')
        t = cls.__table__()
        cls._sql_constraints += [
            ('lot_unique', Unique(t, t.recall, t.lot),
                'shortcircuit_hub.msg_recall_lot_unique'),
            ]

    @classmethod
    def default_held(cls):
        return False

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree/field[@name="traced"]', 'visual', If(
                    Eval('traced', 0) != Eval('received', 0),
                    'danger', '')),
            ]

    @fields.depends('lot')
    def on_change_with_product(self, name=None):
        return self.lot.product if self.lot else None

    @fields.depends('lot')
    def on_change_with_producer(self, name=None):
        return self.lot.producer if self.lot else None

    @fields.depends('lot')
    def on_change_with_date(self, name=None):
        if self.lot and self.lot.delivery_line:
            return self.lot.delivery_line.delivery.date

    @fields.depends('lot')
    def on_change_with_unit(self, name=None):
        return self.lot.product.sale_uom if self.lot else None

    def get_rec_name(self, name):
        return self.lot.rec_name

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('lot.rec_name', *clause[1:])]

    @classmethod
    def set_found(cls, recall, lots):
        "Let the recall have these lots, those it has stay as they are"
        cls.delete([
                l for l in recall.lots if l.lot not in lots and not l.held])
        known = {l.lot for l in recall.lots}
        cls.save([cls(recall=recall, lot=l) for l in lots if l not in known])


class RecallStart(ModelView):
    __name__ = 'shortcircuit.recall.start'

    drill = fields.Boolean(
        "Drill",
        help="Time the recall without holding anything nor sending "
        "anything.")
    reason = fields.Text("Reason", required=True)


class RecallWizard(Wizard):
    __name__ = 'shortcircuit.recall'

    start = StateView(
        'shortcircuit.recall.start',
        'shortcircuit_hub.recall_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Find", 'find', 'tryton-search', default=True),
            ])
    find = StateAction('shortcircuit_hub.act_recall_form')

    def do_find(self, action):
        pool = Pool()
        Recall = pool.get('shortcircuit.recall')
        criterion = {
            'stock.lot': 'lot',
            'product.product': 'product',
            'shortcircuit.producer': 'producer',
            }[self.model.__name__]
        recalls = [
            Recall(
                drill=self.start.drill, reason=self.start.reason,
                **{criterion: record})
            for record in self.records]
        Recall.save(recalls)
        Recall.find(recalls)
        if len(recalls) == 1:
            action['views'].reverse()
        return action, {'res_id': [r.id for r in recalls]}
