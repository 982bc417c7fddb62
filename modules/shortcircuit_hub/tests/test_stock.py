# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import unittest

from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.shortcircuit_hub.stock import group_writes

values = st.dictionaries(
    st.sampled_from(['state', 'cost_price', 'lines']),
    st.one_of(
        st.integers(0, 2), st.none(), st.lists(st.integers(0, 2))))


class GroupWritesTestCase(unittest.TestCase):
    "Test the writes of moves at once"

    def test_group(self):
        "Equal values are written at once"
        self.assertEqual(
            group_writes([
                    [1], {'state': 'done'},
                    [2], {'state': 'draft'},
                    [3, 4], {'state': 'done'}]),
            [[1, 3, 4], {'state': 'done'}, [2], {'state': 'draft'}])

    @given(st.lists(values))
    def test_same(self, written):
        "Each record keeps its values"
        args = []
        for i, value in enumerate(written):
            args.extend([[i], value])
        grouped = iter(group_writes(args))
        result = {
            record: value for records, value in zip(grouped, grouped)
            for record in records}

        self.assertEqual(result, dict(enumerate(written)))
