# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The file of the entries that the tax office asks (LPF art. A.47 A-1)"

import csv

from trytond.pool import PoolMeta


class FEC(metaclass=PoolMeta):
    __name__ = 'account.fr.fec'

    def get_writer(self, fd):
        # Quotes are text like any other: nothing is escaped
        return csv.writer(
            fd, delimiter='\t', quoting=csv.QUOTE_NONE, quotechar=None)

    def get_row(self, line, format_date, format_number):
        row = super().get_row(line, format_date, format_number)
        # A text may have several lines, a row may not
        return [' '.join((column or '').split()) for column in row]


class FECStart(metaclass=PoolMeta):
    __name__ = 'account.fr.fec.start'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        # There is none before the year is closed
        cls.deferral_period.required = False
