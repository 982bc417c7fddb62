# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Warnings that tell several things at once"

from trytond.pool import Pool


def warn(exception, key, records, message, texts):
    """
    Raise the UserWarning exception, unless the user has already accepted it.

    key and the records are what he accepts it for. message says what it is
    about and texts, one by line, of what: without any there is no warning.
    """
    pool = Pool()
    Warning = pool.get('res.user.warning')
    if texts:
        name = Warning.format(key, records)
        if Warning.check(name):
            raise exception(name, message, '\n'.join(texts))
