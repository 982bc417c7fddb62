import doctest
import io
import json

import pytest

from config.settings import ROOT
from trytond import backend
from trytond.modules.shortcircuit_hub.tests.test_scenario import SKIPS
from trytond.tests.test_tryton import (
    STRIP_DECIMAL, doctest_checker, doctest_setup, doctest_teardown, drop_db)

OPTIONS = (doctest.REPORT_ONLY_FIRST_FAILURE
    | doctest.ELLIPSIS
    | doctest.IGNORE_EXCEPTION_DETAIL)
if backend.name == 'sqlite':
    OPTIONS |= STRIP_DECIMAL


def scenarios():
    for path in sorted([
                *ROOT.glob('modules/*/tests/scenario_*.rst'),
                *ROOT.glob('tests/scenario_*.rst')]):
        variants = [{}]
        if (file := path.with_suffix('.json')).exists():
            variants = json.loads(file.read_text())
        owner = path.relative_to(ROOT).parts[1:-2]
        skipped = pytest.mark.skipif(path.name in SKIPS, reason="no PyVRP")
        for i, variables in enumerate(variants):
            yield pytest.param(
                path, variables,
                id=path.stem + (f'-{i}' if len(variants) > 1 else ''),
                marks=[
                    skipped,
                    pytest.mark.xdist_group('.'.join([*owner, 'scenario']))])


@pytest.fixture
def story(path, variables):
    test = doctest.DocTestParser().get_doctest(
        path.read_text(encoding='utf-8'),
        {'__name__': '__main__'} | variables, path.stem, str(path), 0)
    drop_db()
    doctest_setup(test)
    yield test
    doctest_teardown(test)


@pytest.mark.scenario
@pytest.mark.parametrize('path, variables', list(scenarios()))
def test_scenario(story):
    runner = doctest.DocTestRunner(doctest_checker, optionflags=OPTIONS)
    report = io.StringIO()
    failed, _ = runner.run(story, out=report.write)
    if failed:
        pytest.fail(report.getvalue(), pytrace=False)
