# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

"""The temperatures of what is received, where the storage class asks for them

Core's quality controls are not used: their points have the tolerances of a
control, not those of each product on a date, they are answered in a dialog
per control and document, which either fails the whole document or nothing,
and what they keep cannot be listed by value.
"""

import datetime as dt

from trytond.cache import Cache
from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, Unique, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval, If
from trytond.transaction import Transaction
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .exceptions import DeliveryError

CLASSES = [
    ('ambient', "Ambient"),
    ('chilled', "Chilled"),
    ('frozen', "Frozen"),
    ]


class StorageLimit(ModelSQL, ModelView):
    __name__ = 'shortcircuit.storage.limit'

    storage_class = fields.Selection(
        CLASSES, "Storage Class", required=True, sort=False)
    storage_class_string = storage_class.translated('storage_class')
    start_date = fields.Date("Start Date", required=True)
    temperature_min = fields.Numeric(
        "Minimal Temperature", digits=(3, 1), help="In degrees Celsius.")
    temperature_max = fields.Numeric(
        "Maximal Temperature", digits=(3, 1), help="In degrees Celsius.")

    _limits_cache = Cache('shortcircuit.storage.limit', context=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            ('start_date_unique', Unique(t, t.storage_class, t.start_date),
                'shortcircuit_hub.msg_storage_limit_unique'),
            ]
        cls._order = [
            ('storage_class', 'ASC'),
            ('start_date', 'DESC'),
            ('id', 'DESC'),
            ]

    def get_rec_name(self, name):
        return self.storage_class_string

    @classmethod
    def on_modification(cls, mode, limits, field_names=None):
        super().on_modification(mode, limits, field_names=field_names)
        cls._limits_cache.clear()

    @classmethod
    def find(cls, product, date):
        """
        Return the minimal and the maximal temperature of a product on a date.

        They are in degrees Celsius, None if there is no such limit. Those of
        the product come before those of its storage class.
        """
        own = (product.template.temperature_min,
            product.template.temperature_max)
        if own != (None, None):
            return own
        for start_date, *limits in cls._get_limits().get(
                product.template.storage_class, []):
            if start_date <= (date or dt.date.max):
                return tuple(limits)
        return None, None

    @classmethod
    def _get_limits(cls):
        "Return by storage class the limits, the latest first"
        limits = cls._limits_cache.get('limits')
        if limits is None:
            limits = {}
            for limit in cls.search([], order=[('start_date', 'DESC')]):
                limits.setdefault(limit.storage_class, []).append((
                        limit.start_date, limit.temperature_min,
                        limit.temperature_max))
            cls._limits_cache.set('limits', limits)
        return limits


def _shared_temperature(storage_class, string):
    return fields.Function(
        fields.Numeric(string, digits=(3, 1),
            states={
                'readonly': Eval('state') != 'draft',
                'invisible': ~Eval(f'has_{storage_class}'),
                },
            help="In degrees Celsius, for all that is not measured apart."),
        'get_temperature', setter='set_temperature')


class Delivery(metaclass=PoolMeta):
    __name__ = 'shortcircuit.delivery'

    chilled_temperature = _shared_temperature('chilled', "Chilled °C")
    frozen_temperature = _shared_temperature('frozen', "Frozen °C")
    has_chilled = fields.Function(
        fields.Boolean("Has Chilled"), 'get_has_class')
    has_frozen = fields.Function(
        fields.Boolean("Has Frozen"), 'get_has_class')

    def get_has_class(self, name):
        return bool(self._get_measured(name[len('has_'):]))

    def _get_measured(self, storage_class):
        return [l for l in self.lines
            if l.measured and l.product
            and l.product.template.storage_class == storage_class]

    def get_temperature(self, name):
        temperatures = {
            l.temperature for l in self._get_measured(name.split('_')[0])}
        if len(temperatures) == 1:
            return temperatures.pop()

    @classmethod
    def set_temperature(cls, deliveries, name, value):
        pool = Pool()
        Line = pool.get('shortcircuit.delivery.line')
        if value is not None:
            Line.write([
                    l for d in deliveries if d.state == 'draft'
                    for l in d._get_measured(name.split('_')[0])
                    if l.temperature is None], {'temperature': value})

    @fields.depends('lines', 'chilled_temperature')
    def on_change_chilled_temperature(self):
        self._spread('chilled', self.chilled_temperature)

    @fields.depends('lines', 'frozen_temperature')
    def on_change_frozen_temperature(self):
        self._spread('frozen', self.frozen_temperature)

    def _spread(self, storage_class, temperature):
        for line in self._get_measured(storage_class):
            if line.temperature is None:
                line.temperature = temperature
                line.out_of_range = line.on_change_with_out_of_range()
                line.temperature_decision = (
                    line.on_change_with_temperature_decision())
        self.lines = self.lines


class DeliveryLine(metaclass=PoolMeta):
    __name__ = 'shortcircuit.delivery.line'

    temperature_min = fields.Numeric(
        "Minimal Temperature", digits=(3, 1), readonly=True)
    temperature_max = fields.Numeric(
        "Maximal Temperature", digits=(3, 1), readonly=True)
    measured = fields.Function(
        fields.Boolean("Measured"), 'on_change_with_measured')
    temperature = fields.Numeric(
        "°C", digits=(3, 1),
        states={
            'readonly': ((Eval('delivery_state') != 'draft')
                | ~Eval('measured')),
            },
        help="The temperature on reception, in degrees Celsius.")
    measured_at = fields.DateTime("Measured at", readonly=True)
    out_of_range = fields.Function(
        fields.Boolean("Out of Range"), 'on_change_with_out_of_range',
        searcher='search_out_of_range')
    temperature_reason = fields.Char(
        "Accepted because", readonly=True,
        states={
            'invisible': ~Eval('temperature_reason'),
            })
    temperature_accepted_by = fields.Many2One(
        'res.user', "Accepted by", readonly=True, ondelete='RESTRICT',
        states={
            'invisible': ~Eval('temperature_reason'),
            })
    temperature_decision = fields.Function(
        fields.Selection([
                (None, ""),
                ('in_range', "In Range"),
                ('accepted', "Accepted"),
                ('refused', "Refused"),
                ('pending', "To Decide"),
                ], "Decision", sort=False),
        'on_change_with_temperature_decision')
    storage_class = fields.Function(
        fields.Selection([(None, "")] + CLASSES, "Storage Class", sort=False),
        'on_change_with_storage_class')
    warehouse = fields.Function(
        fields.Many2One('stock.location', "Hub"),
        'on_change_with_warehouse', searcher='search_warehouse')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'accept_temperature': {
                    'invisible': ((Eval('delivery_state') != 'draft')
                        | (Eval('temperature_decision') != 'pending')),
                    'icon': 'tryton-warning',
                    'depends': ['delivery_state', 'temperature_decision'],
                    },
                })

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree/field[@name="temperature"]', 'visual',
                If(Eval('out_of_range', False), 'danger', '')),
            ]

    @fields.depends('product')
    def set_rules(self, date):
        pool = Pool()
        Limit = pool.get('shortcircuit.storage.limit')
        super().set_rules(date)
        self.temperature_min, self.temperature_max = (
            Limit.find(self.product, date) if self.product else (None, None))

    @fields.depends('temperature_min', 'temperature_max')
    def on_change_with_measured(self, name=None):
        return (self.temperature_min is not None
            or self.temperature_max is not None)

    @fields.depends('temperature', 'temperature_min', 'temperature_max')
    def on_change_with_out_of_range(self, name=None):
        value = self.temperature
        if value is None:
            return False
        return ((self.temperature_min is not None
                and value < self.temperature_min)
            or (self.temperature_max is not None
                and value > self.temperature_max))

    @classmethod
    def search_out_of_range(cls, name, clause):
        table = cls.__table__()
        _, operator, value = clause
        query = table.select(table.id, where=(
                (table.temperature < table.temperature_min)
                | (table.temperature > table.temperature_max)))
        return [('id', 'in' if (operator == '=') == bool(value) else 'not in',
                query)]

    @fields.depends(
        'temperature', 'quantity', 'refused_quantity', 'temperature_reason',
        methods=['on_change_with_out_of_range'])
    def on_change_with_temperature_decision(self, name=None):
        if self.temperature is None:
            return None
        elif not self.on_change_with_out_of_range():
            return 'in_range'
        elif self.temperature_reason:
            return 'accepted'
        elif self.refused_quantity and not self.quantity:
            return 'refused'
        return 'pending'

    @fields.depends('product')
    def on_change_with_storage_class(self, name=None):
        return self.product.template.storage_class if self.product else None

    @fields.depends('delivery', '_parent_delivery.warehouse')
    def on_change_with_warehouse(self, name=None):
        return self.delivery.warehouse if self.delivery else None

    @classmethod
    def search_warehouse(cls, name, clause):
        return [('delivery.' + clause[0], *clause[1:])]

    @classmethod
    def preprocess_values(cls, mode, values):
        values = super().preprocess_values(mode, values)
        if 'temperature' in values:
            measured = values['temperature'] is not None
            values = values | {
                'measured_at': dt.datetime.now() if measured else None,
                # It was decided for another temperature
                'temperature_reason': None,
                'temperature_accepted_by': None,
                }
        return values

    @classmethod
    def check_receive(cls, lines):
        super().check_receive(lines)
        for line in lines:
            if not line.quantity:
                continue
            if line.measured and line.temperature is None:
                message = 'msg_delivery_no_temperature'
            elif line.temperature_decision == 'pending':
                message = 'msg_delivery_temperature'
            else:
                continue
            raise DeliveryError(gettext(
                    f'shortcircuit_hub.{message}',
                    delivery=line.delivery.rec_name,
                    product=line.product.rec_name,
                    temperature=line.temperature,
                    limits=line.format_limits()))

    def format_limits(self):
        "Tell the limits in words"
        if self.temperature_min is None:
            message = 'msg_temperature_max'
        elif self.temperature_max is None:
            message = 'msg_temperature_min'
        else:
            message = 'msg_temperature_range'
        return gettext(
            f'shortcircuit_hub.{message}', min=self.temperature_min,
            max=self.temperature_max)

    @classmethod
    @ModelView.button_action('shortcircuit_hub.wizard_accept_temperature')
    def accept_temperature(cls, lines):
        pass

    @classmethod
    def copy(cls, lines, default=None):
        default = default.copy() if default is not None else {}
        for name in [
                'temperature', 'measured_at', 'temperature_reason',
                'temperature_accepted_by']:
            default.setdefault(name, None)
        return super().copy(lines, default=default)


class AcceptTemperature(Wizard):
    __name__ = 'shortcircuit.delivery.line.accept_temperature'

    start = StateView(
        'shortcircuit.delivery.line.accept_temperature.start',
        'shortcircuit_hub.accept_temperature_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Accept", 'accept', 'tryton-ok', default=True),
            ])
    accept = StateTransition()

    def default_start(self, fields):
        return {
            'temperature': self.record.temperature,
            'limits': self.record.format_limits(),
            }

    def transition_accept(self):
        pool = Pool()
        Line = pool.get('shortcircuit.delivery.line')
        reason = (self.start.reason or '').strip()
        for line in self.records:
            if (not reason or line.delivery_state != 'draft'
                    or line.temperature_decision != 'pending'):
                raise DeliveryError(gettext(
                        'shortcircuit_hub.msg_delivery_accept_temperature',
                        line=line.rec_name))
        Line.write(self.records, {
                'temperature_reason': reason,
                'temperature_accepted_by': Transaction().user,
                })
        return 'end'

    def end(self):
        return 'reload'


class AcceptTemperatureStart(ModelView):
    __name__ = 'shortcircuit.delivery.line.accept_temperature.start'

    temperature = fields.Numeric("°C", digits=(3, 1), readonly=True)
    limits = fields.Char("Limits", readonly=True)
    reason = fields.Char("Reason", required=True)
