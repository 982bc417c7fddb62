# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Read the spreadsheet of a mercuriale that a buyer filled.

No model is used here: what the rows mean is found by who knows the mercuriale.
"""
import re
from collections import namedtuple
from decimal import Decimal, InvalidOperation
from io import BytesIO
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from python_calamine import CalamineError, CalamineWorkbook

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

line is the id of the line of the mercuriale or None if it is unreadable,
product a text, unit_price and quantity are as read.
"""


class FileError(ValueError):
    "The file is none of ours; its argument is the reason as a word"


class QuantityError(ValueError):
    "The quantity is unreadable; its argument is the reason as a word"


def read_order(content):
    """
    Read the rows of a filled spreadsheet, XLSX or ODS, that have a quantity.

    content is bytes. Return an OrderFile. Raise FileError if the content is
    no spreadsheet (format, size) or not of a mercuriale (number, columns).
    """
    values = _read_values(content)
    names_row, columns = _find_columns(values)
    letters = {
        name: get_column_letter(index + 1) for name, index in columns.items()}
    number = _text(values[0][0])
    if not number:
        raise FileError('number')
    formulas = _find_formulas(content, columns['quantity'] + 1)
    rows = []
    for index, cells in enumerate(values[names_row + 2:], names_row + 3):
        quantity = cells[columns['quantity']]
        if quantity in {'', None} and index in formulas:
            quantity = formulas[index]
        if _text(quantity):
            rows.append(Row(
                    index, _id(cells[columns['line']]),
                    _text(cells[columns['product']]),
                    cells[columns['unit_price']], quantity))
    return OrderFile(number, rows, letters)


def _read_values(content):
    if len(content) > MAX_BYTES:
        raise FileError('size')
    try:
        workbook = CalamineWorkbook.from_filelike(BytesIO(content))
        sheet = workbook.get_sheet_by_index(0)
        values = sheet.to_python(skip_empty_area=False)
    except (CalamineError, IndexError, OSError) as error:
        raise FileError('format') from error
    if not values:
        raise FileError('columns')
    return values


def _find_columns(values):
    "Return the index of the row of the names, and theirs"
    for index, cells in enumerate(values):
        columns = {
            cell: i for i, cell in enumerate(cells) if isinstance(cell, str)}
        if KEYS <= columns.keys():
            return index, {name: columns[name] for name in KEYS}
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
            cell.row: cell.value
            for cell, in sheet.iter_rows(min_col=column, max_col=column)
            if cell.value is not None and cell.data_type in {'e', 'f'}}
    except (BadZipFile, KeyError, IndexError):
        return {}


def _text(value):
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip() if value is not None else ''


def _id(value):
    text = _text(value)
    return int(text) if text.isascii() and text.isdigit() else None


def read_quantity(value):
    """
    Return a quantity as float from the value of a cell.

    A number may be typed as text, with spaces, and a point or a comma before
    its decimals. Raise QuantityError if it is no number (number), negative
    (negative) or absurd (size).
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        quantity = Decimal(repr(value))
    elif isinstance(value, str):
        text = re.sub(r'\s', '', value)
        if not re.fullmatch(r'[+-]?\d+([.,]\d*)?', text, re.ASCII):
            raise QuantityError('number')
        quantity = Decimal(text.replace(',', '.').rstrip('.'))
    else:
        raise QuantityError('number')
    if not quantity.is_finite():
        raise QuantityError('number')
    if quantity < 0:
        raise QuantityError('negative')
    if quantity > MAX_QUANTITY:
        raise QuantityError('size')
    return float(quantity)


def read_price(value):
    "Return the price as Decimal, None if it is no number"
    try:
        price = Decimal(repr(value) if isinstance(value, (int, float))
            else str(value).strip().replace(',', '.'))
    except InvalidOperation:
        return
    return price if price.is_finite() else None
