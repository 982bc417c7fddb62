# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The mercuriale as a spreadsheet to fill"

from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from trytond.i18n import gettext
from trytond.pool import Pool
from trytond.report import Report
from trytond.transaction import without_check_access

# The columns: what the import finds them by, and their width
COLUMNS = [
    ('line', 8),
    ('family', 18),
    ('product', 34),
    ('producers', 30),
    ('labels', 24),
    ('origin', 24),
    ('unit', 7),
    ('case_quantity', 9),
    ('multiple', 9),
    ('minimum', 9),
    ('unit_price', 10),
    ('quantity', 11),
    ('amount', 12),
    ]
LETTERS = {
    name: get_column_letter(i) for i, (name, _) in enumerate(COLUMNS, 1)}
# The number of the mercuriale is in the first cell, hidden as all the column;
# the names of the columns are in a hidden row above their titles
NAMES_ROW, TITLES_ROW = 5, 6
FIRST_ROW = TITLES_ROW + 1

GREEN = 'FF2F5D3A'
TO_FILL = PatternFill('solid', fgColor='FFFFF6D6')


class MercurialeSheet(Report):
    __name__ = 'shortcircuit.mercuriale.sheet'

    @classmethod
    def _execute(cls, records, header, data, action):
        pool = Pool()
        Mercuriale = pool.get('shortcircuit.mercuriale')
        record, = records
        # What is written of the producers is their names and labels
        with without_check_access():
            return 'xlsx', cls.get_workbook(Mercuriale(int(record)))

    @classmethod
    def get_workbook(cls, mercuriale):
        "Return the content of the file"
        rows = [
            (family, row) for family, rows in mercuriale.get_sheet()
            for row in rows]
        workbook = Workbook()
        sheet = workbook.active
        sheet.title = gettext('shortcircuit_catalog.msg_sheet_title')
        last_row = FIRST_ROW + max(len(rows), 1) - 1
        cls._write_head(sheet, mercuriale, last_row)
        for number, (family, row) in enumerate(rows, FIRST_ROW):
            cls._write_row(sheet, number, family, row)
        cls._set_layout(sheet, last_row)
        cls._protect(sheet, last_row)
        content = BytesIO()
        workbook.save(content)
        return content.getvalue()

    @classmethod
    def _write_head(cls, sheet, mercuriale, last_row):
        write_text(sheet['A1'], mercuriale.number)
        for cell, text, font in [
                ('B1', mercuriale.channel.name,
                    Font(bold=True, size=16, color=GREEN)),
                ('B2', gettext(
                        'shortcircuit_catalog.msg_sheet_period',
                        number=mercuriale.number or '',
                        start_date=cls.format_date(mercuriale.start_date),
                        end_date=cls.format_date(mercuriale.end_date)), None),
                ('B3', gettext('shortcircuit_catalog.msg_sheet_help'),
                    Font(italic=True)),
                (f'{LETTERS["quantity"]}1', gettext(
                        'shortcircuit_catalog.msg_sheet_total'),
                    Font(bold=True)),
                ]:
            write_text(sheet[cell], text)
            if font:
                sheet[cell].font = font
        letter = LETTERS['amount']
        total = sheet[f'{letter}1']
        total.value = f'=SUM({letter}{FIRST_ROW}:{letter}{last_row})'
        total.font = Font(bold=True)
        total.number_format = '0.00'
        for name, _ in COLUMNS:
            write_text(sheet[f'{LETTERS[name]}{NAMES_ROW}'], name)
            title = sheet[f'{LETTERS[name]}{TITLES_ROW}']
            write_text(
                title, gettext(f'shortcircuit_catalog.msg_sheet_{name}'))
            title.font = Font(bold=True, color='FFFFFFFF')
            title.fill = PatternFill('solid', fgColor=GREEN)
            title.alignment = Alignment(vertical='center', wrap_text=True)

    @classmethod
    def _write_row(cls, sheet, number, family, row):
        line = row.line
        for name, text in [
                ('line', str(line.id)),
                ('family', family),
                ('product', line.product.rec_name),
                ('producers', ', '.join(n for n, _ in row.producers)),
                ('labels', ', '.join(dict.fromkeys(
                            label for _, labels in row.producers
                            for label in labels))),
                ('origin', row.origin),
                ('unit', line.piece_name or row.unit),
                ]:
            write_text(sheet[f'{LETTERS[name]}{number}'], text)
        for name in ['case_quantity', 'multiple', 'minimum', 'unit_price']:
            sheet[f'{LETTERS[name]}{number}'].value = getattr(line, name)
        price = f'{LETTERS["unit_price"]}{number}'
        sheet[price].number_format = '0.' + '0' * row.price_digits
        quantity = f'{LETTERS["quantity"]}{number}'
        amount = f'{LETTERS["amount"]}{number}'
        sheet[quantity].fill = TO_FILL
        if weight := line.product.piece_weight:
            price = f'{price}*{weight}'
        sheet[amount].value = (
            f'=IF(ISNUMBER({quantity}),ROUND({quantity}*{price},2),"")')
        sheet[amount].number_format = '0.00'

    @classmethod
    def _set_layout(cls, sheet, last_row):
        for name, width in COLUMNS:
            sheet.column_dimensions[LETTERS[name]].width = width
        sheet.column_dimensions[LETTERS['line']].hidden = True
        sheet.row_dimensions[NAMES_ROW].hidden = True
        sheet.row_dimensions[TITLES_ROW].height = 30
        sheet.freeze_panes = f'{LETTERS["producers"]}{FIRST_ROW}'
        sheet.auto_filter.ref = (
            f'{LETTERS["family"]}{TITLES_ROW}:{LETTERS["amount"]}{last_row}')
        sheet.print_title_rows = f'{TITLES_ROW}:{TITLES_ROW}'
        sheet.page_setup.orientation = 'landscape'
        sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True

    @classmethod
    def _protect(cls, sheet, last_row):
        "Let the quantities be typed and the rows be filtered, nothing else"
        letter = LETTERS['quantity']
        quantities = f'{letter}{FIRST_ROW}:{letter}{last_row}'
        for cell, in sheet[quantities]:
            cell.protection = Protection(locked=False)
        validation = DataValidation(
            'decimal', operator='greaterThanOrEqual', formula1='0',
            allow_blank=True, showErrorMessage=True,
            error=gettext('shortcircuit_catalog.msg_sheet_quantity_error'))
        validation.add(quantities)
        sheet.add_data_validation(validation)
        sheet.protection.sheet = True
        sheet.protection.autoFilter = False
        sheet.protection.formatColumns = False


def write_text(cell, text):
    "Write what never becomes a formula, whatever it starts with"
    cell.value = ILLEGAL_CHARACTERS_RE.sub('', text or '') or None
    if cell.value is not None:
        cell.data_type = 's'
        cell.quotePrefix = True
