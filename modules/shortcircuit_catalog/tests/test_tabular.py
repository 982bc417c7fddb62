# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import io
import unittest
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from trytond.modules.shortcircuit_catalog.tabular import (
    TableError, boolean, date, fold, number, read)


def workbook(rows):
    file = io.BytesIO()
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


class TabularTestCase(unittest.TestCase):

    def test_csv(self):
        rows = [(1, ['Code', 'Name']), (3, ['A', 'Carrot, washed'])]
        for content in [
                'Code,Name\n\nA,"Carrot, washed"\n',
                'Code;Name\r\n;\r\n A ;Carrot, washed\r\n',
                '\ufeffCode\tName\n\t\nA\tCarrot, washed\n',
                ]:
            with self.subTest(content=content):
                self.assertEqual(read(content.encode()), rows)

    def test_workbook(self):
        content = workbook([
                ['Code', 'Price', 'Date', 'Organic'],
                [12, 1.5, dt.date(2026, 11, 25), True],
                [],
                ['<script>', "'=1+1", None, 'x'],
                ])
        self.assertEqual(read(content), [
                (1, ['Code', 'Price', 'Date', 'Organic']),
                (2, ['12', '1.5', '2026-11-25', 'True']),
                (4, ['<script>', "'=1+1", '', 'x']),
                ])

    def test_formula_stays_text(self):
        self.assertEqual(
            read(b'Code,Name\nA,=HYPERLINK("x")\n')[1],
            (2, ['A', '=HYPERLINK("x")']))

    def test_not_a_table(self):
        for content, name, row in [
                ('Code\nœuf\n'.encode('cp1252'), 'encoding', 2),
                (b'Code\n\0\n', 'format', None),
                (b'PK\x03\x04 nothing', 'format', None),
                (b'Code\n"A\n', 'quotes', 2),
                ]:
            with self.subTest(content=content):
                with self.assertRaises(TableError) as raised:
                    read(content)
                self.assertEqual(raised.exception.name, name)
                self.assertEqual(raised.exception.row, row)

    def test_number(self):
        for text, value in [
                ('1,5', '1.5'), ('1.50', '1.50'), ('1 234,5', '1234.5'),
                ('1\u202f234,5', '1234.5'), ('-2', '-2'), ('0', '0'),
                ]:
            with self.subTest(text=text):
                self.assertEqual(number(text), Decimal(value))

    def test_no_number(self):
        for text in ['', 'a', '1,2,3', '1.2.3', '=1+1', 'NaN', 'Infinity',
                '1e3', '1_000', '1,50 €']:
            with self.subTest(text=text):
                self.assertRaises(ValueError, number, text)

    @given(st.decimals(
            allow_nan=False, allow_infinity=False, places=3,
            min_value=-10**9, max_value=10**9))
    def test_number_is_read_as_written(self, value):
        self.assertEqual(number(f'{value:f}'), value)
        self.assertEqual(number(f'{value:f}'.replace('.', ',')), value)

    def test_date(self):
        for text in ['2026-11-25', '25/11/2026']:
            self.assertEqual(date(text), dt.date(2026, 11, 25))
        for text in ['', '25-11-2026', '31/02/2026', '2026', '11/25/2026']:
            with self.subTest(text=text):
                self.assertRaises(ValueError, date, text)

    def test_boolean(self):
        for text in ['oui', 'OUI', ' x ', 'Vrai', '1']:
            self.assertIs(boolean(text), True)
        for text in ['', 'Non', '0']:
            self.assertIs(boolean(text), False)
        self.assertRaises(ValueError, boolean, 'perhaps')

    def test_fold(self):
        self.assertEqual(fold("Quantité par Colis"), 'quantiteparcolis')
