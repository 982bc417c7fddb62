# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import unittest
from decimal import Decimal

from proteus import Model

from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_customer, create_producer, create_producer_party, create_product,
    open_cycle, order, publish_mercuriale, setup)
from trytond.modules.shortcircuit_hub.tests.tools import (
    allocate, create_point, deliver, receive)
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME, USER, drop_db
from trytond.tests.tools import activate_modules
from trytond.transaction import Transaction


class ProcessTestCase(unittest.TestCase):
    "Test what is known to be left to do of an order"

    def setUp(self):
        super().setUp()
        drop_db()
        self.addCleanup(drop_db)
        self.config = activate_modules('shortcircuit_hub', setup)
        self.hub, = Model.get('stock.location').find(
            [('type', '=', 'warehouse')])
        farm, product = create_producer("Farm"), create_product("Carrot")
        publish_mercuriale([(product, Decimal('1.50'), None)])
        customer = create_customer("Customer")
        create_point(customer, self.hub)
        self.cycle = open_cycle([(farm, product, 20)], warehouse=self.hub)
        order(customer, [(product, 9)])
        self.cycle.click('close')
        self.sale, = Model.get('sale.sale').find([])

    def find_left(self):
        "Return what may be left to do of the order"
        with Transaction().start(DB_NAME, USER, context=self.config.context):
            Sale = Pool().get('sale.sale')
            sale = Sale(self.sale.id)
            return {
                what for what in ['to_invoice', 'to_ship', 'changing']
                if Sale.find_left([sale], what)}

    def deliver(self):
        "Deliver the order, return the draft of its invoice"
        receive(self.cycle)
        allocate(self.cycle)
        # Nothing is sent yet
        self.assertEqual(self.find_left(), {'changing'})
        driver = create_producer_party("Driver")
        deliver(self.cycle, driver)
        self.assertEqual(self.find_left(), set())
        self.sale.reload()
        invoice, = self.sale.invoices
        return invoice

    def post(self, invoice):
        invoice.click('post')
        self.sale.reload()
        return self.sale

    def test_closed(self):
        "Test an order that nothing was given to leaves nothing to create"
        self.assertEqual(self.find_left(), {'changing'})

    def test_posted(self):
        "Test an order that is invoiced learns that its invoice is posted"
        sale = self.post(self.deliver())
        self.assertEqual(self.find_left(), set())
        self.assertEqual(
            (sale.state, sale.shipment_state, sale.invoice_state),
            ('processing', 'sent', 'awaiting payment'))
        self.assertEqual(len(sale.invoices), 1)

    def test_changed(self):
        "Test what somebody takes off an invoice is invoiced later"
        invoice = self.deliver()
        invoice.lines[0].quantity = 5
        invoice.save()
        self.assertEqual(self.find_left(), {'to_invoice', 'changing'})
        sale = self.post(invoice)
        self.assertEqual(
            sorted(l.quantity for i in sale.invoices for l in i.lines),
            [4, 5])
        self.assertEqual(self.find_left(), set())

    def test_removed(self):
        "Test an order whose invoice is deleted is invoiced again"
        self.deliver().delete()
        self.sale.reload()
        invoice, = self.sale.invoices
        self.assertEqual([l.quantity for l in invoice.lines], [9])

    def test_ignored(self):
        "Test nothing is known of an order with a cancelled invoice"
        self.deliver().click('cancel')
        self.assertEqual(
            self.find_left(), {'to_invoice', 'to_ship', 'changing'})
