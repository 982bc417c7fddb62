# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

"The turnover, what is to settle, and what is attested to the farmers"

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest
from proteus import Model, Report

from trytond.model.exceptions import AccessError
from trytond.modules.shortcircuit_catalog.tests.tools import create_user, setup
from trytond.modules.shortcircuit_commission.tests.week import (
    TODAY, create_week)
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME, drop_db
from trytond.tests.tools import activate_modules, set_user
from trytond.transaction import Transaction

KEYS = ['producer', 'channel', 'family', 'month']
STAFF_ONLY = [
    'shortcircuit.reconciliation', 'shortcircuit.reconciliation.line',
    'shortcircuit.to_settle',
    *(f'shortcircuit.turnover.{k}' for k in KEYS)]


@pytest.fixture(scope='module')
def week():
    drop_db()
    activate_modules('shortcircuit_commission', setup)
    week = create_week()
    week.users = SimpleNamespace(
        farm=create_user('farm', "Producer", week.farm.party),
        flat=create_user('flat', "Producer", week.flat.party),
        aidant=create_user('aidant', "Aidant", week.driver.party),
        buyer=create_user('buyer', "Buyer", week.school),
        accountant=create_user('accountant', "Accountant"))
    yield week
    set_user(1)
    drop_db()


@pytest.fixture
def as_user(week):
    def as_user(name):
        set_user(getattr(week.users, name))
        return week
    yield as_user
    set_user(1)


def books(week, **context):
    return Transaction().start(
        DB_NAME, 1, _lock_tables=['shortcircuit_configuration'], context={
            'company': week.company.id, 'year': TODAY.year, **context})


@pytest.mark.parametrize('key', KEYS)
def test_turnover(week, key):
    "However it is summed, it is shared to the cent"
    with books(week):
        rows = Pool().get(f'shortcircuit.turnover.{key}').search([])
        assert sum(r.sale_amount for r in rows) == Decimal('209.29')
        for row in rows:
            assert row.sale_amount == (row.producer_amount
                + row.commission_amount + row.cooperative_amount)
            assert getattr(row, key) and row.rec_name
            assert abs(row.margin - Decimal('.115')) < Decimal('.01')


def test_turnover_rows(week):
    with books(week):
        pool = Pool()
        producers = pool.get('shortcircuit.turnover.producer').search([])
        assert {p.producer.rec_name for p in producers} == {
            "Farm", "Flat-Rate Farm"}
        families = pool.get('shortcircuit.turnover.family').search([])
        assert len(families) == 3
        month, = pool.get('shortcircuit.turnover.month').search([])
        assert month.month == TODAY.replace(day=1)
    tomorrow = TODAY + dt.timedelta(days=1)
    with books(week, start_date=tomorrow, end_date=tomorrow):
        assert not Pool().get('shortcircuit.turnover.month').search([])


def test_to_settle(week):
    with books(week) as transaction:
        pool = Pool()
        ToSettle = pool.get('shortcircuit.to_settle')
        assert not ToSettle.search([])
        line = pool.get('shortcircuit.settlement.line').__table__()
        cursor = transaction.connection.cursor()
        cursor.execute(*line.delete())
        rows = {r.producer.rec_name: r for r in ToSettle.search([])}
        assert rows.keys() == {"Farm", "Flat-Rate Farm"}
        farm = rows["Farm"]
        assert farm.producer_amount == week.settled["Farm"]
        assert (farm.moves, farm.start_date, farm.end_date) == (
            3, TODAY, TODAY)
        transaction.rollback()


def attest(base='invoiced'):
    pool = Pool()
    configuration = pool.get('shortcircuit.configuration')(1)
    configuration.flat_rate_base = base
    configuration.save()
    return pool.get('shortcircuit.purchase_attestation').search([])


def test_attestation_invoiced(week):
    "Each product has the rate of its family, but of its category if any"
    with books(week) as transaction:
        attestation, = attest()
        assert attestation.producer.rec_name == "Flat-Rate Farm"
        settled = week.settled["Flat-Rate Farm"]
        assert attestation.base == attestation.invoiced == settled
        assert attestation.paid == 0
        rates = {r: base for _, r, _, base, _ in attestation.get_rates()}
        assert rates.keys() == {Decimal('.0559'), Decimal('.0443')}
        assert sum(rates.values()) == settled
        pool = Pool()
        FlatRate = pool.get('shortcircuit.flat_rate')
        Category = pool.get('product.category')
        Template = pool.get('product.template')
        cheese, = Category.create([{'name': "Cheese"}])
        other, = FlatRate.search([('rates.rate', '=', Decimal('.0443'))])
        FlatRate.write([other], {'categories': [('add', [cheese.id])]})
        milk, = Template.search([('name', '=', "Milk")])
        Template.write([milk], {'categories': [('add', [cheese.id])]})
        transaction.cache.clear()
        attestation, = attest()
        (_, rate, _, base, compensation), = attestation.get_rates()
        assert (rate, base) == (Decimal('.0443'), settled)
        assert compensation == round(settled * rate, 2)
        transaction.rollback()


def test_attestation_paid(week):
    "What is paid in full counts in the year of the payment"
    with books(week) as transaction:
        assert not [a for a in attest('paid') if a.base]
        pool = Pool()
        line = pool.get('account.move.line').__table__()
        reconciliation = pool.get('account.move.reconciliation').__table__()
        cursor = transaction.connection.cursor()
        values = {
            'id': 999,
            'number': '999',
            'company': week.company.id,
            'date': dt.date(TODAY.year + 1, 1, 2),
            }
        cursor.execute(*reconciliation.insert(
                [getattr(reconciliation, n) for n in values],
                [list(values.values())]))
        invoice = pool.get('account.invoice')(
            week.invoices["Flat-Rate Farm"])
        cursor.execute(*line.update(
                [line.reconciliation], [999],
                where=(line.move == invoice.move.id)
                & (line.account == invoice.account.id)))
        assert not [a for a in attest('paid') if a.base]
        with transaction.set_context(year=TODAY.year + 1):
            attestation, = attest('paid')
            assert attestation.base == attestation.paid
            assert attestation.base == invoice.untaxed_amount
            assert attestation.invoiced == 0
        transaction.rollback()


def test_attestation_mandate(week):
    "What is sold for him is bought from him by the customers"
    with books(week) as transaction:
        agreement = Pool().get('shortcircuit.agreement').__table__()
        cursor = transaction.connection.cursor()
        cursor.execute(*agreement.update([agreement.regime], ['mandate']))
        assert not attest()
        transaction.rollback()


def test_farmer_prints_his_own(as_user):
    as_user('flat')
    Attestation = Model.get('shortcircuit.purchase_attestation')
    with Attestation._config.set_context(year=TODAY.year):
        attestation, = Attestation.find([])
        assert attestation.producer.rec_name == "Flat-Rate Farm"
        extension, content, _, _ = Report(
            'shortcircuit.purchase_attestation').execute([attestation])
        assert extension == 'pdf' and bytes(content).startswith(b'%PDF')


def test_others_read_no_attestation(as_user):
    as_user('farm')
    assert not Model.get('shortcircuit.purchase_attestation').find([])
    assert not Model.get('shortcircuit.purchase_attestation.line').find([])


@pytest.mark.parametrize('model', STAFF_ONLY)
def test_accounts_are_the_accountants(as_user, model):
    for user in ['farm', 'aidant', 'buyer']:
        as_user(user)
        with pytest.raises(AccessError):
            Model.get(model).find([])
    as_user('accountant')
    Model.get(model).find([])
