# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import unittest

from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.shortcircuit_hub.lot_number import (
    format_number, number_uniquely)

names = st.text('AB.2', min_size=1, max_size=4)


class LotNumberTestCase(unittest.TestCase):
    "Test the numbers of the lots"

    def test_rule(self):
        "The placeholders are replaced"
        self.assertEqual(
            format_number(
                '${producer}-${date}-${product}', '12', '261126', 'CAR'),
            '12-261126-CAR')

    def test_unknown_placeholder(self):
        "An unknown placeholder is refused"
        for rule, error in [('${farm}', KeyError), ('$', ValueError)]:
            with self.subTest(rule=rule):
                with self.assertRaises(error):
                    format_number(rule, '12', '261126', 'CAR')

    @given(st.lists(names), st.sets(names))
    def test_unique(self, numbers, taken):
        "No number is given twice and a free one is given as it is"
        calls = []

        def find_taken(candidates):
            calls.append(candidates)
            return candidates & taken
        result = number_uniquely(numbers, find_taken)

        self.assertEqual(len(set(result)), len(numbers))
        self.assertFalse(set(result) & taken)
        for number, given_ in zip(numbers, result):
            self.assertTrue(given_.startswith(number))
        if len(set(numbers)) == len(numbers) and not set(numbers) & taken:
            self.assertEqual(result, numbers)
            self.assertLessEqual(len(calls), 1)
