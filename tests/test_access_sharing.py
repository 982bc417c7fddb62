"""What is shared, packed and brought to another hub, through RPC"""
import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest
from proteus import Model, Wizard

from tests.access import acting, find, rpc
from trytond.model.exceptions import AccessError
from trytond.model.modelview import AccessButtonError
from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_customer, create_producer, create_product, create_user, open_cycle,
    order, publish_mercuriale, setup)
from trytond.modules.shortcircuit_hub.tests.tools import (
    allocate, create_hubs, create_point, receive)
from trytond.tests.test_tryton import drop_db
from trytond.tests.tools import activate_modules, set_user

POLICY = 'shortcircuit.allocation.policy'
SUBSTITUTION = 'shortcircuit.substitution'
PACKAGE = 'shortcircuit.package'
MODELS = [
    'shortcircuit.allocation', 'shortcircuit.allocation.line',
    'shortcircuit.allocation.line.lot', POLICY,
    'shortcircuit.allocation.policy.class', SUBSTITUTION,
    'shortcircuit.transfer.difference']


@pytest.fixture(scope='module')
def day():
    "A shared day: two rounds, and a transfer of which some is missing"
    drop_db()
    activate_modules('shortcircuit_hub', setup)
    hub, other_hub = create_hubs()
    school, college, hospital = map(
        create_customer, ["School", "College", "Hospital"])
    for customer, warehouse in [
            (school, hub), (college, hub), (hospital, other_hub)]:
        create_point(customer, warehouse)
    farm, other = map(create_producer, ["Farm", "Other"])
    carrot, leek = map(create_product, ["Carrot", "Leek"])
    publish_mercuriale([
            (carrot, Decimal('1.50'), None), (leek, Decimal('2.00'), None)])
    cycle = open_cycle(
        [(farm, carrot, 40), (other, leek, 20)], warehouse=hub)
    consent = Model.get(SUBSTITUTION)(
        party=school, product=carrot, substitute=leek)
    consent.save()
    for customer in [school, college, hospital]:
        order(customer, [(carrot, 10)])
    cycle.click('close')
    receive(cycle, Carrot=30)
    allocation = allocate(cycle)
    arrive(cycle)
    driven, _ = [
        drive(cycle, hub, driver, customer) for driver, customer in [
            (farm.party, "School"), (other.party, "College")]]
    yield SimpleNamespace(
        allocation=allocation.id, consent=consent.id, driven=driven,
        transfer=cycle.transfers[0].id,
        operator=create_user('operator', "Hub Operator"),
        admin=create_user('boss', "Administrator"),
        buyer=create_user('buyer', "Buyer", school),
        producer=create_user('producer', "Producer", farm.party),
        aidant=create_user('aidant', "Aidant", farm.party),
        accountant=create_user('accountant', "Accountant"))
    set_user(1)
    drop_db()


def arrive(cycle):
    "Receive the transfer, of which some never left"
    transfer, = cycle.transfers
    for button in ['pack', 'ship']:
        transfer.click(button)
    wizard = Wizard('shortcircuit.transfer.receive', [transfer])
    line, = wizard.form.lines
    line.received = 8
    line.fate = 'not_left'
    wizard.execute('receive')


def drive(cycle, hub, driver, customer):
    cycle.reload()
    shipment, = [s for s in cycle.shipments if s.customer.name == customer]
    round_ = Model.get('shortcircuit.round')(
        date=cycle.delivery_date, warehouse=hub, driver=driver)
    stop = round_.stops.new(point=shipment.distribution_point)
    stop.shipments.append(Model.get('stock.shipment.out')(shipment.id))
    round_.save()
    return shipment.id


@pytest.fixture
def as_user(day):
    yield from acting(day)


@pytest.mark.parametrize('user', ['buyer', 'producer', 'aidant'])
@pytest.mark.parametrize('model', MODELS)
def test_partners_read_none(as_user, user, model):
    as_user(user)
    assert not find(model)


@pytest.mark.parametrize('user', ['buyer', 'producer', 'aidant'])
def test_partners_write_none(as_user, user):
    day = as_user(user)
    for model, id_, values in [
            ('shortcircuit.allocation', day.allocation, {'again': True}),
            (SUBSTITUTION, day.consent, {'substitute': None})]:
        for method, args in [('write', [values]), ('delete', [])]:
            with pytest.raises(AccessError):
                rpc(model, method, [id_], *args)
    with pytest.raises((AccessError, AccessButtonError)):
        rpc('shortcircuit.allocation', 'undo', [day.allocation])


@pytest.mark.parametrize('user', ['buyer', 'producer', 'aidant'])
@pytest.mark.parametrize('name, model', [
        ('shortcircuit.allocation.compare', 'shortcircuit.allocation'),
        ('shortcircuit.transfer.receive', 'stock.shipment.internal')])
def test_partners_run_no_wizard(as_user, user, name, model):
    day = as_user(user)
    id_ = (day.allocation if model == 'shortcircuit.allocation'
        else day.transfer)
    proxy = Model.get('res.user')._config.get_proxy(name, type='wizard')
    context = Model.get('res.user')._config.context
    with pytest.raises(AccessError):
        session, *_ = proxy.create(context)
        proxy.execute(
            session, {}, 'start',
            {**context, 'active_model': model, 'active_id': id_,
                'active_ids': [id_]})


def test_aidant_reads_the_packages_of_his_rounds(as_user):
    day = as_user('aidant')
    packages = find(PACKAGE)
    assert {p.shipment.id for p in packages} == {day.driven}
    with pytest.raises(AccessError):
        rpc(PACKAGE, 'write', [packages[0].id], {'storage_class': 'frozen'})
    with pytest.raises(AccessError):
        rpc(PACKAGE, 'delete', [packages[0].id])


def test_buyer_reads_the_packages_of_his_orders(as_user):
    day = as_user('buyer')
    assert {p.shipment.id for p in find(PACKAGE)} == {day.driven}


def test_producer_reads_no_package(as_user):
    as_user('producer')
    assert not find(PACKAGE)


@pytest.mark.parametrize('model', MODELS + [PACKAGE])
def test_staff_reads_all(as_user, model):
    as_user('accountant')
    assert find(model)


def test_operator_shares_and_consents(as_user):
    day = as_user('operator')
    rpc(SUBSTITUTION, 'write', [day.consent], {'agreed_on': dt.date.today()})
    with pytest.raises(AccessError):
        rpc(POLICY, 'write', [find(POLICY)[0].id], {'floor': True})
    difference, = find('shortcircuit.transfer.difference')
    with pytest.raises(AccessError):
        rpc('shortcircuit.transfer.difference', 'write', [difference.id],
            {'received': 10})


def test_admin_chooses_the_policy(as_user):
    as_user('admin')
    policy, *_ = find(POLICY)
    rpc(POLICY, 'write', [policy.id], {'floor': policy.floor})
