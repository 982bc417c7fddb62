# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import unittest
from decimal import Decimal

from proteus import Model

from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_customer, create_producer, create_product, open_cycle, order,
    publish_mercuriale, setup)
from trytond.modules.shortcircuit_collective.tests.tools import (
    call_off, create_contract)
from trytond.modules.shortcircuit_hub.tests.tools import (
    create_hubs, create_point, receive)
from trytond.tests.test_tryton import drop_db
from trytond.tests.tools import activate_modules

PRICE = Decimal('1.50')


class AllocationPolicyTestCase(unittest.TestCase):
    "Test who is served when what is ordered on contracts is short"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        drop_db()
        cls.addClassCleanup(drop_db)
        activate_modules('shortcircuit_collective', setup)
        hub, _ = create_hubs()
        farm, carrot = create_producer("Farm"), create_product("Carrot")
        publish_mercuriale([(carrot, PRICE, None)])
        school, hospital = map(create_customer, ["School", "Hospital"])
        for customer in [school, hospital]:
            create_point(customer, hub)
        contract = create_contract([{
                    'max_amount': Decimal(100),
                    'prices': [(carrot, PRICE)],
                    }], [school])
        cycle = open_cycle([(farm, carrot, 40)], warehouse=hub)
        order(hospital, [(carrot, 20)])
        call_off(contract, school, [(carrot, 20)], cycle=cycle)
        cycle.click('close')
        receive(cycle, Carrot=20)
        cls.allocation, = cycle.click('allocate')

    def share(self, policy):
        "Return what each customer gets under the policy"
        self.allocation.policy = policy
        self.allocation.save()
        self.allocation.click('compute')
        return {
            l.sale_line.sale.party.name: l.quantity
            for l in self.allocation.lines}

    def find_policy(self, *kinds):
        Policy = Model.get('shortcircuit.allocation.policy')
        policy = Policy(name="By class")
        for kind in kinds:
            policy.classes.new(kinds=[kind])
        policy.save()
        return policy

    def test_class(self):
        "Test the policy by class serves the contracts before the others"
        Policy = Model.get('shortcircuit.allocation.policy')
        policy, = Policy.find([('classes', '!=', None)], limit=1)
        self.assertEqual(self.share(policy), {"School": 20, "Hospital": 0})

    def test_order(self):
        "Test the class of the contracts has the place that is given to it"
        self.assertEqual(
            self.share(self.find_policy('collective', 'contract')),
            {"School": 0, "Hospital": 20})

    def test_no_class(self):
        "Test contracts are as the canteens where they have no class"
        self.assertEqual(
            self.share(self.find_policy('collective', 'trade')),
            {"School": 10, "Hospital": 10})
