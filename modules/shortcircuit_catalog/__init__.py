# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond import backend

from . import routes

__all__ = [routes]

if backend.name == 'postgresql':
    from . import cursor
    cursor.install()
