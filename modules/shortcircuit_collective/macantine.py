# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The files that the State's platform ma cantine imports"

import csv
import io
import json
from decimal import Decimal

from trytond.tools import file_open

# CSV_IMPORT_MAX_SIZE of the platform, in bytes
MAX_SIZE = 10 * 1024 * 1024


def columns(schema):
    """
    Return the names of the columns of a table schema, in its order.

    schema is the name of a file of data/ without extension.
    """
    with file_open(
            f'shortcircuit_collective/data/{schema}.json',
            encoding='utf-8') as file:
        return [f['name'] for f in json.load(file)['fields']]


def write(schema, rows):
    """
    Return the files of the rows: CSV with commas in UTF-8.

    rows are dictionaries of column to text, empty where missing. Return a
    list of tuples: the bytes of a file, at most MAX_SIZE of them with the
    header, and the number of its rows. Raise ValueError if a row has a column
    that the schema has not.
    """
    names = columns(schema)
    header = _line(names)
    files = []
    for row in rows:
        if unknown := row.keys() - set(names):
            raise ValueError(f"unknown columns: {sorted(unknown)}")
        line = _line(row.get(n, '') for n in names)
        if not files or files[-1][1] + len(line) > MAX_SIZE:
            files.append([[header], len(header)])
        lines, size = files[-1]
        lines.append(line)
        files[-1][1] = size + len(line)
    return [(b''.join(lines), len(lines) - 1) for lines, _ in files]


def _line(cells):
    file = io.StringIO(newline='')
    csv.writer(file).writerow(cells)
    return file.getvalue().encode('utf-8')


def net(amounts):
    """
    Deduct what came back from what was delivered of the same thing.

    amounts is a dictionary of date to Decimal, negative when more came back
    than was delivered that day. What came back is taken off the last
    deliveries before it, then off the following ones. Return a dictionary of
    date to positive amount with the same sum because the platform refuses
    negative purchases. Raise ValueError if the sum is negative.
    """
    if sum(amounts.values()) < 0:
        raise ValueError("more came back than was delivered")
    amounts = dict(sorted(amounts.items()))
    returned = Decimal(0)
    for dates in [reversed(list(amounts)), list(amounts)]:
        for date in dates:
            amount = amounts[date] + returned
            amounts[date] = max(amount, Decimal(0))
            returned = min(amount, Decimal(0))
    return {d: a for d, a in amounts.items() if a}
