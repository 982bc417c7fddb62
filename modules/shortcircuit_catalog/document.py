# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import trytond.config as config
from trytond.model import fields

if config.getboolean('shortcircuit_catalog', 'filestore', default=False):
    file_id = 'document_id'
    store_prefix = config.get(
        'shortcircuit_catalog', 'store_prefix', default=None)
else:
    file_id = None
    store_prefix = None


class DocumentMixin:
    __slots__ = ()

    document = fields.Binary(
        "Document", filename='document_name',
        file_id=file_id, store_prefix=store_prefix)
    document_name = fields.Char("Document Name")
    document_id = fields.Char("Document ID", readonly=True)

    @classmethod
    def copy(cls, records, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('document', None)
        default.setdefault('document_name', None)
        default.setdefault('document_id', None)
        return super().copy(records, default=default)
