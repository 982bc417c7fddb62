# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from proteus import Model, Report, Wizard

from trytond.model.exceptions import AccessError
from trytond.model.modelview import AccessButtonError
from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_user, record_statements, setup)
from trytond.modules.shortcircuit_commission.tests.week import (
    TODAY, create_week)
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME, drop_db
from trytond.tests.tools import activate_modules, set_user
from trytond.transaction import Transaction

HIDDEN = ['order_line', 'allocation_line', 'reason', 'mercuriale_line']


@pytest.fixture(scope='module')
def week():
    drop_db()
    activate_modules('shortcircuit_commission', setup)
    week = create_week()
    week.statements = {
        s.producer.rec_name: s.id for s in create(TODAY, TODAY)}
    week.users = SimpleNamespace(
        farm=create_user('farm', "Producer", week.farm.party),
        accountant=create_user('accountant', "Accountant"),
        operator=create_user('operator', "Hub Operator"))
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


def books(week, **options):
    return Transaction().start(
        DB_NAME, 1, context={'company': week.company.id}, **options)


def create(start_date, end_date, producers=()):
    wizard = Wizard('shortcircuit.statement.create')
    wizard.form.start_date = start_date
    wizard.form.end_date = end_date
    wizard.form.producers.extend(producers)
    wizard.execute('create_')
    statements, = wizard.actions
    return statements


def statement(week, name):
    return Model.get('shortcircuit.statement')(week.statements[name])


def test_amounts(week):
    "A statement says what was sold, invoiced and is due"
    farm = statement(week, "Farm")
    settlement, = [s for s in week.settlements if s.producer == week.farm]
    assert farm.sold == farm.due == settlement.amount
    assert farm.returned == farm.lost == farm.commission == 0
    assert farm.opening == farm.paid == farm.to_invoice == 0
    assert farm.invoiced == farm.balance == settlement.invoice.total_amount
    assert sum(l.amount for l in farm.lines) == farm.due
    assert sum(e.amount for e in farm.entries) == farm.balance
    entry, = farm.entries
    assert entry.settlement == settlement
    assert entry.number == settlement.invoice.number
    assert len(farm.deliveries) == 1


def test_aidant_earns_commissions(week):
    commissions = Model.get('commission').find([])
    driver = statement(week, "Driver")
    assert driver.commission == sum(c.amount for c in commissions) > 0
    assert driver.due == 0
    assert driver.balance == sum(
        i.total_amount for i in Model.get('account.invoice').find(
            [('party', '=', week.driver.party.id)]))


def test_line_opens_down(week):
    "Each amount is followed to the order, the decision and the price"
    line = statement(week, "Farm").lines[0]
    assert line.kind == 'sale'
    assert line.channel.name == "Collective Catering"
    assert line.share == Decimal('.8333')
    assert line.agreement == week.farm.agreements[0]
    assert line.settlement_line.move == line.move
    assert line.move.origin == line.order_line
    assert line.delivery_line.delivery.producer == week.farm
    assert line.allocation_line.sale_line == line.order_line
    assert line.reason
    assert line.mercuriale_line.unit_price == Decimal('1.37')


def test_made_once(week):
    again = {s.producer.rec_name: s.id for s in create(TODAY, TODAY)}
    assert again == week.statements
    yesterday = TODAY - dt.timedelta(days=1)
    with pytest.raises(Exception, match="no statement"):
        create(yesterday, yesterday)


def test_return_and_losses(week):
    "What the customer brings back is deducted, a loss is told"
    with books(week) as transaction:
        pool = Pool()
        Statement = pool.get('shortcircuit.statement')
        move = pool.get('stock.move').__table__()
        farm = Statement(week.statements["Farm"])
        due = farm.due
        line = farm.lines[0]
        cursor = transaction.connection.cursor()
        cursor.execute(*move.update(
                [move.from_location, move.to_location, move.producer_due],
                [move.to_location, move.from_location, -move.producer_due],
                where=move.id == line.move.id))
        amount = line.amount
        transaction.cache.clear()
        farm = Statement(farm.id)
        assert farm.returned == -amount
        assert farm.sold == due - amount
        assert farm.due == due - 2 * amount
        transaction.rollback()


def test_producer_reads_his_own(as_user):
    week = as_user('farm')
    found = Model.get('shortcircuit.statement').find([])
    assert [s.producer.rec_name for s in found] == ["Farm"]
    farm, = found
    assert farm.due > 0 and len(farm.lines) == 3
    assert {l.producer.rec_name for l in Model.get(
            'shortcircuit.statement.line').find([])} == {"Farm"}
    assert {e.party.rec_name for e in Model.get(
            'shortcircuit.statement.entry').find([])} == {"Farm"}
    with pytest.raises(AccessError):
        statement(week, "Driver").due


@pytest.mark.parametrize('field', HIDDEN)
def test_producer_does_not_know_the_customer(as_user, field):
    as_user('farm')
    Line = Model.get('shortcircuit.statement.line')
    line = Line.find([])[0]
    with pytest.raises(AccessError):
        Line.read([line.id], [field], Line._config.context)


def test_producer_prints_his_own(as_user):
    week = as_user('farm')
    report = Report('shortcircuit.statement')
    extension, content, _, _ = report.execute([statement(week, "Farm")])
    assert extension == 'pdf' and bytes(content).startswith(b'%PDF')
    with pytest.raises(AccessError):
        report.execute([statement(week, "Driver")])


def test_printed_without_customers(week):
    from io import BytesIO

    from pypdf import PdfReader
    _, content, _, _ = Report('shortcircuit.statement').execute(
        [statement(week, "Farm")])
    text = '\n'.join(
        p.extract_text() for p in PdfReader(BytesIO(bytes(content))).pages)
    assert "Potato" in text and "Collective Catering" in text
    assert "School" not in text


@pytest.mark.parametrize('user', ['farm', 'operator'])
def test_only_accountants_make_and_send(as_user, user):
    week = as_user(user)
    with pytest.raises(AccessError):
        create(TODAY, TODAY)
    with pytest.raises(AccessButtonError):
        statement(week, "Farm").click('send')


def test_operator_reads_no_ledger(as_user):
    as_user('operator')
    assert Model.get('shortcircuit.statement').find([])
    with pytest.raises(AccessError):
        Model.get('shortcircuit.statement.entry').find([])


def test_paid_by_own_prices(week):
    "The margin of the cooperative is not told to who is paid by his prices"
    with books(week) as transaction:
        pool = Pool()
        Line = pool.get('shortcircuit.statement.line')
        agreement = pool.get('shortcircuit.agreement').__table__()
        cursor = transaction.connection.cursor()
        cursor.execute(*agreement.update([agreement.pricing], ['net']))
        for line in Line.search([]):
            assert line.sale_amount is line.share is None
            assert line.amount > 0
        transaction.rollback()


def test_statements_do_not_grow(week):
    with books(week):
        Statement = Pool().get('shortcircuit.statement')
        names = ['due', 'commission', 'balance', 'to_invoice']
        ids = sorted(week.statements.values())
        counts = set()
        for some in [ids[:1], ids]:
            Statement.read(some, names)
            Transaction().cache.clear()
            with record_statements() as statements:
                Statement.read(some, names)
            counts.add(len(statements))
        assert len(counts) == 1


def test_sent_once_a_month(week):
    "The cron sends the last month, to those who have an email, once"
    month = (TODAY.replace(day=28) + dt.timedelta(days=4)).replace(day=2)
    with books(week, _lock_tables=[
                'shortcircuit_configuration', 'shortcircuit_statement',
                ]) as transaction, \
            patch('trytond.modules.shortcircuit_catalog.mail'
                '.send_message_transactional') as send:
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        Cron = pool.get('ir.cron')
        Date = pool.get('ir.date')
        Mechanism = pool.get('party.contact_mechanism')
        Statement = pool.get('shortcircuit.statement')
        assert ('shortcircuit.statement|send_monthly'
            in [c.method for c in Cron.search([])])
        Mechanism.create([{
                    'party': week.farm.party.id,
                    'type': 'email',
                    'value': 'farm@example.com',
                    }])
        with patch.object(Date, 'today', lambda *args, **kwargs: month):
            Statement.send_monthly()
            assert not transaction.tasks
            configuration = Configuration(1)
            configuration.statement_mail = True
            configuration.save()
            Statement.send_monthly()
            last = Statement.search([
                    ('start_date', '=', TODAY.replace(day=1)),
                    ('producer', '=', week.farm.id),
                    ])
            assert len(last) == 1
            Statement.issue(last)
            Statement.issue(last)
        assert send.call_count == 1
        message, = send.call_args.args
        assert 'farm@example.com' in message['To']
        attachment, = message.iter_attachments()
        assert attachment.get_filename().endswith('.pdf')
        assert last[0].sent_at and last[0].document
        transaction.rollback()
