# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from proteus import Model


def create_hubs(config=None):
    "Return the default warehouse and a copy of it as second hub"
    Location = Model.get('stock.location', config=config)
    first, = Location.find([('type', '=', 'warehouse')])
    second, = first.duplicate({'name': "Second Hub", 'code': 'HUB2'})
    return first, second


def create_point(party, warehouse, config=None):
    "Create the distribution point of the party"
    Point = Model.get('shortcircuit.distribution_point', config=config)
    point = Point(name=party.name, party=party, warehouse=warehouse)
    point.save()
    party.distribution_point = point
    party.save()
    return point


def receive(cycle, **quantities):
    """
    Receive all the deliveries of the cycle as expected but the quantities
    given by product name.
    """
    for delivery in cycle.deliveries:
        delivery.click('as_expected')
        for line in delivery.lines:
            line.quantity = quantities.get(line.product.name, line.quantity)
            # What is cold is just cold enough
            line.temperature = line.temperature_max
        delivery.save()
        delivery.click('receive')
    cycle.reload()


def allocate(cycle):
    "Allocate the cycle and apply it"
    allocation, = cycle.click('allocate')
    allocation.click('apply')
    cycle.reload()
    return allocation


def transfer(cycle):
    "Bring the goods to the other hubs"
    for shipment in cycle.transfers:
        for button in ['pack', 'ship', 'do']:
            shipment.click(button)
    cycle.reload()


def deliver(cycle, driver, config=None):
    "Deliver the orders of the cycle by a round from each hub"
    Round = Model.get('shortcircuit.round', config=config)
    warehouses = {s.warehouse.id: s.warehouse for s in cycle.shipments}
    rounds = []
    for warehouse in warehouses.values():
        round_ = Round(
            date=cycle.delivery_date, warehouse=warehouse, driver=driver)
        round_.save()
        for button in ['plan', 'pack', 'run', 'do']:
            round_.click(button)
        rounds.append(round_)
    cycle.reload()
    return rounds


def create_vehicle(name, warehouse, driver, classes=('ambient',), config=None):
    "Create a vehicle of 100 crates and 800 kg that leaves the hub at 6"
    Vehicle = Model.get('shortcircuit.vehicle', config=config)
    vehicle = Vehicle(name=name, warehouse=warehouse, driver=driver)
    vehicle.crate_capacity = 100
    vehicle.weight_capacity = 800
    vehicle.storage_classes = list(classes)
    vehicle.save()
    return vehicle
