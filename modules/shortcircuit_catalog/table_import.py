# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from collections import Counter
from itertools import islice

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Eval, If
from trytond.transaction import Transaction, check_access
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .exceptions import TableImportError

# How many rows a person can look through
MAX_ROWS = 500
KINDS = ['product', 'price', 'offer', 'order']


class TableImport(Wizard):
    __name__ = 'shortcircuit.table.import'

    start = StateView(
        'shortcircuit.table.import.start',
        'shortcircuit_catalog.table_import_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Preview", 'preview', 'tryton-forward', default=True),
            ])
    preview = StateView(
        'shortcircuit.table.import.preview',
        'shortcircuit_catalog.table_import_preview_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Back", 'start', 'tryton-back'),
            Button("Import", 'import_', 'tryton-ok', default=True,
                states={
                    'readonly': Eval('refused', 0) > 0,
                    }),
            ])
    import_ = StateTransition()

    @property
    def row(self):
        return Pool().get(f'shortcircuit.table.{self.start.kind}')

    def get_changes(self):
        pool = Pool()
        ModelAccess = pool.get('ir.model.access')
        with check_access():
            # A wizard does not by itself
            ModelAccess.check(self.row._model, 'create')
        return self.row.get_changes(self.start.file, self.start)

    def default_start(self, names):
        "Keep what was chosen when the user comes back"
        return {
            n: getattr(getattr(self.start, n, None), 'id', None)
            or getattr(self.start, n, None)
            for n in ['kind', 'file', 'filename', 'mercuriale', 'cycle']
            if getattr(self.start, n, None)}

    def default_preview(self, names):
        changes = self.get_changes()
        counts = Counter(map(self.row.get_action, changes))
        return {
            'lines': list(islice(self._get_lines(changes), MAX_ROWS)),
            **{a: counts[a] for a in [
                    'created', 'changed', 'unchanged', 'refused']},
            }

    def _get_lines(self, changes):
        "Tell what the rows do, but those that do nothing"
        acting = (
            c for c in changes if self.row.get_action(c) != 'unchanged')
        for change, about, detail in self.row.describe(acting):
            for column, text in change.errors or [(None, detail)]:
                yield {
                    'row': change.row,
                    'action': self.row.get_action(change),
                    'about': about,
                    'column': column,
                    'detail': text,
                    }

    def transition_import_(self):
        # What is recorded may have changed since the preview
        changes = self.get_changes()
        refused = [c for c in changes if c.errors]
        if refused:
            column, reason = refused[0].errors[0]
            raise TableImportError(gettext(
                    'shortcircuit_catalog.msg_table_refused',
                    count=len(refused), row=refused[0].row,
                    column=column or '', reason=reason))
        self.row.save([
                c for c in changes
                if self.row.get_action(c) != 'unchanged'], self.start)
        return 'end'

    def end(self):
        return 'reload'


class TableImportStart(ModelView):
    __name__ = 'shortcircuit.table.import.start'

    kind = fields.Selection(
        'get_kinds', "Table", required=True, sort=False)
    columns = fields.Function(
        fields.Text("Columns", help="Those with a star are required."),
        'on_change_with_columns')
    file = fields.Binary(
        "File", filename='filename', required=True,
        help="As CSV in UTF-8, XLSX or ODS.")
    filename = fields.Char("File Name")
    mercuriale = fields.Many2One(
        'shortcircuit.mercuriale', "Mercuriale",
        domain=[
            If(Eval('kind') == 'price',
                ('state', '=', 'draft'),
                ()),
            ],
        states={
            'invisible': Eval('kind') != 'price',
            'required': Eval('kind') == 'price',
            })
    cycle = fields.Many2One(
        'shortcircuit.cycle', "Cycle",
        domain=[
            If(Eval('kind') == 'offer',
                ('state', 'in', ['draft', 'open']),
                ()),
            If(Eval('kind') == 'order',
                ('state', '=', 'open'),
                ()),
            ],
        states={
            'invisible': ~Eval('kind').in_(['offer', 'order']),
            'required': Eval('kind').in_(['offer', 'order']),
            })

    @classmethod
    def get_kinds(cls):
        "Return the kinds of table that the user may import"
        pool = Pool()
        ModelAccess = pool.get('ir.model.access')
        with check_access():
            return [
                (kind, gettext(f'shortcircuit_catalog.msg_table_kind_{kind}'))
                for kind in KINDS
                if ModelAccess.check(
                    pool.get(f'shortcircuit.table.{kind}')._model,
                    'create', raise_exception=False)]

    @classmethod
    def default_kind(cls):
        kind = {
            'shortcircuit.mercuriale': 'price',
            'shortcircuit.cycle': 'offer',
            'shortcircuit.offer': 'offer',
            'sale.sale': 'order',
            }.get(Transaction().context.get('active_model'))
        kinds = [k for k, _ in cls.get_kinds()]
        return kind if kind in kinds else next(iter(kinds), None)

    @classmethod
    def default_mercuriale(cls):
        return cls._default_record('shortcircuit.mercuriale')

    @classmethod
    def default_cycle(cls):
        return cls._default_record('shortcircuit.cycle')

    @classmethod
    def _default_record(cls, name):
        context = Transaction().context
        if context.get('active_model') == name:
            return context.get('active_id')

    @fields.depends('kind')
    def on_change_with_columns(self, name=None):
        if self.kind:
            Row = Pool().get(f'shortcircuit.table.{self.kind}')
            return ', '.join(
                label + (' *' if Row._fields[name].required else '')
                for name, label in Row.labels().items())


class TableImportPreview(ModelView):
    __name__ = 'shortcircuit.table.import.preview'

    created = fields.Integer("Created", readonly=True)
    changed = fields.Integer("Changed", readonly=True)
    unchanged = fields.Integer("Unchanged", readonly=True)
    refused = fields.Integer("Refused", readonly=True)
    lines = fields.One2Many(
        'shortcircuit.table.import.preview.line', None, "Rows", readonly=True,
        help="The rows that do something, the 500 first.")


class TableImportPreviewLine(ModelView):
    __name__ = 'shortcircuit.table.import.preview.line'

    row = fields.Integer("Row", readonly=True)
    action = fields.Selection([
            ('created', "Created"),
            ('changed', "Changed"),
            ('refused', "Refused"),
            ], "Action", readonly=True, sort=False)
    about = fields.Char("Record", readonly=True)
    column = fields.Char("Column", readonly=True)
    detail = fields.Char("Detail", readonly=True)

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(Eval('action') == 'refused', 'danger',
                    If(Eval('action') == 'created', 'success', 'warning'))),
            ]
