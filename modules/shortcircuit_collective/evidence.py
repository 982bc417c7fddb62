# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What proves the purchases of a declaration, line by line"

from io import BytesIO
from types import SimpleNamespace

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from trytond.i18n import gettext
from trytond.modules.company import CompanyReport
from trytond.modules.shortcircuit_catalog.mercuriale_sheet import (
    GREEN, write_text)
from trytond.modules.shortcircuit_catalog.pdf import PDFMixin
from trytond.pool import Pool, PoolMeta
from trytond.report import Report
from trytond.transaction import without_check_access

# The columns with their width
COLUMNS = [
    ('date', 11),
    ('canteen', 26),
    ('product', 30),
    ('family', 20),
    ('producer', 28),
    ('labels', 22),
    ('class', 22),
    ('certificates', 44),
    ('lot', 18),
    ('delivery_note', 14),
    ('origin', 10),
    ('local', 22),
    ('amount', 11),
    ]
ORDER = [('effective_date', 'ASC'), ('id', 'ASC')]


class Declaration(metaclass=PoolMeta):
    __name__ = 'shortcircuit.declaration'

    def get_evidence(self):
        """
        Return what proves each delivery, in the order of the dates.

        The proofs are those that were frozen at the delivery.
        """
        return get_evidence(self.get_declared_moves())

    def get_declared_moves(self):
        pool = Pool()
        Move = pool.get('stock.move')
        if self.kind == 'purchases':
            return Move.search(
                [('egalim_declaration', '=', self.id)], order=ORDER)
        return find_delivered(self.canteens, self.start_date, self.end_date)


def find_delivered(canteens, start_date, end_date, domain=()):
    "Return the food delivered to the canteens between the dates"
    pool = Pool()
    Move = pool.get('stock.move')
    return Move.search([
            ('canteen', 'in', [c.id for c in canteens]),
            ('state', '=', 'done'),
            ('sale_amount', '!=', None),
            ('egalim_family', '!=', None),
            ('effective_date', '>=', start_date),
            ('effective_date', '<=', end_date),
            *domain,
            ], order=ORDER)


def get_evidence(moves):
    "Return what proves each delivery"
    pool = Pool()
    Move = pool.get('stock.move')
    names = {
        name: dict(Move.fields_get([name])[name]['selection'])
        for name in ['egalim_family', 'egalim_class', 'egalim_origin']}
    return [_get_row(move, names) for move in moves]


def _get_row(move, names):
    return SimpleNamespace(
        date=move.effective_date,
        canteen=move.canteen.rec_name,
        product=move.product.name,
        family=names['egalim_family'][move.egalim_family],
        producer=move.producer.rec_name,
        labels=move.egalim_labels,
        class_=names['egalim_class'][move.egalim_class],
        certificates=[
            gettext('shortcircuit_collective.msg_evidence_certificate',
                label=c.label.name, number=c.number,
                certifier=c.certifier)
            for c in move.egalim_certificates],
        lot=move.lot.number,
        delivery_note=(
            getattr(move.shipment, 'number', None) or move.rec_name
            if move.shipment else None),
        origin=names['egalim_origin'].get(move.egalim_origin),
        local=move.egalim_local_proof,
        amount=move.sale_amount)


class Evidence(PDFMixin, CompanyReport):
    __name__ = 'shortcircuit.declaration.evidence'

    @classmethod
    def get_context(cls, records, header, data):
        pool = Pool()
        Declaration = pool.get('shortcircuit.declaration')
        context = super().get_context(records, header, data)
        # What is written of the producers is what proves the purchases
        with without_check_access():
            declarations = Declaration.browse([int(r) for r in records])
            context['declarations'] = [
                (d, d.get_evidence()) for d in declarations]
            context['files'] = {
                d.id: [f.filename for f in d.files] for d in declarations}
        return context


class EvidenceSheet(Report):
    __name__ = 'shortcircuit.declaration.evidence.sheet'

    @classmethod
    def _execute(cls, records, header, data, action):
        pool = Pool()
        Declaration = pool.get('shortcircuit.declaration')
        record, = records
        with without_check_access():
            return 'xlsx', cls.get_workbook(
                Declaration(int(record)).get_evidence())

    @classmethod
    def get_workbook(cls, rows):
        "Return the content of the file"
        workbook = Workbook()
        sheet = workbook.active
        sheet.title = gettext('shortcircuit_collective.msg_evidence_title')
        cls._write_titles(sheet)
        for number, row in enumerate(rows, 2):
            cls._write_row(sheet, number, row)
        sheet.freeze_panes = 'D2'
        sheet.auto_filter.ref = (
            f'A1:{get_column_letter(len(COLUMNS))}{len(rows) + 1}')
        sheet.page_setup.orientation = 'landscape'
        sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.print_title_rows = '1:1'
        content = BytesIO()
        workbook.save(content)
        return content.getvalue()

    @classmethod
    def _write_titles(cls, sheet):
        for number, (name, width) in enumerate(COLUMNS, 1):
            cell = sheet.cell(1, number)
            write_text(
                cell, gettext(f'shortcircuit_collective.msg_evidence_{name}'))
            cell.font = Font(bold=True, color='FFFFFFFF')
            cell.fill = PatternFill('solid', fgColor=GREEN)
            cell.alignment = Alignment(vertical='center', wrap_text=True)
            sheet.column_dimensions[get_column_letter(number)].width = width

    @classmethod
    def _write_row(cls, sheet, number, row):
        for column, (name, _) in enumerate(COLUMNS, 1):
            cell = sheet.cell(number, column)
            value = getattr(row, 'class_' if name == 'class' else name)
            if name == 'date':
                cell.value = value
            elif name == 'amount':
                cell.value = value
                cell.number_format = '0.00'
            else:
                if name == 'certificates':
                    value = '\n'.join(value)
                write_text(cell, value)
                cell.alignment = Alignment(vertical='top', wrap_text=True)


class StandingEvidence(EvidenceSheet):
    __name__ = 'shortcircuit.canteen.standing.evidence'

    @classmethod
    def _execute(cls, records, header, data, action):
        pool = Pool()
        Standing = pool.get('shortcircuit.canteen.standing')
        record, = records
        with without_check_access():
            moves = Standing(int(record)).find_moves()
            return 'xlsx', cls.get_workbook(get_evidence(moves))
