# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import DeactivableMixin, Index, ModelSQL, ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import Transaction


class Channel(DeactivableMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.channel'

    name = fields.Char("Name", required=True, translate=True)
    company = fields.Many2One('company.company', "Company", required=True)
    kind = fields.Selection([
            ('household', "Households"),
            ('trade', "Trade"),
            ('collective', "Collective Catering"),
            ('solidarity', "Solidarity"),
            ], "Kind", required=True, sort=False,
        help="Solidarity: the price is reduced for those whom a partner "
        "helps, who is invoiced the difference.")
    price_list = fields.Many2One(
        'product.price_list', "Price List", required=True,
        ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="Where the published prices of the channel are kept.")
    limited = fields.Boolean(
        "Limited",
        help="The orders of the cycles may not exceed the offers.")
    minimum = Monetary(
        "Minimum", currency='currency', digits='currency',
        domain=['OR',
            ('minimum', '=', None),
            ('minimum', '>=', 0),
            ],
        help="The least amount of an order, excluding taxes.")
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    parties = fields.One2Many(
        'party.party', 'shortcircuit_channel', "Parties", readonly=True,
        context={
            'company': Eval('company', -1),
            },
        depends={'company'})
    mercuriales = fields.One2Many(
        'shortcircuit.mercuriale', 'channel', "Mercuriales", readonly=True)

    @classmethod
    def default_kind(cls):
        return 'collective'

    @classmethod
    def copy(cls, channels, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('parties', None)
        default.setdefault('mercuriales', None)
        return super().copy(channels, default=default)

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None


class PriceList(metaclass=PoolMeta):
    __name__ = 'product.price_list'

    channels = fields.One2Many(
        'shortcircuit.channel', 'price_list', "Channels", readonly=True)

    @classmethod
    def copy(cls, price_lists, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('channels', None)
        return super().copy(price_lists, default=default)

    def compute(self, product, quantity, uom, pattern=None):
        context = Transaction().context
        pattern = pattern.copy() if pattern is not None else {}
        pattern.setdefault('producer', context.get('producer'))
        price_list = self
        if product:
            # A channel keeps the prices of all its mercuriales
            price_list = self.__class__(self.id)
            price_list.lines = self._get_lines(
                product, pattern.get('date') or context.get('date'))
        return super(PriceList, price_list).compute(
            product, quantity, uom, pattern=pattern)

    def _get_lines(self, product, date):
        "Return the lines that may apply to the product on the date"
        pool = Pool()
        Date = pool.get('ir.date')
        Line = pool.get('product.price_list.line')
        date = date or Date.today()
        return Line.search([
                ('price_list', '=', self.id),
                ['OR', ('product', '=', product.id), ('product', '=', None)],
                ['OR', ('start_date', '=', None), ('start_date', '<=', date)],
                ['OR', ('end_date', '=', None), ('end_date', '>=', date)],
                ])


class PriceListLine(metaclass=PoolMeta):
    __name__ = 'product.price_list.line'

    producer = fields.Many2One(
        'shortcircuit.producer', "Producer", ondelete='CASCADE',
        help="Apply only to what is ordered from this producer.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(
            Index(
                t,
                (t.price_list, Index.Equality()),
                (t.product, Index.Equality()),
                (t.end_date, Index.Range())))
