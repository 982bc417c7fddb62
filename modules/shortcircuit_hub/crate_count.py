# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.i18n import gettext
from trytond.model import Unique, fields
from trytond.model.exceptions import AccessError
from trytond.pool import Pool


def count_field(name, string, **kwargs):
    "Return the field of a number of crates"
    return fields.Integer(
        string, domain=['OR', (name, '=', None), (name, '>=', 0)], **kwargs)


class CountedMixin:
    "The crates of a type that are counted on a document"
    __slots__ = ()
    # The name of the field of the document
    _document = None

    crate = fields.Many2One(
        'shortcircuit.crate', "Crate", required=True, ondelete='RESTRICT')
    moves = fields.One2Many(
        'shortcircuit.crate.move', 'origin', "Moves", readonly=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add(cls._document)
        cls._sql_constraints += [
            ('crate_unique', Unique(t, getattr(t, cls._document), t.crate),
                'shortcircuit_hub.msg_crate_counted_unique'),
            ]
        cls._order.insert(0, ('crate', 'ASC'))

    def get_rec_name(self, name):
        document = getattr(self, self._document)
        return f'{document.rec_name} - {self.crate.rec_name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            (f'{cls._document}.rec_name', *clause[1:]),
            ('crate.rec_name', *clause[1:]),
            ]

    @classmethod
    def on_modification(cls, mode, records, field_names=None):
        super().on_modification(mode, records, field_names=field_names)
        if mode in {'create', 'write'}:
            cls.write_moves([r for r in records if r.is_written])

    @classmethod
    def check_modification(cls, mode, records, values=None, external=False):
        super().check_modification(
            mode, records, values=values, external=external)
        if mode == 'delete':
            for record in records:
                if record.moves:
                    raise AccessError(gettext(
                            'shortcircuit_hub.msg_crate_counted_delete',
                            record=record.rec_name))

    @classmethod
    def write_moves(cls, records):
        "Write in the ledger what was counted, or what was corrected since"
        pool = Pool()
        Move = pool.get('shortcircuit.crate.move')
        # Read them together though their documents are several
        records = cls.browse([r.id for r in records])
        Move.post(e for r in records for e in r.get_entries())

    @classmethod
    def copy(cls, records, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('moves', None)
        return super().copy(records, default=default)
