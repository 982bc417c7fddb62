# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import unittest
from decimal import Decimal

from trytond.modules.company.tests import create_company, set_company
from trytond.modules.shortcircuit_collective.tests.records import (
    create_canteen)
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction


class TargetTestCase(unittest.TestCase):
    "Test the targets of the law"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        activate_module('shortcircuit_collective')

    @with_transaction()
    def test_target(self):
        "Test the targets by territory and year"
        pool = Pool()
        Target = pool.get('shortcircuit.egalim.target')
        with set_company(create_company()):
            canteen = create_canteen("School")
            for territory, year, ministry, targets in [
                    ('hexagone', 2021, None, None),
                    ('hexagone', 2022, None, ('0.20', '0.50', None)),
                    ('hexagone', 2023, "Justice", ('0.20', '0.50', None)),
                    ('hexagone', 2024, None, ('0.20', '0.50', '0.60')),
                    ('hexagone', 2026, "Justice", ('0.20', '0.50', '1')),
                    ('group1', 2026, None, ('0.05', '0.20', None)),
                    ('group2', 2026, None, ('0.02', '0.05', None)),
                    ('group3', 2026, "Justice", ('0.10', '0.30', None)),
                    ]:
                with self.subTest(
                        territory=territory, year=year, ministry=ministry):
                    canteen.line_ministry = ministry
                    target = Target.get_target(territory, year)
                    self.assertEqual(
                        target and (
                            target.bio_share, target.egalim_share,
                            target.get_meat_fish_share(canteen)),
                        targets and tuple(t and Decimal(t) for t in targets))
