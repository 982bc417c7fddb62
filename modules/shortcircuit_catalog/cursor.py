# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""
Describe the columns of a result once.

Core 8.0 asks the description of the result for each of its rows, and psycopg
makes it anew each time: it was a sixth of the CPU of a week.
"""
from collections import namedtuple

from psycopg import Cursor

from trytond.backend.postgresql.database import LoggingCursor

Column = namedtuple('Column', [
        'name', 'type_code', 'display_size', 'internal_size', 'precision',
        'scale', 'null_ok'])


def install():
    LoggingCursor.description = property(_get_description)


def _get_description(cursor):
    result, description = getattr(cursor, '_described', (None, None))
    if result is None or result is not cursor.pgresult:
        description = Cursor.description.fget(cursor)
        # The columns compute what is asked of them each time
        description = description and [Column(*c) for c in description]
        cursor._described = cursor.pgresult, description
    return description
