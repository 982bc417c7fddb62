# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""
Find what the transaction knows without making a place for it.

Core 8.0 makes a new cache each time that it is asked for the one there is:
each time that records are browsed, searched or read.
"""
from trytond.transaction import Transaction

_make_cache = Transaction.get_cache


def install():
    Transaction.get_cache = _get_cache


def _get_cache(transaction):
    context = transaction.context
    cache = transaction.cache.get((transaction.user, tuple(
                (k, context[k]) for k in sorted(transaction.cache_keys)
                if k in context)))
    if cache is None:
        return _make_cache(transaction)
    # Those that were used last are kept
    transaction._cache_deque.append(cache)
    return cache
