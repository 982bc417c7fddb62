"""What partners open does not read through the years of all the others

Their menus are opened as the web client does: each list with its tabs, then
the first of its records as a form. PostgreSQL explains and runs again what was
asked.
"""
import json
from functools import partial
from types import SimpleNamespace
from unittest.mock import patch

import psycopg
import pytest
from proteus import Model

from tests.access import acting, rpc
from tests.bench.copies import Copies
from trytond.modules.shortcircuit_catalog.tests.tools import create_user, setup
from trytond.modules.shortcircuit_commission.tests.week import create_week
from trytond.pool import Pool
from trytond.pyson import PYSONDecoder
from trytond.tests.test_tryton import DB_NAME, drop_db
from trytond.tests.tools import activate_modules, set_user
from trytond.transaction import Transaction

pytestmark = pytest.mark.postgresql

COPIES = 2000
# How many records the client asks for
PAGE = 1000
# What of a large table a query may read
LARGE, PART = 3000, .2
# What a week has of its own, copied for the others
MODELS = [
    'account.invoice', 'account.invoice.line', 'account.invoice.tax',
    'account.invoice.line-account.tax', 'account.invoice.line-stock.move',
    'account.move', 'account.move.line', 'commission', 'commission.agent',
    'party.address', 'party.identifier', 'party.party', 'sale.line',
    'sale.sale', 'shortcircuit.agreement', 'shortcircuit.canteen',
    'shortcircuit.cycle', 'shortcircuit.delivery',
    'shortcircuit.delivery.line', 'shortcircuit.distribution_point',
    'shortcircuit.offer', 'shortcircuit.package', 'shortcircuit.producer',
    'shortcircuit.round', 'shortcircuit.round.due',
    'shortcircuit.round.figure', 'shortcircuit.round.stop',
    'shortcircuit.settlement', 'shortcircuit.settlement.line', 'stock.lot',
    'stock.move', 'stock.shipment.out']
# What has not a record more each week
REGISTERS = [
    'commission.agent', 'party.address', 'party.identifier', 'party.party',
    'shortcircuit.agreement', 'shortcircuit.canteen',
    'shortcircuit.distribution_point', 'shortcircuit.producer']
USERS = ['buyer', 'producer', 'aidant']


@pytest.fixture(scope='module')
def years():
    drop_db()
    activate_modules(
        ['shortcircuit_collective', 'shortcircuit_commission'], setup)
    week = create_week()
    Model.get('shortcircuit.canteen')(party=week.school).save()
    users = SimpleNamespace(
        buyer=create_user('buyer', "Buyer", week.school),
        producer=create_user('producer', "Producer", week.farm.party),
        aidant=create_user('aidant', "Aidant", week.driver.party))
    with Transaction().start(DB_NAME, 1) as transaction:
        Copies(Pool(), MODELS).make_whole(1, COPIES)
        transaction.commit()
    with Transaction().start(DB_NAME, 1) as transaction:
        cursor = transaction.connection.cursor()
        cursor.execute('ANALYZE')
        cursor.execute(
            "SELECT relname, reltuples FROM pg_class "
            f"WHERE relkind = 'r' AND reltuples > {LARGE}")
        registers = {Pool().get(name)._table for name in REGISTERS}
        users.large = {
            table: rows for table, rows in cursor.fetchall()
            if table not in registers}
        transaction.commit()
    yield users
    set_user(1)
    drop_db()


@pytest.fixture
def as_user(years):
    yield from acting(years)


@pytest.mark.parametrize('user', USERS)
def test_plans(as_user, user):
    large = as_user(user).large
    assert {'sale_line', 'stock_move', 'account_invoice_line'} <= large.keys()
    opened = {name: record(open_) for name, open_ in get_actions()}
    assert opened
    read = {
        f'{name}: {scan}'
        for name, queries in opened.items()
        for query, params in queries.items()
        for scan in find_scans(query, params, large)}
    assert not read, '\n'.join(sorted(read))


def get_actions():
    "Yield the names of the menus of the user, with what opens each"
    Action = Model.get('ir.action.act_window')
    Menu = Model.get('ir.ui.menu')
    for menu in Menu.find([]):
        action = menu.action
        if isinstance(action, Action) and action.res_model:
            for domain in get_domains(action):
                yield menu.complete_name, partial(
                    open_action, action, domain)


def get_domains(action):
    "Return the domains of the tabs of the action"
    decoder = PYSONDecoder(dict(Model.get('ir.ui.menu')._config.context))
    domain = decoder.decode(action.pyson_domain or '[]')
    tabs = [
        decoder.decode(tab.domain or '[]')
        for tab in action.act_window_domains]
    return [[domain, tab] for tab in tabs or [[]]]


def open_action(action, domain):
    model = action.res_model
    order = json.loads(action.pyson_order or 'null')
    ids = rpc(model, 'search', domain, 0, PAGE, order)
    rpc(model, 'search_count', domain, 0, PAGE)
    graphs = [
        (v.view.id, 'graph') for v in action.act_window_views
        if v.view.type == 'graph']
    for view, type_ in [(None, 'tree'), (None, 'form'), *graphs]:
        fields = rpc(model, 'fields_view_get', view, type_)['fields']
        names = [n for n in fields if n != 'id']
        rpc(model, 'read', ids[:1] if type_ == 'form' else ids, names)


def record(open_):
    "Return the parameters of each query that opening asks"
    queries = {}
    execute = psycopg.Cursor.execute

    def recorded(cursor, query, params=None, **kwargs):
        if str(query).lstrip('(').startswith(('SELECT', 'WITH')):
            queries.setdefault(str(query), params)
        return execute(cursor, query, params, **kwargs)
    with patch.object(psycopg.Cursor, 'execute', recorded):
        open_()
    return queries


def find_scans(query, params, large):
    "Return how a query reads too much of a large table"
    with Transaction().start(DB_NAME, 1, readonly=True) as transaction:
        cursor = transaction.connection.cursor()
        cursor.execute(f'EXPLAIN (ANALYZE, FORMAT JSON) {query}', params)
        (plan,), = cursor.fetchone()
    return {
        f"{node['Node Type']} of {table}, {node.get('Filter')}"
        for node in walk(plan['Plan'])
        if (table := node.get('Relation Name')) in large
        and count_read(node) > large[table] * PART}


def walk(node):
    yield node
    for child in node.get('Plans', []):
        yield from walk(child)


def count_read(node):
    "Return how many rows a node of a plan reads"
    return node['Actual Loops'] * sum(node.get(n, 0) for n in [
            'Actual Rows', 'Rows Removed by Filter',
            'Rows Removed by Index Recheck'])
