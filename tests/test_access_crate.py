"""The crates that producers and aidants reach through RPC"""
import datetime as dt
from types import SimpleNamespace

import pytest
from proteus import Model, Wizard

from tests.access import acting
from trytond.model.exceptions import AccessError
from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_customer, create_producer, create_user, setup)
from trytond.modules.shortcircuit_hub.tests.tools import (
    create_hubs, create_point)
from trytond.tests.test_tryton import drop_db
from trytond.tests.tools import activate_modules, set_user

CRATE = 'shortcircuit.crate'
TODAY = dt.date.today()


@pytest.fixture(scope='module')
def crates():
    "Two farms with crates; one of them drives a round of two schools"
    drop_db()
    activate_modules('shortcircuit_hub', setup)
    hub, _ = create_hubs()
    crate = Model.get(CRATE)(name="Green")
    crate.save()
    farm, other = map(create_producer, ["Farm", "Other"])
    for producer in [farm, other]:
        enter(hub, producer, 10)
    schools = list(map(create_customer, ["School", "College", "Hospital"]))
    points = [create_point(s, hub) for s in schools]
    for point in points:
        enter(hub, point, 5)
    rounds = [
        drive(hub, farm.party, crate, points[:1]),
        drive(hub, farm.party, crate, points[:1], done=True),
        drive(hub, other.party, crate, points[1:2])]
    yield SimpleNamespace(
        hub=hub, crate=crate, farm=farm, other=other,
        stop_crates=[r.stops[0].crates[0].id for r in rounds],
        producer=create_user('producer', "Producer", farm.party),
        aidant=create_user('aidant', "Aidant", farm.party),
        buyer=create_user('buyer', "Buyer", schools[0]),
        operator=create_user('operator', "Hub Operator"))
    set_user(1)
    drop_db()


def enter(hub, record, quantity):
    wizard = Wizard('shortcircuit.crate.enter', [record])
    wizard.form.direction = 'out'
    wizard.form.warehouse = hub
    wizard.form.lines[0].quantity = quantity
    wizard.execute('write_')


def drive(hub, driver, crate, points, done=False):
    round_ = Model.get('shortcircuit.round')(
        date=TODAY, warehouse=hub, driver=driver)
    for point in points:
        round_.stops.new(point=point).crates.new(crate=crate, left=3)
    round_.save()
    round_.click('run')
    if done:
        round_.click('do')
    return round_


@pytest.fixture
def as_user(crates):
    yield from acting(crates)


def find(model, domain=()):
    return Model.get(model).find(list(domain))


def held(domain=()):
    return {
        (b.kind, b.holder.rec_name, b.quantity)
        for b in find('shortcircuit.crate.balance', domain)}


def test_producer_reads_own(as_user):
    as_user('producer')
    assert {h for h in held() if h[0] == 'producer'} == {
        ('producer', "Farm", 10)}
    assert not held([('kind', 'in', ['hub', 'customer'])])
    for move in find('shortcircuit.crate.move'):
        names = {move.from_holder.rec_name, move.to_holder.rec_name}
        assert "Other" not in names and "Hospital" not in names


def test_aidant_reads_the_points_of_his_rounds(as_user):
    as_user('aidant')
    assert held([('kind', '=', 'point')]) == {('point', "School", 8)}
    assert held([('kind', '=', 'aidant')]) == {('aidant', "Farm", 3)}
    crates = find('shortcircuit.round.stop.crate')
    assert len(crates) == 2
    assert {c.held for c in crates} == {8}


def test_buyer_reads_own(as_user):
    as_user('buyer')
    assert held() == {('point', "School", 8)}


@pytest.mark.parametrize('user', ['producer', 'aidant', 'buyer'])
def test_partners_write_nothing_in_the_ledger(as_user, user):
    crates = as_user(user)
    move, *_ = find('shortcircuit.crate.move')
    proxy = Model.get('shortcircuit.crate.move')._proxy
    context = Model.get('shortcircuit.crate.move')._config.context
    values = {
        'crate': crates.crate.id,
        'quantity': 1,
        'from_holder': move.from_holder.id,
        'to_holder': move.to_holder.id,
        'date': TODAY,
        }
    for method, args in [
            ('create', [[values]]), ('write', [[move.id], {'quantity': 2}]),
            ('delete', [[move.id]])]:
        with pytest.raises(AccessError):
            getattr(proxy, method)(*args, context)
    with pytest.raises(AccessError):
        Wizard('shortcircuit.crate.enter')


def test_aidant_counts_at_his_running_stops(as_user):
    crates = as_user('aidant')
    StopCrate = Model.get('shortcircuit.round.stop.crate')
    running, done, others = crates.stop_crates
    crate = StopCrate(running)
    crate.taken = 2
    crate.save()
    for id_ in [done, others]:
        with pytest.raises(AccessError):
            StopCrate._proxy.write(
                [id_], {'taken': 2}, StopCrate._config.context)


def test_operator_enters(as_user):
    crates = as_user('operator')
    assert held([('kind', '=', 'producer')]) == {
        ('producer', "Farm", 10), ('producer', "Other", 10)}
    wizard = Wizard('shortcircuit.crate.enter')
    wizard.form.kind = 'found'
    wizard.form.warehouse = Model.get('stock.location')(crates.hub.id)
    wizard.form.lines[0].quantity = 1
    wizard.execute('write_')
    assert find('shortcircuit.crate.move', [('event', '=', 'manual')])
