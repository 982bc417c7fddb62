# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import unittest
from decimal import Decimal
from unittest.mock import patch

from trytond.model.exceptions import AccessError
from trytond.modules.company.tests import create_company, set_company
from trytond.modules.shortcircuit_collective.gap_wizard import Proposal
from trytond.modules.shortcircuit_collective.tests.records import (
    create_buyer, create_canteen, create_lot, create_producer, create_product,
    deliver)
from trytond.modules.shortcircuit_collective.tests.test_stock import (
    create_contract_lot)
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction
from trytond.transaction import Transaction, check_access

# Half of the year
TODAY = dt.date(2026, 7, 1)
START = dt.date(2026, 1, 1)


def publish(products):
    "Publish at their price what the producers bring"
    pool = Pool()
    Channel = pool.get('shortcircuit.channel')
    LineProducer = pool.get(
        'shortcircuit.mercuriale.line-shortcircuit.producer')
    Mercuriale = pool.get('shortcircuit.mercuriale')
    PriceList = pool.get('product.price_list')
    ProducerProduct = pool.get('shortcircuit.producer.product')
    company = Transaction().context['company']
    ProducerProduct.create([
            {'product': product.id, 'producer': producer.id}
            for product, producer, _ in products])
    price_list, = PriceList.create([{
                'name': "Canteens",
                'unit': 'product_default',
                'price': 'list_price',
                }])
    channel, = Channel.create([{
                'name': "Canteens",
                'company': company,
                'price_list': price_list.id,
                }])
    mercuriale, = Mercuriale.create([{
                'channel': channel.id,
                'start_date': START,
                'end_date': dt.date(2026, 12, 31),
                'lines': [('create', [{
                                'product': product.id,
                                'producer': producer.id,
                                'unit_price': Decimal(price),
                                } for product, producer, price in products])],
                }])
    Mercuriale.write([mercuriale], {'state': 'published'})
    LineProducer.create([
            {'line': line.id, 'producer': line.producer.id}
            for line in Mercuriale(mercuriale.id).lines])
    return channel


class GapWizardTestCase(unittest.TestCase):
    "Test the proposal to reach the targets"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        activate_module('shortcircuit_collective')

    def setUp(self):
        super().setUp()
        today = patch(
            'trytond.modules.shortcircuit_collective.gap_wizard.today',
            return_value=TODAY)
        today.start()
        self.addCleanup(today.stop)

    def prepare(self):
        "Bought so far: 100 of milk, 8 of organic one, 12 of HVE meat"
        canteen = create_canteen("School")
        farms = {
            name: create_producer(name, **dict.fromkeys(labels, START))
            for name, labels in [
                ("Organic", ['BIO']), ("HVE", ['HVE']), ("Other", [])]}
        products = {
            name: create_product(name, family) for name, family in [
                ("Milk", 'PRODUITS_LAITIERS'),
                ("Cheese", 'PRODUITS_LAITIERS'),
                ("Winter Cheese", 'PRODUITS_LAITIERS'),
                ("Meat", 'VIANDES_VOLAILLES')]}
        products["Winter Cheese"].template.seasons = ['01']
        products["Winter Cheese"].template.save()
        for farm, product, amount in [
                ("Other", "Milk", 40), ("Other", "Cheese", 60),
                ("Organic", "Milk", 8), ("HVE", "Meat", 12)]:
            deliver(
                canteen.party, create_lot(farms[farm], products[product]),
                amount, dt.date(2026, 3, 1))
        canteen.party.shortcircuit_channel = publish([
                (products[product], farms[farm], price)
                for product, farm, price in [
                    ("Milk", "Organic", 60), ("Milk", "Other", 40),
                    ("Cheese", "HVE", 50), ("Winter Cheese", "HVE", 1)]])
        canteen.party.save()
        return canteen

    @with_transaction()
    def test_proposal(self):
        "Test what the canteen may buy"
        pool = Pool()
        Wizard = pool.get('shortcircuit.egalim.gap.show', type='wizard')
        with set_company(create_company()):
            canteen = self.prepare()
            with patch.object(
                    pool.get('ir.date'), 'today', return_value=TODAY):
                canteen = canteen.__class__(canteen.id)
                self.assertEqual(
                    (canteen.bio_target, canteen.bio_missing,
                        canteen.egalim_target, canteen.egalim_missing,
                        canteen.meat_fish_target, canteen.meat_fish_missing),
                    tuple(map(Decimal, [
                                '.20', '16', '.50', '40', '.60', '0'])))
            session_id, _, _ = Wizard.create()
            with Transaction().set_context(
                    active_model='shortcircuit.canteen',
                    active_id=canteen.id, active_ids=[canteen.id]):
                values = Wizard(session_id).default_gap([])
        self.assertEqual([
                (t['target'], t['missing_amount'], t['left_amount'])
                for t in values['targets']], [
                ('bio', Decimal(16), Decimal(0)),
                ('meat_fish', Decimal(0), Decimal(0)),
                ('egalim', Decimal(40), Decimal(0))])
        # The mean price of what is replaced is 50, and 182 days of 365 are
        # to come
        self.assertEqual([
                (l['target'], l['product.']['rec_name'], l['replaced_price'],
                    l['quantity']) for l in values['lines']], [
                ('bio', "Milk", Decimal(50), 1),
                ('egalim', "Cheese", Decimal(50), 1)])
        bio, hve = values['lines']
        self.assertEqual(hve['extra_amount'], 0)
        # 32.09 is missing at this pace, of which 1/6 is in addition: 31/30
        # of it is to be bought
        pace = Decimal(365) / 182
        amount = 16 * pace / (1 - Decimal('.2') / 6)
        self.assertAlmostEqual(bio['amount'], amount, delta=Decimal('.01'))
        self.assertAlmostEqual(
            bio['extra_amount'], amount / 6, delta=Decimal('.01'))
        self.assertEqual(values['extra_amount'], bio['extra_amount'])

    @with_transaction()
    def test_contract(self):
        "Test what the lots sell is proposed, up to what is left of them"
        pool = Pool()
        Contract = pool.get('shortcircuit.contract')
        Lot = pool.get('shortcircuit.contract.lot')
        Product = pool.get('product.product')
        with set_company(create_company()):
            canteen = self.prepare()
            cheese, = Product.search([('name', '=', "Cheese")])
            lot = create_contract_lot(canteen.party, [cheese], [])
            Lot.write([lot], {'max_amount': 20})
            Contract.activate([lot.contract])
            values = Proposal(canteen).get_values()
        line, = values['lines']
        self.assertEqual(
            (line['product'], line['unit_price'], line['amount']),
            (cheese.id, 10, 20))

    @with_transaction()
    def test_buyer(self):
        "Test the buyer has the proposal of his canteen only"
        pool = Pool()
        User = pool.get('res.user')
        Wizard = pool.get('shortcircuit.egalim.gap.show', type='wizard')
        with set_company(create_company()):
            own = self.prepare()
            other = create_canteen("Hospital", None)
            buyer = create_buyer(own.party)
        with Transaction().set_user(buyer.id), check_access():
            context = User.get_preferences(context_only=True)
            with Transaction().set_context(context):
                Canteen = pool.get('shortcircuit.canteen')
                self.assertIsNotNone(
                    Canteen.reach_targets([Canteen(own.id)]))
                for canteen in [own, other]:
                    session_id, state, _ = Wizard.create()
                    with Transaction().set_context(
                            active_model='shortcircuit.canteen',
                            active_id=canteen.id, active_ids=[canteen.id],
                            action_id=pool.get('ir.model.data').get_id(
                                'shortcircuit_collective',
                                'wizard_egalim_gap')), \
                            self.subTest(canteen=canteen.id):
                        if canteen == own:
                            view = Wizard.execute(session_id, {}, state)
                            self.assertEqual(
                                len(view['view']['defaults']['targets']), 3)
                        else:
                            with self.assertRaises(AccessError):
                                Wizard.execute(session_id, {}, state)
