"""What becomes of goods that are not sold or recalled, through RPC"""
from decimal import Decimal
from types import SimpleNamespace

import pytest
from proteus import Model

from tests.access import acting, find, rpc
from trytond.model.exceptions import AccessError
from trytond.model.modelview import AccessButtonError
from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_customer, create_producer, create_product, create_user, open_cycle,
    order, publish_mercuriale, setup)
from trytond.modules.shortcircuit_hub.tests.tools import (
    allocate, create_hubs, create_point, deliver, receive)
from trytond.tests.test_tryton import drop_db
from trytond.tests.tools import activate_modules, set_user

MODELS = [
    'shortcircuit.recall', 'shortcircuit.recall.lot',
    'shortcircuit.recall.line', 'shortcircuit.recall.notice',
    'shortcircuit.customer_return', 'shortcircuit.customer_return.line']
UNSOLD = ['shortcircuit.unsold', 'shortcircuit.unsold.line']


@pytest.fixture(scope='module')
def day():
    "A delivered day, a recall, a return and what two farms have given"
    drop_db()
    activate_modules('shortcircuit_hub', setup)
    hub, _ = create_hubs()
    school = create_customer("School")
    create_point(school, hub)
    farm, other = map(create_producer, ["Farm", "Other"])
    carrot, leek = map(create_product, ["Carrot", "Leek"])
    publish_mercuriale([
            (carrot, Decimal('1.50'), None), (leek, Decimal('2.00'), None)])
    cycle = open_cycle(
        [(farm, carrot, 20), (other, leek, 20)], warehouse=hub)
    order(school, [(carrot, 10), (leek, 5)])
    cycle.click('close')
    receive(cycle, Carrot=20, Leek=20)
    allocate(cycle)
    deliver(cycle, farm.party)
    bank = Model.get('party.party')(name="Food Bank")
    bank.save()
    operator = create_user('operator', "Hub Operator")
    set_user(operator)
    gifts = [give(p, hub, bank) for p in [farm, other]]
    recall = Model.get('shortcircuit.recall')(reason="Stones", product=carrot)
    recall.click('find')
    recall.click('notify')
    take_back(cycle)
    set_user(1)
    yield SimpleNamespace(
        farm=farm, gifts=gifts, recall=recall, operator=operator,
        buyer=create_user('buyer', "Buyer", school),
        producer=create_user('producer', "Producer", farm.party),
        aidant=create_user('aidant', "Aidant", farm.party),
        accountant=create_user('accountant', "Accountant"))
    set_user(1)
    drop_db()


def give(producer, hub, recipient):
    Unsold = Model.get('shortcircuit.unsold')
    gift = Unsold(
        kind='gift', producer=producer.id, warehouse=hub.id,
        recipient=recipient.id)
    gift.save()
    gift.click('fill')
    gift.click('do')
    return gift


def take_back(cycle):
    CustomerReturn = Model.get('shortcircuit.customer_return')
    cycle.reload()
    back = CustomerReturn(shipment=cycle.shipments[0].id)
    back.lines[0].quantity = 1
    back.click('do')


@pytest.fixture
def as_user(day):
    yield from acting(day)


@pytest.mark.parametrize('user', ['buyer', 'producer', 'aidant'])
@pytest.mark.parametrize('model', MODELS)
def test_partners_read_no_recall(as_user, user, model):
    as_user(user)
    assert not find(model)


@pytest.mark.parametrize('user', ['buyer', 'aidant'])
@pytest.mark.parametrize('model', UNSOLD)
def test_others_read_no_unsold(as_user, user, model):
    as_user(user)
    assert not find(model)


def test_producer_reads_his_unsold(as_user):
    day = as_user('producer')
    gift, = find('shortcircuit.unsold')
    assert gift.id == day.gifts[0].id
    line, = find('shortcircuit.unsold.line')
    assert line.unsold.id == gift.id
    assert line.quantity == 10
    row, = rpc('shortcircuit.unsold', 'read', [gift.id],
        ['recipient_name', 'warehouse.rec_name', 'lines'])
    assert row['recipient_name'] == "Food Bank"
    assert list(row['lines']) == [line.id]
    for field in [
            'recipient', 'carrier', 'customer_return', 'transfer', 'done_by']:
        with pytest.raises(AccessError):
            rpc('shortcircuit.unsold', 'read', [gift.id], [field])


@pytest.mark.parametrize('method, args', [
        ('read', (['number'],)),
        ('write', ({'note': "Mine"},)),
        ('delete', ()),
        ])
def test_producer_leaves_others_unsold(as_user, method, args):
    day = as_user('producer')
    with pytest.raises(AccessError):
        rpc('shortcircuit.unsold', method, [day.gifts[1].id], *args)


def test_producer_prints_his_own(as_user):
    day = as_user('producer')
    config = Model.get('shortcircuit.unsold')._config
    report = config.get_proxy('shortcircuit.unsold', type='report')
    extension, *_ = report.execute([day.gifts[0].id], {}, config.context)
    assert extension == 'pdf'
    with pytest.raises(AccessError):
        report.execute([day.gifts[1].id], {}, config.context)


@pytest.mark.parametrize('model', MODELS + UNSOLD)
def test_accountant_reads_all(as_user, model):
    as_user('accountant')
    assert find(model)


def test_accountant_leaves_the_recall(as_user):
    day = as_user('accountant')
    with pytest.raises((AccessError, AccessButtonError)):
        rpc('shortcircuit.recall', 'hold', [day.recall.id])
