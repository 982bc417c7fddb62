# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt

from sql import Null

from trytond.i18n import gettext
from trytond.model import Index, ModelView, Workflow, fields
from trytond.model.exceptions import AccessError
from trytond.modules.shortcircuit_catalog.rows import write_grouped
from trytond.modules.shortcircuit_catalog.today import today
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval, If
from trytond.transaction import without_check_access

from .exceptions import CallOffError, ContractError


class Sale(metaclass=PoolMeta):
    __name__ = 'sale.sale'

    contract = fields.Many2One(
        'shortcircuit.contract', "Contract", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            If(Eval('state') == 'draft', [
                    ('state', '=', 'active'),
                    ('members', 'where', [
                            ('party', '=', Eval('party', -1)),
                            ]),
                    ], []),
            ],
        states={
            'readonly': ((Eval('state') != 'draft')
                | Bool(Eval('lines', [0]))),
            },
        help="Makes the order a call-off.")
    engagement_number = fields.Char(
        "Engagement Number",
        states={
            'readonly': Eval('state').in_(['done', 'cancelled']),
            },
        help="The number under which the buyer has committed the expense.")
    service_code = fields.Char(
        "Service Code",
        states={
            'readonly': Eval('state').in_(['done', 'cancelled']),
            },
        help="The service of the buyer that is invoiced.")
    delivery_slot = fields.Char(
        "Delivery Slot",
        states={
            'readonly': Eval('state').in_(['done', 'cancelled']),
            },
        help="The hours when the goods are received.")
    contract_lots = fields.Function(
        fields.Many2Many(
            'shortcircuit.contract.lot', None, None, "Lots",
            states={
                'invisible': ~Eval('contract'),
                }),
        'on_change_with_contract_lots')
    contract_lot_members = fields.Function(
        fields.Many2Many(
            'shortcircuit.contract.lot.member', None, None, "Own Maximums",
            states={
                'invisible': ~Eval('contract_lot_members', []),
                }),
        'on_change_with_contract_lot_members')

    @fields.depends('contract')
    def on_change_with_contract_lots(self, name=None):
        return self.contract.lots if self.contract else []

    @fields.depends('contract', 'party')
    def on_change_with_contract_lot_members(self, name=None):
        if not self.contract:
            return []
        return [
            m for l in self.contract.lots if (m := l.get_member(self.party))]

    @fields.depends('contract', 'party')
    def on_change_party(self):
        super().on_change_party()
        if self.contract and not self.contract.get_member(self.party):
            self.contract = None

    @property
    def destination(self):
        return (*super().destination, self.contract)

    @property
    def contract_lots_ordered(self):
        return {l.contract_price.lot for l in self.contract_lines}

    @property
    def contract_lines(self):
        return [l for l in self.line_lines if l.contract_price]

    @property
    def is_call_off(self):
        "If the order is made by the contract, and does not give goods back"
        return bool(self.contract) and not self.origin

    @classmethod
    @ModelView.button
    @Workflow.transition('quotation')
    def quote(cls, sales):
        pool = Pool()
        Lot = pool.get('shortcircuit.contract.lot')
        call_offs = [s for s in sales if s.is_call_off]
        with without_check_access():
            # The buyers read no other member of their contract
            cls.set_contract_prices(call_offs)
            lots = list({
                    l for s in call_offs for l in s.contract_lots_ordered})
            Lot.lock_ceilings(lots)
            for sale in call_offs:
                sale.check_call_off()
        super().quote(sales)
        Lot.check_ceilings(lots, call_offs)

    @classmethod
    @ModelView.button
    @Workflow.transition('confirmed')
    def confirm(cls, sales):
        with without_check_access():
            for sale in sales:
                if sale.is_call_off:
                    sale.check_call_off_dates()
        super().confirm(sales)

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def draft(cls, sales):
        for sale in sales:
            sale.check_change()
        super().draft(sales)

    def check_change(self):
        "Refuse what a buyer changes after the delay of the contract"
        pool = Pool()
        Lang = pool.get('ir.lang')
        User = pool.get('res.user')
        if (self.state != 'confirmed' or not self.contract
                or self.contract.change_days is None
                or not self.shipping_date or not User.get_parties()):
            return
        last = self.shipping_date - dt.timedelta(
            days=self.contract.change_days)
        if today(self.company) > last:
            raise AccessError(gettext(
                    'shortcircuit_collective.msg_call_off_change',
                    sale=self.rec_name,
                    contract=self.contract.rec_name,
                    date=Lang.get().strftime(last)))

    @classmethod
    def set_contract_prices(cls, sales):
        "Set on the lines the price that applies on the day of delivery"
        pool = Pool()
        Line = pool.get('sale.line')
        Price = pool.get('shortcircuit.contract.price')
        keys = {
            l: key for s in sales for l in s.line_lines
            if (key := l.get_contract_price_key())}
        versions = Price.find_versions(set(keys.values()))
        values = {}
        for sale in sales:
            for line in sale.line_lines:
                version = versions.get(keys.get(line))
                if version != line.contract_price_version:
                    values[line] = {
                        'contract_price': (
                            version.price.id if version else None),
                        'contract_price_version': (
                            version.id if version else None),
                        }
        write_grouped(Line, values)

    def check_call_off(self):
        "Refuse what the contract does not let the buyer order"
        self.check_call_off_dates()
        if not self.contract.get_member(self.party):
            raise CallOffError(gettext(
                    'shortcircuit_collective.msg_call_off_member',
                    sale=self.rec_name,
                    party=self.party.rec_name,
                    contract=self.contract.rec_name))
        for line in self.line_lines:
            line.check_call_off()
        for lot in self.contract_lots_ordered:
            self.check_lot(lot)

    def check_call_off_dates(self):
        "Refuse what is ordered out of the dates of the contract and its lots"
        self.contract.check_order_date(self)
        date = today(self.company)
        for lot in self.contract_lots_ordered:
            if not lot.is_open(date):
                raise ContractError(gettext(
                        'shortcircuit_collective.msg_call_off_lot_dates',
                        sale=self.rec_name,
                        lot=lot.rec_name))

    def check_lot(self, lot):
        if lot.members and not lot.get_member(self.party):
            raise CallOffError(gettext(
                    'shortcircuit_collective.msg_call_off_lot_member',
                    sale=self.rec_name,
                    party=self.party.rec_name,
                    lot=lot.rec_name))
        amount = sum(
            l.amount for l in self.contract_lines
            if l.contract_price.lot == lot)
        if lot.minimum_order and amount < lot.minimum_order:
            pool = Pool()
            Lang = pool.get('ir.lang')
            lang = Lang.get()
            raise CallOffError(gettext(
                    'shortcircuit_collective.msg_call_off_minimum',
                    sale=self.rec_name,
                    lot=lot.rec_name,
                    minimum=lang.currency(lot.minimum_order, lot.currency),
                    missing=lang.currency(
                        lot.minimum_order - amount, lot.currency)))

    def check_draft(self):
        super().check_draft()
        if self.contract and self.state != 'draft':
            raise AccessError(gettext(
                    'shortcircuit_collective.msg_call_off_modify',
                    sale=self.rec_name))

    @classmethod
    def check_modification(cls, mode, sales, values=None, external=False):
        super().check_modification(
            mode, sales, values=values, external=external)
        if mode == 'write' and external and 'contract' in values:
            for sale in sales:
                sale.check_draft()

    @classmethod
    def copy(cls, sales, default=None):
        default = default.copy() if default is not None else {}
        if 'origin' not in default:
            # A return is of the contract of what it gives back
            for name in [
                    'contract', 'lines.contract_price',
                    'lines.contract_price_version']:
                default.setdefault(name, None)
        for name in ['engagement_number', 'delivery_slot']:
            default.setdefault(name, None)
        return super().copy(sales, default=default)


class Line(metaclass=PoolMeta):
    __name__ = 'sale.line'

    contract = fields.Function(
        fields.Many2One('shortcircuit.contract', "Contract"),
        'on_change_with_contract')
    contract_price = fields.Many2One(
        'shortcircuit.contract.price', "Price Schedule Line", readonly=True,
        ondelete='RESTRICT',
        states={
            'invisible': ~Eval('contract'),
            })
    contract_price_version = fields.Many2One(
        'shortcircuit.contract.price.version', "Contract Price",
        readonly=True, ondelete='RESTRICT',
        states={
            'invisible': ~Eval('contract'),
            },
        help="The price of the contract that the line was ordered at.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (column, Index.Range()), where=column != Null)
                for column in [t.contract_price, t.contract_price_version]})
        cls.product.domain = [
            cls.product.domain,
            If(Eval('contract') & (Eval('sale_state') == 'draft'),
                ('contract_prices', 'where', [
                        ('price.lot.contract', '=', Eval('contract', -1)),
                        ]),
                ()),
            ]

    @fields.depends('sale', '_parent_sale.contract')
    def on_change_with_contract(self, name=None):
        return self.sale.contract if self.sale else None

    @fields.depends('product', 'sale', '_parent_sale.contract',
        '_parent_sale.shipping_date')
    def get_contract_price_key(self):
        "What the price of the contract depends on, none without contract"
        if self.sale and self.sale.contract and self.product:
            contract = self.sale.contract
            return contract, self.product, (
                self.sale.shipping_date or today(contract.company))

    @fields.depends(methods=['get_contract_price_key'])
    def find_contract_price_version(self):
        "Return the price of the contract for the product and the delivery"
        pool = Pool()
        Price = pool.get('shortcircuit.contract.price')
        if key := self.get_contract_price_key():
            return Price.find_versions({key})[key]

    @fields.depends(methods=['find_contract_price_version'])
    def on_change_product(self):
        version = self.find_contract_price_version()
        self.contract_price = version.price if version else None
        self.contract_price_version = version
        super().on_change_product()

    @fields.depends('unit', methods=['find_contract_price_version'])
    def compute_unit_price(self):
        version = self.find_contract_price_version()
        if version and self.unit:
            return version.get_sale_price(self.unit)
        return super().compute_unit_price()

    def check_call_off(self):
        "Refuse what is not on the price schedule, or not at its price"
        pool = Pool()
        Lang = pool.get('ir.lang')
        version = self.contract_price_version
        contract = self.sale.contract
        if not version:
            raise CallOffError(gettext(
                    'shortcircuit_collective.msg_call_off_product',
                    line=self.rec_name,
                    contract=contract.rec_name))
        if self.quantity <= 0:
            raise CallOffError(gettext(
                    'shortcircuit_collective.msg_call_off_quantity',
                    line=self.rec_name))
        unit_price = version.get_sale_price(self.unit)
        if self.unit_price != unit_price:
            raise CallOffError(gettext(
                    'shortcircuit_collective.msg_call_off_price',
                    line=self.rec_name,
                    contract=contract.rec_name,
                    price=Lang.get().currency(unit_price, contract.currency)))

    def contract_labels(self):
        "Return the codes of EGAlim that come from how the lot was bought"
        if self.contract_price:
            return set(self.contract_price.lot.procedures or ())
        return set()

    def fits(self, published):
        if version := self.find_contract_price_version():
            return (self.unit == published.sale_uom
                and self.unit_price == version.get_sale_price(self.unit))
        return super().fits(published)


class MercurialeLine(metaclass=PoolMeta):
    __name__ = 'shortcircuit.mercuriale.line'

    def get_sale_line(self, sale, quantity):
        line = super().get_sale_line(sale, quantity)
        if version := line.find_contract_price_version():
            line.contract_price = version.price
            line.contract_price_version = version
            line.unit_price = version.get_sale_price(line.unit)
        return line

    def get_order_price(self, line):
        # The contract sells what the mercuriale has, at its own price
        if line.contract_price_version:
            return line.contract_price_version.get_sale_price(line.unit)
        return super().get_order_price(line)


class OrderRow(metaclass=PoolMeta):
    __name__ = 'shortcircuit.table.order'

    @classmethod
    def get_destination(cls, values):
        # A table orders by the mercuriale
        return (*super().get_destination(values), None)
