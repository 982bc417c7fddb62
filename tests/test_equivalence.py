"""A week leaves what core leaves, order by order

What differs is meant: core moves goods from its own stock by an output
location, a cycle straight from the producers' own by lot. Such a move has no
price in core, it has the amount of its sale here. What core has no notion of,
from the offers to the settlements, is left out.
"""
from collections import Counter, defaultdict
from decimal import Decimal

import pytest

from tests.bench.bare import Bare
from tests.bench.cycle import Cycle
from tests.bench.orders import Orders
from trytond.model.exceptions import ValidationError
from trytond.tests.test_tryton import drop_db

ORDERS, LINES = 7, 5
# What a cycle writes without checking it against what its fields allow
COMPUTED = [
    'sale.sale', 'sale.line', 'stock.shipment.out', 'stock.shipment.internal',
    'stock.move', 'account.invoice', 'account.invoice.line',
    'account.invoice.tax', 'account.move', 'account.move.line',
    'account.tax.line', 'commission', 'shortcircuit.settlement',
    'shortcircuit.settlement.line', 'shortcircuit.round',
    'shortcircuit.round.stop', 'shortcircuit.delivery',
    'shortcircuit.delivery.line', 'stock.lot']


class Week:
    "What an arm leaves of the orders, by the name of their customer"

    def __init__(self, arm):
        self.pool = arm.pool
        arm.prepare()
        arm.run()
        arm.transact(self.read)

    def read(self):
        Sale = self.pool.get('sale.sale')
        self.sales = {s.party.name: s for s in Sale.search([])}
        self.states = self.read_all(self.get_states)
        self.moves = self.read_all(self.get_moves)
        self.sources = self.read_sources()
        self.invoice_lines = self.read_all(self.get_invoice_lines)
        self.taxes = self.read_all(self.get_taxes)
        self.accounts = self.read_all(self.get_accounts)
        self.links = self.read_all(self.get_links)
        self.stock = self.read_stock()
        self.refused = dict(self.find_refused())

    def find_refused(self):
        "Yield by model why its records could not be saved by a user"
        for name in COMPUTED:
            if name in dict(self.pool.iterobject()):
                Model = self.pool.get(name)
                try:
                    Model._validate(Model.search([]))
                except ValidationError as error:
                    yield name, str(error)

    def read_all(self, get):
        return {name: get(sale) for name, sale in self.sales.items()}

    @staticmethod
    def get_states(sale):
        return (
            sale.state, sale.shipment_state, sale.invoice_state,
            Counter(s.state for s in sale.shipments),
            Counter(i.state for i in sale.invoices),
            sale.untaxed_amount, sale.tax_amount, sale.total_amount)

    def get_moves(self, sale):
        "What arrives at the customer"
        return Counter(
            (m.product.template.name, m.quantity, m.unit.symbol, m.state,
                self.get_amount(m), m.to_location.type, m.effective_date,
                m.origin.product.template.name, m.shipment.customer.name)
            for line in sale.lines for m in line.moves)

    @staticmethod
    def get_amount(move):
        if move.from_location.type == 'supplier':
            return move.sale_amount
        return move.currency.round(
            Decimal(str(move.quantity)) * move.unit_price)

    def read_sources(self):
        "From which kind of location the customers get it, by lot, at a price"
        return {
            (m.from_location.type, bool(m.lot), m.unit_price is not None)
            for sale in self.sales.values() for line in sale.lines
            for m in line.moves}

    @staticmethod
    def get_invoice_lines(sale):
        return Counter(
            (line.product.template.name, line.quantity, line.unit.symbol,
                line.unit_price, line.amount, line.account.name,
                tuple(t.name for t in line.taxes),
                line.origin.product.template.name)
            for invoice in sale.invoices for line in invoice.lines)

    @staticmethod
    def get_taxes(sale):
        return Counter(
            (tax.tax.name, tax.account.name, tax.base, tax.amount, tax.manual)
            for invoice in sale.invoices for tax in invoice.taxes)

    @staticmethod
    def get_accounts(sale):
        "What is posted by account and party, and to which taxes it counts"
        posted = defaultdict(Counter)
        for invoice in sale.invoices:
            assert invoice.move.state == 'posted'
            assert invoice.number and invoice.move.number
            for line in invoice.move.lines:
                key = line.account.name, line.party and line.party.name
                posted[key].update({
                        'debit': line.debit, 'credit': line.credit})
                for tax in line.tax_lines:
                    posted[key][tax.tax.name, tax.type] += tax.amount
        return posted

    @staticmethod
    def get_links(sale):
        "How each line is linked with what it was delivered and invoiced by"
        return Counter(
            (line.product.template.name,
                len(line.moves), len(line.invoice_lines),
                {m for i in line.invoice_lines for m in i.stock_moves}
                == set(line.moves),
                line.moves_progress, line.actual_quantity)
            for line in sale.lines)

    def read_stock(self):
        "What the customers have, and what is left where goods are kept"
        Location = self.pool.get('stock.location')
        Product = self.pool.get('product.product')
        customers = Location.search([('type', '=', 'customer')])
        kept = Location.search([
                ['OR', ('type', '=', 'storage'), [
                        ('type', '=', 'supplier'),
                        ('parent', '!=', None),
                        ]]])
        names = {
            p.id: p.template.name for p in Product.search([
                    ('type', '=', 'goods')])}
        return [
            self.sum_quantities(Product, locations, names)
            for locations in [customers, kept]]

    @staticmethod
    def sum_quantities(Product, locations, names):
        quantities = Counter()
        for (_, product), quantity in Product.products_by_location(
                [l.id for l in locations],
                grouping_filter=(list(names),)).items():
            quantities[names[product]] += quantity
        return {n: q for n, q in quantities.items() if q}


@pytest.fixture(scope='module', params=[1, 2])
def weeks(request):
    weeks = []
    for Arm in [Cycle, Bare]:
        weeks.append(Week(Arm(Orders(request.param, ORDERS, LINES))))
        drop_db()
    return weeks


@pytest.mark.parametrize('name', [
        'states', 'moves', 'invoice_lines', 'taxes', 'accounts', 'links',
        'stock'])
def test_same(weeks, name):
    cycle, bare = (getattr(week, name) for week in weeks)
    assert cycle
    assert cycle == bare


def test_valid(weeks):
    "What is not checked one by one is what a user could have saved"
    for week in weeks:
        assert not week.refused


def test_sources(weeks):
    "The goods are the producers' until they are the customers'"
    cycle, bare = weeks
    assert cycle.sources == {('supplier', True, False)}
    assert bare.sources == {('storage', False, True)}
