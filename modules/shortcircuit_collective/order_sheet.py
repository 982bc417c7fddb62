# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.pool import PoolMeta

from .egalim import classify


class OrderSheetLine(metaclass=PoolMeta):
    __name__ = 'shortcircuit.order_sheet.line'

    @classmethod
    def get_egalim(cls, codes):
        class_ = classify(codes)
        return class_ == 'bio', class_ != 'non_egalim'
