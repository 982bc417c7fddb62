import re

import pytest

from config import locale
from config.settings import MODULES
from trytond.tests.test_tryton import drop_db

PLACEHOLDER = re.compile(r'%\(\w+\)\w|%%')
# A breaking space, or none, where French wants one that does not break
TYPOGRAPHY = re.compile(r' [:;?!»]| %(?!\()|« |«\S(?<!\xa0)|[^\xa0][;?!»]|"')

pytestmark = pytest.mark.parametrize('module', MODULES)


@pytest.fixture(scope='module')
def templates():
    locale.activate()
    yield locale.templates()
    drop_db()


@pytest.fixture
def template(templates, module):
    return templates[module]


@pytest.fixture
def translated(module):
    return locale.load(module)


def test_every_string_is_there(template, translated):
    missing = sorted(_keys(template) - _keys(translated))
    assert missing == [], "run make locale"


def test_no_other_string_is_there(template, translated):
    obsolete = sorted(_keys(translated) - _keys(template))
    assert obsolete == [], "run make locale"
    assert translated.obsolete_entries() == []


def test_standard_format(module, template, translated):
    text = locale.path(module).read_text(encoding='utf-8')
    assert locale.merge(template, translated) == text, "run make locale"


def test_every_string_is_translated(translated):
    assert sorted(_keys(translated.untranslated_entries())) == []


def test_no_translation_is_fuzzy(translated):
    assert sorted(_keys(e for e in translated if e.fuzzy)) == []


def test_same_placeholders(translated):
    different = [
        (e.msgid, e.msgstr) for e in translated
        if set(PLACEHOLDER.findall(e.msgid))
        != set(PLACEHOLDER.findall(e.msgstr))]
    assert different == []


def test_french_typography(translated):
    wrong = [
        (m.group(), e.msgstr) for e in translated
        for m in [TYPOGRAPHY.search(e.msgstr)] if m]
    assert wrong == []


def _keys(entries):
    return {(e.msgctxt, e.msgid) for e in entries if not e.obsolete}
