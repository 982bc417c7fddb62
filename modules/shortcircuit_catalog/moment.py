# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt

from trytond.model import fields


class Moment(fields.Timestamp):
    """
    A timestamp to the second, as the clients show it.

    What they do not show they lose when they read a form again: they then take
    the record for modified, and the selections below for their first value.
    """
    format = '%H:%M:%S'

    def sql_format(self, value):
        value = super().sql_format(value)
        if isinstance(value, dt.datetime):
            value = value.replace(microsecond=0)
        return value
