"""What producers, aidants and buyers reach through RPC"""
import datetime as dt
from decimal import Decimal
from io import BytesIO
from types import SimpleNamespace

import pytest
from proteus import Model, Report
from pypdf import PdfReader

from tests.access import acting, find, rpc
from trytond.model import ModelSQL
from trytond.model.exceptions import AccessError
from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_customer, create_producer, create_product, create_user, open_cycle,
    order, publish_mercuriale, setup)
from trytond.modules.shortcircuit_commission.tests.tools import (
    create_agent, settle)
from trytond.modules.shortcircuit_hub.tests.tools import (
    allocate, create_hubs, create_point, deliver, receive)
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME, drop_db
from trytond.tests.tools import activate_modules, set_user

# The records of these models that a buyer may not even count
OTHERS = [
    'bank.account',
    'bank.account.number',
    'shortcircuit.agreement',
    'shortcircuit.agreement.share',
    'shortcircuit.allocation',
    'shortcircuit.allocation.line',
    'shortcircuit.certificate',
    'shortcircuit.customer_return',
    'shortcircuit.customer_return.line',
    'shortcircuit.delivery',
    'shortcircuit.delivery.line',
    'shortcircuit.derogation',
    'shortcircuit.distribution_point.agent',
    'shortcircuit.expiry',
    'shortcircuit.grid',
    'shortcircuit.insurance',
    'shortcircuit.offer',
    'shortcircuit.producer',
    'shortcircuit.recall',
    'shortcircuit.recall.line',
    'shortcircuit.recall.notice',
    'shortcircuit.round',
    'shortcircuit.round.due',
    'shortcircuit.round.figure',
    'shortcircuit.settlement',
    'shortcircuit.settlement.line',
    'shortcircuit.unsold',
    'shortcircuit.unsold.line',
    'commission',
    'commission.agent',
    'account.move',
    'account.move.line',
    'purchase.purchase',
    'stock.shipment.in',
    'stock.shipment.internal',
    ]
# What of a delivered move is not the buyer's business
MONEY = [
    'net_price', 'producer_due', 'producer_price', 'commission_due',
    'grid_due', 'cooperative_due', 'sale_amount', 'unit_price', 'cost_price',
    'producer', 'agreement']
# The sheets of delivery day
SHEETS = {
    'shortcircuit.pick.product', 'shortcircuit.pick.order',
    'shortcircuit.pack.list', 'shortcircuit.package.label',
    'shortcircuit.packing_slip', 'shortcircuit.delivery_note',
    'shortcircuit.load_list'}
# The documents of core that partners work with
DOCUMENTS = [
    'account.invoice', 'account.invoice.line', 'account.move', 'commission',
    'product.price_list', 'res.user', 'res.user-party.party',
    'product.price_list.line', 'product.product', 'product.template',
    'sale.line', 'sale.sale', 'stock.location', 'stock.lot', 'stock.move',
    'stock.shipment.internal', 'stock.shipment.out']


@pytest.fixture(scope='module')
def week():
    "A delivered and settled week of two canteens and two farms"
    drop_db()
    activate_modules(
        ['shortcircuit_collective', 'shortcircuit_commission'], setup)
    hub, _ = create_hubs()
    school, hospital = map(create_customer, ["School", "Hospital"])
    for customer in [school, hospital]:
        create_point(customer, hub)
    farm, other = [create_producer(n, ['BIO']) for n in ["Farm", "Other"]]
    carrot, leek = map(create_product, ["Carrot", "Leek"])
    create_agent(farm.party)
    publish_mercuriale([
            (carrot, Decimal('1.50'), None), (leek, Decimal('2.00'), None)])
    cycle = open_cycle(
        [(farm, carrot, 100), (other, leek, 100)], warehouse=hub)
    orders = [
        order(customer, [(carrot, 10), (leek, 5)])
        for customer in [school, hospital]]
    cycle.click('close')
    receive(cycle)
    allocate(cycle)
    deliver(cycle, farm.party)
    today = dt.date.today()
    for settlement in settle(today, today):
        settlement.click('validate_settlement')
    for sale in orders:
        sale.reload()
        sale.invoices[0].click('post')
    yield SimpleNamespace(
        cycle=cycle, orders=orders, school=school, hospital=hospital,
        farm=farm, other=other, carrot=carrot,
        sheets={
            r.report_name: r.id for r in Model.get('ir.action.report').find([
                    ('report_name', 'in', list(SHEETS))])},
        buyer=create_user('buyer', "Buyer", school),
        producer=create_user('producer', "Producer", farm.party),
        aidant=create_user('aidant', "Aidant", farm.party))
    set_user(1)
    drop_db()


@pytest.fixture
def as_user(week):
    yield from acting(week)


@pytest.mark.parametrize('model', OTHERS)
def test_buyer_has_no_access(as_user, model):
    as_user('buyer')
    assert not find(model)


@pytest.mark.parametrize('model, field', [
        ('sale.sale', 'party'),
        ('account.invoice', 'party'),
        ('stock.shipment.out', 'customer'),
        ('shortcircuit.distribution_point', 'party'),
        ])
def test_buyer_reads_own(as_user, model, field):
    week = as_user('buyer')
    for record in find(model):
        value = getattr(record, field)
        assert getattr(value, 'id', value) == week.school.id


@pytest.mark.parametrize('user', ['buyer', 'producer', 'aidant'])
@pytest.mark.parametrize('model, field', [
        ('party.party', 'id'),
        ('party.address', 'party'),
        ('party.contact_mechanism', 'party'),
        ('party.identifier', 'party'),
        ])
def test_partners_know_the_cooperative_only(as_user, user, model, field):
    "Their documents bear its name and its address"
    week = as_user(user)
    own = week.school if user == 'buyer' else week.farm.party
    company, = find('company.company')
    known = {getattr(r, field) for r in find(model)}
    assert {getattr(v, 'id', v) for v in known} <= {own.id, company.party.id}


def test_buyer_reads_his_order(as_user):
    "The order, its lines, its moves, its invoice and no other's"
    week = as_user('buyer')
    sale, = find('sale.sale')
    assert sale.id == week.orders[0].id
    assert len(find('sale.line')) == 2
    assert len(find('stock.move')) == 2
    assert len(find('stock.lot')) == 2
    invoice, = find('account.invoice')
    assert invoice.untaxed_amount == Decimal('25.00')


@pytest.mark.parametrize('field', MONEY)
def test_buyer_reads_no_due(as_user, field):
    as_user('buyer')
    moves = [m.id for m in find('stock.move')]
    with pytest.raises(AccessError):
        rpc('stock.move', 'read', moves, [field])


def test_buyer_reads_no_cost(as_user):
    week = as_user('buyer')
    with pytest.raises(AccessError):
        rpc('product.product', 'read', [week.carrot.id], ['cost_price'])


def test_buyer_reads_no_producer_location(as_user):
    "The locations of consigned goods bear the names of the producers"
    as_user('buyer')
    assert not find('stock.location', [('consignment_party', '!=', None)])


def test_buyer_reads_no_other_user(as_user):
    week = as_user('buyer')
    assert {u.id for u in find('res.user')} == {week.buyer.id}


@pytest.mark.parametrize('method, args', [
        ('read', (['number'],)),
        ('write', ({'comment': "Mine"},)),
        ('delete', ()),
        ('cancel', ()),
        ])
def test_buyer_leaves_other_orders(as_user, method, args):
    week = as_user('buyer')
    with pytest.raises(AccessError):
        rpc('sale.sale', method, [week.orders[1].id], *args)


@pytest.mark.parametrize('values', [
        {'state': 'draft'},
        {'invoice_method': 'manual'},
        {'number': 'X'},
        ])
def test_buyer_leaves_the_terms(as_user, values):
    week = as_user('buyer')
    with pytest.raises(AccessError):
        rpc('sale.sale', 'write', [week.orders[0].id], values)


def test_buyer_leaves_confirmed_prices(as_user):
    as_user('buyer')
    lines = [l.id for l in find('sale.line')]
    with pytest.raises(AccessError):
        rpc('sale.line', 'write', lines, {'unit_price': Decimal('0.01')})


@pytest.mark.parametrize('form, values, state', [
        ('ask', ['party', 'cycle'], 'open_'),
        ('sheet', ['party', 'cycle'], 'save'),
        ('sheet', ['order'], 'save'),
        ('confirm', ['order'], 'order'),
        ])
def test_buyer_orders_for_himself(as_user, form, values, state):
    week = as_user('buyer')
    of_others = {
        'party': week.hospital.id,
        'cycle': week.cycle.id,
        'order': week.orders[1].id,
        }
    config = Model.get('sale.sale')._config
    wizard = config.get_proxy('shortcircuit.order', type='wizard')
    session, *_ = wizard.create(config.context)
    data = {'basket': '{}', 'favorites': '[]'} if form == 'sheet' else {}
    data.update((name, of_others[name]) for name in values)
    with pytest.raises(AccessError):
        wizard.execute(session, {form: data}, state, config.context)


@pytest.mark.parametrize('change', ['lines', 'search'])
def test_buyer_reads_own_sheet(as_user, change):
    week = as_user('buyer')
    line, = find('shortcircuit.order_sheet.line', [
            ('product', '=', week.carrot.id)])
    with pytest.raises(AccessError):
        rpc('shortcircuit.order_sheet', f'on_change_{change}', {
                'id': -1,
                'party': week.hospital.id,
                'cycle': week.cycle.id,
                'lines': [{'id': line.id, 'quantity': 5}],
                })


def test_producer_reads_own(as_user):
    week = as_user('producer')
    farm = {week.farm.id}
    assert {p.id for p in find('shortcircuit.producer')} == farm
    for model in [
            'shortcircuit.offer', 'shortcircuit.delivery',
            'shortcircuit.settlement', 'shortcircuit.agreement',
            'shortcircuit.certificate', 'shortcircuit.insurance']:
        records = find(model)
        assert records, model
        assert {r.producer.id for r in records} == farm, model
    assert not find('sale.sale')
    assert not find('shortcircuit.canteen')
    assert len(find('bank.account.number')) == 1


@pytest.mark.parametrize('model', [
        'shortcircuit.settlement', 'shortcircuit.settlement.line'])
@pytest.mark.parametrize('field', [
        'sale_amount', 'commission_amount', 'cooperative_amount'])
def test_producer_reads_no_margin(as_user, model, field):
    as_user('producer')
    ids = [r.id for r in find(model)]
    assert rpc(model, 'read', ids, ['amount'])
    with pytest.raises(AccessError):
        rpc(model, 'read', ids, [field])


def test_producer_reads_what_he_lacks(as_user):
    week = as_user('producer')
    Producer = Model.get('shortcircuit.producer')
    farm = Producer(week.farm.id)
    assert not farm.missing
    with pytest.raises(AccessError):
        rpc('shortcircuit.producer', 'write', [farm.id],
            {'sanitary_status': 'approved'})


def test_producer_offers_for_himself(as_user):
    week = as_user('producer')
    Offer = Model.get('shortcircuit.offer')
    offer = Offer(
        cycle=week.cycle.id, producer=week.other.id, product=week.carrot.id,
        quantity=1)
    with pytest.raises(AccessError):
        offer.save()


def test_aidant_reads_own(as_user):
    week = as_user('aidant')
    round_, = find('shortcircuit.round')
    assert round_.driver.id == week.farm.party.id
    assert len(find('stock.shipment.out')) == 2
    assert find('commission')
    assert not find('sale.sale')
    assert not find('shortcircuit.allocation')


@pytest.mark.parametrize('user, writable', [
        ('buyer', {
                'sale.sale', 'sale.line',
                # Only to be typed on, nothing is written on them
                'shortcircuit.order_sheet.line'}),
        ('producer', {'shortcircuit.offer'}),
        # At the stops of the rounds he drives
        ('aidant', {
                'shortcircuit.round.stop', 'shortcircuit.round.stop.crate'}),
        ])
def test_partners_write_their_work_only(as_user, user, writable):
    as_user(user)
    models = [
        name for name, Class in Pool(DB_NAME).iterobject()
        if issubclass(Class, ModelSQL) and (
            name.startswith('shortcircuit.') or name in DOCUMENTS)]
    access = rpc('ir.model.access', 'get_access', models)
    assert {m for m in models if access[m]['write']} == writable


@pytest.mark.parametrize('user', ['buyer', 'producer', 'aidant'])
@pytest.mark.parametrize('model', ['party.party', 'party.address'])
def test_partners_leave_the_parties(as_user, user, model):
    "Core lets all users modify the parties"
    as_user(user)
    own = [r.id for r in find(model)]
    assert own
    with pytest.raises(AccessError):
        rpc(model, 'write', own, {'active': False})


def print_sheet(week, name, record):
    "Return the text of what is printed"
    _, content, _, _ = Report(name).execute(data={
            'ids': [record.id],
            'model': record.__class__.__name__,
            'action_id': week.sheets[name],
            })
    return ' '.join(
        p.extract_text() for p in PdfReader(BytesIO(content)).pages)


@pytest.mark.parametrize('user, allowed', [
        ('buyer', {'shortcircuit.delivery_note'}),
        ('producer', set()),
        ('aidant', {
                'shortcircuit.package.label', 'shortcircuit.packing_slip',
                'shortcircuit.delivery_note', 'shortcircuit.load_list'}),
        ])
def test_partners_print_their_sheets(as_user, user, allowed):
    week = as_user(user)
    printed = set()
    for name in SHEETS:
        try:
            print_sheet(week, name, week.cycle)
        except AccessError:
            continue
        printed.add(name)
    assert printed == allowed


def test_buyer_prints_own_notes(as_user):
    "Whatever the record he asks to print"
    week = as_user('buyer')
    text = print_sheet(week, 'shortcircuit.delivery_note', week.cycle)
    assert "School" in text
    assert "Hospital" not in text
    set_user(1)
    other, = find('stock.shipment.out', [('customer.name', '=', "Hospital")])
    set_user(week.buyer)
    with pytest.raises(AccessError):
        print_sheet(week, 'shortcircuit.delivery_note', other)


def test_aidant_prints_own_rounds(as_user):
    week = as_user('aidant')
    round_, = find('shortcircuit.round')
    text = print_sheet(week, 'shortcircuit.load_list', round_)
    assert "School" in text and "Hospital" in text


def test_aidant_prints_no_other_round(as_user):
    week = as_user('aidant')
    set_user(1)
    Round = Model.get('shortcircuit.round')
    other = Round(
        date=week.cycle.delivery_date, warehouse=week.cycle.warehouse,
        driver=week.other.party)
    other.save()
    set_user(week.aidant)
    with pytest.raises(AccessError):
        print_sheet(week, 'shortcircuit.load_list', other)
