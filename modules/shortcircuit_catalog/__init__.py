# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond import backend

from . import garbage, routes, transaction

__all__ = [routes]

garbage.install()
transaction.install()
if backend.name == 'postgresql':
    from . import cursor
    cursor.install()
