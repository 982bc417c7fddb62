"""The orders of a seed"""
import random
from decimal import Decimal

CENT = Decimal('.01')


class Orders(list):
    """
    A list of orders as lists of (product index, quantity).

    The products and the producers grow with the orders up to those of the
    cooperative, then only the orders do.
    """

    def __init__(self, seed, orders, lines):
        rand = random.Random(seed)
        products = max(min(orders * 7 // 6, 700), 40)
        self.producers = max(products * 130 // 700, 12)
        self.prices = [
            Decimal(rand.randint(80, 2000)) / 100 for _ in range(products)]
        super().__init__(
            [(product, float(rand.randint(1, 20)))
                for product in rand.sample(range(products), lines)]
            for _ in range(orders))

    @property
    def lines(self):
        return sum(map(len, self))

    def quantities(self):
        "Return the quantity ordered of each product in all"
        quantities = [0] * len(self.prices)
        for order in self:
            for product, quantity in order:
                quantities[product] += quantity
        return quantities

    def amount(self):
        "Return what the orders amount to, EUR excl. tax"
        return sum(
            (self.prices[p] * Decimal(q)).quantize(CENT)
            for order in self for p, q in order)
