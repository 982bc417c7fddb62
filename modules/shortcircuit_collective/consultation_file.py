# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Read and fill the price schedules and estimates of the public buyers.

No model is used here: what the cells mean is found by who knows the lot.
"""
from collections import namedtuple
from io import BytesIO
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.cell.cell import MergedCell

from trytond.modules.shortcircuit_catalog import tabular
from trytond.modules.shortcircuit_catalog.mercuriale_sheet import write_text

MAX_BYTES = 4 * 1024 ** 2
# How the buyers name the columns, folded: the name starts with one of these
COLUMNS = {
    'required_labels': [
        'labelexige', 'labelsexige', 'labeldemande', 'labelsdemande',
        'labelrequis', 'labelsrequis', 'requiredlabel', 'exigence'],
    'number': [
        'reference', 'ref', 'n°', 'numero', 'no.', 'number', 'code',
        'article', 'poste'],
    'name': [
        'designation', 'libelle', 'denomination', 'produit', 'description',
        'specification', 'nature'],
    'unit_price': [
        'prixunitaireht', 'puht', 'p.u.ht', 'prixht', 'prixunitaire', 'pu',
        'p.u', 'unitprice'],
    'tax': ['tauxdetva', 'tauxtva', 'tva', 'vat'],
    'quantity': ['quantite', 'qte', 'estimatedquantity', 'quantity'],
    'unit': ['unite', 'unit', 'conditionnement', 'udm'],
    'label': ['label', 'siqo', 'signedequalite', 'signesdequalite'],
    }
REQUIRED = ['name', 'unit']

Schedule = namedtuple('Schedule', 'header columns rows')
Schedule.__doc__ = """A table of a buyer.

header is the number of the row of the titles, columns a dictionary of name to
(index from 0, title), rows a list of (row number, dictionary of name to text).
"""


class FileError(ValueError):
    "The file is no price schedule; its argument is the reason as a word"


def read_schedule(content, sheet=None):
    """
    Read the rows that ask for something in the file of a buyer.

    content is bytes that tabular.read takes, sheet the name of the sheet to
    read if there is one of it, else the first is. The titles are on the first
    row that has those required. The rows without unit nor quantity, nor both
    reference and designation, are headings and totals, which are left out.
    Return a Schedule.
    Raise FileError (size, columns) or TableError.
    """
    if len(content) > MAX_BYTES:
        raise FileError('size')
    header, columns = None, None
    rows = []
    for number, cells in tabular.read(content, sheet=sheet):
        if not columns:
            found = find_columns(cells)
            if all(n in found for n in REQUIRED):
                header, columns = number, found
            continue
        row = {
            n: cells[i] if i < len(cells) else ''
            for n, (i, _) in columns.items()}
        if (row['unit'] or row.get('quantity')
                or (row.get('number') and row['name'])):
            rows.append((number, row))
    if not columns:
        raise FileError('columns')
    return Schedule(header, columns, rows)


def find_columns(cells):
    """
    Find what the titles of a row name.

    Return a dictionary of name of COLUMNS to (index, title). The first title
    of each is taken, and a title is of one column only.
    """
    folded = [tabular.fold(c) for c in cells]
    columns, taken = {}, set()
    for name, starts in COLUMNS.items():
        for start in starts:
            index = next((
                    i for i, title in enumerate(folded)
                    if i not in taken and title.startswith(start)), None)
            if index is not None:
                columns[name] = (index, cells[index])
                taken.add(index)
                break
    return columns


def fill_schedule(content, sheet, values):
    """
    Write the answers in the file of a buyer and return it.

    content is the bytes of an XLSX file, as read_schedule reads it. values is
    a dictionary of row number to a dictionary of name of column to what is
    written there; the names that the file does not have are left out, and all
    the other cells are kept. Raise FileError (format) if it is no XLSX.
    """
    schedule = read_schedule(content, sheet)
    try:
        workbook = load_workbook(BytesIO(content))
    except (BadZipFile, KeyError, ValueError):
        raise FileError('format')
    table = (workbook[sheet] if sheet in workbook.sheetnames
        else workbook.worksheets[0])
    for row, answers in values.items():
        for name, value in answers.items():
            if name in schedule.columns and value is not None:
                index, _ = schedule.columns[name]
                _write(table.cell(row, index + 1), name, value)
    filled = BytesIO()
    workbook.save(filled)
    return filled.getvalue()


def _write(cell, name, value):
    # What is merged into another cell cannot be written
    if isinstance(cell, MergedCell):
        return
    if isinstance(value, str):
        write_text(cell, value)
    else:
        cell.value = value
        if name == 'tax' and cell.number_format == 'General':
            cell.number_format = '0.0#%'
