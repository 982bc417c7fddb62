# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

"The order sheet of a cycle, limited to the lots of a contract"

from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.model.exceptions import AccessError
from trytond.modules.shortcircuit_catalog.today import today
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import without_check_access


class Contract(metaclass=PoolMeta):
    __name__ = 'shortcircuit.contract'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'order': {
                    'invisible': Eval('state') != 'active',
                    'depends': ['state'],
                    },
                })

    @classmethod
    @ModelView.button_action('shortcircuit_catalog.wizard_order')
    def order(cls, contracts):
        pass


class OrderAsk(metaclass=PoolMeta):
    __name__ = 'shortcircuit.order.ask'

    contracts = fields.Many2Many(
        'shortcircuit.contract', None, None, "Contracts")
    contract = fields.Many2One(
        'shortcircuit.contract', "Contract",
        domain=[
            ('id', 'in', Eval('contracts', [])),
            ],
        states={
            'invisible': ~Eval('contracts', []),
            },
        help="Leave empty to order by the mercuriale.")

    @fields.depends(
        'party', 'cycle', 'contract', methods=['_find_contract'])
    def on_change_party(self):
        pool = Pool()
        Contract = pool.get('shortcircuit.contract')
        super().on_change_party()
        self.contracts = (
            Contract.find_active(self.party, self.cycle.company)
            if self.party and self.cycle else [])
        # Without buyer it stays the one that the wizard is opened from
        if self.party and self.contract not in self.contracts:
            self.contract = self._find_contract()

    @fields.depends('party', 'cycle', 'contracts')
    def _find_contract(self):
        "Return the contract of what is already ordered, else the first one"
        pool = Pool()
        Sale = pool.get('sale.sale')
        if not self.contracts:
            return
        orders = Sale.find_changeable([
                ('party', '=', self.party.id),
                ('cycle', '=', self.cycle.id),
                ])
        return orders[0].contract if orders else self.contracts[0]


class OrderSheet(metaclass=PoolMeta):
    __name__ = 'shortcircuit.order_sheet'

    contract = fields.Many2One(
        'shortcircuit.contract', "Contract", readonly=True,
        states={
            'invisible': ~Eval('contract'),
            })
    contract_left = fields.Text(
        "Left", readonly=True,
        states={
            'invisible': ~Eval('contract'),
            },
        help="What can still be ordered of each lot, excluding taxes.")

    @fields.depends('party', 'cycle', 'order', 'contract')
    def check_access(self):
        pool = Pool()
        Contract = pool.get('shortcircuit.contract')
        super().check_access()
        allowed = {None, self.order.contract if self.order else None}
        if self.contract not in allowed:
            allowed.update(
                Contract.find_active(self.party, self.cycle.company))
        if self.contract not in allowed or (
                self.order and self.order.contract != self.contract):
            raise AccessError(gettext(
                    'shortcircuit_catalog.msg_order_sheet_access'))

    @fields.depends('contract')
    def get_order_domain(self):
        return [
            super().get_order_domain(),
            ('contract', '=', self.contract.id if self.contract else None),
            ]

    @fields.depends('cycle', 'contract')
    def find_rows(self):
        rows = super().find_rows()
        if self.contract:
            with without_check_access():
                rows = self.price_rows(rows)
        return rows

    def price_rows(self, rows):
        "Return the rows of what the contract sells, at its prices"
        pool = Pool()
        Price = pool.get('shortcircuit.contract.price')
        Product = pool.get('product.product')
        products = {
            p.id: p for p in Product.browse({r['product'] for r in rows})}
        date = self.cycle.delivery_date
        ordered_on = today(self.cycle.company)
        versions = {
            product.id: version
            for (_, product, _), version in Price.find_versions({
                    (self.contract, p, date) for p in products.values()
                    }).items()
            if version and version.price.lot.is_open(ordered_on)}
        priced = []
        for row in rows:
            if version := versions.get(row['product']):
                template = products[row['product']].template
                unit_price = version.get_sale_price(template.sale_uom)
                priced.append(dict(
                        row, unit_price=unit_price,
                        ordering_price=unit_price * Decimal(
                            repr(template.piece_weight or 1))))
        return priced

    @fields.depends('contract')
    def get_own_fields(self):
        names = super().get_own_fields()
        return names + ['unit_price'] if self.contract else names

    def load(self):
        super().load()
        self.contract_left = (
            self.contract.get_left(self.party) if self.contract else None)

    def get_order_values(self):
        values = super().get_order_values()
        if self.contract:
            values['contract'] = self.contract
        return values


class Order(metaclass=PoolMeta):
    __name__ = 'shortcircuit.order'

    @property
    def _opened_from(self):
        "The contract that the wizard is opened from, if it is"
        if self.record and self.record.__name__ == 'shortcircuit.contract':
            return self.record

    @property
    def asks(self):
        return super().asks or (
            len(self.ask.contracts) > 1 and not self._opened_from)

    def transition_start(self):
        self.ask.contract = self._opened_from
        return super().transition_start()

    def default_ask(self, fields):
        values = super().default_ask(fields)
        values['contracts'] = [c.id for c in self.ask.contracts]
        if self.ask.contract:
            values['contract'] = self.ask.contract.id
        return values

    def transition_open_(self):
        self.sheet.contract = self.ask.contract
        return super().transition_open_()

    def _open(self, order):
        super()._open(order)
        self.sheet.contract = order.contract
        # What is asked again is not what another order is for
        self.ask.contract = (
            order.contract if order.contract in self.ask.contracts else None)

    def value_sheet(self, fields):
        values = super().value_sheet(fields)
        values['contract'] = self.sheet.contract
        values['contract_left'] = self.sheet.contract_left
        return values
