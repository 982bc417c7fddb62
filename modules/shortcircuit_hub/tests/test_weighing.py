# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from decimal import Decimal
from types import SimpleNamespace
from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.shortcircuit_hub.exceptions import WeightError
from trytond.modules.shortcircuit_hub.weighing import read_weights

KILOGRAM = SimpleNamespace(rounding=.01)
weights = st.lists(st.decimals(
        min_value=Decimal('.01'), max_value=100, places=2))
separators = st.sampled_from([' ', '\n', ';', '; ', '\r\n', '\t', ', '])


class WeighingTestCase(TestCase):
    "Test the weights of the pieces"

    @given(weights, separators, st.sampled_from(['.', ',']))
    def test_read_weights(self, weights, separator, point):
        "All that is written is read, whatever separates it"
        text = separator.join(str(w).replace('.', point) for w in weights)
        self.assertEqual(read_weights(text, KILOGRAM), weights)

    def test_read_weights_refused(self):
        "What is no weight of a piece is named"
        for text, refused in [
                ("1.82 heavy", 'heavy'),
                ("1.82 0", '0'),
                ("-1.82", '-1.82'),
                ("1.825", '1.825'),
                ("1.82,1.75", '1.82,1.75'),
                ("NaN", 'NaN'),
                ("1.8 inf", 'inf'),
                ]:
            with self.subTest(text=text):
                with self.assertRaises(WeightError) as error:
                    read_weights(text, KILOGRAM)
                self.assertEqual(str(error.exception), refused)
