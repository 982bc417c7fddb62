# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Read the spreadsheet of a mercuriale that a buyer filled.

No model is used here: what the rows mean is found by who knows the mercuriale.
"""
from collections import namedtuple
from io import BytesIO
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from . import tabular

# More than any mercuriale needs
MAX_BYTES = 4 * 1024 ** 2
MAX_QUANTITY = 10 ** 6
# What tells the row of the names of the columns from all the others
KEYS = {'line', 'product', 'unit_price', 'quantity'}

OrderFile = namedtuple('OrderFile', 'number rows letters')
OrderFile.__doc__ = """A filled spreadsheet.

number is the one of the mercuriale, rows is a list of Row, letters is a
dictionary of name of column to its letter.
"""
Row = namedtuple('Row', 'number line product unit_price quantity')
Row.__doc__ = """A row that has a quantity, its number as in the spreadsheet.

line is the id of the line of the mercuriale or None if it is unreadable, the
others are texts.
"""


class FileError(ValueError):
    "The file is none of ours; its argument is the reason as a word"


class QuantityError(ValueError):
    "The quantity is unreadable; its argument is the reason as a word"


def read_order(content):
    """
    Read the rows of a filled spreadsheet that have a quantity.

    content is bytes. Return an OrderFile. Raise FileError if the content is
    no table (format, size) or not of a mercuriale (number, columns).
    """
    if len(content) > MAX_BYTES:
        raise FileError('size')
    try:
        table = tabular.read(content)
    except tabular.TableError as error:
        raise FileError('format') from error
    names_row, columns = _find_columns(table)
    if table[0][0] != 1 or not table[0][1][0]:
        raise FileError('number')
    formulas = _find_formulas(content, columns['quantity'] + 1)
    rows = []
    for number, cells in table:
        # Their titles follow the names
        if number > names_row + 1:
            cells = {
                n: cells[i] if i < len(cells) else ''
                for n, i in columns.items()}
            quantity = cells['quantity'] or formulas.get(number)
            if quantity:
                rows.append(Row(
                        number, _id(cells['line']), cells['product'],
                        cells['unit_price'], quantity))
    return OrderFile(table[0][1][0], rows, {
            name: get_column_letter(i + 1) for name, i in columns.items()})


def _find_columns(table):
    "Return the number of the row of the names, and the columns by name"
    for number, cells in table:
        if KEYS <= set(cells):
            return number, {name: cells.index(name) for name in KEYS}
    raise FileError('columns')


def _find_formulas(content, column):
    """
    Return by row the formulas and errors of a column.

    What computes them may not have kept their values, so that they look
    empty. Only XLSX needs it.
    """
    try:
        workbook = load_workbook(BytesIO(content), read_only=True)
        sheet = workbook.worksheets[0]
        return {
            cell.row: str(cell.value)
            for cell, in sheet.iter_rows(min_col=column, max_col=column)
            if cell.value is not None and cell.data_type in {'e', 'f'}}
    except (BadZipFile, KeyError, IndexError):
        return {}


def _id(text):
    return int(text) if text.isascii() and text.isdigit() else None


def read_quantity(text):
    """
    Return the quantity that a text writes, as float.

    Raise QuantityError if it is no number (number), negative (negative) or
    absurd (size).
    """
    try:
        quantity = tabular.number(text)
    except ValueError as error:
        raise QuantityError('number') from error
    if quantity < 0:
        raise QuantityError('negative')
    if quantity > MAX_QUANTITY:
        raise QuantityError('size')
    return float(quantity)


def read_price(text):
    "Return the price that a text writes, None if it is no number"
    try:
        return tabular.number(text)
    except ValueError:
        return None
