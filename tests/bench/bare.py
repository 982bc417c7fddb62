"""The orders one by one with core's modules and their buttons"""
import datetime as dt

from tests.bench.arm import Arm
from tests.bench.setup import company, create_parties, create_products


class Bare(Arm):
    modules = [
        'account_invoice_stock', 'sale', 'sale_price_list', 'stock_lot']
    setup = staticmethod(company)

    def prepare(self):
        self.transact(self.create_records)
        self.click('stock.inventory', 'confirm', self.find('stock.inventory'))

    def create_records(self):
        Inventory = self.pool.get('stock.inventory')
        Location = self.pool.get('stock.location')
        create_parties("Customer", len(self.orders))
        products = create_products(self.orders.prices)
        storage, = Location.search([('code', '=', 'STO')])
        Inventory.create([{
                    'date': dt.date.today(),
                    'location': storage.id,
                    'lines': [('create', [{
                                    'product': product.id,
                                    'quantity': quantity,
                                    } for product, quantity in zip(
                                        products, self.orders.quantities())
                                    if quantity])],
                    }])

    def run(self):
        stage = self.meter.stage
        self.order_all()
        shipments = self.find('stock.shipment.out')
        for name, buttons in [
                ('allocate', ['assign_try']),
                ('pack', ['pick', 'pack']),
                ('deliver', ['ship', 'do'])]:
            with stage(name):
                for shipment in shipments:
                    self.click_all('stock.shipment.out', buttons, [shipment])
        invoices = self.find('account.invoice', [('type', '=', 'out')])
        with stage('post'):
            for invoice in invoices:
                self.transact(self.post, [invoice])
        self.print()

    def confirm_order(self, sale):
        self.click_all('sale.sale', ['quote', 'confirm'], [sale])

    def order(self, party, lines):
        "Take an order as the client does, return its id"
        Line = self.pool.get('sale.line')
        Party = self.pool.get('party.party')
        Product = self.pool.get('product.product')
        Sale = self.pool.get('sale.sale')
        sale = Sale(**Sale.default_get(
                list(Sale._fields), with_rec_name=False))
        sale.party = Party(party)
        sale.on_change_party()
        sale.lines = []
        for product, quantity in lines:
            line = Line(type='line', sale=sale)
            line.product = Product(product)
            line.on_change_product()
            line.quantity = quantity
            line.on_change_quantity()
            line.sale = None
            sale.lines = [*sale.lines, line]
        sale.save()
        return sale.id
