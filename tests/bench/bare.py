"""The orders one by one with core's modules and their buttons"""
import datetime as dt

from proteus import Model

from tests.bench.arm import Arm
from tests.bench.setup import company, create_customers, create_products


class Bare(Arm):
    modules = [
        'account_invoice_stock', 'sale', 'sale_price_list', 'stock_lot']
    setup = staticmethod(company)

    def prepare(self):
        self.products = create_products(self.orders.prices)
        self.customers = create_customers(len(self.orders))
        Location = Model.get('stock.location')
        Inventory = Model.get('stock.inventory')
        inventory = Inventory(date=dt.date.today())
        inventory.location, = Location.find([('code', '=', 'STO')])
        for i, product in enumerate(self.products):
            line = inventory.lines.new()
            line.product = Model.get('product.product')(product)
            line.quantity = self.orders.quantity(i)
        inventory.save()
        inventory.click('confirm')

    def run(self):
        stage = self.meter.stage
        sales = []
        with stage('order'):
            for customer, lines in zip(self.customers, self.orders):
                sales.append(self.transact(self.order, customer, [
                            (self.products[p], q) for p, q in lines]))
        with stage('confirm'):
            for sale in sales:
                for button in ['quote', 'confirm']:
                    self.click('sale.sale', button, [sale])
        shipments = self.find('stock.shipment.out')
        for name, buttons in [
                ('allocate', ['assign_try']),
                ('pack', ['pick', 'pack']),
                ('deliver', ['ship', 'do'])]:
            with stage(name):
                for shipment in shipments:
                    for button in buttons:
                        self.click('stock.shipment.out', button, [shipment])
        invoices = self.find('account.invoice', [('type', '=', 'out')])
        with stage('post'):
            for invoice in invoices:
                self.transact(self.post, [invoice])
