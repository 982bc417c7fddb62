# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import unittest
import zipfile
from decimal import Decimal
from io import BytesIO
from xml.sax.saxutils import escape

from openpyxl import Workbook, load_workbook

from trytond.modules.company.tests import create_company, set_company
from trytond.modules.shortcircuit_catalog.exceptions import OrderImportError
from trytond.modules.shortcircuit_catalog.order_file import (
    MAX_BYTES, QuantityError, read_order, read_price, read_quantity)
from trytond.modules.shortcircuit_catalog.tests.test_mercuriale import (
    create_mercuriale, create_product)
from trytond.pool import Pool
from trytond.tests.test_tryton import (
    TestCase, activate_module, with_transaction)

DAY = dt.date(2026, 6, 1)


def edit(content, **cells):
    "Set the cells of a workbook"
    workbook = load_workbook(BytesIO(content))
    for name, value in cells.items():
        workbook.active[name] = value
    return save(workbook)


def save(workbook):
    content = BytesIO()
    workbook.save(content)
    return content.getvalue()


def to_ods(content):
    "Return the values of a workbook as OpenDocument"
    rows = []
    for row in load_workbook(BytesIO(content)).active.iter_rows():
        cells = []
        for cell in row:
            if isinstance(cell.value, (int, float)):
                cells.append(
                    '<table:table-cell office:value-type="float"'
                    f' office:value="{cell.value}"/>')
            else:
                text = escape(cell.value or '')
                cells.append(
                    '<table:table-cell office:value-type="string">'
                    f'<text:p>{text}</text:p></table:table-cell>')
        rows.append(f'<table:table-row>{"".join(cells)}</table:table-row>')
    namespace = 'urn:oasis:names:tc:opendocument:xmlns'
    document = (
        f'<office:document-content xmlns:office="{namespace}:office:1.0"'
        f' xmlns:table="{namespace}:table:1.0"'
        f' xmlns:text="{namespace}:text:1.0">'
        '<office:body><office:spreadsheet><table:table table:name="S">'
        f'{"".join(rows)}</table:table></office:spreadsheet></office:body>'
        '</office:document-content>')
    file = BytesIO()
    with zipfile.ZipFile(file, 'w') as archive:
        archive.writestr(
            'mimetype', 'application/vnd.oasis.opendocument.spreadsheet')
        archive.writestr(
            'META-INF/manifest.xml',
            f'<manifest:manifest xmlns:manifest="{namespace}:manifest:1.0"/>')
        archive.writestr('content.xml', document)
    return file.getvalue()


class ReadTestCase(unittest.TestCase):
    "Test the reading of cells"

    def test_quantity(self):
        for text, quantity in [
                ('3', 3.0), ('2.5', 2.5), ('2,5', 2.5), ('1\xa0250,5', 1250.5),
                ('1\u202f250', 1250.0), ('0', 0.0),
                ]:
            with self.subTest(text=text):
                self.assertEqual(read_quantity(text), quantity)

    def test_quantity_refused(self):
        for text, reason in [
                ('six', 'number'), ('6 kg', 'number'), ('1.250,5', 'number'),
                ('1e3', 'number'), ('', 'number'), ('=1+1', 'number'),
                ('nan', 'number'), ('-', 'number'), ('inf', 'number'),
                ('True', 'number'), ('2026-06-01', 'number'),
                ('-1', 'negative'), ('-0,5', 'negative'),
                ('10000000', 'size'),
                ]:
            with self.subTest(text=text), \
                    self.assertRaisesRegex(QuantityError, reason):
                read_quantity(text)

    def test_price(self):
        for text, price in [
                ('1.35', '1.35'), ('1,35', '1.35'), ('2', '2'),
                ('free', None), ('', None), ('nan', None)]:
            with self.subTest(text=text):
                self.assertEqual(
                    read_price(text), price and Decimal(price))


class OrderImportTestCase(TestCase):
    "Test the import of a filled mercuriale"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        activate_module('shortcircuit_catalog')

    def create(self):
        "Create a mercuriale and return a session of the wizard"
        pool = Pool()
        Cycle = pool.get('shortcircuit.cycle')
        Line = pool.get('shortcircuit.mercuriale.line')
        Mercuriale = pool.get('shortcircuit.mercuriale')
        OrderImport = pool.get('shortcircuit.order.import', type='wizard')
        Party = pool.get('party.party')
        self.mercuriale = create_mercuriale(
            DAY, DAY, [create_product(n) for n in ["Apple", "Bean", "Corn"]])
        _, bean, corn = self.mercuriale.lines
        Line.write(
            [bean], {'multiple': 2.5}, [corn], {'minimum': 10})
        Mercuriale.write(
            [self.mercuriale], {'number': 'M1', 'state': 'published'})
        cycle, = Cycle.create([{
                    'name': "Cycle",
                    'channel': self.mercuriale.channel.id,
                    'mercuriale': self.mercuriale.id,
                    'opens_at': dt.datetime(2026, 5, 1),
                    'closes_at': dt.datetime(2026, 5, 2),
                    'delivery_date': DAY,
                    }])
        party, = Party.create([{'name': "School"}])
        session, _, _ = OrderImport.create()
        self.wizard = OrderImport(session)
        self.wizard.start.party = party
        self.wizard.start.cycle = cycle

    @property
    def file(self):
        "The spreadsheet: Apple is on the row 7, Bean on 8 and Corn on 9"
        pool = Pool()
        MercurialeSheet = pool.get(
            'shortcircuit.mercuriale.sheet', type='report')
        return MercurialeSheet.get_workbook(self.mercuriale)

    def read(self, content):
        self.wizard.start.file = content
        return self.wizard._read()

    @with_transaction()
    def test_read(self):
        "Test what can be ordered is read from XLSX and ODS"
        with set_company(create_company()):
            self.create()
            filled = edit(self.file, L7='1,5', L8=7.5, L9=0)
            apple, bean, _ = self.mercuriale.lines
            for content in [filled, to_ods(filled)]:
                self.assertEqual(
                    self.read(content),
                    ([(7, apple, 1.5), (8, bean, 7.5)], []))

    @with_transaction()
    def test_moved(self):
        "Test the columns are found by their names, the rows by their keys"
        with set_company(create_company()):
            self.create()
            workbook = load_workbook(BytesIO(edit(self.file, L8=5)))
            workbook.active.insert_cols(5)
            workbook.active.insert_rows(7)
            _, bean, _ = self.mercuriale.lines
            self.assertEqual(
                self.read(save(workbook)), ([(9, bean, 5.0)], []))

    @with_transaction()
    def test_files_refused(self):
        "Test the files that are none of the mercuriale's are refused"
        with set_company(create_company()):
            self.create()
            file = self.file
            for name, content, message in [
                    ('empty', b'', "columns"),
                    ('text', b'apple;12\n', "columns"),
                    ('picture', b'\x89PNG\r\n\x1a\n', "not a spreadsheet"),
                    ('zip', b'PK\x03\x04' + bytes(64), "not a spreadsheet"),
                    ('truncated', file[:len(file) // 2], "not a spreadsheet"),
                    ('huge', bytes(MAX_BYTES + 1), "too big"),
                    ('blank', save(Workbook()), "columns"),
                    ('names', edit(file, L5=None), "columns"),
                    ('keys', edit(file, A5='id'), "columns"),
                    ('number', edit(file, A1=None, L7=1), "is missing"),
                    ('other', edit(file, A1='M2', L7=1), '"M2"'),
                    ('unfilled', file, "no quantity"),
                    ('zero', edit(file, L7=0, L8='0'), "no quantity"),
                    ]:
                with self.subTest(name), \
                        self.assertRaisesRegex(OrderImportError, message):
                    self.read(content)

    @with_transaction()
    def test_rows_refused(self):
        "Test the rows are refused by row, column and reason"
        with set_company(create_company()):
            self.create()
            apple, bean, corn = self.mercuriale.lines
            for name, cells, row, column, message in [
                    ('text', {'L7': 'six'}, 7, 'L', '"six" is not a quantity'),
                    ('unit', {'L7': '6 kg'}, 7, 'L', "not a quantity"),
                    ('negative', {'L7': -1}, 7, 'L', "negative"),
                    ('boolean', {'L7': True}, 7, 'L', "not a quantity"),
                    ('date', {'L7': DAY}, 7, 'L', "not a quantity"),
                    ('size', {'L7': 10 ** 9}, 7, 'L', "too big"),
                    ('formula', {'L7': '=2*3'}, 7, 'L', "not a quantity"),
                    ('error', {'L7': '#DIV/0!'}, 7, 'L', "not a quantity"),
                    ('script', {'L7': '<script>alert(1)</script>'}, 7, 'L',
                        "not a quantity"),
                    ('digits', {'L7': 1.0001}, 7, 'L', "sold by 0.01"),
                    ('multiple', {'L8': 4}, 8, 'L', "sold by 2.5"),
                    ('minimum', {'L9': 5}, 9, 'L', "from 10"),
                    ('key', {'L7': 1, 'A7': '999999'}, 7, 'A', "not a line"),
                    ('no key', {'L7': 1, 'A7': None}, 7, 'A', "not a line"),
                    ('bad key', {'L7': 1, 'A7': '7 or 1=1'}, 7, 'A',
                        "not a line"),
                    ('moved', {'L7': 1, 'A7': str(corn.id)}, 7, 'C',
                        "instead of"),
                    ('renamed', {'L7': 1, 'C7': "Pear"}, 7, 'C',
                        '"Pear" is written instead of "Apple"'),
                    ('cheaper', {'L7': 1, 'K7': .01}, 7, 'K',
                        "price 0.01 is written instead of 1.00"),
                    ('no price', {'L7': 1, 'K7': None}, 7, 'K', "price"),
                    ('twice', {
                            'L7': 1, 'L8': 1, 'A8': str(apple.id),
                            'C8': "Apple"}, 8, 'A', "another row"),
                    ]:
                with self.subTest(name):
                    _, refusals = self.read(edit(self.file, **cells))
                    self.assertEqual(
                        [(r, c) for r, c, _ in refusals], [(row, column)])
                    self.assertIn(message, refusals[0][2])

    @with_transaction()
    def test_draft(self):
        "Test the file of a draft is not ordered by"
        with set_company(create_company()):
            self.create()
            pool = Pool()
            MercurialeSheet = pool.get(
                'shortcircuit.mercuriale.sheet', type='report')
            draft, = self.mercuriale.copy([self.mercuriale])
            content = edit(MercurialeSheet.get_workbook(draft), L7=1)
            self.assertEqual(read_order(edit(content, A1='M1')).number, 'M1')
            with self.assertRaisesRegex(OrderImportError, "published"):
                self.read(content)
