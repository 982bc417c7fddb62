# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import unittest
import unittest.mock

from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction


class LocationTestCase(unittest.TestCase):
    "Test the hubs of the locations"

    @classmethod
    def setUpClass(cls):
        activate_module('shortcircuit_hub')

    @with_transaction()
    def test_warehouse(self):
        "A location moves with what it is in, and is asked for its hub once"
        pool = Pool()
        Location = pool.get('stock.location')
        hub, = Location.search([('type', '=', 'warehouse')])
        other, = Location.copy([hub])
        shelf, = Location.create([{
                    'name': "Shelf",
                    'type': 'storage',
                    'parent': hub.storage_location.id,
                    }])
        self.assertEqual(shelf.warehouse, hub)
        with unittest.mock.patch.object(Location, 'search') as search:
            self.assertEqual(Location(shelf.id).warehouse, hub)
            search.assert_not_called()
        Location.write([shelf], {'parent': other.storage_location.id})
        self.assertEqual(Location(shelf.id).warehouse, other)
        Location.write([shelf], {'parent': None})
        self.assertIsNone(Location(shelf.id).warehouse)
