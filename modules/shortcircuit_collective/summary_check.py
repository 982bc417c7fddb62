# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What the State's platform refuses in the summary of a year"

from collections import defaultdict

from . import egalim
from .summary import FAIR, GROUP_COLUMNS, is_applicable, split

EGALIM = ['bio', *GROUP_COLUMNS]
CLASSES = [c for c, _ in egalim.CLASSES if c != 'non_egalim']
TOTAL = 'valeur_totale'
MEAT_FISH = [family.lower() for family in egalim.MEAT_FISH]


def check(amounts, year, today):
    """
    Return what the platform would refuse in the summary of a year.

    amounts are those of summary.summarize, today is when it is imported. The
    rules are those of data/validators/diagnostic.py of ma cantine, version
    2026.39.1. Return a list of tuples: the name of the message of the error
    and the dictionary of what it says, empty if the file would be accepted.
    """
    if not today.year - 1 <= year <= today.year + 1:
        return [('year', {'year': year})]
    errors = []
    for rule in [_cells, _total, _sums, _parts, _meat_fish]:
        errors.extend(rule(amounts))
    return errors


def _cells(amounts):
    for column, amount in amounts.items():
        if amount is not None and amount < 0:
            yield 'negative', {'column': column, 'amount': amount}
        if amount and not is_applicable(*split(column)):
            yield 'applicable', {'column': column, 'amount': amount}


def _total(amounts):
    total = amounts[TOTAL]
    if total <= 0:
        yield 'total', {}
    for column, amount in amounts.items():
        if (amount or 0) > total:
            yield _exceeds(column, amount, TOTAL, total)


def _sums(amounts):
    "The sum of a label over the families, and of all those that count"
    total = amounts[TOTAL]
    sums = defaultdict(int)
    for column, amount in amounts.items():
        family, measure = split(column)
        if family and measure:
            sums[measure] += amount or 0
    for measure, amount in sums.items():
        if amount > total:
            yield _exceeds(f'valeur_*_{measure}', amount, TOTAL, total)
    amount = _egalim(amounts, sums)
    if amount > total:
        yield _exceeds(
            ' + '.join(_egalim_columns(amounts)), amount, TOTAL, total)


def _egalim_columns(amounts):
    if 'valeur_bio' in amounts:
        return [f'valeur_{measure}' for measure in EGALIM]
    return [f'valeur_*_{class_}' for class_ in CLASSES]


def _egalim(amounts, sums):
    if 'valeur_bio' in amounts:
        return sum(amounts[f'valeur_{m}'] or 0 for m in EGALIM)
    return sum(sums[class_] for class_ in CLASSES)


def _parts(amounts):
    "What is a part of another column"
    for column, amount in amounts.items():
        if column.endswith(FAIR):
            whole = column.removesuffix(FAIR)
            if (amount or 0) > (amounts[whole] or 0):
                yield _exceeds(column, amount, whole, amounts[whole])
    for family in MEAT_FISH:
        whole = f'valeur_{family}'
        for measure in ['egalim', 'france']:
            column = f'{whole}_{measure}'
            if (amounts.get(column) or 0) > (amounts[whole] or 0):
                yield _exceeds(
                    column, amounts[column], whole, amounts[whole])


def _meat_fish(amounts):
    columns = [f'valeur_{family}_egalim' for family in MEAT_FISH]
    if not all(c in amounts for c in columns):
        return
    part = sum(amounts[c] or 0 for c in columns)
    whole = _egalim(amounts, {})
    if part > whole:
        yield _exceeds(
            ' + '.join(columns), part,
            ' + '.join(_egalim_columns(amounts)), whole)


def _exceeds(column, amount, whole, limit):
    return 'exceeds', {
        'column': column,
        'amount': amount,
        'whole': whole,
        'limit': limit or 0,
        }
