# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The price schedule and the estimate of a consultation, as spreadsheets"

from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from trytond.i18n import gettext
from trytond.modules.shortcircuit_catalog.mercuriale_sheet import (
    GREEN, write_text)
from trytond.pool import Pool
from trytond.report import Report
from trytond.transaction import check_access

from .consultation_file import FileError, fill_schedule
from .exceptions import ConsultationError

FIRST_ROW = 5
# Where the columns are and how wide, of both documents
SCHEDULE = [
    ('number', 12), ('name', 40), ('unit', 10), ('unit_price', 14),
    ('tax', 10), ('price_taxed', 14), ('required_labels', 22), ('label', 22),
    ('products', 34)]
ESTIMATE = [
    ('number', 12), ('name', 40), ('unit', 10), ('quantity', 14),
    ('unit_price', 14), ('tax', 10), ('amount', 14), ('amount_taxed', 14)]
FORMATS = {
    'unit_price': '0.00##', 'tax': '0.0#%', 'price_taxed': '0.00##',
    'amount': '#,##0.00', 'amount_taxed': '#,##0.00', 'quantity': '#,##0.###',
    }


class ScheduleSheet(Report):
    "The price schedule (BPU): the prices of the units"
    __name__ = 'shortcircuit.consultation.schedule'
    _columns = SCHEDULE
    _title = 'schedule'
    _totals = []

    @classmethod
    def _execute(cls, records, header, data, action):
        pool = Pool()
        Consultation = pool.get('shortcircuit.consultation')
        with check_access():
            Consultation.read([int(r) for r in records], ['id'])
        record, = records
        return 'xlsx', cls.get_workbook(Consultation(int(record)))

    @classmethod
    def get_workbook(cls, consultation):
        "Return the content of the file, with a sheet by lot answered"
        workbook = Workbook()
        workbook.remove(workbook.active)
        lots = consultation.answered_lots
        if not lots:
            raise ConsultationError(gettext(
                    'shortcircuit_collective.msg_consultation_empty',
                    consultation=consultation.rec_name))
        pool = Pool()
        Line = pool.get('shortcircuit.consultation.line')
        labels = Line.find_shown_labels([l for lot in lots for l in lot.lines])
        for lot in lots:
            cls._write_lot(workbook.create_sheet(lot.sheet_name), lot, labels)
        content = BytesIO()
        workbook.save(content)
        return content.getvalue()

    @classmethod
    def _write_lot(cls, sheet, lot, labels):
        consultation = lot.consultation
        for number, text in enumerate([
                    gettext('shortcircuit_collective'
                        f'.msg_consultation_{cls._title}'),
                    consultation.rec_name,
                    f'{lot.sheet_name} - {lot.name}'], 1):
            write_text(sheet.cell(number, 1), text)
            sheet.cell(number, 1).font = Font(
                bold=True, size=14 if number == 1 else 11, color=GREEN)
        cls._write_titles(sheet)
        row = FIRST_ROW
        for row, line in enumerate(lot.lines, FIRST_ROW):
            for name, value in cls._values(line, row, labels[line]).items():
                cls._write(sheet, row, name, value)
        cls._write_totals(sheet, row)
        cls._set_layout(sheet)

    @classmethod
    def _letters(cls):
        return {
            name: get_column_letter(i)
            for i, (name, _) in enumerate(cls._columns, 1)}

    @classmethod
    def _write_titles(cls, sheet):
        for number, (name, width) in enumerate(cls._columns, 1):
            cell = sheet.cell(FIRST_ROW - 1, number)
            write_text(cell, gettext(
                    f'shortcircuit_collective.msg_schedule_{name}'))
            cell.font = Font(bold=True, color='FFFFFFFF')
            cell.fill = PatternFill('solid', fgColor=GREEN)
            cell.alignment = Alignment(vertical='center', wrap_text=True)
            sheet.column_dimensions[get_column_letter(number)].width = width

    @classmethod
    def _values(cls, line, row, labels):
        "Return what is written of a line by name of column"
        letters = cls._letters()
        values = {
            'number': line.number,
            'name': line.name,
            'unit': line.unit.symbol,
            'quantity': line.quantity,
            'unit_price': line.unit_price,
            'tax': line.tax_rate,
            'required_labels': ', '.join(l.rec_name for l in line.labels),
            'label': ', '.join(l.rec_name for l in labels),
            'products': ', '.join(p.rec_name for p in line.products),
            }
        price, tax = (f'{letters[n]}{row}' for n in ['unit_price', 'tax'])
        values['price_taxed'] = f'=ROUND({price}*(1+{tax}),4)'
        if 'quantity' in letters:
            amount = f'{letters["amount"]}{row}'
            values['amount'] = f'=ROUND({letters["quantity"]}{row}*{price},2)'
            values['amount_taxed'] = f'=ROUND({amount}*(1+{tax}),2)'
        return {n: v for n, v in values.items() if n in letters}

    @classmethod
    def _write(cls, sheet, row, name, value):
        cell = sheet[f'{cls._letters()[name]}{row}']
        if name in FORMATS:
            cell.value = value
            cell.number_format = FORMATS[name]
        else:
            write_text(cell, value)
            cell.alignment = Alignment(vertical='top', wrap_text=True)

    @classmethod
    def _write_totals(cls, sheet, last_row):
        letters = cls._letters()
        for name in cls._totals:
            letter = letters[name]
            cls._write(
                sheet, last_row + 1, name,
                f'=SUM({letter}{FIRST_ROW}:{letter}{last_row})')
            sheet[f'{letter}{last_row + 1}'].font = Font(bold=True)
        if cls._totals:
            title = sheet[f'{letters["name"]}{last_row + 1}']
            write_text(title, gettext(
                    'shortcircuit_collective.msg_schedule_total'))
            title.font = Font(bold=True)

    @classmethod
    def _set_layout(cls, sheet):
        sheet.row_dimensions[FIRST_ROW - 1].height = 30
        sheet.freeze_panes = f'C{FIRST_ROW}'
        sheet.print_title_rows = f'{FIRST_ROW - 1}:{FIRST_ROW - 1}'
        sheet.page_setup.orientation = 'landscape'
        sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True


class EstimateSheet(ScheduleSheet):
    "The estimate (DQE): what the estimated quantities cost"
    __name__ = 'shortcircuit.consultation.estimate'
    _columns = ESTIMATE
    _title = 'estimate'
    _totals = ['amount', 'amount_taxed']


class FilledSheet(Report):
    "The file of the buyer with the answers in it"
    __name__ = 'shortcircuit.consultation.filled'

    @classmethod
    def _execute(cls, records, header, data, action):
        pool = Pool()
        Lot = pool.get('shortcircuit.consultation.lot')
        with check_access():
            Lot.read([int(r) for r in records], ['id'])
        record, = records
        return 'xlsx', cls.get_workbook(Lot(int(record)))

    @classmethod
    def get_workbook(cls, lot):
        "Return the file with the lot, and the others that it has, filled"
        content = lot.file
        if not content:
            raise ConsultationError(gettext(
                    'shortcircuit_collective.msg_consultation_no_file',
                    lot=lot.rec_name))
        lots = [
            l for l in lot.consultation.lots
            if l == lot or (l.answered and l.file == lot.file)]
        try:
            for each in lots:
                content = fill_schedule(
                    content, each.sheet_name, cls._answers(each))
        except FileError:
            raise ConsultationError(gettext(
                    'shortcircuit_collective.msg_consultation_file_format',
                    lot=lot.rec_name))
        return content

    @classmethod
    def _answers(cls, lot):
        pool = Pool()
        Line = pool.get('shortcircuit.consultation.line')
        labels = Line.find_shown_labels(lot.lines)
        return {
            line.row: {
                'unit_price': line.unit_price,
                'tax': line.tax_rate,
                'label': ', '.join(l.rec_name for l in labels[line]) or None,
                }
            for line in lot.lines if line.row}
