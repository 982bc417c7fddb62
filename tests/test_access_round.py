"""What the aidants reach of the rounds through RPC"""
import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest
from proteus import Model

from tests.access import acting, rpc
from trytond.model.exceptions import AccessError
from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_customer, create_producer, create_product, create_user, open_cycle,
    order, publish_mercuriale, setup)
from trytond.modules.shortcircuit_hub.tests.tools import (
    allocate, create_hubs, create_point, create_vehicle, receive)
from trytond.tests.test_tryton import drop_db
from trytond.tests.tools import activate_modules, set_user


@pytest.fixture(scope='module')
def day():
    "Two rounds on the road, of two aidants"
    drop_db()
    activate_modules(
        ['shortcircuit_collective', 'shortcircuit_commission'], setup)
    hub, _ = create_hubs()
    farm, other = map(create_producer, ["Farm", "Other"])
    customers = [create_customer(n) for n in ["School", "Hospital"]]
    carrot = create_product("Carrot")
    publish_mercuriale([(carrot, Decimal('1.50'), None)])
    cycle = open_cycle([(farm, carrot, 100)], warehouse=hub)
    points = [create_point(c, hub) for c in customers]
    for customer in customers:
        order(customer, [(carrot, 10)])
    cycle.click('close')
    receive(cycle)
    allocate(cycle)
    rounds = [
        run(point, hub, producer.party)
        for point, producer in zip(points, [farm, other])]
    yield SimpleNamespace(
        rounds=[r.id for r in rounds],
        stops=[r.stops[0].id for r in rounds],
        shipments=[r.stops[0].shipments[0].id for r in rounds],
        buyer=create_user('buyer', "Buyer", customers[0]),
        producer=create_user('producer', "Producer", farm.party),
        operator=create_user('operator', "Hub Operator"),
        aidant=create_user('aidant', "Aidant", farm.party))
    set_user(1)
    drop_db()


def run(point, hub, driver):
    Round = Model.get('shortcircuit.round')
    Shipment = Model.get('stock.shipment.out')
    round_ = Round(date=dt.date.today(), warehouse=hub, driver=driver)
    round_.vehicle = create_vehicle(point.name, hub, driver)
    stop = round_.stops.new(point=point)
    stop.shipments.extend(Shipment.find([
                ('distribution_point', '=', point.id)]))
    round_.save()
    round_.click('pack')
    round_.click('run')
    return round_


@pytest.fixture
def as_user(day):
    yield from acting(day)


@pytest.mark.parametrize('model, ids', [
        ('shortcircuit.round', 'rounds'),
        ('shortcircuit.round.stop', 'stops'),
        ('stock.shipment.out', 'shipments'),
        ])
def test_aidant_reads_own(as_user, model, ids):
    own, other = getattr(as_user('aidant'), ids)
    assert [r.id for r in Model.get(model).find([])] == [own]
    with pytest.raises(AccessError):
        rpc(model, 'read', [other], ['id'])


def test_aidant_reads_own_vehicle(as_user):
    as_user('aidant')
    vehicle, = Model.get('shortcircuit.vehicle').find([])
    assert vehicle.name == "School"


@pytest.mark.parametrize('user', ['buyer', 'producer'])
@pytest.mark.parametrize('model', [
        'shortcircuit.round', 'shortcircuit.round.stop',
        'shortcircuit.vehicle'])
def test_others_read_none(as_user, user, model):
    as_user(user)
    with pytest.raises(AccessError):
        rpc(model, 'search', [], 0, None, None)


def test_operator_reads_all(as_user):
    day = as_user('operator')
    rounds = Model.get('shortcircuit.round').find([])
    assert {r.id for r in rounds} == set(day.rounds)
    stops = Model.get('shortcircuit.round.stop').find([])
    assert {s.id for s in stops} == set(day.stops)


@pytest.mark.parametrize('values', [
        {'state': 'done'},
        {'executed_at': dt.datetime(2020, 1, 1)},
        {'sequence': 1},
        {'note': "Mine", 'state': 'done'},
        {'shipments': [('delete', [1])]},
        ])
def test_aidant_only_notes(as_user, values):
    own, _ = as_user('aidant').stops
    with pytest.raises(AccessError):
        rpc('shortcircuit.round.stop', 'write', [own], values)


def test_aidant_notes(as_user):
    own, other = as_user('aidant').stops
    values = {'note': "Back door", 'temperature': Decimal('3.0')}
    rpc('shortcircuit.round.stop', 'write', [own], values)
    with pytest.raises(AccessError):
        rpc('shortcircuit.round.stop', 'write', [other], values)


def test_aidant_counts_own_crates(as_user):
    set_user(1)
    Crate = Model.get('shortcircuit.crate')
    crate = Crate(name="Crate")
    crate.save()
    own, other = as_user('aidant').stops
    for stop in [own, other]:
        values = {'stop': stop, 'crate': crate.id, 'left': 2}
        if stop == own:
            rpc('shortcircuit.round.stop.crate', 'create', [values])
        else:
            with pytest.raises(AccessError):
                rpc('shortcircuit.round.stop.crate', 'create', [values])


@pytest.mark.parametrize('model, method, ids', [
        ('shortcircuit.round.stop', 'do', 'stops'),
        ('shortcircuit.round.stop', 'refuse', 'stops'),
        ('stock.shipment.out', 'refuse', 'shipments'),
        ('shortcircuit.round', 'do', 'rounds'),
        ])
def test_aidant_leaves_the_other_round(as_user, model, method, ids):
    _, other = getattr(as_user('aidant'), ids)
    with pytest.raises(AccessError):
        rpc(model, method, [other])


@pytest.mark.parametrize('method, args', [
        ('delete', ()), ('copy', ()),
        ])
def test_aidant_keeps_the_stops(as_user, method, args):
    own, _ = as_user('aidant').stops
    with pytest.raises(AccessError):
        rpc('shortcircuit.round.stop', method, [own], *args)


@pytest.mark.parametrize('user', ['aidant', 'producer', 'buyer'])
def test_partners_plan_nothing(as_user, user):
    as_user(user)
    config = Model.get('sale.sale')._config
    wizard = config.get_proxy('shortcircuit.round.plan', type='wizard')
    with pytest.raises(AccessError):
        wizard.create(config.context)


def test_aidant_executes(as_user):
    "Last, for it ends his round"
    day = as_user('aidant')
    own, _ = day.stops
    rpc('shortcircuit.round.stop', 'refuse', [own])
    rpc('shortcircuit.round', 'do', [day.rounds[0]])
    set_user(1)
    round_ = Model.get('shortcircuit.round')(day.rounds[0])
    assert round_.state == 'done'
    assert round_.failed_stops == 1
    shipment = Model.get('stock.shipment.out')(day.shipments[0])
    assert shipment.state == 'packed'
    set_user(day.aidant)
    with pytest.raises(AccessError):
        rpc('shortcircuit.round.stop', 'write', [own], {'note': "Later"})
