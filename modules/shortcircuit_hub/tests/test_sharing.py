# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import unittest
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.shortcircuit_hub.sharing import (
    Order, Stock, ask, divide, from_steps, level, serve, share, share_packed,
    to_steps)

keys = st.integers(min_value=1, max_value=1000)
steps = st.integers(min_value=0, max_value=200)
claims = st.dictionaries(keys, steps, max_size=40)
orders = st.dictionaries(
    keys, st.builds(
        Order, steps, st.integers(min_value=0, max_value=3),
        st.integers(min_value=0, max_value=30),
        st.none() | st.integers(min_value=0, max_value=9)), max_size=25)
# Little is left to share among few, where the stages and the ties meet
few_orders = st.dictionaries(
    keys, st.builds(
        Order, st.integers(min_value=0, max_value=6),
        st.integers(min_value=0, max_value=1),
        st.integers(min_value=0, max_value=4),
        st.none() | st.integers(min_value=0, max_value=2)), max_size=6)
available = st.integers(min_value=0, max_value=4000)
little = st.integers(min_value=0, max_value=30)
policies = st.fixed_dictionaries({
        'floor': st.booleans(), 'first_come': st.booleans()})


def quantities(shares):
    return {k: s.quantity for k, s in shares.items()}


class DivideTestCase(unittest.TestCase):
    "Test the largest remainder"

    def test_largest_remainder(self):
        "Each gets its part, the largest remainders are rounded up"
        divided = divide({'a': 3, 'b': 7, 'c': 10}, 16)

        self.assertEqual(
            {k: q for k, (q, _, _) in divided.items()},
            {'a': 2, 'b': 6, 'c': 8})
        self.assertEqual(
            {k: str(e) for k, (_, e, _) in divided.items()},
            {'a': '2.4', 'b': '5.6', 'c': '8'})
        self.assertEqual(
            {k: r for k, (_, _, r) in divided.items()},
            {'a': None, 'b': 1, 'c': None})

    def test_enough(self):
        "All are served when there is enough"
        self.assertEqual(divide({'a': 3}, 5), {'a': (3, 3, None)})

    def test_equal_remainders(self):
        "The largest claim then the first key gets the step left"
        divided = divide({'b': 1, 'a': 1}, 1)
        self.assertEqual([divided[k][0] for k in 'ab'], [1, 0])
        divided = divide({'a': 1, 'b': 3}, 2)
        self.assertEqual([divided[k][0] for k in 'ab'], [0, 2])

    def test_ties(self):
        "What is given to decide decides before"
        divided = divide({'a': 1, 'b': 1}, 1, {'a': 2, 'b': 1})
        self.assertEqual([divided[k][0] for k in 'ab'], [0, 1])

    def test_negative(self):
        "Negative quantities are refused"
        with self.assertRaises(ValueError):
            divide({'a': -1}, 1)
        with self.assertRaises(ValueError):
            divide({'a': 1}, -1)

    @given(claims, available)
    def test_bounds(self, claims, available):
        "Never more than claimed nor, in total, than available is given"
        divided = divide(claims, available)

        self.assertEqual(
            sum(q for q, _, _ in divided.values()),
            min(available, sum(claims.values())))
        for key, (quantity, exact, _) in divided.items():
            self.assertLessEqual(quantity, claims[key])
            self.assertLess(abs(quantity - exact), 1)

    @given(claims, available)
    def test_monotonic(self, claims, available):
        "Who claims more never gets less"
        divided = sorted(
            (claims[k], q)
            for k, (q, _, _) in divide(claims, available).items())
        for (less, less_got), (more, more_got) in zip(divided, divided[1:]):
            if less < more:
                self.assertLessEqual(less_got, more_got)

    @given(claims, available, st.randoms())
    def test_order_of_rows(self, claims, available, rand):
        "The result does not depend on the order of the rows"
        rows = list(claims.items())
        rand.shuffle(rows)
        self.assertEqual(
            divide(dict(rows), available), divide(claims, available))


class ShareTestCase(unittest.TestCase):
    "Test the policies"

    def test_proportional(self):
        "Without anything else all share in proportion"
        shares = share({
                'a': Order(3), 'b': Order(7), 'c': Order(10)}, 16)

        self.assertEqual(quantities(shares), {'a': 2, 'b': 6, 'c': 8})
        part, = shares['b'].parts
        self.assertEqual(part.stage, 'rest')
        self.assertEqual((part.claimed, part.total, part.available), (
                7, 20, 16))

    def test_floor(self):
        "Everyone who ordered gets at least one step"
        orders = {'a': Order(1), 'b': Order(20), 'c': Order(0)}

        self.assertEqual(
            quantities(share(orders, 5)), {'a': 0, 'b': 5, 'c': 0})
        self.assertEqual(
            quantities(share(orders, 5, floor=True)),
            {'a': 1, 'b': 4, 'c': 0})

    def test_class(self):
        "A class is served in full before the next one"
        orders = {'a': Order(6, 1), 'b': Order(6, 0), 'c': Order(2, 1)}

        self.assertEqual(
            quantities(share(orders, 10)), {'a': 3, 'b': 6, 'c': 1})
        self.assertEqual(
            quantities(share(orders, 4, floor=True)),
            {'a': 1, 'b': 2, 'c': 1})

    def test_memory(self):
        "What was lacking comes first, the rest is shared"
        orders = {'a': Order(10, owed=4), 'b': Order(10)}

        shares = share(orders, 12)

        self.assertEqual(quantities(shares), {'a': 7, 'b': 5})
        self.assertEqual(
            [(p.stage, p.quantity) for p in shares['a'].parts],
            [('memory', 4), ('rest', 3)])

    def test_first_come(self):
        "The first ones are served in full"
        orders = {
            'a': Order(6, ordered_at=2), 'b': Order(6, ordered_at=1),
            'c': Order(6)}

        self.assertEqual(
            quantities(share(orders, 8, first_come=True)),
            {'a': 2, 'b': 6, 'c': 0})

    def test_negative(self):
        "Negative quantities are refused"
        for orders, available in [
                ({'a': Order(-1)}, 1),
                ({'a': Order(1, owed=-1)}, 1),
                ({'a': Order(1)}, -1)]:
            with self.subTest(orders=orders, available=available):
                with self.assertRaises(ValueError):
                    share(orders, available)

    @given(orders, available, policies)
    def test_bounds(self, orders, available, policy):
        "All that is there and ordered is shared, never more"
        shares = share(orders, available, **policy)

        self.assertEqual(shares.keys(), orders.keys())
        self.assertEqual(
            sum(s.quantity for s in shares.values()),
            min(available, sum(o.steps for o in orders.values())))
        for key, share_ in shares.items():
            self.assertGreaterEqual(share_.quantity, 0)
            self.assertLessEqual(share_.quantity, orders[key].steps)

    @given(orders, available, policies)
    def test_parts(self, orders, available, policy):
        "The parts tell the whole share"
        for share_ in share(orders, available, **policy).values():
            self.assertEqual(
                sum(p.quantity for p in share_.parts), share_.quantity)
            for part in share_.parts:
                self.assertLessEqual(part.quantity, part.claimed)

    @given(orders, available, policies, st.randoms())
    def test_order_of_rows(self, orders, available, policy, rand):
        "The result does not depend on the order of the rows"
        rows = list(orders.items())
        rand.shuffle(rows)
        self.assertEqual(
            share(dict(rows), available, **policy),
            share(orders, available, **policy))

    @given(few_orders, little, policies)
    def test_floor_holds(self, orders, available, policy):
        "With a floor nobody has two steps while another one has none"
        shares = share(orders, available, **{**policy, 'floor': True})

        served = quantities(shares)
        if any(o.steps and not served[k] for k, o in orders.items()):
            self.assertLessEqual(max(served.values()), 1)

    @given(few_orders, little, policies)
    def test_pairs(self, orders, available, policy):
        "Nobody gets less than who has no better claim"
        shares = share(orders, available, **policy)

        for (key, order), (other_key, other) in combinations(
                orders.items(), 2):
            got, other_got = [
                shares[k].quantity for k in [key, other_key]]
            for one, two, one_got, two_got in [
                    (order, other, got, other_got),
                    (other, order, other_got, got)]:
                if (not policy['first_come']
                        and one.rank == two.rank
                        and one.steps >= two.steps
                        and one.owed >= two.owed
                        and (one.steps, one.owed) != (two.steps, two.owed)):
                    self.assertGreaterEqual(one_got, two_got)
                if (one.rank < two.rank and not policy['floor']
                        and one_got < one.steps):
                    self.assertEqual(two_got, 0)

    @given(few_orders, little, policies, st.data())
    def test_priority(self, orders, available, policy, data):
        "A better class never gets less, the others in all never more"
        self.check_better(orders, available, policy, data, 'rank', -1)

    @given(few_orders, little, policies, st.data())
    def test_memory_monotonic(self, orders, available, policy, data):
        "Who lacked more never gets less"
        self.check_better(orders, available, policy, data, 'owed', 1)

    @given(few_orders, little, policies, st.data())
    def test_arrival(self, orders, available, policy, data):
        "Who ordered before never gets less"
        orders = {
            k: o._replace(ordered_at=o.ordered_at or 0)
            for k, o in orders.items()}
        self.check_better(orders, available, policy, data, 'ordered_at', -1)

    def check_better(self, orders, available, policy, data, name, step):
        if not orders:
            return
        key = data.draw(st.sampled_from(sorted(orders)))
        value = getattr(orders[key], name)
        better = {
            **orders,
            key: orders[key]._replace(**{
                    name: value + step * data.draw(
                        st.integers(min_value=1, max_value=5))})}
        self.assertGreaterEqual(
            share(better, available, **policy)[key].quantity,
            share(orders, available, **policy)[key].quantity)

    @given(few_orders, little, policies)
    def test_more_available(self, orders, available, policy):
        "One step more of stock is one step more for somebody"
        less = share(orders, available, **policy)
        more = share(orders, available + 1, **policy)
        self.assertLessEqual(
            sum(s.quantity for s in less.values()),
            sum(s.quantity for s in more.values()))


class SharePackedTestCase(unittest.TestCase):
    "Test the sharing in packs"

    def test_packs(self):
        "Whole packs are shared"
        shares = share_packed(
            {'a': Order(12), 'b': Order(6)}, {'a': 6, 'b': 6}, 14)

        self.assertEqual(
            {k: (s.quantity, p) for k, (s, p) in shares.items()},
            {'a': (1, 6), 'b': (1, 6)})

    def test_enough(self):
        "When there is enough a pack may be opened"
        shares = share_packed({'a': Order(7)}, {'a': 6}, 8)

        self.assertEqual(
            {k: (s.quantity, p) for k, (s, p) in shares.items()},
            {'a': (7, 1)})

    def test_mixed(self):
        "What the larger packs leave goes to the smaller ones"
        shares = share_packed(
            {'a': Order(12), 'b': Order(12)}, {'a': 6, 'b': 1}, 16)

        self.assertEqual(
            {k: (s.quantity, p) for k, (s, p) in shares.items()},
            {'a': (1, 6), 'b': (10, 1)})

    def test_multiple(self):
        "A pack holds something"
        with self.assertRaises(ValueError):
            share_packed({'a': Order(1)}, {'a': 0}, 1)

    @given(orders, st.data(), available, policies)
    def test_bounds(self, orders, data, available, policy):
        "Never more than ordered nor, in total, than available is shared"
        multiples = {
            k: data.draw(st.sampled_from([1, 2, 6])) for k in orders}
        shares = share_packed(orders, multiples, available, **policy)

        self.assertLessEqual(
            sum(s.quantity * p for s, p in shares.values()), available)
        for key, (share_, pack) in shares.items():
            self.assertIn(pack, {1, multiples[key]})
            self.assertTrue(
                0 <= share_.quantity * pack <= orders[key].steps)

    @given(orders, st.data(), available, policies, st.randoms())
    def test_order_of_rows(self, orders, data, available, policy, rand):
        "The result does not depend on the order of the rows"
        multiples = {
            k: data.draw(st.sampled_from([1, 2, 6])) for k in orders}
        rows = list(orders.items())
        rand.shuffle(rows)
        self.assertEqual(
            share_packed(dict(rows), multiples, available, **policy),
            share_packed(orders, multiples, available, **policy))


class AskTestCase(unittest.TestCase):
    "Test what is asked of those who offer"

    def test_proportional(self):
        "It is asked in proportion to the offers"
        self.assertEqual(
            ask({'a': 20, 'b': 10}, {'a': 20, 'b': 10}, 15),
            {'a': 10, 'b': 5})

    def test_likely(self):
        "Who does not bring what he says is asked for less"
        self.assertEqual(
            ask({'a': 20, 'b': 20}, {'a': 10, 'b': 20}, 15),
            {'a': 5, 'b': 10})

    def test_more_than_likely(self):
        "The rest is asked nevertheless if it is needed"
        self.assertEqual(
            ask({'a': 20, 'b': 20}, {'a': 10, 'b': 20}, 35),
            {'a': 15, 'b': 20})

    def test_even(self):
        "It is asked so that all give as much in the season"
        self.assertEqual(
            ask({'a': 20, 'b': 20}, {'a': 20, 'b': 20}, 10, {'a': 4}),
            {'a': 3, 'b': 7})

    @given(claims, st.data(), available, st.none() | claims)
    def test_exact(self, offers, data, needed, before):
        "What is needed is asked, of nobody more than he offers"
        likely = {k: data.draw(st.integers(min_value=0, max_value=o))
            for k, o in offers.items()}
        asked = ask(offers, likely, needed, before)

        self.assertEqual(
            sum(asked.values()), min(needed, sum(offers.values())))
        for key, quantity in asked.items():
            self.assertTrue(0 <= quantity <= offers[key])


class StepsTestCase(unittest.TestCase):
    "Test the count of the steps"

    @given(
        st.integers(min_value=0, max_value=10 ** 6),
        st.sampled_from([1., .1, .01, .001, .5, 6., 2.5]))
    def test_steps(self, steps, step):
        "Steps and quantities convert both ways"
        self.assertEqual(to_steps(from_steps(steps, step), step), steps)

    def test_steps_floor(self):
        "An incomplete step does not count"
        self.assertEqual(to_steps(16., 6.), 2)
        self.assertEqual(to_steps(.3, .1), 3)


class LevelTestCase(unittest.TestCase):
    "Test the even shares of those who give"

    def test_before(self):
        "Who has given least gives first"
        self.assertEqual(
            level({'a': 10, 'b': 10}, 8, {'a': 4}), {'a': 2, 'b': 6})

    def test_odd(self):
        "Who can give more gives the odd step"
        self.assertEqual(level({'a': 4, 'b': 5}, 3, {}), {'a': 1, 'b': 2})

    def test_limit(self):
        "Who cannot give more leaves it to the others"
        self.assertEqual(level({'a': 1, 'b': 9}, 6, {}), {'a': 1, 'b': 5})

    def test_negative(self):
        "Negative quantities are refused"
        with self.assertRaises(ValueError):
            level({'a': -1}, 1, {})
        with self.assertRaises(ValueError):
            level({'a': 1}, -1, {})

    @given(claims, available, claims)
    def test_exact(self, claims, needed, before):
        "What is needed is given, by nobody more than he can"
        given_ = level(claims, needed, before)

        self.assertEqual(
            sum(given_.values()), min(needed, sum(claims.values())))
        for key, quantity in given_.items():
            self.assertTrue(0 <= quantity <= claims[key])

    @given(claims, available, claims)
    def test_even(self, claims, needed, before):
        "Nobody gives above another who could have given more"
        given_ = level(claims, needed, before)

        ends = {k: before.get(k, 0) + q for k, q in given_.items()}
        last = max((ends[k] for k, q in given_.items() if q), default=0)
        for key, quantity in given_.items():
            if quantity < claims[key]:
                self.assertGreaterEqual(ends[key], last - 1)


class ServeTestCase(unittest.TestCase):
    "Test the choice of the stocks"

    def test_local_first(self):
        "The stock of the place is used before it serves another"
        self.assertEqual(
            serve(
                [(1, 5, 'B'), (2, 5, 'A')],
                [Stock('old', 6, 'A'), Stock('new', 4, 'B')]),
            [(2, 'old', 5), (1, 'new', 4), (1, 'old', 1)])

    def test_nearest(self):
        "What lies nearer is used before what lies farther"
        stocks = [Stock('far', 5, 'A'), Stock('near', 5, 'B')]
        self.assertEqual(
            serve([(1, 5, 'C')], stocks, {('A', 'C'): 2, ('B', 'C'): 1}),
            [(1, 'near', 5)])

    def test_oldest(self):
        "The oldest is used first"
        self.assertEqual(
            serve([(1, 5, 'A')], [
                    Stock('new', 5, 'A', 'x', 2),
                    Stock('old', 4, 'A', 'y', 1)]),
            [(1, 'old', 4), (1, 'new', 1)])

    def test_even(self):
        "The givers of the same age give evenly over the season"
        self.assertEqual(
            serve([(1, 6, 'A')], [
                    Stock('x1', 9, 'A', 'x'), Stock('y1', 9, 'A', 'y')],
                before={'x': 4}),
            [(1, 'x1', 1), (1, 'y1', 5)])

    def test_not_enough(self):
        "What does not exist is not served"
        with self.assertRaises(ValueError):
            serve([(1, 5, 'A')], [Stock('old', 4, 'A')])

    @given(
        st.lists(st.tuples(
                st.integers(min_value=0, max_value=50),
                st.sampled_from('ABC')), max_size=15),
        st.lists(st.tuples(
                st.integers(min_value=0, max_value=50),
                st.sampled_from('ABC'),
                st.sampled_from('xyz'),
                st.integers(min_value=0, max_value=2)), max_size=15),
        st.dictionaries(st.sampled_from('xyz'), steps))
    def test_exact(self, quantities, stocks, before):
        "Each is served exactly and no stock more than it holds"
        quantities = [(i, q, p) for i, (q, p) in enumerate(quantities)]
        stocks = [Stock(i, *s) for i, s in enumerate(stocks)]
        if (sum(q for _, q, _ in quantities)
                > sum(s.steps for s in stocks)):
            with self.assertRaises(ValueError):
                serve(quantities, stocks, before=before)
            return
        served = serve(quantities, stocks, before=before)
        for key, quantity, _ in quantities:
            self.assertEqual(
                sum(s for k, _, s in served if k == key), quantity)
        for stock in stocks:
            self.assertLessEqual(
                sum(s for _, k, s in served if k == stock.key), stock.steps)
        self.assertTrue(all(steps > 0 for _, _, steps in served))
