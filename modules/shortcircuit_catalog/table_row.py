# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from collections import defaultdict, namedtuple

from trytond.i18n import gettext
from trytond.model import ModelView
from trytond.pool import Pool

from . import tabular
from .exceptions import TableImportError

Change = namedtuple('Change', 'row values record names errors')
Change.__doc__ = """What a row of a table changes.

row is its number, values a dictionary of name of column to value, record what
it changes or None, names the columns that change it and errors a list of
tuples (label of the column or None, reason): a row with errors is refused.
"""

_READERS = {
    'char': lambda text: text,
    'text': lambda text: text,
    'date': tabular.date,
    'boolean': tabular.boolean,
    'float': lambda text: float(tabular.number(text)),
    'integer': lambda text: int(text),
    'numeric': tabular.number,
    }


class CellError(Exception):
    pass


def format_value(definition, value):
    "Write a value as the user reads it elsewhere"
    lang = Pool().get('ir.lang').get()
    if value is None:
        return ''
    elif definition['type'] in {'selection', 'multiselection'}:
        labels = dict(definition['selection'])
        values = value if isinstance(value, tuple) else [value]
        return ' '.join(labels.get(v, '') for v in values)
    elif definition['type'] == 'date':
        return lang.strftime(value)
    elif definition['type'] in {'float', 'integer', 'numeric'}:
        return lang.format('%.12g', value)
    return getattr(value, 'rec_name', str(value))


def cell_error(name, **variables):
    "Return the reason why a cell is refused"
    return CellError(gettext(
            f'shortcircuit_catalog.msg_table_{name}', **variables))


class TableRow(ModelView):
    "The columns of a table that can be imported, as fields of a model"

    # What the rows create, which the user must be allowed to
    _model = None
    _columns = []
    # The columns that tell which record a row is about
    _key = ()
    # By relation, the fields of the target that may be written in a cell
    _lookups = {}
    # The columns that refuse zero, and less
    _positive = set()
    # The numbers that may be negative
    _signed = set()

    @classmethod
    def labels(cls):
        "Return the labels of the columns, in their order"
        definition = cls.fields_get(cls._columns)
        return {n: definition[n]['string'] for n in cls._columns}

    @classmethod
    def get_changes(cls, content, start):
        """
        Compare a table with what is recorded.

        content is the bytes of the file, start what the user chose. Return
        the list of Change, in the order of the rows. The number of statements
        depends on the columns, not on the rows.
        Raise TableImportError if the file or its header cannot be read.
        """
        names, rows = cls._read(content)
        readers = cls._get_readers(names, rows)
        changes = [
            cls._read_row(row, cells, readers) for row, cells in rows]
        cls.complete([c for c in changes if not c.errors], start)
        cls._refuse_duplicates(changes)
        existing = cls.find([
                c.values for c in changes if not c.errors], start)
        return [cls._compare(change, existing, start) for change in changes]

    @classmethod
    def _read(cls, content):
        try:
            rows = tabular.read(content)
        except tabular.TableError as error:
            raise TableImportError(gettext(
                    f'shortcircuit_catalog.msg_table_{error.name}',
                    row=error.row))
        if len(rows) < 2:
            raise TableImportError(gettext(
                    'shortcircuit_catalog.msg_table_empty'))
        (_, header), *rows = rows
        while header and not header[-1]:
            header.pop()
        return cls._read_header(header), rows

    @classmethod
    def _read_header(cls, header):
        "Return the names of the columns"
        labels = cls.labels()
        known = {tabular.fold(label): name for name, label in labels.items()}
        known.update((tabular.fold(name), name) for name in labels)
        names = []
        for cell in header:
            name = known.get(tabular.fold(cell.rstrip('* ')))
            if not name:
                raise TableImportError(gettext(
                        'shortcircuit_catalog.msg_table_column',
                        column=cell, columns=', '.join(labels.values())))
            if name in names:
                raise TableImportError(gettext(
                        'shortcircuit_catalog.msg_table_column_twice',
                        column=cell))
            names.append(name)
        if missing := [
                labels[n] for n in labels
                if n not in names and cls._fields[n].required]:
            raise TableImportError(gettext(
                    'shortcircuit_catalog.msg_table_missing',
                    columns=', '.join(missing)))
        return names

    @classmethod
    def _get_readers(cls, names, rows):
        "Return by column the function that reads its cells"
        readers = {}
        for i, name in enumerate(names):
            field = cls._fields[name]
            if field._type == 'many2one':
                texts = {cells[i] for _, cells in rows if i < len(cells)}
                readers[name] = cls._relation_reader(field, name, texts)
            elif field._type in {'selection', 'multiselection'}:
                readers[name] = cls._selection_reader(field, name)
            else:
                readers[name] = cls._value_reader(field)
        return readers

    @classmethod
    def _value_reader(cls, field):
        def read(text):
            try:
                return _READERS[field._type](text)
            except ValueError:
                raise cell_error(field._type, value=text)
        return read

    @classmethod
    def _selection_reader(cls, field, name):
        options = cls.fields_get([name])[name]['selection']
        known = {tabular.fold(label): value for value, label in options}
        known.update((tabular.fold(v), v) for v, _ in options if v)

        def read(text):
            if (value := known.get(tabular.fold(text))) is None:
                raise cell_error('selection', value=text, values=', '.join(
                        label for value, label in options if value))
            return value
        if field._type == 'multiselection':
            return lambda text: tuple(sorted(
                    {read(part) for part in text.split(',') if part.strip()}))
        return read

    @classmethod
    def _relation_reader(cls, field, name, texts):
        Target = field.get_target()
        texts = [t for t in texts if t]
        known = defaultdict(set)
        for path in cls._lookups[name]:
            domain = [(path, 'in', texts), *cls._domain(name)]
            for record in Target.search(domain):
                value = record
                for step in path.split('.'):
                    value = getattr(value, step)
                known[value].add(record)

        def read(text):
            records = known[text]
            if len(records) != 1:
                raise cell_error(
                    'ambiguous' if records else 'unknown', value=text)
            record, = records
            return record
        return read

    @classmethod
    def _domain(cls, name):
        "Return what limits the targets of a column"
        return []

    @classmethod
    def _read_row(cls, row, cells, readers):
        values, errors = {}, []
        if any(cells[len(readers):]):
            errors.append((None, str(cell_error(
                            'cells', cells=len(cells), columns=len(readers)))))
        cells = cells + [''] * (len(readers) - len(cells))
        for (name, read), text in zip(readers.items(), cells):
            try:
                values[name] = cls._read_cell(name, read, text)
            except CellError as error:
                errors.append((cls.labels()[name], str(error)))
        return Change(row, values, None, [], errors)

    @classmethod
    def _read_cell(cls, name, read, text):
        field = cls._fields[name]
        if not text and field._type != 'boolean':
            if field.required:
                raise cell_error('required')
            return () if field._type == 'multiselection' else None
        value = read(text)
        if (field._type in {'numeric', 'float', 'integer'}
                and name not in cls._signed and value < 0):
            raise cell_error('negative', value=text)
        if name in cls._positive and not value:
            raise cell_error('zero')
        return value

    @classmethod
    def complete(cls, changes, start):
        "Set what the values say together, add the errors of what is wrong"

    @classmethod
    def get_key(cls, values):
        return tuple(values.get(n) for n in cls._key)

    @classmethod
    def _refuse_duplicates(cls, changes):
        rows = {}
        label = cls.labels()[cls._key[-1]]
        for change in changes:
            if change.errors:
                continue
            first = rows.setdefault(cls.get_key(change.values), change.row)
            if first != change.row:
                change.errors.append((
                        label, str(cell_error('duplicate', row=first))))

    @classmethod
    def _compare(cls, change, existing, start):
        if change.errors:
            return change
        record = existing.get(cls.get_key(change.values))
        change = change._replace(record=record)
        if record:
            current = cls.get_current(record)
            change.names.extend(
                n for n, v in change.values.items()
                if (current[n] or None) != (v or None))
        change.errors.extend(cls.check(change, start))
        return change

    @classmethod
    def get_action(cls, change):
        if change.errors:
            return 'refused'
        elif not change.record:
            return 'created'
        return 'changed' if change.names else 'unchanged'

    @classmethod
    def describe(cls, changes):
        """
        Tell in the user's words what rows are about and what they change.

        Yield for each Change the tuple (Change, about, detail).
        """
        definition = cls.fields_get(cls._columns)
        for change in changes:
            about = ', '.join(
                format_value(definition[n], change.values[n])
                for n in cls._key if change.values.get(n))
            yield change, about, cls._describe_values(change, definition)

    @classmethod
    def _describe_values(cls, change, definition):
        current = cls.get_current(change.record) if change.record else {}
        changed = change.names or [
            n for n, v in change.values.items() if v and n not in cls._key]
        return ', '.join(
            gettext(
                'shortcircuit_catalog.msg_table_'
                + ('changed' if current.get(n) else 'set'),
                column=definition[n]['string'],
                before=format_value(definition[n], current.get(n)),
                after=format_value(definition[n], change.values[n]))
            for n in changed)

    @classmethod
    def find(cls, values, start):
        "Return by key the records the rows are about"
        raise NotImplementedError

    @classmethod
    def get_current(cls, record):
        "Return what the columns of the record are"
        return {n: getattr(record, n) for n in cls._columns}

    @classmethod
    def check(cls, change, start):
        "Yield (label, reason) of what refuses the row"
        return ()

    @classmethod
    def save(cls, changes, start):
        "Record what the rows create and change"
        raise NotImplementedError
