# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Prices reduced for those whom a partner helps, who pays the difference"

from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import ModelView, Workflow, fields
from trytond.modules.currency.fields import Monetary
from trytond.modules.product import price_digits, round_price
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval

from .exceptions import MercurialePublishError
from .rows import write_grouped


class Channel(metaclass=PoolMeta):
    __name__ = 'shortcircuit.channel'

    _states = {
        'invisible': Eval('kind') != 'solidarity',
        'required': Eval('kind') == 'solidarity',
        }

    reference = fields.Many2One(
        'shortcircuit.channel', "Reference Channel",
        domain=[
            ('company', '=', Eval('company', -1)),
            ('kind', '!=', 'solidarity'),
            ],
        states=_states,
        help="Whose prices are the full ones.")
    reduction = fields.Numeric(
        "Reduction", digits=(1, 4),
        domain=['OR',
            ('reduction', '=', None),
            [
                ('reduction', '>=', 0),
                ('reduction', '<=', 1),
                ],
            ],
        states=_states,
        help="The part of the full price that the customer does not pay.")
    partner = fields.Many2One(
        'party.party', "Partner", ondelete='RESTRICT',
        context={
            'company': Eval('company', -1),
            },
        states=_states, depends={'company'},
        help="Who is invoiced for what the customers do not pay.")

    del _states

    def reduce(self, price):
        "Return what the customer pays of a full price"
        return self.company.currency.round(price * (1 - self.reduction))


class Mercuriale(metaclass=PoolMeta):
    __name__ = 'shortcircuit.mercuriale'

    channel_kind = fields.Function(
        fields.Selection('get_channel_kinds', "Channel Kind"),
        'on_change_with_channel_kind')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'fill_reduced': {
                    'invisible': ((Eval('state') != 'draft')
                        | (Eval('channel_kind') != 'solidarity')),
                    'icon': 'tryton-refresh',
                    'depends': ['state', 'channel_kind'],
                    },
                })

    @classmethod
    def get_channel_kinds(cls):
        pool = Pool()
        Channel = pool.get('shortcircuit.channel')
        return Channel.fields_get(['kind'])['kind']['selection']

    @fields.depends('channel')
    def on_change_with_channel_kind(self, name=None):
        return self.channel.kind if self.channel else None

    @classmethod
    @ModelView.button
    def fill_reduced(cls, mercuriales):
        "Take the lines of the reference channel at the reduced price"
        pool = Pool()
        Line = pool.get('shortcircuit.mercuriale.line')
        lines = []
        for mercuriale in mercuriales:
            current = {(l.product, l.producer): l for l in mercuriale.lines}
            for full in mercuriale.get_reference().lines:
                line = current.get((full.product, full.producer)) or Line(
                    mercuriale=mercuriale, product=full.product,
                    producer=full.producer, case_quantity=full.case_quantity,
                    multiple=full.multiple, minimum=full.minimum)
                line.full_price = full.unit_price
                line.unit_price = mercuriale.channel.reduce(full.unit_price)
                lines.append(line)
        Line.save(lines)

    def get_reference(self):
        "Return the published one that has the full prices"
        mercuriales = self.search([
                ('channel', '=', self.channel.reference.id),
                ('state', '=', 'published'),
                ('start_date', '<=', self.start_date),
                ('end_date', '>=', self.start_date),
                ], limit=1)
        if not mercuriales:
            raise MercurialePublishError(gettext(
                    'shortcircuit_catalog.msg_mercuriale_no_reference',
                    mercuriale=self.rec_name,
                    channel=self.channel.reference.rec_name))
        return mercuriales[0]

    def check_publish(self):
        super().check_publish()
        if self.channel.kind == 'solidarity':
            for line in self.lines:
                if line.full_price is None or (
                        line.full_price < line.unit_price):
                    raise MercurialePublishError(gettext(
                            'shortcircuit_catalog.msg_mercuriale_full_price',
                            mercuriale=self.rec_name,
                            product=line.rec_name))


class Line(metaclass=PoolMeta):
    __name__ = 'shortcircuit.mercuriale.line'

    full_price = Monetary(
        "Full Price", currency='currency', digits=price_digits,
        domain=['OR',
            ('full_price', '=', None),
            ('full_price', '>=', 0),
            ],
        states={
            'invisible': Eval('channel_kind') != 'solidarity',
            'readonly': Eval('mercuriale_state') != 'draft',
            },
        help="What the producer, the aidant and the cooperative share. The "
        "partner pays the difference to the unit price.")
    channel_kind = fields.Function(
        fields.Selection('get_channel_kinds', "Channel Kind"),
        'on_change_with_channel_kind')

    @classmethod
    def get_channel_kinds(cls):
        pool = Pool()
        Mercuriale = pool.get('shortcircuit.mercuriale')
        return Mercuriale.get_channel_kinds()

    @fields.depends('mercuriale', '_parent_mercuriale.channel')
    def on_change_with_channel_kind(self, name=None):
        if self.mercuriale and self.mercuriale.channel:
            return self.mercuriale.channel.kind

    @fields.depends(
        'full_price', 'mercuriale', '_parent_mercuriale.channel',
        methods=['on_change_with_channel_kind'])
    def on_change_full_price(self):
        if (self.full_price is not None
                and self.on_change_with_channel_kind() == 'solidarity'):
            self.unit_price = self.mercuriale.channel.reduce(self.full_price)

    def get_next(self, draft, items, prices):
        line = super().get_next(draft, items, prices)
        line.full_price = self.full_price
        if self.full_price is not None and line.proposal == 'price':
            # The prices are those of the reference channel
            line.proposal, line.decision = 'kept', None
            line.proposed_price = None
        return line


class Sale(metaclass=PoolMeta):
    __name__ = 'sale.sale'

    @classmethod
    @ModelView.button
    @Workflow.transition('quotation')
    def quote(cls, sales):
        super().quote(sales)
        cls.set_support_price(
            [s for s in sales
                if s.cycle and s.cycle.channel.kind == 'solidarity'])

    @classmethod
    def set_support_price(cls, sales):
        "Keep on the lines what the partner pays per unit"
        pool = Pool()
        Line = pool.get('sale.line')
        Uom = pool.get('product.uom')
        values = {}
        for sale in sales:
            for line in sale.line_lines:
                published = line.mercuriale_line
                price = round_price(Uom.compute_price(
                        published.unit, published.full_price, line.unit))
                values[line] = {'support_price': price - line.unit_price}
        write_grouped(Line, values)

    @classmethod
    def copy(cls, sales, default=None):
        default = default.copy() if default is not None else {}
        if 'origin' not in default:
            # A return also gives back what the partner pays
            default.setdefault('lines.support_price', None)
        return super().copy(sales, default=default)


class SaleLine(metaclass=PoolMeta):
    __name__ = 'sale.line'

    support_price = Monetary(
        "Partner's Part", currency='currency', digits=price_digits,
        readonly=True,
        states={
            'invisible': ~Eval('support_price', None),
            },
        help="What the partner of a solidarity channel pays per unit, "
        "excluding taxes.")

    @property
    def full_unit_price(self):
        "What the customer and the partner pay per unit, excluding taxes"
        return self.unit_price + (self.support_price or Decimal(0))

    @property
    def support_partner(self):
        "Who pays the partner's part, also of what comes back"
        sale = self.sale
        cycle = sale.cycle or (sale.origin.cycle if sale.origin else None)
        return cycle.channel.partner if cycle else None
