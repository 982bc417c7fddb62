# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""
Describe the columns of a result once.

Core 8.0 asks the description of the result for each of its rows, and psycopg
makes it anew each time: it was a sixth of the CPU of a week.
"""
from collections import namedtuple

import psycopg

from trytond.backend.postgresql.database import LoggingCursor

Column = namedtuple('Column', [
        'name', 'type_code', 'display_size', 'internal_size', 'precision',
        'scale', 'null_ok'])
# By what PostgreSQL tells of them: the models have as many names
_columns = {}


def install():
    LoggingCursor.description = property(_get_description)


def _get_description(cursor):
    described, description = getattr(cursor, '_described', (None, None))
    result = cursor.pgresult
    if result is None or not result.nfields:
        return psycopg.Cursor.description.fget(cursor)
    if result is not described:
        description = [
            _get_column(cursor, result, i) for i in range(result.nfields)]
        cursor._described = result, description
    return description


def _get_column(cursor, result, index):
    key = (
        result.fname(index), result.ftype(index), result.fmod(index),
        result.fsize(index))
    if key not in _columns:
        # Of psycopg, it computes what is asked of it each time
        _columns[key] = Column(*psycopg.Column(cursor, index))
    return _columns[key]
