# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import unittest

from trytond.modules.company.tests import create_company, set_company
from trytond.modules.shortcircuit_catalog.own import OwnMixin, is_own
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction
from trytond.transaction import Transaction, check_access


class Reader:
    "Tells whose records the query is of while it is read"

    @classmethod
    def read(cls, ids, fields_names):
        return find_addresses(), find_addresses(checked=True)


class Own(OwnMixin, Reader):
    pass


def find_addresses(checked=False):
    "Return the ids of the addresses that are the user's own"
    pool = Pool()
    Address = pool.get('party.address')
    table = Address.__table__()
    cursor = Transaction().connection.cursor()
    with check_access(_access=checked):
        query = table.select(
            table.id, where=is_own(table.id, 'party.address'))
    cursor.execute(*query)
    return {id_ for id_, in cursor}


class OwnTestCase(unittest.TestCase):
    "Test what is read of the parties of the user alone"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        activate_module('shortcircuit_catalog')

    @with_transaction()
    def test_own(self):
        "The user's own is read of who checks his access, else all"
        pool = Pool()
        Party = pool.get('party.party')
        User = pool.get('res.user')
        with set_company(create_company()):
            own, other = Party.create([
                    {'name': n, 'addresses': [('create', [{}])]}
                    for n in ["Own", "Other"]])
            staff, partner, nobody = User.create([
                    {'login': 'staff'},
                    {'login': 'partner', 'parties': [('add', [own.id])]},
                    {'login': 'nobody', 'parties': [('add', [
                                    Party.create([{'name': "Empty"}])[0].id,
                                    ])]},
                    ])
            mine = {a.id for a in own.addresses}
            whole = find_addresses()
            self.assertLess(mine, whole)
            for user, seen in [
                    (staff, whole), (partner, mine), (nobody, set())]:
                with Transaction().set_user(user.id):
                    self.assertEqual(find_addresses(checked=True), seen)
                    self.assertEqual(find_addresses(), whole)
                    self.assertEqual(Own.read([], []), (whole, seen))
                    with check_access():
                        self.assertEqual(Own.read([], []), (seen, seen))
