# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import fields
from trytond.pool import PoolMeta


class Address(metaclass=PoolMeta):
    __name__ = 'party.address'

    service_code = fields.Char(
        "Service Code",
        help="What a public body asks on its invoices to know which of its "
        "services ordered.")
