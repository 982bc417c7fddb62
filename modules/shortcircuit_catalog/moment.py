# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import fields


class Moment(fields.Timestamp):
    "A timestamp that the clients show to the minute, not to the microsecond"
    format = '%H:%M'
