# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import unittest
from decimal import Decimal
from types import SimpleNamespace

from proteus import Model

from trytond.model.exceptions import AccessError
from trytond.model.modelstorage import DomainValidationError
from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_customer, create_producer, create_product, create_user, open_cycle,
    open_sheet, publish_mercuriale, record_statements, setup, show_sheet,
    type_quantities)
from trytond.modules.shortcircuit_collective.exceptions import (
    CallOffError, CeilingError, ContractError, NeedWarning)
from trytond.modules.shortcircuit_collective.tests.tools import (
    call_off, create_contract)
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME, drop_db
from trytond.tests.tools import activate_modules, set_user
from trytond.transaction import Transaction

TODAY = dt.date.today()


class CallOffTestCase(unittest.TestCase):
    "Test what can be ordered on a contract"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        drop_db()
        cls.addClassCleanup(drop_db)
        cls.config = activate_modules('shortcircuit_collective', setup)
        cls.carrot, cls.leek, cls.milk, cls.bread = map(
            create_product, ["Carrot", "Leek", "Milk", "Bread"])
        cls.town, cls.school, cls.other = map(
            create_customer, ["Town", "School", "Other"])

    def setUp(self):
        super().setUp()
        self.addCleanup(set_user, 1)

    def create_contract(self, members=None, **values):
        return create_contract([{
                    'max_amount': Decimal(100),
                    'prices': [
                        (self.carrot, Decimal('1.50')),
                        (self.leek, Decimal('2.00')),
                        ],
                    'members': members,
                    } | values, {
                    'max_quantity': 50,
                    'unit': self.milk.default_uom,
                    'prices': [(self.milk, Decimal('1.05'))],
                    }], [self.town, self.school])

    def test_price(self):
        "Test the lines have the price of the schedule and keep its version"
        contract = self.create_contract()
        sale = call_off(contract, self.town, [(self.carrot, 10)])
        line, = sale.lines
        self.assertEqual(line.unit_price, Decimal('1.5000'))
        self.assertEqual(line.contract_price.lot, contract.lots[0])
        version, = line.contract_price.versions
        self.assertEqual(line.contract_price_version, version)
        version.unit_price = Decimal('1.60')
        with self.assertRaises(AccessError):
            version.save()

    def test_version(self):
        "Test the price is the one of the day of delivery"
        contract = self.create_contract()
        price, = [p for p in contract.lots[0].prices if p.name == "Carrot"]
        price.versions.new(
            start_date=TODAY + dt.timedelta(days=5),
            unit_price=Decimal('1.70'))
        price.save()
        for days, unit_price in [(4, '1.50'), (5, '1.70')]:
            sale = call_off(
                contract, self.town, [(self.carrot, 1)],
                shipping_date=TODAY + dt.timedelta(days=days))
            self.assertEqual(sale.lines[0].unit_price, Decimal(unit_price))

    def test_refused(self):
        "Test what the contract does not let order"
        contract = self.create_contract(
            members={self.town: {}}, minimum_order=Decimal(15))
        for name, party, quantities, error in [
                ("not on the schedule", self.town, [(self.bread, 1)],
                    DomainValidationError),
                ("not a member", self.other, [(self.carrot, 10)],
                    DomainValidationError),
                ("not on the lot", self.school, [(self.carrot, 10)],
                    CallOffError),
                ("negative", self.town, [(self.carrot, 20), (self.leek, -1)],
                    CallOffError),
                ("minimum", self.town, [(self.carrot, 9)], CallOffError),
                ("minimum of another lot", self.town,
                    [(self.carrot, 1), (self.milk, 40)], CallOffError),
                ("amount", self.town, [(self.carrot, 66.68)], CeilingError),
                ("quantity", self.town, [(self.milk, 50.01)], CeilingError),
                ]:
            with self.subTest(name):
                with self.assertRaises(error):
                    call_off(contract, party, quantities)
        call_off(contract, self.town, [(self.carrot, 66.66), (self.milk, 50)])

    def test_other_price(self):
        "Test a line cannot have another price"
        contract = self.create_contract()
        sale = call_off(
            contract, self.town, [(self.carrot, 10)], confirm=False)
        sale.lines[0].unit_price = Decimal('1.49')
        sale.save()
        with self.assertRaisesRegex(CallOffError, "1.50"):
            sale.click('quote')

    def test_dates(self):
        "Test nothing can be ordered out of the dates"
        contract = self.create_contract()
        sale = call_off(
            contract, self.town, [(self.carrot, 10)], confirm=False)
        for values in [
                {'start_date': TODAY + dt.timedelta(days=1)},
                {'end_date': TODAY - dt.timedelta(days=1)},
                ]:
            with self.subTest(values):
                Contract = Model.get('shortcircuit.contract')
                dates = {n: getattr(contract, n) for n in values}
                Contract._proxy.write(
                    [contract.id], values, self.config.context)
                with self.assertRaises(ContractError):
                    sale.click('quote')
                Contract._proxy.write(
                    [contract.id], dates, self.config.context)
        contract.click('end')
        with self.assertRaises(ContractError):
            sale.click('quote')

    def test_lot_dates(self):
        "Test a lot is ordered within its own dates, whatever the contract"
        day = dt.timedelta(days=1)
        for dates, is_open in [
                ({'end_date': TODAY - day}, False),
                ({'start_date': TODAY + day}, False),
                ({'start_date': TODAY, 'end_date': TODAY}, True),
                ]:
            with self.subTest(**dates):
                contract = self.create_contract(**dates)
                call_off(contract, self.town, [(self.milk, 1)])
                order = [(self.carrot, 1)]
                if is_open:
                    call_off(contract, self.town, order)
                else:
                    with self.assertRaises(ContractError):
                        call_off(contract, self.town, order)

    def test_lot_ended(self):
        "Test what is quoted is not confirmed once its lot has ended"
        contract = self.create_contract()
        sale = call_off(
            contract, self.town, [(self.carrot, 1)], confirm=False)
        sale.click('quote')
        lot = contract.lots[0]
        lot.end_date = TODAY - dt.timedelta(days=1)
        lot.save()
        with self.assertRaises(ContractError):
            sale.click('confirm')

    def test_left(self):
        "Test what is left of the maximums"
        contract = self.create_contract(
            members={self.town: {'max_amount': Decimal(60)}, self.school: {}})
        lot = contract.lots[0]
        waiting = call_off(
            contract, self.town, [(self.carrot, 10)], confirm=False)
        self.assertEqual(lot.left_amount, Decimal(100))
        waiting.click('quote')
        lot.reload()
        town, school = lot.members
        self.assertEqual(lot.used_amount, Decimal(15))
        self.assertEqual(lot.left_amount, Decimal(85))
        self.assertEqual(town.left_amount, Decimal(45))
        self.assertEqual(town.used_share, Decimal('.25'))
        self.assertIsNone(school.left_amount)
        with self.assertRaisesRegex(CeilingError, "Town"):
            call_off(contract, self.town, [(self.carrot, 30.01)])
        call_off(contract, self.school, [(self.leek, 42.5)])
        lot.reload()
        self.assertEqual(lot.left_amount, 0)
        self.assertEqual(
            [a.reached_on for a in lot.alarms], [TODAY, TODAY, TODAY])
        waiting.click('cancel')
        lot.reload()
        self.assertEqual(lot.left_amount, Decimal(15))

    def test_rounding(self):
        "Test the amounts are those of the orders, to the cent"
        contract = self.create_contract()
        price, = [p for p in contract.lots[0].prices if p.name == "Carrot"]
        price.versions.new(start_date=TODAY, unit_price=Decimal('1.015'))
        price.save()
        total = Decimal(0)
        for quantity in [1, 3, 5, 7, .5, 1.5, 2.25]:
            sale = call_off(contract, self.town, [(self.carrot, quantity)])
            total += sale.untaxed_amount
        lot = contract.lots[0]
        lot.reload()
        self.assertEqual(lot.used_amount, total)

    def test_cycle(self):
        "Test a call-off of a cycle has the price of the contract"
        contract = self.create_contract()
        farm = create_producer("Farm")
        publish_mercuriale([(self.carrot, Decimal('9.00'), 5)])
        cycle = open_cycle([(farm, self.carrot, 100)])
        for quantity, error in [(10, None), (12, Exception)]:
            with self.subTest(quantity):
                sale = call_off(
                    contract, self.town, [(self.carrot, quantity)],
                    confirm=False, cycle=cycle)
                self.assertEqual(
                    sale.lines[0].unit_price, Decimal('1.5000'))
                if error:
                    with self.assertRaises(error):
                        sale.click('quote')
                else:
                    sale.click('quote')
                    sale.click('confirm')

    def test_labels(self):
        "Test the labels of the procedure are those of the lot"
        contract_labels = Pool(DB_NAME).get('sale.line').contract_labels
        for procedures, labels in [
                (None, set()),
                ((), set()),
                (('PERFORMANCE',), {'PERFORMANCE'}),
                (('EXTERNALITES', 'PERFORMANCE'),
                    {'EXTERNALITES', 'PERFORMANCE'}),
                ]:
            lot = SimpleNamespace(procedures=procedures)
            line = SimpleNamespace(contract_price=SimpleNamespace(lot=lot))
            self.assertEqual(contract_labels(line), labels)
        line = SimpleNamespace(contract_price=None)
        self.assertEqual(contract_labels(line), set())

    def test_change(self):
        "Test a buyer changes a call-off until the delay of the contract"
        contract = self.create_contract()
        contract.change_days = 2
        contract.save()
        # A call-off out of the cycles is processed at once
        farm = create_producer("Farm")
        publish_mercuriale([(self.carrot, Decimal('9.00'), None)])
        buyer = create_user('changing', "Buyer", self.town)
        for days, error in [(2, None), (1, AccessError)]:
            with self.subTest(days):
                set_user(1)
                cycle = open_cycle(
                    [(farm, self.carrot, 100)],
                    delivery_date=TODAY + dt.timedelta(days=days))
                set_user(buyer)
                sale = call_off(
                    contract, self.town, [(self.carrot, 10)], cycle=cycle)
                self.assertEqual(sale.state, 'confirmed')
                if error:
                    with self.assertRaises(error):
                        sale.click('draft')
                    set_user(1)
                sale.click('draft')

    def test_statements(self):
        "Test many call-offs cost no more statements per line"
        contract = self.create_contract(max_amount=Decimal(10 ** 6))
        counts = []
        for count in [2, 20]:
            sales = [
                call_off(
                    contract, self.town,
                    [(self.carrot, 1), (self.leek, 1)], confirm=False)
                for _ in range(count)]
            Sale = Model.get('sale.sale')
            with record_statements() as statements:
                Sale.click(sales, 'quote')
            counts.append(len([
                        s for s in statements if 'contract' in s]))
        self.assertLessEqual(counts[1], counts[0] + 5)

    def test_buyer(self):
        "Test a buyer reads his own contracts and leaves them"
        contract = self.create_contract(
            members={self.town: {}, self.school: {}})
        buyer = create_user('buyer', "Buyer", self.town)
        stranger = create_user('stranger', "Buyer", self.other)
        set_user(buyer)
        names = ['', '.member', '.lot', '.lot.member', '.price',
            '.price.version']
        for name in names:
            Record = Model.get('shortcircuit.contract' + name)
            self.assertTrue(Record.find([]), name)
        Member = Model.get('shortcircuit.contract.member')
        self.assertEqual({m.party.id for m in Member.find([])}, {self.town.id})
        Lot = Model.get('shortcircuit.contract.lot')
        lot = Lot(contract.lots[0].id)
        self.assertEqual(lot.left_amount, Decimal(100))
        lot.max_amount = Decimal(1000)
        with self.assertRaises(AccessError):
            lot.save()
        sale = call_off(contract, self.town, [(self.carrot, 10)])
        self.assertIn(sale.state, {'confirmed', 'processing'})
        set_user(stranger)
        for name in names:
            Record = Model.get('shortcircuit.contract' + name)
            self.assertFalse(Record.find([]), name)

    def test_sheet(self):
        "Test the order sheet is limited to the lots, at their prices"
        contract = self.create_contract(
            members={self.town: {'max_amount': Decimal(60)}})
        farm = create_producer("Farm")
        publish_mercuriale([
                (p, Decimal('9.00'), None) for p in [self.carrot, self.bread]])
        open_cycle([(farm, self.carrot, 100), (farm, self.bread, 100)])
        sheet = open_sheet(self.town)
        if sheet.form_state == 'ask':
            sheet.form.contract = contract
            sheet.execute('open_')
            show_sheet(sheet)
        self.assertEqual(sheet.form.contract, contract)
        self.assertIn("60.00", sheet.form.contract_left)
        self.assertEqual(
            [l.product for l in sheet.form.lines], [self.carrot])
        type_quantities(sheet, {self.carrot: 10})
        self.assertEqual(sheet.form.untaxed_amount, Decimal('15.00'))
        sheet.execute('review')
        sheet.execute('order')
        sale, = Model.get('sale.sale').find([
                ('contract', '=', contract.id)])
        self.assertEqual(sale.untaxed_amount, Decimal('15.00'))
        self.assertEqual(sale.state, 'confirmed')
        set_user(create_user('ordering', "Buyer", self.town))
        self.assertEqual(open_sheet(contract).form.order, sale)
        set_user(1)
        again = open_sheet(sale)
        type_quantities(again, {self.carrot: 41})
        with self.assertRaises(CeilingError):
            again.execute('review')

    def test_sheet_dates(self):
        "Test the order sheet does not show what cannot be ordered any more"
        contract = self.create_contract(
            end_date=TODAY - dt.timedelta(days=1))
        farm = create_producer("Farm")
        products = [self.carrot, self.milk]
        publish_mercuriale([(p, Decimal(9), None) for p in products])
        open_cycle([(farm, p, 100) for p in products])
        sheet = open_sheet(self.school)
        if sheet.form_state == 'ask':
            sheet.form.contract = contract
            sheet.execute('open_')
            show_sheet(sheet)
        self.assertEqual(
            [l.product for l in sheet.form.lines], [self.milk])
        self.assertIn("Lot 2", sheet.form.contract_left)
        self.assertNotIn("Lot 1", sheet.form.contract_left)

    def test_ask_again(self):
        "Test what is asked again is what the order is for"
        contract = self.create_contract(members={self.town: {}})
        farm = create_producer("Farm")
        publish_mercuriale([
                (p, Decimal('9.00'), None) for p in [self.carrot, self.bread]])
        cycle = open_cycle([
                (farm, self.carrot, 100), (farm, self.bread, 100)])
        sale = call_off(contract, self.town, [(self.carrot, 10)],
            confirm=False, cycle=cycle)
        # Another one of the same cycle, by the mercuriale
        Model.get('sale.sale')(party=self.town, cycle=cycle).save()
        sheet = open_sheet(sale)
        sheet.execute('ask')
        self.assertEqual(sheet.form.contract, contract)
        sheet.execute('open_')
        self.assertEqual(sheet.form.order, sale)

    def test_ask_buyer(self):
        "Test the contract that is opened stays once its buyer is chosen"
        contract = self.create_contract()
        # The one that would be proposed
        self.create_contract()
        sheet = open_sheet(contract)
        sheet.form.party = self.school
        self.assertEqual(sheet.form.contract, contract)

    def test_favorites(self):
        "Test a sheet that does not sell a favorite keeps it"
        with Transaction().start(DB_NAME, 1):
            pool = Pool()
            Favorite = pool.get('shortcircuit.favorite')
            Party = pool.get('party.party')
            Product = pool.get('product.product')
            party = Party(self.other.id)
            carrot, bread = Product.browse([self.carrot.id, self.bread.id])
            Favorite.set_products(
                party, {carrot, bread}, {carrot.id, bread.id})
            Favorite.set_products(party, set(), {carrot.id})
            self.assertEqual(Favorite.get_products(party), {bread})

    def test_need(self):
        "Test the buyer is warned of a need above the threshold"
        Need = Model.get('shortcircuit.threshold.need')
        Sale = Model.get('sale.sale')
        Threshold = Model.get('shortcircuit.threshold')
        commune = create_customer("Commune")
        Model.get('shortcircuit.canteen')(
            party=commune, economic_model='public').save()

        def order(unit_price):
            sale = Sale(party=commune, cycle=None)
            line = sale.lines.new(product=self.carrot, quantity=10)
            line.unit_price = Decimal(unit_price)
            sale.save()
            return sale

        order('100').click('quote')
        need, = Need.find([('party', '=', commune.id)])
        self.assertEqual(need.amount, Decimal(1000))
        self.assertEqual(need.year, TODAY.year)
        self.assertEqual(need.family, 'FRUITS_ET_LEGUMES')
        Threshold(
            kind='need', value=Decimal(1500), start_date=TODAY,
            end_date=dt.date(TODAY.year, 12, 31)).save()
        need = Need(need.id)
        self.assertEqual(need.used_share, Decimal('.6667'))
        sale = order('50')
        with self.assertRaises(NeedWarning):
            sale.click('quote')
