# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import unittest

from proteus import Model, Wizard

from trytond.modules.shortcircuit_catalog.tests.tools import setup
from trytond.modules.shortcircuit_collective.exceptions import PriceIndexError
from trytond.tests.test_tryton import drop_db
from trytond.tests.tools import activate_modules


class PriceIndexTestCase(unittest.TestCase):
    "Test the import of the values of the indices"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        drop_db()
        cls.addClassCleanup(drop_db)
        activate_modules('shortcircuit_collective', setup)
        Index = Model.get('shortcircuit.price_index')
        Index(code='LEG', name="Vegetables").save()

    def import_(self, content):
        wizard = Wizard('shortcircuit.price_index.import')
        wizard.form.file = content.encode()
        wizard.execute('import_')

    def find(self):
        Value = Model.get('shortcircuit.price_index.value')
        return {str(v.date): str(v.value.normalize()) for v in Value.find([])}

    def test_import(self):
        "Test values are created, then corrected"
        for content, values in [
                ('index;date;value\nLEG;2026-01-01;104,5\n',
                    {'2026-01-01': '104.5'}),
                ('\ufeffdate,value,index\n01/01/2026,104.8,LEG\n'
                    '2026-02-01,105.1,LEG\n',
                    {'2026-01-01': '104.8', '2026-02-01': '105.1'}),
                ]:
            self.import_(content)
            self.assertEqual(self.find(), values)

    def test_refused(self):
        "Test the errors tell the row and the column, and change nothing"
        before = self.find()
        for content, errors in [
                ('index;date\nLEG;2026-01-01', ["value"]),
                ('', ["index, date, value"]),
                ('index;date;value\nXXX;2026-03-01;1\n', ['Row 2', '"XXX"']),
                ('index;date;value\nLEG;2026-03-01;1\nLEG;1er mars;-1\n',
                    ['Row 3, column "date"', 'Row 3, column "value"']),
                ('index;date;value\nLEG;2026-03-01;1\nLEG;2026-03-01;2\n',
                    ['Row 3', "two values"]),
                ('index;date;value\nLEG;2026-03-01;\n',
                    ['Row 2, column "value"']),
                ]:
            with self.subTest(content=content):
                with self.assertRaises(PriceIndexError) as context:
                    self.import_(content)
                for error in errors:
                    self.assertIn(error, str(context.exception))
                self.assertEqual(self.find(), before)
