# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from sql.aggregate import Sum
from sql.conditionals import Coalesce
from sql.functions import Round


def sum_amount(field, amount):
    """
    Return the expression of the sum of amounts for a field, zero without any.

    It is rounded to the cent: databases that know no decimals forget what
    floats add.
    """
    return field.sql_cast(Round(field.sql_cast(Coalesce(Sum(amount), 0)), 2))
