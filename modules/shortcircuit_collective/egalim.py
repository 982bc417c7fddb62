# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"How the State counts a purchase for EGAlim"

import csv
import datetime as dt
from functools import lru_cache

from trytond.tools import file_open

# The labels (categories_egalim of the import schema) in the order of
# precedence of the State with the class each one counts in: a purchase
# counts once, by its first label (betagouv/ma-cantine v2026.39.1,
# data/models/purchase.py and APPRO_LABELS_EGALIM of data/models/diagnostic.py)
PRECEDENCE = {
    'BIO': 'bio',
    'LABEL_ROUGE': 'label_rouge',
    'AOCAOP': 'aocaop_igp_stg',
    'IGP': 'aocaop_igp_stg',
    'STG': 'aocaop_igp_stg',
    'HVE': 'hve',
    'PECHE_DURABLE': 'peche_durable',
    'RUP': 'rup',
    'COMMERCE_EQUITABLE': 'commerce_equitable',
    'FERMIER': 'fermier',
    'EXTERNALITES': 'externalites',
    'PERFORMANCE': 'performance',
    }

# The classes are named as in the columns of the detailed declaration
CLASSES = [
    ('bio', "Organic"),
    ('label_rouge', "Label Rouge"),
    ('aocaop_igp_stg', "AOC / AOP, IGP, STG"),
    ('hve', "High Environmental Value"),
    ('peche_durable', "Sustainable Fishing"),
    ('rup', "Outermost Region"),
    ('commerce_equitable', "Fair Trade"),
    ('fermier', "Farmhouse"),
    ('externalites', "Externalities"),
    ('performance', "Environmental Performance"),
    ('non_egalim', "Not EGAlim"),
    ]

# The groups of the simple declaration in their order of precedence
# (APPRO_LABELS_GROUPS_MAPPING of data/models/diagnostic.py)
GROUPS = {
    'bio': ['bio'],
    'siqo': ['label_rouge', 'aocaop_igp_stg'],
    'other': [
        'hve', 'peche_durable', 'rup', 'commerce_equitable', 'fermier'],
    'externality': ['externalites', 'performance'],
    }

# The families of the target of meat and fish
MEAT_FISH = ['VIANDES_VOLAILLES', 'PRODUITS_DE_LA_MER']

ORIGINS = [
    (None, ""),
    ('FRANCE', "France"),
    ('EUROPE', "Europe"),
    ]

# The territories of the law by what it asks from them: hexagone for mainland
# France, the groups are of overseas
TERRITORIES = [
    ('hexagone', "Mainland France"),
    ('group1', "Guadeloupe, French Guiana, Martinique, Réunion, "
        "Saint-Martin"),
    ('group2', "Mayotte"),
    ('group3', "Saint-Pierre-et-Miquelon"),
    ]


def join_labels(labels):
    """
    Write the labels as the State reads them: BIO,AOCAOP

    labels is an iterable of codes, in any order and repeated or not.
    Return them in order of precedence, without blanks because the platform
    does not trim them.
    """
    labels = set(labels)
    return ','.join(label for label in PRECEDENCE if label in labels)


def classify(labels):
    """
    Return the class in which the State counts a purchase.

    labels is an iterable of codes of PRECEDENCE.
    """
    labels = set(labels)
    return next(
        (class_ for label, class_ in PRECEDENCE.items() if label in labels),
        'non_egalim')


def origin(country, date):
    """
    Return the origin the State knows for a country on a date.

    country is an ISO 3166-1 alpha-2 code or None. Return FRANCE (its overseas
    territories included), EUROPE for the other members of the European
    Economic Area or None. The countries are those of data/origins.csv.
    """
    for name, start_date, end_date in _origins().get(country, []):
        if start_date <= date <= end_date:
            return name


@lru_cache(maxsize=1)
def _origins():
    origins = {}
    with file_open(
            'shortcircuit_collective/data/origins.csv',
            encoding='utf-8') as file:
        for row in csv.DictReader(file):
            origins.setdefault(row['country'], []).append((
                    row['origin'],
                    _date(row['start_date'], dt.date.min),
                    _date(row['end_date'], dt.date.max)))
    return origins


def territory(department):
    """
    Return the territory whose targets a department has, of TERRITORIES.

    department is the code of INSEE. Those that are not in
    data/departments.csv are taken as mainland France.
    """
    _, territory = departments().get(department, (None, 'hexagone'))
    return territory


@lru_cache(maxsize=1)
def departments():
    "Return the tuple of region and territory by department, as INSEE codes"
    with file_open(
            'shortcircuit_collective/data/departments.csv',
            encoding='utf-8') as file:
        return {
            row['department']: (row['region'], row['territory'])
            for row in csv.DictReader(file)}


@lru_cache(maxsize=1)
def origin_rules():
    """
    Return what the declaration counts as French and as European.

    It is a list of dictionaries from the last year of purchases to the first
    one: the year from which the rule holds, and the sets of what is enough to
    be counted, among FRANCE, EUROPE, CIRCUIT_COURT and LOCAL: france for most
    families, meat_fish_france for those of MEAT_FISH, europe. They are those
    of data/origin_rules.csv.
    """
    with file_open(
            'shortcircuit_collective/data/origin_rules.csv',
            encoding='utf-8') as file:
        return sorted(({
                    'year': int(row['year']),
                    **{n: frozenset(row[n].split())
                        for n in ['france', 'meat_fish_france', 'europe']},
                    } for row in csv.DictReader(file)),
            key=lambda r: r['year'], reverse=True)


def origin_rule(year):
    "Return the rule of origin_rules for a year of purchases"
    return next(r for r in origin_rules() if r['year'] <= year)


def _date(value, default):
    return dt.date.fromisoformat(value) if value else default
