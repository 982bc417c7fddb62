# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The fields that are a part of a whole: from 0 to 1, with 4 digits"

from trytond.model import fields
from trytond.pyson import Equal, Eval


def proportion(string, help='', **options):
    return fields.Numeric(string, digits=(1, 4), help=help, **options)


def computed(name, string, help=''):
    """
    Return a proportion that is hidden as long as there is none.

    A list would show its sign alone.
    """
    return proportion(
        string, help=help, states={
            'invisible': is_empty(name),
            })


def is_empty(name):
    "Return the PYSON that a figure is missing, which zero is not"
    return Equal(Eval(name, None), None)


def percentage(string):
    "Return what a graph, which knows no factor, shows of a proportion"
    return fields.Numeric(string, digits=(3, 2))


def domain(name):
    "Return the domain of the proportion of that name, which may be empty"
    return ['OR',
        (name, '=', None),
        [
            (name, '>=', 0),
            (name, '<=', 1),
            ],
        ]
