# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What is local for a canteen"

import math
import unicodedata
from collections import namedtuple

from trytond.modules.shortcircuit_catalog.geolocation import great_circle

from .egalim import departments

# What local may mean (definition_local of the import schema)
DEFINITIONS = [
    (None, ""),
    ('PAT', "Territorial Food Project"),
    ('COMMUNE', "Municipality"),
    ('DEPARTEMENT', "Department"),
    ('REGION', "Region"),
    ('KM', "Distance"),
    ]

Place = namedtuple(
    'Place', ['municipality', 'department', 'projects', 'coordinates'],
    defaults=[None, None, frozenset(), None])


def prove(definition, km, producer, canteen):
    """
    Return what makes a producer local for a canteen, None if nothing does.

    definition is one of DEFINITIONS, km the longest distance of KM, and the
    others are places: the municipality is written with its postal code, the
    department is a code of INSEE, the projects are a set of names, the
    coordinates a tuple of degrees. The proof is the project, municipality,
    department or region they share or, as the crow flies and rounded up, the
    kilometres between them. A place that lacks what the definition compares
    is not local.
    """
    if definition == 'PAT':
        return min(producer.projects & canteen.projects, default=None)
    elif definition == 'COMMUNE':
        if (producer.municipality
                and _normalize(producer.municipality)
                == _normalize(canteen.municipality)):
            return canteen.municipality
    elif definition == 'DEPARTEMENT':
        return _same(producer.department, canteen.department)
    elif definition == 'REGION':
        return _same(_region(producer), _region(canteen))
    elif definition == 'KM' and producer.coordinates and canteen.coordinates:
        distance = math.ceil(great_circle(
                producer.coordinates, canteen.coordinates))
        if distance <= km:
            return f'{distance} km'


def department(postal_code):
    """
    Return the code of INSEE of the department of a postal code.

    It is None if postal_code is not one of France. The few municipalities
    served by the post office of another department are in this one.
    """
    code = (postal_code or '').strip()
    if len(code) != 5 or not code.isdigit():
        return None
    if code.startswith('20'):
        return '2A' if code < '20200' else '2B'
    prefix = code[:3] if code.startswith(('97', '98')) else code[:2]
    return prefix if prefix in departments() else None


def _region(place):
    region, _ = departments().get(place.department, (None, None))
    return region


def _same(value, other):
    return value if value and value == other else None


def _normalize(text):
    decomposed = unicodedata.normalize('NFKD', text or '')
    letters = ''.join(c for c in decomposed if not unicodedata.combining(c))
    return ' '.join(letters.replace('-', ' ').casefold().split())
