"""The same week, of orders that are imported and confirmed at once"""
from tests.bench.cycle import Cycle
from trytond.tools import grouped_slice

# How many orders the staff imports, then confirms, at once
ORDERS = 200


class Together(Cycle):
    "Takes the orders of many customers at once"

    def order_all(self):
        products = self.find_products()
        orders = list(zip(self.find_customers(), self.orders))
        sales = []
        with self.meter.stage('order'):
            for sub_orders in grouped_slice(orders, ORDERS):
                sales.append(self.transact(
                        self.fill, list(sub_orders), products))
        with self.meter.stage('confirm'):
            for ids in sales:
                self.transact(self.confirm, ids)

    def fill(self, orders, products):
        "Fill the orders as the import of a table does, return their ids"
        Cycle = self.pool.get('shortcircuit.cycle')
        Party = self.pool.get('party.party')
        Sale = self.pool.get('sale.sale')
        cycle = Cycle(self.cycle)
        published = {l.product.id: l for l in cycle.mercuriale.lines}
        parties = Party.browse([party for party, _ in orders])
        to_fill = [
            (Sale.get_order(party, cycle), {
                    published[products[p]]: quantity
                    for p, quantity in lines})
            for party, (_, lines) in zip(parties, orders)]
        Sale.fill(to_fill)
        return [sale.id for sale, _ in to_fill]

    def confirm(self, ids):
        Sale = self.pool.get('sale.sale')
        Sale.order(Sale.browse(ids))
