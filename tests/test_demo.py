"""The demo that its users find: its books, and what each one may open"""
import csv
import io
import re
import xmlrpc.client
from collections import defaultdict
from contextlib import ExitStack
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby

import pytest
from lxml import etree
from proteus.config import set_xmlrpc_session
from proteus.pyson import PYSONDecoder

from config.settings import LOGINS, MODULES, PASSWORD, WEB_CLIENT

MONDAY = date.today() - timedelta(days=date.today().weekday())
LAST_MONDAY = MONDAY - timedelta(days=7)
LAST_WEEK = [
    ('effective_date', '>=', LAST_MONDAY),
    ('effective_date', '<', MONDAY),
    ]


@pytest.fixture(scope='module')
def connect(demo):
    "Log in to the server as a client does"
    address = demo.url.replace('#', '') + '/rpc/'
    with ExitStack() as stack:
        yield lambda login: stack.enter_context(
            set_xmlrpc_session(address, login, PASSWORD))


@pytest.fixture(scope='module')
def find(connect):
    config = connect('admin')

    def find(model, domain, *names):
        return getattr(config.server.model, model).search_read(
            domain, 0, None, None, list(names), config.context)
    return find


@pytest.fixture
def deliveries(find):
    "What was delivered last week"
    return find('stock.move', [('sale_amount', '!=', None), *LAST_WEEK],
        'producer', 'sale_amount')


def test_settlements(find, deliveries):
    by_producer = defaultdict(list)
    for settlement in find(
            'shortcircuit.settlement', [
                ('state', '=', 'validated'),
                ('start_date', '>=', LAST_MONDAY),
                ],
            'producer', 'lines', 'amount', 'sale_amount', 'commission_amount',
            'cooperative_amount', 'invoice.untaxed_amount', 'invoice.state',
            'regime', 'collected_amount', 'transfer.state'):
        by_producer[settlement['producer']].append(settlement)
    assert by_producer.keys() == {m['producer'] for m in deliveries}
    for settlement, in by_producer.values():
        assert settlement['lines']
        invoiced = settlement['amount']
        if settlement['regime'] == 'mandate':
            # The cooperative invoices what it keeps of what it gives
            invoiced = settlement['sale_amount'] - settlement['amount']
            assert settlement['collected_amount'] == settlement['sale_amount']
            assert settlement['transfer.']['state'] == 'posted'
        assert settlement['invoice.']['untaxed_amount'] == invoiced
        assert settlement['invoice.']['state'] == 'posted'
        assert settlement['sale_amount'] == (
            settlement['amount'] + settlement['commission_amount']
            + settlement['cooperative_amount'])


def test_customer_invoices(find, deliveries):
    invoices = find(
        'account.invoice', [
            ('type', '=', 'out'), ('state', '=', 'posted'),
            ('sales', '!=', None), ('invoice_date', '>=', LAST_MONDAY),
            ],
        'party', 'seller', 'untaxed_amount')
    assert len({i['party'] for i in invoices}) == 4
    # What a producer sells is on an invoice in his name
    assert [bool(i['seller']) for i in invoices].count(True) == 3
    # A call-off has its own invoice, by its engagement number
    assert len(invoices) == 8
    assert (sum(i['untaxed_amount'] for i in invoices)
        == sum(m['sale_amount'] for m in deliveries))


def test_reconciliation(connect):
    "Every euro of last week is found, those of who sells included"
    config = connect('comptable')
    context = config.context | {
        'start_date': LAST_MONDAY, 'end_date': MONDAY}
    steps = config.server.model.shortcircuit.reconciliation.search_read(
        [], 0, None, None, ['step', 'records', 'differences'], context)
    assert len(steps) == 8
    assert all(s['records'] for s in steps)
    assert not any(s['differences'] for s in steps)


def test_months(find):
    "The months of this year compare with those of the last one"
    months = find(
        'shortcircuit.egalim.share.month',
        [('canteen.party.name', 'ilike', '%Carnot%')],
        'year', 'egalim_share', 'previous_egalim_share')
    assert len({m['year'] for m in months}) > 1
    assert len(months) > 3
    assert any(m['previous_egalim_share'] is not None for m in months)


def test_declaration(find):
    declaration, = find(
        'shortcircuit.declaration', [('state', '=', 'exported')], 'amount')
    file, = find(
        'shortcircuit.declaration.file',
        [('declaration', '=', declaration['id'])], 'file')
    rows = list(csv.reader(io.StringIO(bytes(file['file']).decode())))
    assert {len(row) for row in rows} == {12}
    assert len(rows) > 10
    assert sum(Decimal(row[4]) for row in rows[1:]) == declaration['amount']


def test_leftovers(find):
    unsold = find(
        'shortcircuit.unsold', [('state', '=', 'done')], 'kind', 'amount')
    assert {u['kind'] for u in unsold} == {'write_off', 'gift'}
    assert all(u['amount'] for u in unsold if u['kind'] == 'write_off')


def test_drill(find):
    "Less than five minutes, nothing held, nobody told"
    drill, = find(
        'shortcircuit.recall', [('drill', '=', True)], 'duration', 'state',
        'held', 'lots.received', 'lots.traced', 'notices.notified_at',
        'notices.role')
    assert drill['state'] == 'closed'
    assert not drill['held']
    assert drill['duration'] <= timedelta(minutes=5)
    assert all(l['received'] == l['traced'] for l in drill['lots.'])
    assert {n['role'] for n in drill['notices.']} >= {'customer', 'producer'}
    assert not any(n['notified_at'] for n in drill['notices.'])


def test_crates(find):
    "Nobody brings crates that he was never given"
    assert not [b['holder.'] for b in find(
            'shortcircuit.crate.balance', [
                ('quantity', '<', 0),
                ('kind', 'not in', ['purchase', 'loss', 'found']),
                ], 'holder.rec_name')]


def test_contract(find):
    "What is left of its lots shows, one alarm rang, a revision is previewed"
    lots = find(
        'shortcircuit.contract.lot', [('contract.state', '=', 'active')],
        'used_amount', 'left_amount', 'alarmed_on', 'members')
    assert all(l['used_amount'] > 0 and l['left_amount'] > 0 for l in lots)
    assert [bool(l['alarmed_on']) for l in lots].count(True) == 1
    assert [len(l['members']) for l in lots] == [3, 3, 0]
    revision, = find(
        'shortcircuit.contract.revision', [('state', '=', 'draft')],
        'lines.variation', 'lines.limited')
    assert any(l['variation'] for l in revision['lines.'])
    assert any(l['limited'] for l in revision['lines.'])
    orders = find(
        'sale.sale', [('contract', '!=', None)], 'state', 'reference')
    assert {o['state'] for o in orders} >= {'confirmed'}
    assert len(orders) == 3
    assert all(o['reference'] for o in orders)


def test_penalty(find):
    "What last week's call-offs lack is announced, and what was late proposed"
    late, missing = sorted(find(
            'shortcircuit.contract.penalty', [], 'state', 'late', 'days',
            'missing', 'amount', 'answer_date'),
        key=lambda p: bool(p['missing']))
    assert late['state'] == missing['state'] == 'draft'
    assert late['days'] == 1 and not late['answer_date']
    assert 0 < late['amount'] < late['late']
    assert 0 < missing['amount'] < missing['missing']
    assert missing['answer_date'] > date.today()


def test_consultation(find):
    "It is being answered: prices and volumes are proposed, a need is too high"
    consultation, = find(
        'shortcircuit.consultation', [], 'state', 'amount', 'warnings',
        'deadline')
    assert consultation['state'] == 'answering'
    assert consultation['amount'] > 0
    assert consultation['warnings']
    assert consultation['deadline'] > date.today()
    lines = find(
        'shortcircuit.consultation.line', [], 'unit_price', 'supplies',
        'missing')
    assert len(lines) == 8
    # A specification names none of the products: it is left to answer
    assert [bool(l['unit_price']) for l in lines].count(False) == 1
    assert any(l['supplies'] and l['missing'] for l in lines)


def test_something_left_to_decide(find):
    cycle, = find('shortcircuit.cycle', [
            ('state', '=', 'open'), ('channel.kind', '=', 'collective')])
    orders = [('cycle', '=', cycle['id'])]
    assert len(find('sale.sale', [orders, ('state', '=', 'confirmed')])) == 3
    for state, party in [
            ('draft', "Lycée polyvalent Carnot"),
            ('quotation', "Collège George Sand")]:
        order, = find(
            'sale.sale', [orders, ('state', '=', state)], 'party.rec_name')
        assert order['party.']['rec_name'] == party
    allocation, = find(
        'shortcircuit.allocation', [('state', '=', 'draft')], 'lines.short')
    assert any(line['short'] for line in allocation['lines.'])
    for model in ['shortcircuit.delivery', 'shortcircuit.settlement']:
        assert find(model, [('state', '=', 'draft')])


@pytest.mark.parametrize('login', LOGINS)
def test_screens(connect, login):
    "Each user can open what his home and his menu show"
    config = connect(login)
    server = config.server.model
    actions = [
        server.ir.action.get_action_value(id_, config.context)
        for id_ in server.res.user.get_preferences(False, {})['actions']]
    circuit, = server.ir.ui.menu.search(
        [('icon', '=', 'tryton-shortcircuit')], 0, None, None, config.context)
    for menu in server.ir.ui.menu.search(
            [('parent', 'child_of', [circuit])], 0, None, None,
            config.context):
        actions += server.ir.action.keyword.get_keyword(
            'tree_open', ['ir.ui.menu', menu], config.context)
    assert actions
    for action in actions:
        if action['type'] == 'ir.action.act_window' and action['res_model']:
            open_window(config, action)


def test_columns(connect):
    "The web client draws every column of the lists, else it shows nothing"
    script = (WEB_CLIENT / 'dist' / 'tryton-sao.js').read_text()
    widgets = set(re.findall(r"'(\w+)':", re.search(
                r'TreeXMLViewParser\.WIDGETS = \{(.*?)\}', script, re.S)[1]))
    config = connect('admin')
    server = config.server.model
    unknown = []
    for view in server.ir.ui.view.search_read([
                ('type', '=', 'tree'),
                ('model', '!=', None),
                ('module', 'in', MODULES),
                ], 0, None, None, ['model', 'name'], config.context):
        tree = getattr(server, view['model']).fields_view_get(
            view['id'], 'tree', config.context)
        unknown += [
            (view['name'], field.get('name'))
            for field in etree.fromstring(tree['arch']).iter('field')
            if (field.get('widget')
                or tree['fields'][field.get('name')]['type']) not in widgets]
    assert not unknown


def open_window(config, action):
    decode = PYSONDecoder(
        {'context': config.context} | config.context).decode
    context = config.context | decode(action['pyson_context'] or '{}')
    model = getattr(config.server.model, action['res_model'])
    domain = decode(action['pyson_domain'] or '[]')
    ids = model.search(domain, 0, 5, None, context)
    for view_id, type_ in action['views']:
        view = model.fields_view_get(view_id, type_, context)
        if type_ in {'tree', 'form'}:
            names = list(view['fields'])
            names += [
                f'{n}.rec_name' for n, f in view['fields'].items()
                if f['type'] in {'many2one', 'one2one'}]
            try:
                model.read(ids, names, context)
            except xmlrpc.client.Error as error:
                pytest.fail(f"{action['name']}, {type_}: {error}")


FEC = [
    'JournalCode', 'JournalLib', 'EcritureNum', 'EcritureDate', 'CompteNum',
    'CompteLib', 'CompAuxNum', 'CompAuxLib', 'PieceRef', 'PieceDate',
    'EcritureLib', 'Debit', 'Credit', 'EcritureLet', 'DateLet', 'ValidDate',
    'Montantdevise', 'Idevise']


@pytest.fixture
def fec(connect, find):
    "The entries of the year as the tax office reads them"
    config = connect('comptable')
    fiscalyear, = find('account.fiscalyear', [
            ('start_date', '<=', date.today()),
            ('end_date', '>=', date.today())])
    wizard = getattr(config.server.wizard, 'account.fr.fec')
    session, _, _ = wizard.create(config.context)
    result = wizard.execute(session, {'start': {
                'fiscalyear': fiscalyear['id'],
                'type': 'is-bic',
                'deferral_period': None,
                }}, 'generate', config.context)
    wizard.delete(session, config.context)
    content = result['view']['defaults']['file']
    return list(csv.DictReader(
            io.StringIO(bytes(content).decode('utf-8')), delimiter='\t',
            quoting=csv.QUOTE_NONE, strict=True))


def test_fec_columns(fec):
    "Test the file has the 18 columns, those that are required filled"
    optional = {
        'CompAuxNum', 'CompAuxLib', 'EcritureLet', 'DateLet', 'Montantdevise',
        'Idevise'}
    assert list(fec[0]) == FEC
    for row in fec:
        assert None not in row
        assert {k for k, v in row.items() if not v} <= optional
        assert bool(row['CompAuxNum']) == bool(row['CompAuxLib'])
        assert bool(row['EcritureLet']) == bool(row['DateLet'])
        assert row['CompteNum'][:3].isdigit()


def test_fec_values(fec):
    "Test the dates and the amounts are written as the law says"
    for row in fec:
        for name in ['EcritureDate', 'PieceDate', 'ValidDate', 'DateLet']:
            if row[name]:
                datetime.strptime(row[name], '%Y%m%d')
        for name in ['Debit', 'Credit']:
            assert re.fullmatch(r'-?\d+,\d\d', row[name])
        assert '0,00' in {row['Debit'], row['Credit']}


def test_fec_entries(fec):
    "Test each entry is in one piece and balanced, in the order of the dates"
    entries = [
        (number, list(rows))
        for number, rows in groupby(fec, lambda row: row['EcritureNum'])]
    numbers = [number for number, _ in entries]
    assert len(numbers) == len(set(numbers))
    for _, rows in entries:
        assert len({
                (r['JournalCode'], r['EcritureDate'], r['ValidDate'])
                for r in rows}) == 1
        assert sum(map(_balance, rows)) == 0
    dates = [row['ValidDate'] for row in fec]
    assert dates == sorted(dates)


def _balance(row):
    debit, credit = [
        Decimal(row[n].replace(',', '.')) for n in ['Debit', 'Credit']]
    return debit - credit
