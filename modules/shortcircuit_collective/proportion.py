# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The fields that are a part of a whole: from 0 to 1, with 4 digits"

from trytond.model import fields


def proportion(string, help='', **options):
    return fields.Numeric(string, digits=(1, 4), help=help, **options)


def domain(name):
    "Return the domain of the proportion of that name, which may be empty"
    return ['OR',
        (name, '=', None),
        [
            (name, '>=', 0),
            (name, '<=', 1),
            ],
        ]
