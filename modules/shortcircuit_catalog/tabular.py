# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

"""Read the tables that people keep, as text, whatever the spreadsheet.

No model is used here. A cell is read as what is written in it: a formula in a
CSV file stays the text that it is.
"""
import csv
import datetime as dt
import io
import unicodedata
from decimal import Decimal, InvalidOperation

from python_calamine import CalamineError, CalamineWorkbook

DELIMITERS = ',;\t'
# How many errors a person can read at once
MAX_ERRORS = 50
# How XLSX and ODS files start, for they are both ZIP archives
_ZIP = b'PK\x03\x04'


class TableError(ValueError):
    """What is wrong with a file: (name of a message, its variables)."""

    def __init__(self, name, row=None, **variables):
        super().__init__(name)
        self.name = name
        self.row = row
        self.variables = variables


def read(content, sheet=None):
    """
    Read the rows of a table.

    content is the bytes of a CSV file in UTF-8 (with or without byte order
    mark, separated by commas, semicolons or tabs) or of an XLSX or ODS file,
    of which the sheet of that name is read if there is one, else the first.
    Return a list of tuples (row number, list of str), from 1, without the
    blank rows: the cells are stripped, numbers are written with a point and
    dates as YYYY-MM-DD.
    Raise TableError if the file is none of these.
    """
    if content.startswith(_ZIP):
        rows = _read_workbook(content, sheet)
    else:
        rows = _read_csv(content)
    return [(i, cells) for i, cells in enumerate(rows, 1) if any(cells)]


def _read_csv(content):
    try:
        text = content.decode('utf-8-sig')
    except UnicodeDecodeError as error:
        raise TableError(
            'encoding', row=content[:error.start].count(b'\n') + 1)
    if '\0' in text:
        raise TableError('format')
    first, _, _ = text.partition('\n')
    reader = csv.reader(
        io.StringIO(text, newline=''), strict=True,
        delimiter=max(DELIMITERS, key=first.count))
    try:
        return [[c.strip() for c in cells] for cells in reader]
    except csv.Error:
        raise TableError('quotes', row=reader.line_num)


def _read_workbook(content, sheet):
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        name = sheet if sheet in workbook.sheet_names else (
            workbook.sheet_names[0])
        rows = workbook.get_sheet_by_name(name).to_python(
            skip_empty_area=False)
    except (CalamineError, OSError, IndexError):
        raise TableError('format')
    return [[_text(c) for c in cells] for cells in rows]


def _text(cell):
    if isinstance(cell, dt.datetime):
        cell = cell.date()
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell).strip()


def fold(text):
    "Return the text as it is compared: without case, accents nor spaces"
    decomposed = unicodedata.normalize('NFKD', text.casefold())
    return ''.join(
        c for c in decomposed
        if not unicodedata.combining(c) and not c.isspace())


def number(text):
    """
    Return the Decimal that a text writes, with a comma or a point.

    Blanks, also those that do not break, may separate the thousands.
    Raise ValueError if it is not a finite number.
    """
    digits = ''.join(text.split())
    try:
        value = Decimal(digits.replace(',', '.', 1))
    except InvalidOperation:
        raise ValueError(text)
    if not value.is_finite() or 'e' in digits.lower() or '_' in digits:
        raise ValueError(text)
    return value


def date(text):
    """
    Return the date that a text writes as YYYY-MM-DD or DD/MM/YYYY.

    Raise ValueError otherwise.
    """
    if '/' in text:
        return dt.datetime.strptime(text, '%d/%m/%Y').date()
    return dt.date.fromisoformat(text)


def boolean(text, true=('oui', 'yes', 'x', '1', 'vrai', 'true'),
        false=('', 'non', 'no', '0', 'faux', 'false')):
    "Return the boolean that a text writes, raise ValueError if it is none"
    folded = fold(text)
    if folded not in {*true, *false}:
        raise ValueError(text)
    return folded in true
