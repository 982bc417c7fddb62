# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import copy
import unittest
from io import BytesIO

from genshi.filters import Translator
from genshi.template import MarkupTemplate
from genshi.template.base import SUB

from trytond.modules.shortcircuit_catalog.template import TemplateMixin

PAPER = b'''<html
    xmlns:py="http://genshi.edgewall.org/"
    xmlns:i18n="http://genshi.edgewall.org/i18n"
    ><p py:for="name in names"
        ><b py:if="name" i18n:msg="name">Dear ${name}</b></p></html>'''


class Loader:
    "What core does before it renders"

    @classmethod
    def _callback_loader(cls, report, template):
        translator = Translator(lambda text: text)
        template.filters.append(translator)
        template.add_directives(Translator.NAMESPACE, translator)


class Report(TemplateMixin, Loader):
    pass


def count(stream):
    "Return how many directives there are"
    return sum(
        len(data[0]) + count(data[1])
        for kind, data, _ in stream if kind is SUB)


class TemplateTestCase(unittest.TestCase):
    "Test the templates of the reports"

    def print(self, Report, times):
        "Return the template once it is printed, and what is printed"
        template = MarkupTemplate(BytesIO(PAPER))
        printed = []
        for _ in range(times):
            copied = copy.copy(template)
            Report._callback_loader(None, copied)
            printed.append(copied.generate(names=["Ada", "Bob"]).render())
        return template, printed

    def test_again(self):
        "What was printed before adds nothing"
        template, printed = self.print(Report, 1)
        directives = count(template._stream)
        template, again = self.print(Report, 500)
        self.assertEqual(count(template._stream), directives)
        self.assertEqual(
            set(again), {'<html><p><b>Dear Ada</b></p>'
                '<p><b>Dear Bob</b></p></html>'})
        self.assertEqual(set(printed), set(again))

    def test_core(self):
        "Core still needs it"
        with self.assertRaises(RecursionError):
            self.print(Loader, 500)
