"""The orders of a seed"""
import random
from decimal import Decimal

PRODUCTS = 40
CENT = Decimal('.01')


class Orders(list):
    "A list of orders as lists of (product index, quantity)"

    def __init__(self, seed, orders, lines):
        rand = random.Random(seed)
        self.prices = [
            Decimal(rand.randint(80, 2000)) / 100 for _ in range(PRODUCTS)]
        super().__init__(
            [(product, float(rand.randint(1, 20)))
                for product in rand.sample(range(PRODUCTS), lines)]
            for _ in range(orders))

    def quantity(self, product):
        "Return the quantity ordered of a product in all"
        return sum(q for order in self for p, q in order if p == product)

    def amount(self):
        "Return what the orders amount to, EUR excl. tax"
        return sum(
            (self.prices[p] * Decimal(q)).quantize(CENT)
            for order in self for p, q in order)
