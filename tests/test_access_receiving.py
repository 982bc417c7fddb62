"""What a producer sees of his deliveries, and who decides, through RPC"""
import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest
from proteus import Model, Wizard

from tests.access import acting, find, rpc
from trytond.model.exceptions import AccessError
from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_customer, create_producer, create_product, create_user, open_cycle,
    order, publish_mercuriale, setup)
from trytond.modules.shortcircuit_commission.tests.tools import settle
from trytond.modules.shortcircuit_hub.exceptions import CorrectionError
from trytond.modules.shortcircuit_hub.tests.tools import (
    allocate, create_hubs, create_point, deliver)
from trytond.tests.test_tryton import drop_db
from trytond.tests.tools import activate_modules, set_user

TODAY = dt.date.today()


@pytest.fixture(scope='module')
def week():
    "Two farms, each with a refusal and a correction, and an open delivery"
    drop_db()
    activate_modules(
        ['shortcircuit_collective', 'shortcircuit_commission'], setup)
    hub, _ = create_hubs()
    school = create_customer("School")
    create_point(school, hub)
    farm, other = map(create_producer, ["Farm", "Other"])
    carrot, leek = map(create_product, ["Carrot", "Leek"])
    publish_mercuriale([(p, Decimal('2.00'), None) for p in [carrot, leek]])
    cycle = open_cycle([(farm, carrot, 10), (other, leek, 10)], warehouse=hub)
    order(school, [(carrot, 8), (leek, 8)])
    cycle.click('close')
    lines = {}
    for delivery in cycle.deliveries:
        line, = delivery.lines
        refuse(line)
        delivery.reload()
        delivery.click('receive')
        correct(line, 9)
        lines[delivery.producer.id] = line
    allocate(cycle)
    deliver(cycle, farm.party)
    following = open_cycle([(farm, carrot, 10)], warehouse=hub)
    order(school, [(carrot, 10)])
    following.click('close')
    yield SimpleNamespace(
        line=lines[farm.id], other=lines[other.id], farm=farm,
        open_line=following.deliveries[0].lines[0],
        producer=create_user('producer', "Producer", farm.party),
        buyer=create_user('buyer', "Buyer", school),
        aidant=create_user('aidant', "Aidant", farm.party),
        accountant=create_user('accountant', "Accountant"),
        operator=create_user('operator', "Hub Operator"))
    set_user(1)
    drop_db()


def refuse(line):
    Reason = Model.get('shortcircuit.refusal.reason')
    wizard = Wizard('shortcircuit.delivery.line.refuse', [line])
    wizard.form.quantity, wizard.form.refused_quantity = 8, 2
    wizard.form.reason = Reason.find([], limit=1)[0]
    wizard.form.photo, wizard.form.photo_name = b'photo', 'photo.jpg'
    wizard.execute('refuse')


def correct(line, quantity):
    wizard = Wizard('shortcircuit.delivery.line.correct', [line])
    wizard.form.quantity = quantity
    wizard.form.reason = "Counted again"
    wizard.execute('correct')


@pytest.fixture
def as_user(week):
    yield from acting(week)


def test_producer_reads_his_refusals(as_user):
    week = as_user('producer')
    lines = find('shortcircuit.delivery.line')
    assert {l.delivery.producer.id for l in lines} == {week.farm.id}
    line, = [l for l in lines if l.refused_quantity]
    assert (line.refused_quantity, line.quantity) == (2, 9)
    assert line.refusal_reason.name
    assert line.photo == b'photo'
    attachment, = find('ir.attachment')
    assert attachment.data == b'photo'
    correction, = find('shortcircuit.delivery.correction')
    assert correction.line.id == week.line.id
    lot, = line.lots
    assert lot.number == line.lot_number


def test_producer_reads_his_stock(as_user):
    week = as_user('producer')
    stock, = find('shortcircuit.producer.stock')
    assert stock.producer.id == week.farm.id
    assert (stock.quantity, stock.ordered, stock.left) == (1, 0, 1)
    assert stock.place.type == 'warehouse'
    assert stock.lot.number == week.line.lot_number


def test_staff_reads_all_the_stock(as_user):
    as_user('operator')
    assert len(find('shortcircuit.producer.stock')) == 2


def test_producer_opens_all_his_deliveries(as_user):
    "What the hub looks at first is empty for him"
    as_user('producer')
    assert open_menu("Deliveries") == ["All", "To Bring", "With Refusals"]
    as_user('operator')
    assert open_menu("Deliveries")[0] == "To Call"


def open_menu(name):
    "Return the tabs of what the menu opens"
    menu, = find('ir.ui.menu', [
            ('name', '=', name), ('parent.name', '=', "Short Circuit")])
    action, = rpc(
        'ir.action.keyword', 'get_keyword', 'tree_open',
        ['ir.ui.menu', menu.id])
    return [name for name, *_ in action['domains']]


@pytest.mark.parametrize('user', ['buyer', 'aidant'])
@pytest.mark.parametrize('model', [
        'shortcircuit.delivery', 'shortcircuit.delivery.line',
        'shortcircuit.delivery.correction', 'shortcircuit.refusal.reason',
        'shortcircuit.storage.limit', 'shortcircuit.delivery.day',
        'shortcircuit.producer.stock', 'ir.attachment'])
def test_others_read_nothing(as_user, user, model):
    as_user(user)
    assert not find(model)


@pytest.mark.parametrize('model', [
        'shortcircuit.storage.limit', 'shortcircuit.delivery.day'])
def test_producer_reads_no_board(as_user, model):
    as_user('producer')
    assert not find(model)


@pytest.mark.parametrize('user', ['producer', 'accountant'])
@pytest.mark.parametrize('wizard', ['refuse', 'correct', 'accept_temperature'])
def test_only_operators_decide(as_user, user, wizard):
    week = as_user(user)
    with pytest.raises(AccessError):
        Wizard(f'shortcircuit.delivery.line.{wizard}', [week.open_line])


@pytest.mark.parametrize('user', ['producer', 'accountant'])
def test_only_operators_add(as_user, user):
    week = as_user(user)
    with pytest.raises(AccessError):
        Wizard('shortcircuit.delivery.surplus', [week.open_line.delivery])


@pytest.mark.parametrize('values', [
        {'surplus': True},
        {'refused_quantity': 1},
        {'temperature_reason': "Mine"},
        {'temperature_accepted_by': 1},
        ])
@pytest.mark.parametrize('user', ['producer', 'operator'])
def test_nobody_writes_the_trace(as_user, user, values):
    week = as_user(user)
    with pytest.raises(AccessError):
        rpc('shortcircuit.delivery.line', 'write', [week.open_line.id], values)


def test_operator_counts(as_user):
    week = as_user('operator')
    rpc('shortcircuit.delivery.line', 'write', [week.open_line.id],
        {'quantity': 7})
    with pytest.raises(AccessError):
        rpc('shortcircuit.delivery.line', 'write', [week.line.id],
            {'quantity': 7})


@pytest.mark.parametrize('method, args', [
        ('write', ({'reason': "Mine"},)),
        ('delete', ()),
        ])
def test_nobody_writes_corrections(as_user, method, args):
    week = as_user('operator')
    with pytest.raises(AccessError):
        rpc('shortcircuit.delivery.correction', method,
            [week.line.corrections[0].id], *args)


def test_what_is_settled_is_not_corrected(week):
    "Until then, more than was counted can still be found"
    correct(week.line, 10)
    settle(TODAY, TODAY)
    with pytest.raises(CorrectionError):
        correct(week.line, 11)
    week.line.reload()
    assert week.line.quantity == 10
