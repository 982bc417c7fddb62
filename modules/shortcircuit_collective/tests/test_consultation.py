# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import unittest
from decimal import Decimal
from io import BytesIO
from unittest.mock import Mock

from openpyxl import Workbook, load_workbook

from trytond.modules.shortcircuit_catalog.tabular import TableError
from trytond.modules.shortcircuit_collective.consultation_capacity import (
    count_months, propose_volumes)
from trytond.modules.shortcircuit_collective.consultation_file import (
    FileError, fill_schedule, find_columns, read_schedule)
from trytond.modules.shortcircuit_collective.consultation_line import (
    find_named, find_words)
from trytond.modules.shortcircuit_collective.consultation_threshold import (
    has_small_lots)
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction


def save(*sheets):
    "Return the file of sheets, tuples (title, rows)"
    workbook = Workbook()
    workbook.remove(workbook.active)
    for title, rows in sheets:
        sheet = workbook.create_sheet(title)
        for row in rows:
            sheet.append(row)
    content = BytesIO()
    workbook.save(content)
    return content.getvalue()


TITLES = ["Réf", "Désignation", "Unité", "Quantité", "P.U. HT", "TVA", "Label"]


class CapacityTestCase(unittest.TestCase):
    "Test what the producers can bring"

    def test_count_months(self):
        "Test a month counts as often as the period has it, or its part"
        for start_date, end_date, months in [
                ((2026, 9, 1), (2026, 9, 30), {9: 1}),
                ((2026, 9, 16), (2026, 10, 31), {9: .5, 10: 1}),
                ((2026, 9, 10), (2026, 9, 24), {9: .5}),
                ((2026, 12, 1), (2027, 1, 31), {12: 1, 1: 1}),
                ((2026, 2, 1), (2028, 2, 29), {
                        m: 3 if m == 2 else 2 for m in range(1, 13)}),
                ]:
            with self.subTest(start_date=start_date, end_date=end_date):
                self.assertEqual(
                    count_months(dt.date(*start_date), dt.date(*end_date)),
                    months)

    def test_propose_volumes(self):
        "Test the volumes are in proportion and never more than each can"
        for quantity, volumes in [
                (40, {'a': 30, 'b': 10}),
                (.3, {'a': .2, 'b': .1}),
                (0, {'a': 0, 'b': 0}),
                (400, {'a': 300, 'b': 100}),
                (4000, {'a': 300, 'b': 100}),
                ]:
            with self.subTest(quantity=quantity):
                self.assertEqual(
                    propose_volumes({'a': 300, 'b': 100}, quantity, .1),
                    volumes)


class ThresholdTestCase(unittest.TestCase):
    "Test the small lots"

    def test_has_small_lots(self):
        for amounts, result in [
                ([230000, 20000], True),
                ([320000, 79999], True),
                ([320000, 80000], False),
                ([100000, 30000], False),
                ([200000, 0], False),
                ([], False),
                ]:
            with self.subTest(amounts=amounts):
                self.assertEqual(
                    has_small_lots(
                        list(map(Decimal, amounts)), Decimal(80000),
                        Decimal('.2')),
                    result)
        self.assertFalse(has_small_lots([Decimal(1)], None, None))


class ProposeTestCase(unittest.TestCase):
    "Test the products that a specification names"

    def test_find_named(self):
        def product(category):
            return Mock(default_uom=Mock(category=category))

        carrot, sand, potato, piece = map(
            product, ['weight', 'weight', 'weight', 'unit'])
        words = {
            carrot: find_words("Carotte"),
            sand: find_words("Carotte des sables"),
            potato: find_words("Pomme de terre"),
            piece: find_words("Carottes"),
            }
        for name, named in [
                ("CAROTTES lavées bio", [carrot]),
                ("Carottes des sables, lavées", [sand]),
                ("Pommes de terre (frites)", [potato]),
                ("Pommes", []),
                ("", []),
                ]:
            with self.subTest(name=name):
                line = Mock(unit=Mock(category='weight'))
                line.name = name
                self.assertEqual(find_named(line, words), named)


class FileTestCase(unittest.TestCase):
    "Test the files of the buyers"

    def test_find_columns(self):
        "Test the titles as the buyers write them"
        for titles, columns in [
                (TITLES, {
                        'number': 0, 'name': 1, 'unit': 2, 'quantity': 3,
                        'unit_price': 4, 'tax': 5, 'label': 6}),
                ([
                        "Prix unitaire HT en €", "Unité de facturation",
                        "Libellé de l'article", "Code article",
                        "Qté estimative", "Label exigé", "Taux de TVA"], {
                        'unit_price': 0, 'unit': 1, 'name': 2, 'number': 3,
                        'quantity': 4, 'required_labels': 5, 'tax': 6}),
                (["Produit", "PU HT", "U", "Total"], {
                        'name': 0, 'unit_price': 1}),
                ]:
            with self.subTest(titles=titles):
                self.assertEqual(
                    {n: i for n, (i, _) in find_columns(titles).items()},
                    columns)

    def test_read(self):
        "Test the headings and totals are left out, the rows numbered"
        content = save(("BPU", [
                    ["Ville"], [], TITLES, ["Légumes"],
                    ["L1", "Carotte", "kg", 12.5],
                    [None, "Total HT", None, None, "=SUM(E5:E5)"],
                    [None, "Poireau", "kg"]]))
        schedule = read_schedule(content)
        self.assertEqual(schedule.header, 3)
        self.assertEqual(
            [(n, r['number'], r['name'], r['unit'], r['quantity'])
                for n, r in schedule.rows], [
                (5, 'L1', 'Carotte', 'kg', '12.5'),
                (7, '', 'Poireau', 'kg', '')])

    def test_read_sheet(self):
        "Test the sheet of the lot is read, else the first one"
        content = save(
            ("Lot 1", [TITLES, ["A", "A", "kg"]]),
            ("Lot 2", [TITLES, ["B", "B", "kg"]]))
        for sheet, number in [
                ("Lot 1", 'A'), ("Lot 2", 'B'), ("Lot 3", 'A'), (None, 'A')]:
            with self.subTest(sheet=sheet):
                (_, row), = read_schedule(content, sheet).rows
                self.assertEqual(row['number'], number)

    def test_read_csv(self):
        content = "Désignation;Unité;Quantité\nCarotte;kg;1 000,5\n".encode()
        (number, row), = read_schedule(content).rows
        self.assertEqual(
            (number, row), (2, {
                    'name': 'Carotte', 'unit': 'kg', 'quantity': '1 000,5'}))

    def test_refuse(self):
        "Test what is no schedule is refused"
        for content, error, reason in [
                (save(("BPU", [["Ville"], ["Désignation", "Prix"]])),
                    FileError, 'columns'),
                (b'', FileError, 'columns'),
                (b'0' * (4 * 1024 ** 2 + 1), FileError, 'size'),
                (b'PK\x03\x04 no workbook', TableError, 'format'),
                (b'D\xe9signation', TableError, 'encoding'),
                ]:
            with self.subTest(reason=reason):
                with self.assertRaises(error) as raised:
                    read_schedule(content)
                self.assertEqual(str(raised.exception), reason)

    def test_fill(self):
        "Test only the cells of the answers change, and none is a formula"
        content = save(("BPU", [
                    TITLES, ["L1", "Carotte", "kg", 10, None, None, None],
                    ["L2", "Poireau", "kg", 5, 9, None, None, "=D3*E3"]]))
        filled = fill_schedule(content, None, {2: {
                    'unit_price': Decimal('1.5'), 'tax': Decimal('.055'),
                    'label': "=1+1", 'required_labels': "None here"}})
        sheet = load_workbook(BytesIO(filled)).active
        self.assertEqual(
            [[c.value for c in row] for row in sheet.iter_rows()], [
                [*TITLES, None],
                ["L1", "Carotte", "kg", 10, 1.5, .055, "=1+1", None],
                ["L2", "Poireau", "kg", 5, 9, None, None, "=D3*E3"]])
        self.assertEqual(sheet['G2'].data_type, 's')
        self.assertEqual(sheet['F2'].number_format, '0.0#%')

    def test_fill_merged(self):
        "Test what is merged into another cell is left"
        workbook = Workbook()
        workbook.active.append(TITLES)
        workbook.active.append(["L1", "Carotte", "kg"])
        workbook.active.merge_cells('D2:E2')
        content = BytesIO()
        workbook.save(content)
        filled = fill_schedule(
            content.getvalue(), None, {2: {'unit_price': 1, 'tax': 0}})
        sheet = load_workbook(BytesIO(filled)).active
        self.assertEqual([c.value for c in sheet[2]][3:6], [None, None, 0])

    def test_fill_csv(self):
        "Test a file that cannot be filled is refused"
        with self.assertRaises(FileError) as raised:
            fill_schedule(b'Designation;Unite\nCarotte;kg\n', None, {})
        self.assertEqual(str(raised.exception), 'format')


class ContractTestCase(unittest.TestCase):
    "Test the contract that a consultation becomes"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        activate_module('shortcircuit_collective')

    @with_transaction()
    def test_lot_dates(self):
        "Test a lot keeps its dates when they are not those of the contract"
        pool = Pool()
        Consultation = pool.get('shortcircuit.consultation')
        Lot = pool.get('shortcircuit.consultation.lot')
        first, end, last = (
            dt.date(2027, 1, 1), dt.date(2027, 6, 30), dt.date(2027, 12, 31))
        consultation = Consultation(start_date=first, end_date=last)
        for end_date, own in [(end, (first, end)), (None, (None, None))]:
            with self.subTest(end_date=end_date):
                lot = Lot(
                    consultation=consultation, number='1', name="Lot",
                    cpv=None, start_date=None, end_date=end_date,
                    max_amount=Decimal(1), unit=None, max_quantity=None,
                    lines=[])
                values = lot.get_contract((first, last))
                self.assertEqual(
                    (values.get('start_date'), values.get('end_date')), own)
