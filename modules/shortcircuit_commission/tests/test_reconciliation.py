# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from contextlib import contextmanager
from decimal import Decimal

import pytest

from trytond.modules.shortcircuit_catalog.tests.tools import (
    record_statements, setup)
from trytond.modules.shortcircuit_commission.tests.week import (
    TODAY, create_week)
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME, drop_db
from trytond.tests.tools import activate_modules
from trytond.transaction import Transaction

STEPS = [
    'split', 'sale', 'settlement', 'invoice', 'commission',
    'commission_invoice', 'ledger', 'collected']


@pytest.fixture(scope='module')
def week():
    drop_db()
    activate_modules('shortcircuit_commission', setup)
    yield create_week()
    drop_db()


@contextmanager
def books(week, start_date=TODAY, end_date=TODAY):
    "A transaction whose holes are filled again"
    with Transaction().start(DB_NAME, 1, context={
                'company': week.company.id,
                'start_date': start_date,
                'end_date': end_date,
                }) as transaction:
        yield transaction.connection.cursor()
        transaction.rollback()


def steps():
    Reconciliation = Pool().get('shortcircuit.reconciliation')
    return {s.step: s for s in Reconciliation.search([])}


def wrong():
    "Return the references and the differences of the lines by step"
    lines = {}
    for name, step in steps().items():
        if step.differences:
            lines[name] = [
                (str(l.record), l.difference) for l in step.wrong_lines]
            assert len(lines[name]) == step.differences
    return lines


def table(name):
    return Pool().get(name).__table__()


def first(cursor, table, where):
    cursor.execute(*table.select(
            table.id, where=where, order_by=table.id, limit=1))
    (id_,), = cursor.fetchall()
    return id_


def a_move(cursor):
    move = table('stock.move')
    return move, first(cursor, move, move.producer_due > 0)


def test_settled_week(week):
    "Everything is found to the cent"
    with books(week):
        found = steps()
        assert list(found) == STEPS
        assert not wrong()
        for name, step in found.items():
            # Nobody sells in his own name
            assert bool(step.records) == (name != 'collected')
            assert step.difference == step.waiting == 0
            assert step.expected == step.found
        delivered = found['split'].expected
        assert delivered == found['sale'].expected == Decimal('209.29')
        parts = [found[n].expected for n in ['settlement', 'commission']]
        assert found['invoice'].expected == parts[0]
        assert found['commission_invoice'].expected == parts[1]
        # What the cooperative keeps is what is left in the ledger
        assert found['ledger'].found == delivered - sum(parts)


def test_other_period(week):
    yesterday = TODAY - dt.timedelta(days=1)
    with books(week, yesterday, yesterday):
        assert not any(s.records for s in steps().values())


def test_split_broken(week):
    with books(week) as cursor:
        move, id_ = a_move(cursor)
        cursor.execute(*move.update(
                [move.cooperative_due], [move.cooperative_due + 1],
                where=move.id == id_))
        assert wrong() == {'split': [(f'stock.move,{id_}', Decimal(-1))]}


def test_delivery_forgotten(week):
    "What froze nothing is owed to nobody and settled nowhere"
    with books(week) as cursor:
        move, id_ = a_move(cursor)
        cursor.execute(*move.select(
                move.sale_amount, where=move.id == id_))
        (amount,), = cursor.fetchall()
        cursor.execute(*move.update(
                [getattr(move, n) for n in [
                        'sale_amount', 'producer_due', 'commission_due',
                        'cooperative_due', 'commission_agent']],
                [None] * 5, where=move.id == id_))
        found = wrong()
        assert found['split'] == [
            (f'stock.move,{id_}', round(Decimal(amount), 2))]
        assert 'commission' in found


def test_customer_invoiced_another_amount(week):
    with books(week) as cursor:
        line = table('account.invoice.line')
        cursor.execute(*line.select(
                line.id, line.origin, where=line.origin.like('sale.line,%'),
                order_by=line.id, limit=1))
        (id_, origin), = cursor.fetchall()
        cursor.execute(*line.update(
                [line.unit_price], [line.unit_price + 1],
                where=line.id == id_))
        found = wrong()
        (record, difference), = found.pop('sale')
        assert record == origin and difference < 0
        # The ledger has what was posted
        assert list(found) == ['ledger']


def test_customer_not_invoiced(week):
    "What is not invoiced yet waits, what never will be is missing"
    with books(week) as cursor:
        line, sale = table('account.invoice.line'), table('sale.sale')
        cursor.execute(*line.select(
                line.id, line.origin, where=line.origin.like('sale.line,%'),
                order_by=line.id, limit=1))
        (id_, origin), = cursor.fetchall()
        cursor.execute(*line.update(
                [line.origin], [None], where=line.id == id_))
        cursor.execute(*sale.update([sale.state], ['processing']))
        step = steps()['sale']
        assert not step.differences and step.waiting > 0
        waiting, = step.waiting_lines
        assert str(waiting.record) == origin
        cursor.execute(*sale.update([sale.state], ['done']))
        assert [r for r, _ in wrong()['sale']] == [origin]


def test_customer_invoice_draft(week):
    with books(week) as cursor:
        invoice = table('account.invoice')
        cursor.execute(*invoice.update(
                [invoice.state], ['draft'], where=invoice.type == 'out'))
        step = steps()['sale']
        assert step.found == 0 and step.waiting == step.expected
        assert not step.differences
        # Its entries are in the ledger without it
        assert 'ledger' in wrong()


def test_settled_another_amount(week):
    with books(week) as cursor:
        line = table('shortcircuit.settlement.line')
        cursor.execute(*line.select(
                line.id, line.move, line.settlement, order_by=line.id,
                limit=1))
        (id_, move, settlement), = cursor.fetchall()
        cursor.execute(*line.update(
                [line.amount], [line.amount - 1], where=line.id == id_))
        assert wrong() == {
            'settlement': [(f'stock.move,{move}', Decimal(1))],
            'invoice': [
                (f'shortcircuit.settlement,{settlement}', Decimal(-1))],
            }


def test_not_settled_yet(week):
    with books(week) as cursor:
        line = table('shortcircuit.settlement.line')
        settlement = table('shortcircuit.settlement')
        cursor.execute(*settlement.update([settlement.state], ['draft']))
        step = steps()['settlement']
        assert step.waiting == step.expected and not step.differences
        cursor.execute(*line.delete())
        step = steps()['settlement']
        assert step.waiting == step.expected and not step.differences


def test_settled_and_cancelled(week):
    "A line of a cancelled settlement is never settled again"
    with books(week) as cursor:
        settlement = table('shortcircuit.settlement')
        cursor.execute(*settlement.update([settlement.state], ['cancelled']))
        assert steps()['settlement'].found == 0
        assert len(wrong()['settlement']) == steps()['settlement'].records


def test_settlement_without_invoice(week):
    with books(week) as cursor:
        settlement = table('shortcircuit.settlement')
        id_ = first(cursor, settlement, settlement.invoice > 0)
        cursor.execute(*settlement.update(
                [settlement.invoice], [None], where=settlement.id == id_))
        (record, difference), = wrong()['invoice']
        assert record == f'shortcircuit.settlement,{id_}' and difference > 0


def test_producer_invoice_cancelled(week):
    with books(week) as cursor:
        invoice = table('account.invoice')
        cursor.execute(*invoice.update(
                [invoice.state], ['cancelled'],
                where=invoice.type == 'in'))
        found = wrong()
        assert len(found['invoice']) == len(week.settlements)
        assert 'ledger' in found


def test_producer_invoice_waits(week):
    with books(week) as cursor:
        invoice = table('account.invoice')
        cursor.execute(*invoice.update(
                [invoice.state], ['validated'],
                where=invoice.type == 'in'))
        found = steps()
        for name in ['invoice', 'commission_invoice']:
            assert found[name].waiting == found[name].expected
            assert not found[name].differences


def test_commission_missing(week):
    with books(week) as cursor:
        commission = table('commission')
        id_ = first(cursor, commission, commission.amount > 0)
        cursor.execute(*commission.delete(where=commission.id == id_))
        found = wrong()
        (record, difference), = found['commission']
        assert record.startswith('commission.agent,') and difference > 0
        (record, _), = found['commission_invoice']
        assert record.startswith('account.invoice.line,')


def test_commission_not_invoiced(week):
    with books(week) as cursor:
        commission = table('commission')
        cursor.execute(*commission.update([commission.invoice_line], [None]))
        step = steps()['commission_invoice']
        assert step.waiting == step.expected and not step.differences


def test_ledger_broken(week):
    with books(week) as cursor:
        line = table('account.move.line')
        cursor.execute(*line.select(
                line.id, line.move,
                where=line.origin.like('account.invoice.line,%'),
                order_by=line.id, limit=1))
        (id_, move_id), = cursor.fetchall()
        cursor.execute(*line.delete(where=line.id == id_))
        (record, _), = wrong()['ledger']
        assert record == f'account.move,{move_id}'


def test_ledger_entry_by_hand(week):
    "An entry that no invoice explains is named"
    with books(week) as cursor:
        line = table('account.move.line')
        id_ = first(cursor, line, line.origin.like('account.invoice.line,%'))
        cursor.execute(*line.update(
                [line.debit, line.credit],
                [line.debit + 5, line.credit + 5], where=line.id == id_))
        # What goes in and out of an account in one entry is nothing
        assert not wrong()
        cursor.execute(*line.update(
                [line.debit], [line.debit + 5], where=line.id == id_))
        (_, difference), = wrong()['ledger']
        assert difference == 5


def test_order_of_two_periods(week):
    "What was delivered in another period does not count in this one"
    with books(week) as cursor:
        before = {n: s.expected for n, s in steps().items()}
        move, id_ = a_move(cursor)
        cursor.execute(*move.update(
                [move.effective_date], [TODAY - dt.timedelta(days=40)],
                where=move.id == id_))
        after = steps()
        for name in ['split', 'sale', 'settlement']:
            assert after[name].expected < before[name]
            assert after[name].found == after[name].expected
        # The aidant's commission is dated by the round
        assert list(wrong()) == ['commission']


def count(function, *args):
    with record_statements() as statements:
        function(*args)
    return len(statements)


def test_statements(week):
    "The statements do not depend on the number of lines"
    with books(week) as cursor:
        Reconciliation = Pool().get('shortcircuit.reconciliation')

        def read():
            Transaction().cache.clear()
            return Reconciliation.search_read([], fields_names=[
                    'expected', 'found', 'waiting', 'difference'])
        read()
        few = count(read)
        move = table('stock.move')
        cursor.execute(*move.select(limit=0))
        columns = [d[0] for d in cursor.description if d[0] != 'id']
        for _ in range(5):
            cursor.execute(*move.insert(
                    [getattr(move, c) for c in columns],
                    move.select(*(getattr(move, c) for c in columns))))
        rows = read()
        assert sum(r['expected'] for r in rows) > 30
        assert count(read) == few
        assert few < 10


def test_report(week):
    with books(week):
        pool = Pool()
        Report = pool.get('shortcircuit.reconciliation', type='report')
        Reconciliation = pool.get('shortcircuit.reconciliation')
        extension, content, _, _ = Report.execute(
            [s.id for s in Reconciliation.search([])], {})
        assert extension == 'pdf' and content.startswith(b'%PDF')
