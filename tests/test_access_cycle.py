"""What a producer announces and who lets a late order in, through RPC"""
import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest
from proteus import Model, Wizard

from tests.access import acting, rpc
from trytond.exceptions import UserError
from trytond.model.exceptions import AccessError
from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_channel, create_customer, create_producer, create_product,
    create_user, open_cycle, order, publish_mercuriale, setup)
from trytond.tests.test_tryton import drop_db
from trytond.tests.tools import activate_modules, set_user


@pytest.fixture(scope='module')
def week():
    "A late order of last week, and next week to announce"
    drop_db()
    activate_modules('shortcircuit_catalog', setup)
    school = create_customer("School")
    farm, other = map(create_producer, ["Farm", "Other"])
    carrot, leek, turnip = map(create_product, ["Carrot", "Leek", "Turnip"])
    for producer, product in [
            (farm, carrot), (farm, leek), (other, turnip)]:
        have(producer, product)
    publish_mercuriale(
        [(p, Decimal('1.50'), None) for p in [carrot, leek, turnip]], days=30)
    cycle = open_cycle([(farm, carrot, 40), (other, turnip, 10)])
    order(school, [(carrot, 12)])
    late = order(school, [(carrot, 10)], confirm=False)
    cycle.click('close')
    yield SimpleNamespace(
        cycle=cycle, next=plan(cycle), late=late, farm=farm, other=other,
        carrot=carrot, leek=leek, turnip=turnip,
        buyer=create_user('buyer', "Buyer", school),
        producer=create_user('producer', "Producer", farm.party),
        staff=create_user('staff', "Accountant"),
        operator=create_user('operator', "Hub Operator"))
    set_user(1)
    drop_db()


def have(producer, product):
    ProducerProduct = Model.get('shortcircuit.producer.product')
    ProducerProduct(producer=producer, product=product).save()


def plan(cycle):
    "Create the following cycle as a draft"
    Cycle = Model.get('shortcircuit.cycle')
    following = Cycle(name="Next", channel=cycle.channel)
    following.opens_at = cycle.closes_at
    following.closes_at = cycle.closes_at + dt.timedelta(days=5)
    following.delivery_date = cycle.delivery_date + dt.timedelta(days=7)
    following.save()
    return following


@pytest.fixture
def as_user(week):
    yield from acting(week)


def test_producer_announces(as_user):
    "He finds his products with what he brought last time and saves"
    week = as_user('producer')
    announce = Wizard('shortcircuit.offer.announce')
    assert announce.form.cycle.id == week.next.id
    assert announce.form.producer.id == week.farm.id
    carrot, leek = announce.form.lines
    assert (carrot.product.id, carrot.last, carrot.quantity) == (
        week.carrot.id, 40, 40)
    assert (leek.product.id, leek.last, leek.quantity) == (
        week.leek.id, None, None)
    carrot.quantity = 25
    announce.execute('announce')
    Offer = Model.get('shortcircuit.offer')
    offer, = Offer.find([('cycle', '=', week.next.id)])
    assert (offer.product.id, offer.quantity) == (week.carrot.id, 25)
    again = Wizard('shortcircuit.offer.announce')
    again.form.lines[0].quantity = None
    again.form.lines[1].quantity = 5.5
    again.execute('announce')
    offer, = Offer.find([('cycle', '=', week.next.id)])
    assert (offer.product.id, offer.quantity) == (week.leek.id, 5.5)


def test_producer_announces_for_himself(as_user):
    week = as_user('producer')
    announce = Wizard('shortcircuit.offer.announce')
    announce.form.producer = Model.get('shortcircuit.producer')(week.other.id)
    assert not announce.form.lines
    line = announce.form.lines.new(quantity=1)
    line.product = Model.get('product.product')(week.turnip.id)
    with pytest.raises(UserError):
        announce.execute('announce')


def test_producer_reads_coming_cycles(as_user):
    as_user('producer')
    Cycle = Model.get('shortcircuit.cycle')
    assert {c.state for c in Cycle.find([])} == {'draft', 'closed'}


def test_buyer_reads_no_draft_cycle(as_user):
    as_user('buyer')
    Cycle = Model.get('shortcircuit.cycle')
    assert {c.state for c in Cycle.find([])} == {'closed'}


@pytest.mark.parametrize('user', ['buyer', 'staff'])
def test_others_announce_nothing(as_user, user):
    as_user(user)
    with pytest.raises(AccessError):
        Wizard('shortcircuit.offer.announce')


@pytest.mark.parametrize('user', ['buyer', 'producer', 'staff'])
def test_only_operators_force(as_user, user):
    week = as_user(user)
    with pytest.raises(AccessError):
        Wizard('sale.sale.force', [week.late])
    set_user(1)
    week.late.reload()
    assert not week.late.forced_by


@pytest.mark.parametrize('values', [
        {'forced_by': 1},
        {'forced_reason': "Mine"},
        {'ordered_at': dt.datetime(2000, 1, 1)},
        ])
@pytest.mark.parametrize('user', ['buyer', 'operator'])
def test_nobody_writes_the_trace(as_user, user, values):
    week = as_user(user)
    with pytest.raises(AccessError):
        rpc('sale.sale', 'write', [week.late.id], values)


def test_operator_forces(as_user):
    week = as_user('operator')
    with pytest.raises(UserError):
        force = Wizard('sale.sale.force', [week.late])
        force.execute('force')
    force = Wizard('sale.sale.force', [week.late])
    force.form.reason = "Called too late"
    force.execute('force')
    week.late.reload()
    assert week.late.forced_by.id == week.operator.id
    assert week.late.forced_reason == "Called too late"


@pytest.mark.parametrize('user', ['buyer', 'producer'])
@pytest.mark.parametrize('model', [
        'shortcircuit.cycle.rule', 'shortcircuit.holiday'])
def test_partners_read_no_rule(as_user, user, model):
    as_user(user)
    with pytest.raises(AccessError):
        rpc(model, 'search', [])


def test_producer_reads_how_much_is_ordered(week):
    Configuration = Model.get('shortcircuit.configuration')
    Offer = Model.get('shortcircuit.offer')

    def read(user):
        set_user(user)
        offer, = Offer.find([
                ('cycle', '=', week.cycle.id),
                ('product', '=', week.carrot.id),
                ])
        values = offer.ordered, offer.customers
        set_user(1)
        return values

    assert read(week.producer) == (12, None)
    assert read(week.operator) == (12, "School")
    configuration = Configuration(1)
    configuration.producers_see_customers = True
    configuration.save()
    assert read(week.producer) == (12, "School")


def test_buyer_orders_by_his_channel_only(week):
    "Neither what he reads nor what he sends passes by another one"
    Cycle = Model.get('shortcircuit.cycle')
    trade = Cycle(name="Trade", channel=create_channel("Trade"))
    for name in ['opens_at', 'closes_at', 'delivery_date']:
        setattr(trade, name, getattr(week.cycle, name))
    mercuriale = Model.get('shortcircuit.mercuriale')(channel=trade.channel)
    mercuriale.start_date = mercuriale.end_date = trade.delivery_date
    mercuriale.lines.new(product=week.carrot, unit_price=Decimal('1.20'))
    mercuriale.save()
    mercuriale.click('publish')
    trade.mercuriale = mercuriale
    trade.save()
    trade.click('open')
    nowhere = create_customer("Nowhere")
    nowhere.shortcircuit_channel = None
    nowhere.save()
    buyers = [
        week.buyer, create_user('nowhere', "Buyer", nowhere)]

    for buyer, cycles in zip(buyers, [{week.cycle.id}, set()]):
        set_user(buyer)
        assert {c.id for c in Cycle.find([])} == cycles
    sale, = rpc('sale.sale', 'create', [{
                'party': nowhere.id, 'cycle': trade.id}])
    with pytest.raises(UserError):
        Model.get('sale.sale')(sale).click('quote')
    set_user(1)
