# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import unittest
from decimal import Decimal
from unittest.mock import patch

from proteus import Model

from trytond.model.exceptions import AccessError
from trytond.modules.shortcircuit_catalog import mail
from trytond.modules.shortcircuit_catalog.exceptions import OrderError
from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_customer, create_producer, create_product, create_user, open_cycle,
    open_sheet, publish_mercuriale, setup, show_sheet, type_quantities)
from trytond.tests.test_tryton import drop_db
from trytond.tests.tools import activate_modules, set_user


class ApprovalTestCase(unittest.TestCase):
    "Test the approval of the orders of a canteen by a second buyer"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        drop_db()
        cls.addClassCleanup(drop_db)
        cls.config = activate_modules('shortcircuit_collective', setup)
        cls.carrot = create_product("Carrot")
        cls.school, cls.other = map(create_customer, ["School", "Other"])
        farm = create_producer("Farm")
        publish_mercuriale([(cls.carrot, Decimal('1.50'), None)])
        cls.cycle = open_cycle([(farm, cls.carrot, 100000)])
        Canteen = Model.get('shortcircuit.canteen')
        cls.canteen = Canteen(
            party=cls.school, approval_amount=Decimal(100))
        cls.canteen.save()
        cls.cook, cls.manager = [
            create_user(name, "Buyer", cls.school)
            for name in ["Cook", "Manager"]]
        cls.stranger = create_user("Stranger", "Buyer", cls.other)

    def setUp(self):
        super().setUp()
        self.addCleanup(set_user, 1)

    def order(self, quantity):
        "Confirm an order as the cook and return what it becomes"
        Sale = Model.get('sale.sale')
        set_user(1)
        sale = Sale(party=self.school)
        line = sale.lines.new()
        line.product = self.carrot
        line.quantity = quantity
        sale.save()
        set_user(self.cook)
        sale.click('quote')
        sale.click('confirm')
        sale.reload()
        return sale

    def fill_sheet(self, user, quantity):
        "Type a quantity on the sheet as the user"
        set_user(user)
        sheet = open_sheet()
        if sheet.state == 'ask':
            sheet.execute('open_')
            show_sheet(sheet)
        type_quantities(sheet, {self.carrot: quantity})
        return sheet

    def test_amount(self):
        "Test the orders under the amount need nobody else"
        for quantity, state in [
                (66, 'confirmed'), (67, 'quotation'), (100, 'quotation')]:
            with self.subTest(quantity=quantity):
                sale = self.order(quantity)
                self.assertEqual(sale.state, state)
                self.assertEqual(bool(sale.approval), state == 'quotation')

    def test_approve(self):
        "Test who asked can not approve, and a second buyer can"
        sale = self.order(100)
        self.assertEqual(
            sale.approval, "Cook asked for it: waits for Manager")
        sale.click('confirm')
        self.assertEqual(sale.state, 'quotation')
        set_user(self.manager)
        sale.click('confirm')
        sale.reload()
        self.assertEqual(sale.state, 'confirmed')
        self.assertEqual(
            sale.approval, "Cook asked for it: approved by Manager")
        set_user(1)
        sale.reload()
        self.assertEqual(sale.approval_asked_by, self.cook)
        self.assertEqual(sale.approved_by, self.manager)

    def test_form(self):
        "Test who approves reads all that the form of the order has"
        Sale = Model.get('sale.sale')
        View = Model.get('ir.ui.view')
        view, = View.find([
                ('model', '=', 'sale.sale'),
                ('inherit', '=', None), ('name', '=', 'sale_form_buyer')])
        sale = self.order(100)
        set_user(self.manager)
        context = self.config.context
        # The client also reads the names of the records
        names = [
            f'{name}.rec_name' if definition['type'] == 'many2one' else name
            for name, definition in Sale._proxy.fields_view_get(
                view.id, 'form', context)['fields'].items()]
        self.assertIn('approval', names)
        record, = Sale._proxy.read([sale.id], names, context)
        self.assertTrue(record['approval'])

    def test_approve_other(self):
        "Test neither the cooperative nor another buyer approves"
        sale = self.order(100)
        set_user(1)
        sale.click('confirm')
        self.assertEqual(sale.state, 'quotation')
        set_user(self.stranger)
        with self.assertRaises(AccessError):
            sale.click('confirm')

    def test_change(self):
        "Test what is changed after the approval needs another one"
        sale = self.order(100)
        set_user(self.manager)
        sale.click('confirm')
        set_user(self.cook)
        sale.click('draft')
        self.assertIsNone(sale.approval)
        set_user(1)
        sale.reload()
        sale.lines[0].quantity = 1000
        sale.save()
        set_user(self.cook)
        sale.click('quote')
        sale.click('confirm')
        self.assertEqual(sale.state, 'quotation')

    def test_forge(self):
        "Test no one writes that he approves"
        Sale = Model.get('sale.sale')
        sale = self.order(100)
        for name in ['approval_asked_by', 'approved_by']:
            with self.assertRaises(AccessError):
                Sale._proxy.write(
                    [sale.id], {name: self.manager.id}, self.config.context)

    def test_sheet(self):
        "Test the order of a sheet waits too"
        sheet = self.fill_sheet(self.cook, 200)
        sheet.execute('review')
        sheet.execute('order')
        order, = sheet.actions[0]
        self.assertEqual(order.state, 'quotation')
        self.assertTrue(order.approval)

    def test_sheet_limited(self):
        "Test what waits may not take more than is offered"
        Canteen = Model.get('shortcircuit.canteen')
        Cycle = Model.get('shortcircuit.cycle')
        Canteen(party=self.other, approval_amount=Decimal(100)).save()
        cycle = Cycle(self.cycle.id)
        cycle.limited = True
        cycle.save()
        self.addCleanup(cycle.save)
        self.addCleanup(setattr, cycle, 'limited', False)
        self.addCleanup(set_user, 1)
        sheet = self.fill_sheet(self.stranger, 100001)
        sheet.execute('review')
        with self.assertRaises(OrderError):
            sheet.execute('order')

    def test_mail(self):
        "Test the second buyer is asked by mail"
        User = Model.get('res.user')
        manager = User(self.manager.id)
        manager.email = 'manager@example.com'
        manager.save()
        with patch.object(mail, 'send_message_transactional') as send:
            sale = self.order(100)
        message, = [c.args[0] for c in send.call_args_list]
        self.assertEqual(message['To'], 'Manager <manager@example.com>')
        body = message.get_body().get_content()
        self.assertIn("Cook", body)
        self.assertIn(sale.number, body)
