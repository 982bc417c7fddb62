"""What the purchasing officer of a canteen reaches, whichever way

The lists below are held: what he reads, writes and prints of all the models is
no more and no less.
"""
import datetime as dt
import json
from decimal import Decimal
from types import SimpleNamespace

import pytest
from proteus import Model
from werkzeug.test import Client
from werkzeug.wrappers import Response

from tests.access import acting, rpc
from trytond.model import ModelSQL
from trytond.model.exceptions import AccessError
from trytond.modules.account.tests.tools import get_accounts
from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_customer, create_producer, create_product, create_user, get_siret,
    open_cycle, publish_mercuriale, setup)
from trytond.modules.shortcircuit_collective.tests.tools import (
    call_off, create_consultation, create_contract)
from trytond.modules.shortcircuit_commission.tests.tools import create_agent
from trytond.modules.shortcircuit_hub.tests.tools import (
    allocate, create_hubs, create_point, deliver, receive)
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME, drop_db
from trytond.tests.tools import activate_modules, set_user
from trytond.wsgi import app

# What is his, by the path from the record to his party
OWN = {
    'account.invoice': 'party',
    'account.invoice.line': 'invoice.party',
    'account.invoice.tax': 'invoice.party',
    'party.address': 'party',
    'party.identifier': 'party',
    'sale.line': 'sale.party',
    'sale.sale': 'party',
    'shortcircuit.canteen': 'party',
    'shortcircuit.canteen.standing': 'canteen.party',
    'shortcircuit.contract.member': 'party',
    'shortcircuit.contract.penalty': 'sale.party',
    'shortcircuit.declaration': 'canteen.party',
    'shortcircuit.declaration.file': 'declaration.canteen.party',
    'shortcircuit.distribution_point': 'party',
    'shortcircuit.egalim.share': 'canteen.party',
    'shortcircuit.egalim.share.family': 'canteen.party',
    'shortcircuit.egalim.share.lot': 'canteen.party',
    'shortcircuit.egalim.share.month': 'canteen.party',
    'shortcircuit.package': 'shipment.customer',
    'stock.shipment.out': 'customer',
    }
# What hangs on it: the contracts of the members, the goods of the deliveries
HANGING = {
    'shortcircuit.contract', 'shortcircuit.contract.lot',
    'shortcircuit.contract.lot.alarm', 'shortcircuit.contract.price',
    'shortcircuit.contract.price.version', 'stock.lot', 'stock.move'}
# What is published to all buyers
PUBLISHED = {
    'party.party', 'product.price_list', 'product.price_list.line',
    'product.product', 'product.template', 'shortcircuit.canteen.label',
    'shortcircuit.canteen.label.level', 'shortcircuit.channel',
    'shortcircuit.configuration', 'shortcircuit.cycle', 'shortcircuit.label',
    'shortcircuit.mercuriale', 'shortcircuit.mercuriale.line',
    'shortcircuit.egalim.target', 'shortcircuit.order_sheet.line',
    'shortcircuit.sanitary.class', 'shortcircuit.sanitary.limit',
    'shortcircuit.sector'}
# The settings that core lets every user read
SETTINGS = {
    'account.account', 'account.account.template', 'account.account.type',
    'account.account.type.template', 'account.configuration',
    'account.fiscalyear', 'account.fiscalyear.invoice_sequence',
    'account.invoice.payment_term', 'account.invoice.payment_term.line',
    'account.invoice.payment_term.line.delta', 'account.journal',
    'account.journal.period', 'account.period', 'account.tax',
    'company.company', 'country.country', 'country.organization',
    'country.region', 'currency.currency', 'currency.currency.rate',
    'party.address.format', 'party.address.subdivision_type',
    'party.configuration', 'product.category', 'product.configuration',
    'product.uom', 'product.uom.category', 'purchase.configuration',
    'sale.configuration', 'sale.invoice.term',
    'sale.invoice.term.relative_delta', 'sale.reporting.product.category.tree',
    'sale.reporting.region.tree', 'stock.configuration', 'stock.location',
    'stock.products_by_locations'}
# What he modifies: his orders, and what the rules of core or ours then refuse
WRITTEN = {
    'account.account.deferral', 'party.address', 'party.contact_mechanism',
    'party.identifier', 'party.party', 'sale.line', 'sale.sale',
    'shortcircuit.order_sheet.line'}
# The models of the server itself: the menus, the views, the translations…
SERVER = ('ir.', 'res.')


@pytest.fixture(scope='module')
def desk():
    "Two canteens with their contracts, deliveries, invoices and declarations"
    drop_db()
    activate_modules(
        ['shortcircuit_collective', 'shortcircuit_commission'], setup)
    hub, _ = create_hubs()
    farm = create_producer("Farm", ['BIO'])
    create_agent(farm.party)
    carrot = create_product("Carrot")
    publish_mercuriale([(carrot, Decimal('1.50'), None)])
    canteens = [
        create_canteen(name, hub) for name in ["School", "Hospital"]]
    cycle = open_cycle([(farm, carrot, 100)], warehouse=hub)
    contracts = []
    for canteen in canteens:
        contract = create_contract(
            [{'max_amount': Decimal(100), 'prices': [
                        (carrot, Decimal('1.50'))]}], [canteen.party],
            penalty_missing=Decimal('.1'))
        contracts.append(contract)
        for quantity in [10, 20]:
            call_off(
                contract, canteen.party, [(carrot, quantity)], cycle=cycle)
        consultation = create_consultation(
            [{'lines': [("Carrot", carrot, 50)]}], [canteen.party])
        consultation.click('answer')
        consultation.click('propose')
    cycle.click('close')
    receive(cycle, Carrot=50)
    allocate(cycle)
    deliver(cycle, farm.party)
    for canteen in canteens:
        declare(canteen)
    agree_penalties(contracts)
    for invoice in Model.get('account.invoice').find([('type', '=', 'out')]):
        invoice.invoice_date = dt.date.today()
        invoice.click('post')
    school, hospital = canteens
    buyer = create_user('buyer', "Buyer", school.party)
    yield SimpleNamespace(
        school=school.party, hospital=hospital.party, buyer=buyer,
        key=create_key(buyer), rows=find_rows(),
        ids={name: find_ids(name) for name in OWN})
    set_user(1)
    drop_db()


def create_canteen(name, hub):
    Canteen = Model.get('shortcircuit.canteen')
    party = create_customer(name)
    party.identifiers.new(
        type='fr_siret', code=get_siret(party.id), address=party.addresses[0])
    party.save()
    create_point(party, hub)
    canteen = Canteen(party=party)
    canteen.save()
    return canteen


def declare(canteen):
    Declaration = Model.get('shortcircuit.declaration')
    declaration = Declaration(canteen=canteen)
    declaration.start_date = declaration.end_date = dt.date.today()
    declaration.click('export')


def agree_penalties(contracts):
    "Agree a penalty of each contract, and leave others in draft"
    Configuration = Model.get('shortcircuit.configuration')
    Penalty = Model.get('shortcircuit.contract.penalty')
    configuration = Configuration(1)
    configuration.penalty_account = get_accounts()['expense']
    configuration.save()
    for contract in contracts:
        contract.click('propose_penalties')
        first, _ = Penalty.find([('contract', '=', contract.id)])
        first.click('agree')


def create_key(user):
    Application = Model.get('res.user.application')
    application = Application(user=user, application='rest')
    application.save()
    return application.key


def find_rows():
    "Return the models that have records, with the number of one"
    return {
        name: ids[0] for name in tables() if (ids := find_ids(name))}


def tables():
    return sorted(
        name for name, Class in Pool(DB_NAME).iterobject()
        if issubclass(Class, ModelSQL) and 'search' in Class.__rpc__)


@pytest.fixture
def as_user(desk):
    yield from acting(desk)


def attempt(model, method, *args):
    try:
        return rpc(model, method, *args)
    except AccessError:
        return None


def find_ids(model):
    "Return what he finds, a few at most"
    return attempt(model, 'search', [], 0, 100, None) or []


def test_reads_no_more(as_user):
    as_user('buyer')
    read = {
        name for name in tables()
        if not name.startswith(SERVER) and find_ids(name)}
    allowed = {*OWN, *HANGING, *PUBLISHED, *SETTINGS}
    assert sorted(read - allowed) == []
    assert sorted(allowed - read) == []


def test_writes_no_more(as_user):
    as_user('buyer')
    names = [n for n in tables() if not n.startswith(SERVER)]
    access = rpc('ir.model.access', 'get_access', names)
    assert {
        n for n in names
        if access[n]['write'] or access[n]['create'] or access[n]['delete']
        } == WRITTEN


@pytest.mark.parametrize('model', sorted(OWN))
def test_reads_own(desk, as_user, model):
    as_user('buyer')
    ids = find_ids(model)
    company, = rpc('company.company', 'search_read', [], 0, 1, None, ['party'])
    own = {desk.school.id}
    if model.startswith('party.'):
        own.add(company['party'])
    path = OWN[model]
    *names, last = path.split('.')
    # By the administrator: what he may not open is not proved his
    set_user(1)
    for row in rpc(model, 'read', ids, [path]):
        for name in names:
            row = row[f'{name}.']
        assert row[last] in own


def test_reads_agreed_penalties(as_user):
    "What is proposed is the cooperative's, before it is agreed"
    as_user('buyer')
    penalties = rpc(
        'shortcircuit.contract.penalty', 'search_read', [], 0, None, None,
        ['state'])
    assert [p['state'] for p in penalties] == ['agreed']


@pytest.mark.parametrize('method, arguments', [
        ('read', (['rec_name'],)),
        ('export_data', (['rec_name'],)),
        ])
def test_leaves_the_rest(desk, as_user, method, arguments):
    "Whoever knows the number of a record gets nothing of it"
    as_user('buyer')
    allowed = {*OWN, *HANGING, *PUBLISHED, *SETTINGS}
    for model, id_ in desk.rows.items():
        if not model.startswith(SERVER) and model not in allowed:
            assert not attempt(model, method, [id_], *arguments), model


@pytest.mark.parametrize('model', sorted(OWN))
def test_leaves_the_others(desk, as_user, model):
    "Neither read, exported nor found by its number"
    as_user('buyer')
    own = set(find_ids(model))
    others = [i for i in desk.ids[model] if i not in own]
    if model.startswith('account.'):
        assert others
    for id_ in others:
        assert not attempt(model, 'read', [id_], ['id'])
        assert not attempt(model, 'export_data', [id_], ['rec_name'])
        assert not attempt(model, 'search', [('id', '=', id_)], 0, 1, None)


@pytest.mark.parametrize('model', sorted(OWN))
def test_rest(desk, as_user, model):
    "REST shows the same as the client"
    as_user('buyer')
    own = set(find_ids(model))
    set_user(1)
    response = Client(app, Response).get(
        f'/{DB_NAME}/rest/model/{model}',
        headers={'Authorization': f'bearer {desk.key}'})
    assert {r['id'] for r in json.loads(response.data)} == own


def test_rest_reads_no_more(desk):
    set_user(1)
    allowed = {*OWN, *HANGING, *PUBLISHED, *SETTINGS}
    names = [
        n for n in tables() if not n.startswith(SERVER) and n not in allowed]
    assert 'shortcircuit.settlement' in names
    for name in names:
        response = Client(app, Response).get(
            f'/{DB_NAME}/rest/model/{name}',
            headers={'Authorization': f'bearer {desk.key}'})
        assert (response.status_code >= 400
            or json.loads(response.data) == []), name
