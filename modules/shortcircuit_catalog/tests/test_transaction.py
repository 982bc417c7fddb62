# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import gc
import unittest

from trytond.modules.shortcircuit_catalog import garbage
from trytond.modules.shortcircuit_catalog.transaction import _make_cache
from trytond.tests.test_tryton import activate_module, with_transaction
from trytond.transaction import Transaction


class TransactionTestCase(unittest.TestCase):
    "Test what is changed of the process and its transactions"

    @classmethod
    def setUpClass(cls):
        activate_module('shortcircuit_catalog')

    @with_transaction()
    def test_same_cache(self):
        "The cache that is found is the one that core finds"
        transaction = Transaction()
        caches = []
        for user in [0, 1]:
            for context in [
                    {}, {'language': 'fr'}, {'language': 'en'},
                    {'language': 'fr', '_datetime': None}]:
                with self.subTest(user=user, context=context), \
                        transaction.set_user(user), \
                        transaction.set_context(context):
                    cache = transaction.get_cache()
                    self.assertIs(cache, _make_cache(transaction))
                    self.assertIs(cache, transaction.get_cache())
                    self.assertNotIn(id(cache), map(id, caches))
                    caches.append(cache)

    @with_transaction()
    def test_other_context(self):
        "What the cache does not depend on shares it"
        transaction = Transaction()
        cache = transaction.get_cache()
        with transaction.set_context(channel=1):
            self.assertIs(transaction.get_cache(), cache)

    @with_transaction()
    def test_last_used(self):
        "The caches that were used last are kept"
        transaction = Transaction()
        cache = transaction.get_cache()
        transaction._cache_deque.clear()
        transaction.get_cache()
        self.assertIs(transaction._cache_deque[-1], cache)

    def test_garbage(self):
        "Garbage is looked for as rarely as a cycle needs"
        self.assertEqual(gc.get_threshold(), garbage.THRESHOLDS)
