# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The year of a canteen as the State's platform counts it"

from collections import namedtuple
from decimal import Decimal

from trytond.modules.shortcircuit_catalog.product import FAMILIES

from . import egalim, macantine

ZERO = Decimal('0.00')
# The families as the columns name them
COLUMN_FAMILIES = {code.lower(): code for code, _ in FAMILIES}
GROUP_COLUMNS = {
    'siqo': 'siqo',
    'egalim_autres': 'other',
    'externalites_performance': 'externality',
    }
FAIR = '_dont_commerce_equitable'
# The cells that mean nothing and stay empty (APPRO_FIELDS_NON_APPLICABLE of
# data/models/diagnostic.py of ma cantine): what the label does not apply to
_LABEL_FAMILIES = {
    'label_rouge': COLUMN_FAMILIES.keys() - {'boissons'},
    'peche_durable': {'produits_de_la_mer'},
    'fermier': {'viandes_volailles', 'charcuterie', 'produits_laitiers'},
    }

# What was delivered of a family with the same labels and origin: its codes
# are a set of the flags of data/origin_rules.csv, its amount is excl. tax
Purchase = namedtuple(
    'Purchase', ['family', 'labels', 'class_', 'flags', 'amount'])


def summarize(schema, purchases, year):
    """
    Return the amounts of the columns of a schema of annual summaries.

    schema is the name of a file of data/, purchases an iterable of Purchase
    of the year, which may repeat. Return a dictionary of column to Decimal
    with 2 digits, None for a cell that means nothing, in the order of the
    schema, without the columns of identity. Raise ValueError for a column
    that is not known: the schema is newer than the rules.
    """
    purchases = list(purchases)
    rule = egalim.origin_rule(year)
    amounts = {}
    for column in macantine.columns(schema):
        if not column.startswith('valeur_'):
            continue
        family, measure = split(column)
        counts = _condition(column, family, measure, rule)
        amount = sum((p.amount for p in purchases if counts(p)), ZERO)
        if not is_applicable(family, measure) and not amount:
            amount = None
        amounts[column] = amount
    return amounts


def split(column):
    """
    Return the family and the measure that the name of a column says.

    The family is None for those of all the families, the measure is empty
    for what is simply bought.
    """
    text = column.removeprefix('valeur_')
    for family in COLUMN_FAMILIES:
        if text == family:
            return family, ''
        if text.startswith(f'{family}_'):
            return family, text.removeprefix(f'{family}_')
    return None, '' if text == 'totale' else text


def is_applicable(family, measure):
    return not family or family in _LABEL_FAMILIES.get(
        measure, COLUMN_FAMILIES)


def _condition(column, family, measure, rule):
    "Return what tells if a purchase counts in the column"
    counts = _measure(column, measure, family, rule)
    if not family:
        return counts
    code = COLUMN_FAMILIES[family]
    return lambda p: p.family == code and counts(p)


def _measure(column, measure, family, rule):
    if not measure:
        return lambda p: True
    if measure.endswith(FAIR):
        counts = _measure(column, measure.removesuffix(FAIR), family, rule)
        return lambda p: 'COMMERCE_EQUITABLE' in p.labels and counts(p)
    if measure == 'egalim':
        return lambda p: p.class_ != 'non_egalim'
    if measure in {c for c, _ in egalim.CLASSES}:
        return lambda p: p.class_ == measure
    if measure in GROUP_COLUMNS:
        classes = egalim.GROUPS[GROUP_COLUMNS[measure]]
        return lambda p: p.class_ in classes
    if measure in {'circuit_court', 'local'}:
        return lambda p: measure.upper() in p.flags
    if measure in {'france', 'europe'}:
        name = measure
        if measure == 'france' and family and (
                COLUMN_FAMILIES[family] in egalim.MEAT_FISH):
            name = 'meat_fish_france'
        return lambda p: bool(rule[name] & p.flags)
    raise ValueError(f"unknown column: {column}")
