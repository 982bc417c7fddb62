# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import unittest
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from proteus import Model

from trytond.model.exceptions import (
    AccessError, DomainValidationError, RequiredValidationError)
from trytond.model.modelview import AccessButtonError
from trytond.modules.account.tests.tools import get_accounts
from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_producer, create_product, get_siret, open_cycle, publish_mercuriale,
    record_statements, setup)
from trytond.modules.shortcircuit_collective import penalty
from trytond.modules.shortcircuit_collective.exceptions import (
    PenaltyError, PenaltyWarning)
from trytond.modules.shortcircuit_collective.tests.tools import (
    call_off, create_contract)
from trytond.modules.shortcircuit_hub.tests.tools import (
    allocate, create_hubs, create_point, deliver, receive)
from trytond.tests.test_tryton import drop_db
from trytond.tests.tools import activate_modules

TODAY = dt.date.today()
YESTERDAY = TODAY - dt.timedelta(days=1)
cents = st.integers(0, 10 ** 5).map(lambda c: Decimal(c) / 100)


class PenaltyRuleTestCase(unittest.TestCase):
    "Test what the terms of a contract make of what lacks"

    def test_measure(self):
        "Test what is late, missing or came back"
        for ordered, in_time, late, expected in [
                (100, 100, {}, (100, 0, 0, 0, 0)),
                # More than what was ordered
                (100, 120, {}, (120, 0, 0, 0, 0)),
                (100, 100, {1: 20}, (120, 0, 0, 0, 0)),
                (100, 60, {2: 60}, (120, 0, 40, 80, 2)),
                (100, 60, {7: 30, 2: 30}, (120, 0, 40, 130, 7)),
                (100, 60, {2: 40, 7: 30}, (130, 0, 40, 80, 2)),
                # Less
                (100, 80, {}, (80, 20, 0, 0, 0)),
                (100, 60, {1: 10, 3: 20}, (90, 10, 30, 70, 3)),
                (100, 0, {}, (0, 100, 0, 0, 0)),
                # Brought late, and given back
                (100, -100, {1: 100}, (0, 100, 0, 0, 0)),
                (100, -20, {1: 50, 2: 80}, (110, 0, 100, 170, 2)),
                # Given back, and replaced the next day
                (100, 70, {1: 30}, (100, 0, 30, 30, 1)),
                # Given back, while nothing was ordered
                (0, -10, {}, (-10, 0, 0, 0, 0)),
                ]:
            with self.subTest(ordered=ordered, in_time=in_time, late=late):
                self.assertEqual(
                    penalty.measure(
                        Decimal(ordered), Decimal(in_time),
                        {d: Decimal(a) for d, a in late.items()}),
                    penalty.Shortfall(ordered, *expected))

    @given(
        cents, cents, cents,
        st.dictionaries(st.integers(1, 30), cents, max_size=4))
    def test_measure_all(self, ordered, in_time, back, late):
        "Test all that is ordered is in time, late or missing"
        found = penalty.measure(ordered, in_time - back, late)
        self.assertLessEqual(found.missing + found.late, ordered)
        self.assertGreaterEqual(min(found.missing, found.late), 0)
        self.assertGreaterEqual(
            found.missing + found.late + in_time - back,
            min(ordered, in_time - back))
        self.assertGreaterEqual(found.late_days, found.late)
        self.assertLessEqual(found.late_days, found.late * found.days)
        # A day later costs as much more as what is late
        later = penalty.measure(
            ordered, in_time - back, {d + 1: a for d, a in late.items()})
        self.assertEqual(
            later.late_days - found.late_days, found.late)

    def test_add(self):
        "Test the shortfall of a call-off is the sum, its delay the longest"
        self.assertEqual(
            penalty.add([
                    penalty.Shortfall(10, 9, 1, 2, 4, 2),
                    penalty.Shortfall(20, 20, 0, 5, 15, 3)]),
            penalty.Shortfall(30, 29, 1, 7, 19, 3))

    def test_compute(self):
        "Test the parts, the cap and the rounding"
        for delay, missing, cap, shortfall, expected in [
                # On time
                ('.10', '.50', '.10', ('100', '100', '0', '0'), '0'),
                ('.10', '.50', None, ('100', '100', '0', '30'), '3'),
                ('.10', '.50', None, ('100', '80', '20', '0'), '10'),
                ('.10', '.50', None, ('100', '80', '20', '30'), '13'),
                # Only one of them
                (None, '.50', None, ('100', '80', '20', '30'), '10'),
                ('.10', None, None, ('100', '80', '20', '30'), '3'),
                (None, None, None, ('100', '80', '20', '30'), '0'),
                # At most
                ('.10', '.50', '.10', ('100', '80', '20', '30'), '10'),
                ('.10', '.50', '.13', ('100', '80', '20', '30'), '13'),
                ('.10', '.50', '0', ('100', '80', '20', '30'), '0'),
                ('.10', '.50', None, ('9', '8', '0', '0.33'), '0.03'),
                ]:
            with self.subTest(
                    delay=delay, missing=missing, cap=cap,
                    shortfall=shortfall):
                terms = penalty.Terms(*(
                        v and Decimal(v)
                        for v in [delay, None, missing, cap, None]))
                self.assertEqual(
                    penalty.compute(
                        terms,
                        penalty.Shortfall(*map(Decimal, shortfall), 0, 0), 2),
                    Decimal(expected))

    def test_compute_daily(self):
        "Test the formula of the standard terms, P = V x R / 1000"
        for delay, cap, late, days, expected in [
                (None, None, '500', 3, '1.50'),
                (None, '.10', '500', 3, '1.50'),
                # At most a tenth of the order, after a hundred days
                (None, '.10', '500', 200, '50'),
                # Beside a part that does not depend on the days
                ('.02', None, '500', 3, '11.50'),
                ]:
            with self.subTest(delay=delay, cap=cap, late=late, days=days):
                late = Decimal(late)
                self.assertEqual(
                    penalty.compute(
                        penalty.Terms(
                            delay and Decimal(delay), Decimal('.001'), None,
                            cap and Decimal(cap), None),
                        penalty.Shortfall(
                            late, late, 0, late, late * days, days), 2),
                    Decimal(expected))

    def test_floor(self):
        "Test nothing is due until the floor is passed"
        for floor, amounts, expected in [
                (None, [], False),
                (None, [1], True),
                (1000, [600, 400], False),
                (1000, [600, Decimal('400.01')], True),
                ]:
            with self.subTest(floor=floor, amounts=amounts):
                self.assertEqual(
                    penalty.is_due(
                        penalty.Terms(None, None, None, None, floor), amounts),
                    expected)


class PenaltyTestCase(unittest.TestCase):
    "Test the penalties of what was delivered to a canteen"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        drop_db()
        cls.addClassCleanup(drop_db)
        cls.config = activate_modules(
            ['shortcircuit_collective', 'shortcircuit_commission'], setup)
        cls.config.skip_warning = True
        cls.hub, _ = create_hubs()
        cls.farm = create_producer("Farm", ['BIO'])
        cls.carrot, cls.leek = map(create_product, ["Carrot", "Leek"])
        publish_mercuriale([
                (cls.carrot, Decimal(1), None), (cls.leek, Decimal(2), None)])
        Canteen = Model.get('shortcircuit.canteen')
        Channel = Model.get('shortcircuit.channel')
        Party = Model.get('party.party')
        cls.school = Party(name="School")
        cls.school.shortcircuit_channel, = Channel.find([])
        cls.school.addresses.new(street="1 Street")
        cls.school.save()
        cls.school.identifiers.new(
            type='fr_siret', code=get_siret(9002),
            address=cls.school.addresses[0])
        cls.school.save()
        create_point(cls.school, cls.hub)
        Canteen(party=cls.school).save()
        cls.set_account(get_accounts()['expense'])

    @staticmethod
    def set_account(account):
        Configuration = Model.get('shortcircuit.configuration')
        configuration = Configuration(1)
        configuration.penalty_account = account
        configuration.save()

    def create_contract(self, **terms):
        contract = create_contract([{
                    'max_amount': Decimal(10000),
                    'prices': [
                        (self.carrot, Decimal(1)), (self.leek, Decimal(2))],
                    }], [self.school],
            **({'penalty_missing': Decimal('.5')} | terms))
        self.addCleanup(contract.click, 'end')
        return contract

    def deliver(self, contract, *orders, offered=1000, **quantities):
        "Call off, deliver what is received and return the orders"
        cycle = open_cycle([
                (self.farm, self.carrot, offered),
                (self.farm, self.leek, offered)], warehouse=self.hub)
        sales = [
            call_off(contract, self.school, order, cycle=cycle)
            for order in orders]
        cycle.click('close')
        receive(cycle, **quantities)
        allocate(cycle)
        deliver(cycle, self.farm.party)
        for sale in sales:
            sale.reload()
        return sales

    def set_day(self, sale, date):
        sale.sale_date = sale.shipping_date = date
        sale.save()

    def propose(self, contract):
        "Return the penalties of the contract that are there afterwards"
        Penalty = Model.get('shortcircuit.contract.penalty')
        contract.click('propose_penalties')
        return Penalty.find(
            [('contract', '=', contract.id)], order=[('sale', 'ASC')])

    def get_amounts(self, record):
        return tuple(int(getattr(record, n)) for n in [
                'ordered', 'delivered', 'missing', 'late', 'days',
                'proposed_amount'])

    def test_propose(self):
        "Test the call-offs are compared, each once"
        CustomerReturn = Model.get('shortcircuit.customer_return')
        contract = self.create_contract(penalty_delay=Decimal('.1'))
        short, = self.deliver(
            contract, [(self.carrot, 100), (self.leek, 10)], Carrot=80)
        given_back, late = self.deliver(
            contract, [(self.carrot, 40)], [(self.leek, 50)])
        # Whole
        self.deliver(contract, [(self.carrot, 30)])
        # Its day is not past
        call_off(contract, self.school, [(self.carrot, 10)],
            shipping_date=TODAY)
        back = CustomerReturn(shipment=given_back.shipments[0])
        back.lines[0].quantity = 8
        back.click('do')
        self.set_day(late, YESTERDAY)
        past = call_off(contract, self.school, [(self.carrot, 10)])
        self.set_day(past, YESTERDAY)
        penalties = self.propose(contract)
        self.assertEqual(
            [(p.sale.id, self.get_amounts(p)) for p in penalties], [
                (short.id, (120, 100, 20, 0, 0, 10)),
                (given_back.id, (40, 32, 8, 0, 0, 4)),
                (late.id, (100, 100, 0, 100, 1, 10)),
                (past.id, (10, 0, 10, 0, 0, 5)),
                ])
        self.assertEqual(self.propose(contract), penalties)

    def test_queries(self):
        "Test one query measures all the call-offs"
        counts = []
        for count in [1, 5]:
            contract = self.create_contract()
            self.deliver(
                contract, *[[(self.leek, 10)]] * count, Leek=count * 9)
            with record_statements() as statements:
                self.assertEqual(len(self.propose(contract)), count)
            counts.append(len([
                        s for s in statements
                        if 'UNION' in s and 'substitute_for' in s]))
        self.assertEqual(counts, [1, 1])

    def test_floor(self):
        "Test the penalties of a contract wait until they pass its floor"
        contract = self.create_contract(penalty_floor=Decimal(10))
        self.deliver(contract, [(self.carrot, 100)], Carrot=80)
        self.assertEqual(self.propose(contract), [])
        self.deliver(contract, [(self.carrot, 100)], Carrot=98)
        self.assertEqual(
            [p.amount for p in self.propose(contract)],
            [Decimal(10), Decimal(1)])

    def test_daily(self):
        "Test the days of delay are counted from the day that was ordered"
        contract = self.create_contract(
            penalty_missing=None, penalty_daily=Decimal('.001'))
        sale, = self.deliver(
            contract, [(self.carrot, 400), (self.leek, 50)])
        self.set_day(sale, TODAY - dt.timedelta(days=3))
        record, = self.propose(contract)
        self.assertEqual(record.days, 3)
        self.assertEqual(record.late_days, Decimal(1500))
        self.assertEqual(record.proposed_amount, Decimal('1.50'))

    def test_answer(self):
        "Test a penalty is agreed once the cooperative could answer"
        self.config.skip_warning = False
        self.addCleanup(setattr, self.config, 'skip_warning', True)
        contract = self.create_contract(penalty_answer_days=15)
        self.deliver(contract, [(self.carrot, 100)], Carrot=80)
        record, = self.propose(contract)
        for announced in [None, TODAY - dt.timedelta(days=15)]:
            record.announcement_date = announced
            record.save()
            with self.assertRaises(PenaltyWarning):
                record.click('agree')
        self.assertEqual(record.answer_date, TODAY)
        record.announcement_date = TODAY - dt.timedelta(days=16)
        record.click('agree')
        self.assertEqual(record.state, 'agreed')

    def test_terms(self):
        "Test nothing is proposed for a contract without terms"
        contract = self.create_contract(penalty_missing=None)
        with self.assertRaises(AccessButtonError):
            contract.click('propose_penalties')

    def test_cancel(self):
        "Test a penalty is cancelled with a reason, and then unchanged"
        contract = self.create_contract()
        self.deliver(contract, [(self.carrot, 100)], Carrot=80)
        record, = self.propose(contract)
        with self.assertRaises(RequiredValidationError):
            record.click('cancel')
        record.reason = "Hail"
        record.click('cancel')
        record.amount = Decimal(5)
        with self.assertRaises(AccessError):
            record.save()
        self.assertEqual(self.propose(contract), [record])

    def test_invoice(self):
        "Test the agreed amount is deducted from the invoice of the month"
        Invoice = Model.get('account.invoice')
        Move = Model.get('stock.move')
        contract = self.create_contract()
        sale, = self.deliver(contract, [(self.carrot, 100)], Carrot=80)
        invoice, = Invoice.find([('contract', '=', contract.id)])
        self.assertEqual(invoice.total_amount, Decimal('84.40'))
        moves = [(m.id, m.sale_amount) for m in Move.find(
                [('sale', '=', sale.id)])]
        record, = self.propose(contract)
        record.amount = Decimal(6)
        record.save()
        self.set_account(None)
        with self.assertRaises(PenaltyError):
            record.click('agree')
        self.set_account(get_accounts()['expense'])
        record.click('agree')
        invoice.reload()
        line = record.invoice_line
        self.assertEqual(line.invoice, invoice)
        self.assertEqual(line.origin, record)
        self.assertEqual(line.amount, Decimal(-6))
        self.assertFalse(line.taxes)
        self.check_other_account(invoice, line.account)
        self.assertIn(sale.number, line.description)
        self.assertEqual(invoice.total_amount, Decimal('78.40'))
        self.assertEqual(moves, [
                (m.id, m.sale_amount)
                for m in Move.find([('sale', '=', sale.id)])])
        invoice.invoice_date = TODAY
        invoice.click('post')
        self.assertEqual(invoice.state, 'posted')
        self.assertEqual(invoice.total_amount, Decimal('78.40'))

    def check_other_account(self, invoice, account):
        "Only what is a penalty goes to an account of expenses"
        Invoice = Model.get('account.invoice')
        invoice = Invoice(invoice.id)
        line = invoice.lines.new(quantity=1, unit_price=Decimal(1))
        line.account = account
        with self.assertRaises(DomainValidationError):
            invoice.save()

    def test_next_invoice(self):
        "Test a penalty waits for an invoice that it does not make negative"
        Invoice = Model.get('account.invoice')
        contract = self.create_contract()
        self.deliver(contract, [(self.carrot, 100)], Carrot=80)
        invoice, = Invoice.find([('contract', '=', contract.id)])
        invoice.invoice_date = TODAY
        invoice.click('post')
        record, = self.propose(contract)
        record.click('agree')
        self.assertEqual(record.state, 'agreed')
        self.assertIsNone(record.invoice_line)
        self.assertIn(record.sale.party.rec_name, record.waiting)
        # Less than the penalty of 10, then more
        for quantity, invoiced in [(9, False), (5, True)]:
            self.deliver(contract, [(self.carrot, quantity)])
            record.reload()
            self.assertEqual(bool(record.invoice_line), invoiced)
            self.assertEqual(bool(record.waiting), not invoiced)
        invoice = record.invoice_line.invoice
        self.assertEqual(invoice.untaxed_amount, Decimal(4))
        # Taken off by mistake, it comes back with the next delivery
        line = Model.get('account.invoice.line')(record.invoice_line.id)
        line.delete()
        self.deliver(contract, [(self.carrot, 1)])
        record.reload()
        self.assertEqual(record.invoice_line.invoice, invoice)

    def test_cancelled_invoice(self):
        "Test what a cancelled invoice deducted is deducted again, once"
        Invoice = Model.get('account.invoice')
        contract = self.create_contract()
        self.deliver(contract, [(self.carrot, 100)], Carrot=80)
        record, = self.propose(contract)
        record.click('agree')
        with self.assertRaises(AccessButtonError):
            record.click('draft')
        first = Invoice(record.invoice_line.invoice.id)
        first.click('cancel')
        record.reload()
        self.assertTrue(record.waiting)
        record.click('draft')
        self.assertIsNone(record.invoice_line)
        record.amount = Decimal(7)
        record.click('agree')
        self.assertTrue(record.waiting)
        self.deliver(contract, [(self.carrot, 50)])
        record.reload()
        second = record.invoice_line.invoice
        self.assertNotEqual(second, first)
        self.assertEqual(second.untaxed_amount, Decimal(43))
