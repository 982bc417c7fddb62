# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine, initialize, invariant, precondition, rule,
    run_state_machine_as_test)
from proteus import Model, Wizard

from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_customer, create_producer, create_product, open_cycle, order,
    publish_mercuriale, setup)
from trytond.modules.shortcircuit_hub.tests.tools import (
    allocate, create_hubs, create_point, deliver, receive)
from trytond.tests.test_tryton import drop_db
from trytond.tests.tools import activate_modules

QUANTITIES = st.integers(1, 9)
HUBS = st.integers(0, 1)


class ProducerStock(RuleBasedStateMachine):
    """
    What a producer has at each hub is what he brought, less what was sold,
    returned to him, written off and given, whatever happens in whatever
    order; and the cooperative has none of it.
    """
    world = None
    examples = 0

    @initialize()
    def create(self):
        cls = self.__class__
        cls.examples += 1
        self.farm = create_producer(f"Farm {cls.examples}")
        self.product = create_product(f"Product {cls.examples}")
        self.left = Counter()
        self.shipments = []
        self.delivered = Counter()

    @rule(
        ordered=QUANTITIES, more=st.integers(0, 5), hub=HUBS,
        missing=st.integers(0, 3), fate=st.sampled_from(['lost', 'not_left']))
    def sell(self, ordered, more, hub, missing, fate):
        "Bring it to the first hub, deliver from one what the shuttle spares"
        world = self.world
        publish_mercuriale([(self.product, Decimal('1.37'), None)])
        cycle = open_cycle(
            [(self.farm, self.product, ordered)], warehouse=world.hubs[0])
        order(world.customers[hub], [(self.product, ordered)])
        cycle.click('close')
        receive(cycle, **{self.product.name: ordered + more})
        allocate(cycle)
        self.left[0] += ordered + more
        # Its own goods come first, the shuttle brings the rest
        travelling = ordered - min(self.left[hub], ordered)
        missing = min(missing, travelling, ordered - 1)
        self.cross(cycle, missing, fate)
        deliver(cycle, world.driver)
        shipment, = cycle.shipments
        self.shipments.append(shipment)
        self.delivered[shipment.id] = ordered - missing
        self.left[hub] -= ordered - travelling
        self.left[1 - hub] -= travelling
        if fate == 'not_left':
            self.left[1 - hub] += missing

    def cross(self, cycle, missing, fate):
        "Let the shuttle bring the goods but the missing ones"
        for shipment in cycle.transfers:
            for button in ['pack', 'ship']:
                shipment.click(button)
            receive = Wizard('shortcircuit.transfer.receive', [shipment])
            receive.form.driver = self.world.driver
            for line in receive.form.lines:
                taken = min(missing, line.shipped)
                missing -= taken
                if taken:
                    line.received = line.shipped - taken
                    line.fate = fate
                    if fate == 'lost':
                        line.reason = self.world.reason
            receive.execute('receive')
        cycle.reload()

    @precondition(lambda self: any(self.delivered.values()))
    @rule(data=st.data(), hub=HUBS, lost=st.booleans())
    def bring_back(self, data, hub, lost):
        "A customer gives back at one of the hubs"
        CustomerReturn = Model.get('shortcircuit.customer_return')
        shipment = data.draw(st.sampled_from(
                [s for s in self.shipments if self.delivered[s.id]]))
        back = CustomerReturn(shipment=shipment)
        back.warehouse = self.world.hubs[hub]
        line = back.lines[0]
        line.quantity = data.draw(st.integers(
                1, int(min(line.delivered, self.delivered[shipment.id]))))
        if lost:
            line.fate = 'write_off'
            line.reason = self.world.reason
        quantity = int(line.quantity)
        try:
            back.click('do')
        except Exception as exception:
            # The lot of the first line may already be back
            assert type(exception).__name__ == 'CustomerReturnError'
            return
        self.delivered[shipment.id] -= quantity
        if not lost:
            self.left[hub] += quantity

    @rule(data=st.data(), hub=HUBS, kind=st.sampled_from(
            ['return', 'gift', 'write_off']))
    def take_out(self, data, hub, kind):
        Unsold = Model.get('shortcircuit.unsold')
        if not self.left[hub]:
            return
        unsold = Unsold(
            kind=kind, producer=self.farm, warehouse=self.world.hubs[hub])
        if kind == 'gift':
            unsold.recipient = self.world.bank
        elif kind == 'write_off':
            unsold.reason = self.world.reason
        unsold.save()
        unsold.click('fill')
        line = unsold.lines[0]
        line.quantity = data.draw(st.integers(0, int(line.quantity)))
        quantity = int(line.quantity)
        for other in unsold.lines[1:]:
            quantity += int(other.quantity)
        unsold.click('do')
        self.left[hub] -= quantity

    @rule(hub=HUBS)
    def recall(self, hub):
        "All that was received is found"
        Recall = Model.get('shortcircuit.recall')
        if not self.shipments:
            return
        recall = Recall(
            reason="Test", drill=True, product=self.product,
            producer=self.farm)
        recall.click('find')
        assert all(l.received == l.traced for l in recall.lots)

    @invariant()
    def conserve(self):
        if not hasattr(self, 'left'):
            return
        Location = Model.get('stock.location')
        found = Counter()
        for number, hub in enumerate(self.world.hubs):
            locations = Location.find([
                    ('consignment_party', '=', self.farm.party.id),
                    ('parent', '=', hub.storage_location.id)])
            found[number] = self.quantity(locations)
        assert +found == +self.left
        assert self.listed() == +self.left
        assert not self.quantity(Location.find([('type', '=', 'storage')]))

    def listed(self):
        "Return what the screen tells of each hub"
        Stock = Model.get('shortcircuit.producer.stock')
        listed = Counter()
        for stock in Stock.find([('producer', '=', self.farm.id)]):
            listed[self.world.hubs.index(stock.place)] += stock.quantity
        return listed

    def quantity(self, locations):
        Product = Model.get('product.product')
        if not locations:
            return 0
        with self.world.config.set_context(
                locations=[l.id for l in locations],
                stock_date_end=dt.date.today()):
            return Product(self.product.id).quantity


class World:
    "What all the examples share"

    def __init__(self):
        self.config = activate_modules('shortcircuit_hub', setup)
        self.hubs = create_hubs()
        self.customers = []
        for number, hub in enumerate(self.hubs):
            customer = create_customer(f"Customer {number}")
            create_point(customer, hub)
            self.customers.append(customer)
        Party = Model.get('party.party')
        self.driver, self.bank = Party(name="Driver"), Party(name="Bank")
        self.driver.save()
        self.bank.save()
        Reason = Model.get('shortcircuit.loss_reason')
        self.reason, = Reason.find([], limit=1)


@pytest.fixture
def world():
    drop_db()
    ProducerStock.world = World()
    yield
    ProducerStock.world = None
    drop_db()


@pytest.mark.scenario
def test_producer_stock(world):
    run_state_machine_as_test(ProducerStock, settings=settings(
            max_examples=4, stateful_step_count=7,
            derandomize=True, database=None,
            # A step takes seconds: what fails is not made smaller
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck)))
