"""The orders in one cycle of this project"""
import datetime as dt

from proteus import Model, Wizard

from tests.bench.arm import Arm
from tests.bench.setup import company, create_customers, create_products
from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_channel, create_producer, open_cycle, publish_mercuriale)
from trytond.modules.shortcircuit_commission.tests.tools import sign_mandates

PRODUCERS = 12


class Cycle(Arm):
    modules = ['shortcircuit_collective', 'shortcircuit_commission']
    setup = staticmethod(company)

    def prepare(self):
        Party = Model.get('party.party')
        Product = Model.get('product.product')
        Location = Model.get('stock.location')
        Point = Model.get('shortcircuit.distribution_point')
        channel = create_channel("Collective Catering")
        self.products = create_products(
            self.orders.prices, shortcircuit_family='FRUITS_ET_LEGUMES')
        warehouse, = Location.find([('type', '=', 'warehouse')])
        point = Point(name="Point", warehouse=warehouse)
        point.save()
        self.customers = create_customers(
            len(self.orders), shortcircuit_channel=channel,
            distribution_point=point)
        producers = [
            create_producer(f"Producer {i}", ['BIO'])
            for i in range(PRODUCERS)]
        sign_mandates([p.party for p in producers])
        products = Product.find([('id', 'in', self.products)])
        products.sort(key=lambda p: self.products.index(p.id))
        publish_mercuriale([
                (p, price, None)
                for p, price in zip(products, self.orders.prices)])
        self.cycle = open_cycle([
                (producers[i % PRODUCERS], product, quantity)
                for i, product in enumerate(products)
                if (quantity := self.orders.quantity(i))]).id
        self.driver = Party(name="Driver")
        self.driver.save()
        self.create_agent()

    def create_agent(self):
        Agent = Model.get('commission.agent')
        Category = Model.get('product.category')
        Plan = Model.get('commission.plan')
        Template = Model.get('product.template')
        Uom = Model.get('product.uom')
        service = Template(name="Commission", type='service')
        service.default_uom, = Uom.find([('name', '=', "Unit")])
        service.account_category, = Category.find([('accounting', '=', True)])
        service.save()
        plan = Plan(name="Plan", commission_product=service.products[0])
        plan.save()
        Agent(party=self.driver, plan=plan).save()

    def run(self):
        stage = self.meter.stage
        sales = []
        with stage('order'):
            for customer, lines in zip(self.customers, self.orders):
                sales.append(self.transact(self.order, customer, [
                            (self.products[p], q) for p, q in lines]))
        with stage('confirm'):
            for sale in sales:
                self.transact(self.confirm, sale)
        with stage('close'):
            self.click('shortcircuit.cycle', 'close', [self.cycle])
        deliveries = self.find('shortcircuit.delivery')
        with stage('receive'):
            for button in ['as_expected', 'receive']:
                self.click('shortcircuit.delivery', button, deliveries)
        with stage('allocate'):
            self.click('shortcircuit.cycle', 'allocate', [self.cycle])
            self.click('shortcircuit.allocation', 'apply', self.find(
                    'shortcircuit.allocation'))
        round_ = self.transact(self.create_round)
        with stage('pack'):
            for button in ['plan', 'pack']:
                self.click('shortcircuit.round', button, [round_])
        with stage('deliver'):
            for button in ['run', 'do']:
                self.click('shortcircuit.round', button, [round_])
        with stage('settle'):
            self.settle()
        invoices = self.find('account.invoice', [('type', '=', 'out')])
        with stage('post'):
            self.transact(self.post, invoices)

    def order(self, party, lines):
        "Fill the order sheet, return the id of the order"
        Cycle = self.pool.get('shortcircuit.cycle')
        Party = self.pool.get('party.party')
        Sheet = self.pool.get('shortcircuit.order_sheet')
        sheet = Sheet(
            party=Party(party), cycle=Cycle(self.cycle), order=None)
        sheet.load()
        rows = {r['product']: r['id'] for r in sheet.find_rows()}
        sheet._put({rows[p]: quantity for p, quantity in lines})
        sheet.save_order()
        return sheet.order.id

    def confirm(self, id_):
        "Confirm as the order sheet does"
        Sale = self.pool.get('sale.sale')
        sale = Sale(id_)
        Sale.quote([sale])
        Sale.confirm([sale])

    def create_round(self):
        Location = self.pool.get('stock.location')
        Party = self.pool.get('party.party')
        Round = self.pool.get('shortcircuit.round')
        warehouse, = Location.search([('type', '=', 'warehouse')])
        round_ = Round(date=dt.date.today(), warehouse=warehouse,
            driver=Party(self.driver.id))
        round_.save()
        return round_.id

    def settle(self):
        wizard = Wizard('shortcircuit.settlement.create', config=self.config)
        wizard.form.start_date = dt.date.today()
        wizard.form.end_date = dt.date.today()
        wizard.execute('settle')
        self.click(
            'shortcircuit.settlement', 'validate_settlement',
            self.find('shortcircuit.settlement'))
