# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import unittest
from decimal import Decimal
from unittest.mock import patch

from proteus import Model

from trytond.modules.company.tests.tools import get_company
from trytond.modules.shortcircuit_catalog import mail
from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_customer, create_product, setup)
from trytond.modules.shortcircuit_collective.exceptions import CeilingError
from trytond.modules.shortcircuit_collective.tests.tools import (
    call_off, create_contract)
from trytond.tests.test_tryton import drop_db
from trytond.tests.tools import activate_modules


class ContractAlarmTestCase(unittest.TestCase):
    "Test who is told by mail that the maximum of a lot comes near"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        drop_db()
        cls.addClassCleanup(drop_db)
        cls.config = activate_modules('shortcircuit_collective', setup)
        cls.carrot = create_product("Carrot")
        cls.town, cls.school = map(create_customer, ["Town", "School"])
        for party in [cls.town, cls.school, get_company().party]:
            party.contact_mechanisms.new(
                type='email', value=f'{party.name.split()[0]}@example.com')
            party.save()

    def create_contract(self, members, coordinator=None):
        contract = create_contract([{
                    'max_amount': Decimal(100),
                    'prices': [(self.carrot, Decimal(1))],
                    }], members)
        for member in contract.members:
            member.coordinator = member.party == coordinator
            member.save()
        return contract

    def order(self, contract, quantity):
        "Return who is sent what by the order"
        with patch.object(mail, 'send_message_transactional') as send:
            call_off(contract, self.school, [(self.carrot, quantity)])
        messages = [c.args[0] for c in send.call_args_list]
        return sorted(
            (m['To'].split('<')[-1].split('@')[0], m) for m in messages)

    def test_once(self):
        "Test each part is told once, the last one if several are reached"
        Email = Model.get('ir.email')
        contract = self.create_contract([self.town, self.school], self.town)
        for quantity, parts in [
                (79, []), (1, ['80.0']), (5, []), (11, ['96.0']),
                (3, []), (1, ['100.0'])]:
            with self.subTest(quantity=quantity):
                bodies = [
                    m.get_body().get_content()
                    for _, m in self.order(contract, quantity)]
                self.assertEqual(len(bodies), 2 * len(parts))
                for body in bodies:
                    self.assertIn(parts[0], body)
        alarms = {a.id for a in contract.lots[0].alarms}
        self.assertEqual(len([
                    e for e in Email.find([])
                    if e.resource and e.resource.id in alarms]), 6)

    def test_recipients(self):
        "Test the coordinator is told, or who is alone, and the cooperative"
        both = [self.town, self.school]
        for members, coordinator, to in [
                (both, self.town, ['Dunder', 'Town']),
                (both, None, ['Dunder']),
                ([self.school], None, ['Dunder', 'School']),
                ]:
            with self.subTest(to=to):
                contract = self.create_contract(members, coordinator)
                self.assertEqual(
                    [name for name, _ in self.order(contract, 80)], to)

    def test_refused(self):
        "Test nobody is told of an order that passes the maximum"
        contract = self.create_contract([self.school])
        with (patch.object(mail, 'send_message_transactional') as send,
                self.assertRaises(CeilingError)):
            call_off(contract, self.school, [(self.carrot, 101)])
        send.assert_not_called()
