"""What the restricted users reach of contracts and consultations by RPC

A consultation is the work of the cooperative: neither the buyer who asked nor
the producers named in the answer see its prices. A contract is of its members.
"""
import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest
from proteus import Model, Report, Wizard

from tests.access import acting, find, rpc
from trytond.model.exceptions import AccessError
from trytond.model.modelview import AccessButtonError
from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_customer, create_producer, create_product, create_user,
    have_product, open_cycle, publish_mercuriale, setup)
from trytond.modules.shortcircuit_collective.tests.tools import (
    call_off, create_consultation, create_contract)
from trytond.modules.shortcircuit_hub.tests.tools import create_hubs
from trytond.tests.test_tryton import drop_db
from trytond.tests.tools import activate_modules, set_user

CONSULTATION = [
    'shortcircuit.consultation', 'shortcircuit.consultation.date',
    'shortcircuit.consultation.line', 'shortcircuit.consultation.lot',
    'shortcircuit.consultation.member', 'shortcircuit.consultation.supply']
CONTRACT = [
    'shortcircuit.contract', 'shortcircuit.contract.lot',
    'shortcircuit.contract.lot.alarm', 'shortcircuit.contract.member',
    'shortcircuit.contract.price', 'shortcircuit.contract.price.version']
# What a contract costs is neither of the hub staff nor, in draft, of the buyer
PENALTY = ['shortcircuit.contract.penalty']
STRANGERS = ['producer', 'aidant']
OUTSIDERS = [*STRANGERS, 'buyer', 'operator']


@pytest.fixture(scope='module')
def office():
    "A consultation answered and a contract, of the buyer and the producer"
    drop_db()
    activate_modules(
        ['shortcircuit_collective', 'shortcircuit_commission'], setup)
    hub, _ = create_hubs()
    farm = create_producer("Farm", ['BIO'])
    carrot = create_product("Carrot")
    have_product(farm, carrot)
    publish_mercuriale([(carrot, Decimal('1.50'), None)])
    open_cycle([(farm, carrot, 100)], warehouse=hub)
    school = create_customer("School")
    consultation = create_consultation(
        [{'max_amount': Decimal(1000), 'lines': [("Carrot", carrot, 50)]}],
        [school])
    consultation.click('answer')
    consultation.click('propose')
    contract = create_contract(
        [{'max_amount': Decimal(100), 'prices': [
                    (carrot, Decimal('1.50'))]}], [school],
        penalty_missing=Decimal('.1'))
    penalty = create_penalty(contract, school, carrot, hub)
    ids = {
        m: Model.get(m).find([])[0].id
        for m in CONSULTATION + CONTRACT + PENALTY}
    yield SimpleNamespace(
        ids=ids, consultation=consultation, contract=contract,
        penalty=penalty,
        lot=consultation.lots[0],
        producer=create_user('producer', "Producer", farm.party),
        aidant=create_user('aidant', "Aidant", farm.party),
        buyer=create_user('buyer', "Buyer", school),
        operator=create_user('operator', "Hub Operator"),
        accountant=create_user('accountant', "Accountant"))
    set_user(1)
    drop_db()


def create_penalty(contract, party, product, hub):
    "Propose the penalty of a call-off whose day is past"
    Penalty = Model.get('shortcircuit.contract.penalty')
    sale = call_off(contract, party, [(product, 10)], warehouse=hub)
    sale.sale_date = sale.shipping_date = (
        dt.date.today() - dt.timedelta(days=1))
    sale.save()
    contract.click('propose_penalties')
    penalty, = Penalty.find([])
    return penalty


@pytest.fixture
def as_user(office):
    yield from acting(office)


def refused(model, method, *args):
    with pytest.raises(AccessError):
        rpc(model, method, *args)


@pytest.mark.parametrize('user', OUTSIDERS)
@pytest.mark.parametrize('model', CONSULTATION + PENALTY)
def test_consultation_is_internal(as_user, user, model):
    id_ = as_user(user).ids[model]
    refused(model, 'read', [id_], ['rec_name'])
    refused(model, 'export_data', [id_], ['rec_name'])
    refused(model, 'write', [id_], {})
    refused(model, 'delete', [id_])
    assert find(model) == []


@pytest.mark.parametrize('user', STRANGERS)
@pytest.mark.parametrize('model', CONTRACT)
def test_contract_is_of_its_members(as_user, user, model):
    id_ = as_user(user).ids[model]
    refused(model, 'read', [id_], ['rec_name'])
    refused(model, 'export_data', [id_], ['rec_name'])
    refused(model, 'write', [id_], {})
    refused(model, 'delete', [id_])
    assert find(model) == []


@pytest.mark.parametrize('user', ['buyer', 'operator'])
@pytest.mark.parametrize('model', CONTRACT)
def test_contract_is_read(as_user, user, model):
    id_ = as_user(user).ids[model]
    assert rpc(model, 'read', [id_], ['rec_name'])
    refused(model, 'write', [id_], {})
    refused(model, 'delete', [id_])


@pytest.mark.parametrize('user', OUTSIDERS)
@pytest.mark.parametrize('model, name, button', [
        *(('shortcircuit.consultation', 'consultation', button) for button in [
                'answer', 'propose', 'import_lines', 'submit', 'win', 'lose',
                'decline', 'draft']),
        *(('shortcircuit.contract', 'contract', button) for button in [
                'activate', 'end', 'cancel', 'draft', 'propose_penalties']),
        *(('shortcircuit.contract.penalty', 'penalty', button) for button in [
                'agree', 'cancel', 'draft']),
        ])
def test_buttons(as_user, user, model, name, button):
    record = getattr(as_user(user), name)
    with pytest.raises((AccessButtonError, AccessError)):
        rpc(model, button, [record.id])


@pytest.mark.parametrize('user', OUTSIDERS)
@pytest.mark.parametrize('report, name', [
        ('schedule', 'consultation'),
        ('estimate', 'consultation'),
        ('filled', 'lot'),
        ])
def test_reports(as_user, user, report, name):
    record = getattr(as_user(user), name)
    # Core asserts that there is a report, which it does not find for them
    with pytest.raises(AssertionError, match="not found"):
        Report(f'shortcircuit.consultation.{report}').execute([record])


@pytest.mark.parametrize('user', OUTSIDERS)
def test_import(as_user, user):
    consultation = as_user(user).consultation
    with pytest.raises(AccessError):
        Wizard('shortcircuit.consultation.import', [consultation])


@pytest.mark.parametrize('model', CONSULTATION + CONTRACT + PENALTY)
def test_accountant_reads(as_user, model):
    id_ = as_user('accountant').ids[model]
    assert rpc(model, 'read', [id_], ['rec_name'])


def test_accountant_answers(as_user):
    "The other side: who may answer proposes and prints"
    consultation = as_user('accountant').consultation
    consultation.click('propose')
    consultation.reload()
    assert consultation.amount == Decimal(75)
    extension, _, _, _ = Report(
        'shortcircuit.consultation.schedule').execute([consultation])
    assert extension == 'xlsx'


def test_accountant_decides(as_user):
    penalty = as_user('accountant').penalty
    penalty.amount = Decimal(1)
    penalty.reason = "Hail"
    penalty.click('cancel')
    penalty.reload()
    assert penalty.state == 'cancelled'
    penalty.click('draft')
    # Only what was ordered has a penalty
    refused('shortcircuit.contract.penalty', 'create', [{}])
