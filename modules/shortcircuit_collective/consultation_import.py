# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The lines of a lot by the file of the buyer, all or nothing"

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.modules.product import round_price
from trytond.modules.shortcircuit_catalog import tabular
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import check_access
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .consultation_file import FileError, read_schedule
from .exceptions import ConsultationImportError

# How the buyers write the units, folded, by the symbol of core
UNITS = {
    'kgs': 'kg', 'kilo': 'kg', 'kilos': 'kg', 'kilogramme': 'kg',
    'kilogrammes': 'kg', 'gramme': 'g', 'grammes': 'g', 'litre': 'l',
    'litres': 'l', 'piece': 'u', 'pieces': 'u', 'pce': 'u', 'unite': 'u',
    'unites': 'u', 'unit': 'u',
    }


class Lot(metaclass=PoolMeta):
    __name__ = 'shortcircuit.consultation.lot'

    @property
    def sheet_name(self):
        "The sheet of the lot in a file that has several"
        return gettext(
            'shortcircuit_collective.msg_consultation_sheet',
            number=self.number)

    def import_file(self, content, name=None):
        """
        Create or complete the lines by the file of the buyer.

        content is the bytes of a file that read_schedule takes. A line that
        has the reference of the row, or its specification without one, is
        completed: what the file leaves blank is kept. Nothing is changed if a
        cell is wrong: ConsultationImportError tells the row, the column and
        the reason of each.
        """
        pool = Pool()
        Line = pool.get('shortcircuit.consultation.line')
        try:
            schedule = read_schedule(content, self.sheet_name)
        except FileError as error:
            raise ConsultationImportError(gettext(
                    'shortcircuit_collective'
                    f'.msg_consultation_import_{error}'))
        except tabular.TableError as error:
            raise ConsultationImportError(gettext(
                    f'shortcircuit_catalog.msg_table_{error.name}',
                    row=error.row))
        rows = RowReader().read(schedule)
        known = {l.number or tabular.fold(l.name): l for l in self.lines}
        lines = []
        for row, values in rows:
            key = values['number'] or tabular.fold(values['name'])
            line = known.get(key) or Line(lot=self)
            line.row, line.sequence = row, row
            for field, value in values.items():
                if value:
                    setattr(line, field, value)
            lines.append(line)
        Line.save(lines)
        self.file, self.file_name = content, name
        self.save()


class RowReader:
    "Read the cells of the rows of a schedule, and keep what is wrong"

    def __init__(self):
        pool = Pool()
        Label = pool.get('shortcircuit.label')
        Uom = pool.get('product.uom')
        self.errors = []
        self.labels = {}
        for label in Label.search([]):
            for name in [label.name, label.code]:
                if name:
                    self.labels.setdefault(tabular.fold(name), label)
        self.units = {}
        units = Uom.search([])
        for attribute in ['symbol', 'name']:
            for unit in units:
                self.units.setdefault(
                    tabular.fold(getattr(unit, attribute)), unit)
        for name, symbol in UNITS.items():
            if symbol in self.units:
                self.units.setdefault(name, self.units[symbol])

    def read(self, schedule):
        "Return the list of (row, values of the line), raise what is wrong"
        rows, seen = [], {}
        for row, cells in schedule.rows:
            values = {
                'number': cells.get('number'),
                'name': self._cell(row, 'name', schedule, cells),
                'unit': self._cell(row, 'unit', schedule, cells),
                'quantity': self._cell(row, 'quantity', schedule, cells),
                'unit_price': self._cell(row, 'unit_price', schedule, cells),
                'labels': self._cell(
                    row, 'required_labels', schedule, cells),
                }
            key = values['number'] or tabular.fold(cells['name'])
            if key in seen:
                self._error(
                    row, schedule, 'number' if values['number'] else 'name',
                    'twice', value=values['number'] or cells['name'],
                    other=seen[key])
            seen.setdefault(key, row)
            rows.append((row, values))
        if not rows:
            raise ConsultationImportError(gettext(
                    'shortcircuit_collective.msg_consultation_import_empty'))
        if self.errors:
            raise ConsultationImportError(gettext(
                    'shortcircuit_collective.msg_consultation_import_errors',
                    count=len(self.errors)),
                '\n'.join(self.errors[:tabular.MAX_ERRORS]))
        return rows

    def _cell(self, row, column, schedule, cells):
        text = cells.get(column, '')
        try:
            return getattr(self, f'_read_{column}')(text)
        except ValueError as error:
            self._error(row, schedule, column, str(error), value=text)

    def _error(self, row, schedule, column, reason, **values):
        _, title = schedule.columns[column]
        self.errors.append(gettext(
                'shortcircuit_collective.msg_consultation_import_cell',
                row=row, column=title,
                reason=gettext(
                    'shortcircuit_collective'
                    f'.msg_consultation_import_{reason}', **values)))

    def _read_name(self, text):
        if not text:
            raise ValueError('required')
        return text

    def _read_unit(self, text):
        if not text:
            raise ValueError('required')
        unit = self.units.get(tabular.fold(text).rstrip('.'))
        if not unit:
            raise ValueError('unit')
        return unit

    def _read_quantity(self, text):
        return float(_positive(text)) if text else None

    def _read_unit_price(self, text):
        return round_price(_positive(text)) if text else None

    def _read_required_labels(self, text):
        labels = []
        for name in text.replace('+', ',').replace('/', ',').split(','):
            if folded := tabular.fold(name):
                if folded not in self.labels:
                    raise ValueError('label')
                labels.append(self.labels[folded])
        return labels


def _positive(text):
    try:
        value = tabular.number(text.replace('€', ''))
    except ValueError:
        raise ValueError('number')
    if value < 0:
        raise ValueError('negative')
    return value


class ConsultationImportStart(ModelView):
    __name__ = 'shortcircuit.consultation.import.start'

    consultation = fields.Many2One(
        'shortcircuit.consultation', "Consultation", readonly=True)
    lot = fields.Many2One(
        'shortcircuit.consultation.lot', "Lot", required=True,
        domain=[
            ('consultation', '=', Eval('consultation', -1)),
            ])
    file = fields.Binary(
        "File", filename='filename', required=True,
        help="The price schedule or the estimate of the buyer, as XLSX, ODS "
        "or CSV in UTF-8. A file of several lots has a sheet by lot.")
    filename = fields.Char("File Name")


class ConsultationImport(Wizard):
    __name__ = 'shortcircuit.consultation.import'

    start = StateView(
        'shortcircuit.consultation.import.start',
        'shortcircuit_collective.consultation_import_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Import", 'import_', 'tryton-ok', default=True),
            ])
    import_ = StateTransition()

    def default_start(self, names):
        lots = self.record.lots
        return {
            'consultation': self.record.id,
            'lot': lots[0].id if len(lots) == 1 else None,
            }

    def transition_import_(self):
        pool = Pool()
        Line = pool.get('shortcircuit.consultation.line')
        ModelAccess = pool.get('ir.model.access')
        with check_access():
            # A wizard does not by itself
            ModelAccess.check(Line.__name__, 'create')
            self.start.lot.__class__.read([self.start.lot.id], ['id'])
        self.start.lot.import_file(self.start.file, self.start.filename)
        return 'end'

    def end(self):
        return 'reload'
