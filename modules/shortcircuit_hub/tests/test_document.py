# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import unittest
from decimal import Decimal
from io import BytesIO
from types import SimpleNamespace
from unittest.mock import patch

from proteus import Model, Report, Wizard
from pypdf import PdfReader

from trytond.modules.shortcircuit_catalog.tests.test_certificate import (
    count_statements)
from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_customer, create_producer, create_product, create_user, open_cycle,
    order, publish_mercuriale, setup)
from trytond.modules.shortcircuit_hub.tests.tools import (
    allocate, create_hubs, create_point, receive)
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME, drop_db
from trytond.tests.tools import activate_modules, set_user
from trytond.transaction import Transaction

LONG = (
    "Syndicat intercommunal à vocation unique de la restauration scolaire "
    "des communes de la vallée de la Lys et de ses affluents")
LINES = 60
CYCLE_SHEETS = [
    'shortcircuit.pick.product', 'shortcircuit.pick.order',
    'shortcircuit.pack.list', 'shortcircuit.package.label',
    'shortcircuit.packing_slip', 'shortcircuit.delivery_note',
    'shortcircuit.load_list',
    ]


def create_week():
    "A week of two hubs, before the shuttle, with a round at the first hub"
    hub1, hub2 = create_hubs()
    hub1.name = "First Hub"
    hub1.save()
    Crate = Model.get('shortcircuit.crate')
    for name, classes in [("Green", ['ambient']), ("Icebox", ['chilled'])]:
        Crate(name=name, storage_classes=classes).save()
    customers = {}
    for name, hub in [
            ("School", hub1), (LONG, hub1), ("Hospital", hub2),
            ("Clinic", hub1)]:
        customers[name] = create_customer(name)
        point = create_point(customers[name], hub)
        if name == "School":
            leave_crates(point, hub, [7, 2])
    farm1, farm2 = map(create_producer, ["Farm 1", "Farm 2"])
    carrot, milk, ice, honey = map(
        create_product, ["Carrot", "Milk", "Ice", "Honey"])
    for product, storage_class, allergens in [
            (milk, 'chilled', ['milk']), (ice, 'frozen', ['milk', 'nuts'])]:
        product.template.storage_class = storage_class
        product.template.allergens = allergens
        product.template.save()
    others = [create_product(
            f"Product {i:02} whose name is as long as those of the farms")
        for i in range(LINES)]
    publish_mercuriale([
            (p, Decimal('2.50'), None)
            for p in [carrot, milk, ice, honey, *others]])
    cycle = open_cycle([
            (farm1, carrot, 100), (farm1, milk, 50), (farm1, ice, 20),
            (farm2, honey, 20), *((farm1, p, 10) for p in others)],
        warehouse=hub1)
    for name, quantities in [
            ("School", [(carrot, 20), (milk, 6)]),
            (LONG, [(p, 2) for p in others]),
            ("Hospital", [(carrot, 31.5), (ice, 4), (honey, 3)]),
            ("Clinic", [(carrot, 60), (honey, 1)])]:
        order(customers[name], quantities)
    cycle.click('close')
    for delivery in cycle.deliveries:
        if delivery.producer == farm2:
            delivery.warehouse = hub2
            delivery.save()
    receive(cycle, Carrot=100)
    allocate(cycle)
    Round = Model.get('shortcircuit.round')
    round_ = Round(
        date=cycle.delivery_date, warehouse=hub1, driver=farm1.party)
    round_.save()
    round_.click('plan')
    return SimpleNamespace(
        cycle=cycle, round=round_, hub1=hub1, hub2=hub2, farm1=farm1,
        farm2=farm2, customers=customers)


def leave_crates(point, hub, quantities):
    "Leave so many crates of each type at the point"
    enter = Wizard('shortcircuit.crate.enter', [point])
    enter.form.direction = 'out'
    enter.form.warehouse = hub
    for line, quantity in zip(enter.form.lines, quantities):
        line.quantity = quantity
    enter.execute('write_')


def render(name, *records):
    "Print the records and return the texts of the pages"
    type_, content, _, _ = Report(name).execute(list(records))
    assert type_ == 'pdf'
    reader = PdfReader(BytesIO(content))
    return [
        ' '.join(p.extract_text().replace('\xa0', ' ').split())
        for p in reader.pages]


class DocumentTestCase(unittest.TestCase):
    "Test the sheets of delivery day, as they come out of the printer"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        drop_db()
        cls.addClassCleanup(drop_db)
        activate_modules('shortcircuit_hub', setup)
        cls.week = create_week()
        cls.packer = create_user('packer', "Hub Operator")
        set_user(cls.packer)
        cls.addClassCleanup(set_user, 1)

    def test_pick_by_product(self):
        "Test what is picked at each hub is poured for all the orders"
        pages = render('shortcircuit.pick.product', self.week.cycle)
        first = pages[0]
        self.assertIn("Pick by Product First Hub", first)
        self.assertIn("Carrot", first)
        self.assertIn("100 kg", first)
        for text in ["School T00001 · 1 17.94 kg", "Hospital 28.25 kg"]:
            self.assertIn(text, first)
        self.assertNotIn("Honey", ' '.join(pages[:-1]))
        self.assertIn("Pick by Product Second Hub", pages[-1])
        self.assertIn("Honey", pages[-1])
        self.assertIn("Hospital 3 kg", pages[-1])
        self.assertIn("Farm 2", pages[-1])
        # The classes come in their order, the last product with its orders
        whole = ' '.join(pages)
        self.assertLess(whole.index("Milk"), whole.index("Frozen"))

    def test_pick_by_order(self):
        "Test an order is picked at each of the hubs where its goods lie"
        pages = render('shortcircuit.pick.order', self.week.cycle)
        self.assertIn("School 1", pages[0])
        self.assertIn("2 ambient 1 chilled", pages[0])
        first = ' '.join(pages[:-1])
        self.assertEqual(first.count("2 kg"), LINES)
        self.assertIn("By the shuttle to Second Hub", first)
        self.assertIn("More crates from Second Hub", first)
        self.assertIn("Honey", pages[-1])
        self.assertIn("More crates from First Hub", pages[-1])
        # The title of an order that goes on is on each page
        self.assertGreater(first.count(LONG), 1)

    def test_pack_list(self):
        first, second = render('shortcircuit.pack.list', self.week.cycle)
        self.assertIn("Pack List First Hub", first)
        self.assertIn("Round T00001 · Farm 1", first)
        self.assertIn("No Round Yet Second Hub · by the shuttle", first)
        self.assertIn("Hospital", second)

    def test_labels(self):
        "Test each crate has its label, in the order of the round"
        pages = render('shortcircuit.package.label', self.week.cycle)
        labels = ' '.join(pages)
        Package = Model.get('shortcircuit.package')
        packages = Package.find([])
        self.assertEqual(len(pages), -(-len(packages) // 8))
        for package in packages:
            self.assertEqual(labels.count(package.number), 1)
        self.assertTrue(labels.startswith("1/3 T00001 · 1 School Ambient"))
        self.assertIn("First Hub → Second Hub", labels)

    def test_label_papers(self):
        "Test the papers hold the labels"
        Configuration = Model.get('shortcircuit.configuration')
        set_user(1)
        configuration = Configuration(1)
        try:
            for paper, count, size in [
                    ('a4-4', 3, (210, 297)),
                    ('100x150', 11, (100, 150)),
                    ('100x70', 11, (100, 70)),
                    ('a4-8', 2, (210, 297))]:
                configuration.label_paper = paper
                configuration.save()
                with self.subTest(paper=paper):
                    _, content, _, _ = Report(
                        'shortcircuit.package.label').execute(
                        [self.week.round])
                    pages = PdfReader(BytesIO(content)).pages
                    self.assertEqual(len(pages), count)
                    self.assertEqual({
                            tuple(round(float(s) * 25.4 / 72)
                                for s in p.mediabox[2:])
                            for p in pages}, {size})
        finally:
            configuration.label_paper = 'a4-8'
            configuration.save()
            set_user(self.packer)

    def test_packing_slip(self):
        "Test a slip tells the lots, the allergens and what is short"
        pages = render('shortcircuit.packing_slip', self.week.round)
        school = pages[0]
        self.assertIn("Packing Slip School", school)
        self.assertIn("Milk Allergens: milk", school)
        self.assertIn("17.94 kg ordered 20 kg", school)
        self.assertRegex(school, r"Carrot [\w-]+ Farm 1 17.94 kg")
        self.assertNotIn("2.50", school)

    def test_prices(self):
        "Test the prices are printed by setting, and add up"
        Configuration = Model.get('shortcircuit.configuration')
        set_user(1)
        configuration = Configuration(1)
        configuration.slip_prices = True
        configuration.save()
        try:
            school = render('shortcircuit.delivery_note', self.week.round)[0]
        finally:
            configuration.slip_prices = False
            configuration.save()
            set_user(self.packer)
        # 17.94 kg and 6 kg at 2.50
        for text in ["44.85", "15.00", "59.85"]:
            self.assertIn(text, school)

    def test_delivery_note(self):
        pages = render('shortcircuit.delivery_note', self.week.round)
        self.assertIn("Delivery Note School", pages[0])
        self.assertIn("Round T00001 · 1", pages[0])
        self.assertIn("Received on, name and signature", pages[0])
        # What is signed is on the last page of each note only
        signed = [p for p in pages if "signature" in p]
        self.assertEqual(len(signed), 2)

    def test_load_list(self):
        page, = render('shortcircuit.load_list', self.week.round)
        self.assertIn("Load List Round T00001 · Farm 1", page)
        self.assertIn("Crates out 11", page)
        self.assertLess(page.index("School"), page.index("Syndicat"))

    def test_load_list_crates(self):
        "Test what is loaded and what comes back is told by type of crate"
        page, = render('shortcircuit.load_list', self.week.round)
        self.assertIn("Crates to bring back 9 7 Green 2 Icebox", page)
        self.assertIn("Green 2 to leave 7 to bring back", page)
        self.assertIn("Icebox 1 to leave 2 to bring back", page)
        # The other point has none yet
        self.assertEqual(page.count("to bring back Left"), 2)

    def test_transfer_sheet(self):
        "Test the shuttle takes closed crates"
        pages = render(
            'shortcircuit.transfer_sheet', *self.week.cycle.transfers)
        there, = [p for p in pages if "First Hub → Second Hub" in p]
        self.assertIn("Hospital 3 2 – 1", there)
        self.assertIn("28.25 kg", there)
        back, = [p for p in pages if "Second Hub → First Hub" in p]
        self.assertIn("Clinic 4 1 – –", back)

    def test_no_orphan(self):
        "Test no page ends by a title, nor has a title only"
        for name in CYCLE_SHEETS:
            with self.subTest(sheet=name):
                for page in render(name, self.week.cycle):
                    self.assertGreater(len(page), 60)

    def test_order(self):
        "Test an order is printed alone"
        ShipmentOut = Model.get('stock.shipment.out')
        shipment, = ShipmentOut.find([('customer.name', '=', "Hospital")])
        page, = render('shortcircuit.delivery_note', shipment)
        for text in ["Carrot", "Ice", "Honey"]:
            self.assertIn(text, page)


class DocumentStatementsTestCase(unittest.TestCase):
    "Test that printing does not query by order nor by line"

    def setUp(self):
        super().setUp()
        drop_db()
        self.addCleanup(drop_db)
        activate_modules('shortcircuit_hub', setup)

    def test_statements(self):
        farm = create_producer("Farm")
        hub, other = create_hubs()
        products = [create_product(f"Product {i}") for i in range(8)]
        publish_mercuriale([(p, Decimal('2.00'), None) for p in products])
        counts = [
            self.count(farm, hub, other, customers, products[:lines])
            for customers, lines in [(2, 2), (4, 8)]]
        for name, few, many in zip(
                [*CYCLE_SHEETS, 'shortcircuit.transfer_sheet'], *counts):
            with self.subTest(sheet=name):
                self.assertLessEqual(many, few)

    def count(self, farm, hub, other, count, products):
        "Return how many statements each sheet of a cycle takes"
        cycle = open_cycle(
            [(farm, p, 1000) for p in products], warehouse=hub)
        for i in range(2 * count):
            customer = create_customer(f"Customer {i}")
            create_point(customer, [hub, other][i % 2])
            order(customer, [(p, 3) for p in products])
        cycle.click('close')
        receive(cycle)
        allocate(cycle)
        Round = Model.get('shortcircuit.round')
        round_ = Round(
            date=cycle.delivery_date, warehouse=hub, driver=farm.party)
        round_.save()
        round_.click('plan')
        transfers = [t.id for t in cycle.transfers]
        with Transaction().start(DB_NAME, 1, context=round_._config.context):
            return [
                *(self.count_sheet(name, 'shortcircuit.cycle', [cycle.id])
                    for name in CYCLE_SHEETS),
                self.count_sheet(
                    'shortcircuit.transfer_sheet', 'stock.shipment.internal',
                    transfers)]

    def count_sheet(self, name, model, ids):
        Sheet = Pool().get(name, type='report')
        with patch.object(Sheet, 'convert', return_value=('pdf', b'')):
            def execute():
                Sheet.execute(ids, {'model': model})
            execute()
            return count_statements(execute)
