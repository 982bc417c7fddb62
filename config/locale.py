"""Renew locale/fr.po of the modules: python -m config.locale

What is to be translated comes from core's own export, in a database where
the modules are activated; what is already translated is kept.
"""
import os
from collections import Counter, defaultdict

import polib

from config.settings import LANGUAGE, MODULES, ROOT


def path(module):
    return ROOT / 'modules' / module / 'locale' / f'{LANGUAGE}.po'


def load(module):
    return polib.pofile(
        str(path(module)) if path(module).exists() else '', wrapwidth=78)


def activate():
    "Activate the modules, and what they extend, in the database of the tests"
    from trytond.modules import parse_module_config
    from trytond.tests.test_tryton import drop_db
    from trytond.tests.tools import activate_modules
    extras = {
        extra for module in MODULES
        for extra in parse_module_config(module)[0].get(
            'tryton', 'extras_depend', fallback='').split()}
    drop_db()
    activate_modules([*MODULES, *sorted(extras - {*MODULES})])


def templates():
    """Return by module the PO file of the strings of the sources

    The database must be in English, with the modules activated.
    """
    from trytond.pool import Pool
    from trytond.tests.test_tryton import DB_NAME
    from trytond.transaction import Transaction
    with Transaction().start(DB_NAME, 1) as transaction:
        pool = Pool()
        Translation = pool.get('ir.translation')
        for name, state in [
                ('ir.translation.set', 'set_'),
                ('ir.translation.clean', 'clean')]:
            Wizard = pool.get(name, type='wizard')
            session, _, _ = Wizard.create()
            Wizard.execute(session, {}, state)
            Wizard.delete(session)
        exports = {
            m: polib.pofile(
                Translation.translation_export('en', m).decode('utf-8'))
            for m in MODULES}
        for module, export in exports.items():
            _drop_others(export, _report_strings(module))
        transaction.rollback()
    return exports


def _report_strings(module):
    "Return by context the strings of the reports of the module"
    from trytond.pool import Pool
    from trytond.tools import file_open
    pool = Pool()
    Report = pool.get('ir.action.report')
    Set = pool.get('ir.translation.set', type='wizard')
    extractor = Set(Set.create()[0])
    strings = defaultdict(set)
    for report in Report.search([('report', 'like', f'{module}/%')]):
        extract = getattr(
            extractor, f'extract_report_{report.template_extension}')
        with file_open(report.report, mode='rb') as file:
            content = file.read()
        for string in extract(content):
            strings[f'report:{report.report_name}:'].add(
                string if isinstance(string, str) else string[0])
    return strings


def _drop_others(export, strings):
    "Drop the strings of a report of core that one of ours replaces"
    for entry in list(export):
        if (entry.msgctxt in strings
                and entry.msgid not in strings[entry.msgctxt]):
            export.remove(entry)


def merge(template, translated):
    """Return the text of the template with what is translated

    The translation of a string which has changed is kept as fuzzy.
    """
    from trytond.ir.translation import TrytonPOFile
    exact = {(e.msgctxt, e.msgid): e for e in translated}
    changed = _alone(translated)
    alone = _alone(template).keys()
    merged = TrytonPOFile(wrapwidth=78)
    merged.metadata = template.metadata
    for entry in template:
        old = exact.get((entry.msgctxt, entry.msgid))
        flags = set(entry.flags)
        if old:
            flags |= {'fuzzy'} & set(old.flags)
        elif entry.msgctxt in alone & changed.keys():
            old = changed[entry.msgctxt]
            flags.add('fuzzy')
        merged.append(polib.POEntry(
                msgctxt=entry.msgctxt, msgid=entry.msgid,
                msgstr=old.msgstr if old else '', flags=sorted(flags)))
    merged.sort()
    return str(merged)


def _alone(entries):
    "Return by context the entries that share it with no other"
    count = Counter(e.msgctxt for e in entries)
    return {e.msgctxt: e for e in entries if count[e.msgctxt] == 1}


def main():
    # An own database, in memory
    os.environ['TRYTOND_DATABASE_URI'] = 'sqlite:'
    os.environ.pop('DB_NAME', None)
    print("The modules are being activated...", flush=True)
    activate()
    for module, template in templates().items():
        text = merge(template, load(module))
        path(module).write_text(text, encoding='utf-8')
        left = [e for e in polib.pofile(text) if not e.translated()]
        print(f"{path(module).relative_to(ROOT)}: {len(template)} strings,"
            f" {len(left)} to translate")


if __name__ == '__main__':
    main()
