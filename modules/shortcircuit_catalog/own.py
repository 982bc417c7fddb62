# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""
Sum the records of the parties of the user, and not those of all the others.

What a query sums is only narrowed by the rules once it is summed: who is
restricted to one row would wait for PostgreSQL to sum all of them.
"""

from sql import Literal

from trytond.model import fields
from trytond.pool import Pool
from trytond.transaction import Transaction


def is_own(column, name):
    """
    Return the condition that a column is of the parties of the user.

    The column is the id of a record of the model of that name, which has a
    party. It is always so for who is restricted to no parties, and for what is
    read without checking the access: the engines read all of it.
    """
    pool = Pool()
    User = pool.get('res.user')
    parties = User.get_parties() if _is_narrow() else None
    if not parties:
        return Literal(True)
    # Their ids are in the query, as PostgreSQL knows how few they are
    table = pool.get(name).__table__()
    cursor = Transaction().connection.cursor()
    is_in = fields.SQL_OPERATORS['in']
    cursor.execute(*table.select(
            table.id, where=is_in(table.party, list(parties))))
    return is_in(column, [id_ for id_, in cursor] or [-1])


def _is_narrow():
    transaction = Transaction()
    return transaction.check_access or transaction.context.get('_own', False)


class OwnMixin:
    "For the models of which the query is narrowed to who reads it"
    __slots__ = ()

    @classmethod
    def read(cls, ids, fields_names):
        # What the getters read of the rows again is not more than these
        with Transaction().set_context(_own=_is_narrow()):
            return super().read(ids, fields_names)
