# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, Unique, fields
from trytond.modules.shortcircuit_catalog import tabular
from trytond.pool import Pool
from trytond.wizard import Button, StateAction, StateView, Wizard

from .exceptions import PriceIndexError

COLUMNS = ['index', 'date', 'value']


class PriceIndex(ModelSQL, ModelView):
    __name__ = 'shortcircuit.price_index'

    code = fields.Char(
        "Code", required=True, help="By which its values are imported.")
    name = fields.Char("Name", required=True)
    source = fields.Char("Source", help="Who publishes it.")
    values = fields.One2Many(
        'shortcircuit.price_index.value', 'index', "Values")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            ('code_unique', Unique(t, t.code),
                'shortcircuit_collective.msg_price_index_code_unique'),
            ]
        cls._order = [
            ('code', 'ASC'),
            ('id', 'ASC'),
            ]

    def get_rec_name(self, name):
        return f'[{self.code}] {self.name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('code', *clause[1:]),
            ('name', *clause[1:]),
            ]

    def get_value(self, date):
        "Return the last value known on the date, None before the first"
        values = [v for v in self.values if v.date <= date]
        last = max(values, key=lambda v: v.date, default=None)
        return last.value if last else None


class PriceIndexValue(ModelSQL, ModelView):
    __name__ = 'shortcircuit.price_index.value'

    index = fields.Many2One(
        'shortcircuit.price_index', "Index", required=True,
        ondelete='CASCADE')
    date = fields.Date(
        "Date", required=True, help="The first day of what it measures.")
    value = fields.Numeric(
        "Value", digits=(16, 4), required=True,
        domain=[
            ('value', '>', 0),
            ])

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('index')
        cls._sql_constraints += [
            ('date_unique', Unique(t, t.index, t.date),
                'shortcircuit_collective.msg_price_index_value_unique'),
            ]
        cls._order = [
            ('date', 'DESC'),
            ('id', 'DESC'),
            ]

    def get_rec_name(self, name):
        pool = Pool()
        Lang = pool.get('ir.lang')
        return f'{self.index.rec_name} {Lang.get().strftime(self.date)}'

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('index.rec_name', *clause[1:])]

    @classmethod
    def import_values(cls, content):
        """
        Create or correct the values of a file and return their indices.

        content is what tabular.read takes: the first row has the names of the
        columns index, date and value. Nothing is changed if a cell is wrong:
        PriceIndexError tells the row, the column and the reason of each.
        """
        pool = Pool()
        Index = pool.get('shortcircuit.price_index')
        indices = {i.code: i for i in Index.search([])}
        read = _read(content, indices)
        known = {(v.index, v.date): v for v in cls.search([
                    ('index', 'in', [i.id for i in {i for i, _ in read}]),
                    ])}
        to_save = []
        for (index, date), value in read.items():
            record = known.get((index, date)) or cls(index=index, date=date)
            record.value = value
            to_save.append(record)
        cls.save(to_save)
        return sorted({i for i, _ in read}, key=lambda i: i.code)


def _read(content, indices):
    try:
        rows = tabular.read(content)
    except tabular.TableError as error:
        raise PriceIndexError(gettext(
                'shortcircuit_collective.msg_price_index_file',
                row=error.row or 1))
    (_, header), *rows = rows or [(1, [])]
    places = {tabular.fold(name): i for i, name in enumerate(header)}
    if missing := [c for c in COLUMNS if c not in places]:
        raise PriceIndexError(gettext(
                'shortcircuit_collective.msg_price_index_columns',
                columns=', '.join(missing)))
    values, errors = {}, []
    for number, cells in rows:
        cells = {
            c: cells[places[c]] if places[c] < len(cells) else ''
            for c in COLUMNS}
        row = {}
        for column, parse in [
                ('index', indices.__getitem__),
                ('date', tabular.date),
                ('value', _positive),
                ]:
            try:
                row[column] = parse(cells[column])
            except (KeyError, ValueError):
                errors.append(_error(column, number, cells[column]))
        if len(row) == len(COLUMNS):
            key = (row['index'], row['date'])
            if key in values:
                errors.append(_error('date', number, cells['date'], 'twice'))
            values[key] = row['value']
    if errors:
        raise PriceIndexError('\n'.join(errors[:tabular.MAX_ERRORS]))
    return values


def _positive(text):
    value = tabular.number(text)
    if value <= 0:
        raise ValueError(text)
    return value


def _error(column, row, value, reason=None):
    return gettext(
        f'shortcircuit_collective.msg_price_index_{reason or column}',
        row=row, value=value)


class PriceIndexImportStart(ModelView):
    __name__ = 'shortcircuit.price_index.import.start'

    file = fields.Binary(
        "File", required=True, filename='filename',
        help="A CSV file in UTF-8, XLSX or ODS, with the columns index, date "
        "and value.")
    filename = fields.Char("File Name")


class PriceIndexImport(Wizard):
    __name__ = 'shortcircuit.price_index.import'

    start = StateView(
        'shortcircuit.price_index.import.start',
        'shortcircuit_collective.price_index_import_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Import", 'import_', 'tryton-ok', default=True),
            ])
    import_ = StateAction('shortcircuit_collective.act_price_index_form')

    def do_import_(self, action):
        pool = Pool()
        Value = pool.get('shortcircuit.price_index.value')
        indices = Value.import_values(self.start.file)
        return action, {'res_id': [i.id for i in indices]}
