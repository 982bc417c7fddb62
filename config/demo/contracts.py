"""The contract of a purchasing group: lots, prices, indices, a revision"""
import datetime as dt
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from config.demo.accounts import account
from config.demo.session import table

NAME = "Denrées en circuit court, groupement du Béthunois"
# The first one coordinates
SHARES = {
    'carnot': Decimal('.5'),
    'sand': Decimal('.2'),
    'lagrange': Decimal('.3'),
    }
# number: title, CPV, maximum, how its prices are revised; the last one is
# small enough for its alarm to ring
LOTS = {
    '1': ("Fruits et légumes", '15300000-1', 24000, 'mercuriale'),
    '2': ("Produits laitiers", '15500000-3', 18000, 'formula'),
    '3': ("Miel et légumes secs, lot d'essai", '15310000-4', 180, None),
    }
PERFORMANCE = '1'
# What the group asks for what is late or missing, in part as the standard
# terms
PENALTIES = {
    'penalty_delay': Decimal('.05'),
    'penalty_daily': Decimal('.001'),
    'penalty_missing': Decimal('.2'),
    'penalty_cap': Decimal('.1'),
    'penalty_answer_days': 15,
    }
INDICES = {
    'IPPAP-LAIT': "Prix agricoles à la production, lait de vache",
    'ICHT-TS': "Coût horaire du travail, tous salariés",
    }
WEIGHTS = {'IPPAP-LAIT': Decimal('.6'), 'ICHT-TS': Decimal('.25')}


def create(demo):
    _import_indices(demo)
    contract = _create_contract(demo)
    for number in LOTS:
        _create_lot(demo, contract, number)
    contract.reload()
    contract.click('activate')
    demo.keep('contract', 'bethunois', contract)
    _set_penalty_account(demo)


def _set_penalty_account(demo):
    configuration = demo.model('shortcircuit.configuration')(1)
    configuration.penalty_account = account(demo, 'penalty')
    configuration.save()


def _start_date(demo):
    "The last first of September before the orders of the demo"
    day = demo.days.after(-30, demo.days.last_monday)
    return dt.date(day.year - (day.month < 9), 9, 1)


def _import_indices(demo):
    "As the file of who publishes them, its values being dated from now"
    Index = demo.model('shortcircuit.price_index')
    Index.save([
            Index(code=code, name=name, source="Insee")
            for code, name in INDICES.items()])
    month = demo.days.today.replace(day=1)
    rows = ['index;date;value'] + [
        f"{row['index']};"
        f"{month - relativedelta(months=int(row['months']))};{row['value']}"
        for row in table('indices')]
    wizard = demo.wizard('shortcircuit.price_index.import')
    wizard.form.file = '\n'.join(rows).encode()
    wizard.execute('import_')


def _create_contract(demo):
    start_date = _start_date(demo)
    contract = demo.model('shortcircuit.contract')(
        name=NAME, reference=f'{start_date.year}-GC-07', change_days=2)
    for term, value in PENALTIES.items():
        setattr(contract, term, value)
    contract.notification_date = start_date - dt.timedelta(days=52)
    contract.start_date = start_date
    contract.end_date = start_date + relativedelta(years=1, days=-1)
    for years in [1, 2]:
        renewal = contract.renewals.new()
        renewal.start_date = start_date + relativedelta(years=years)
        renewal.end_date = renewal.start_date + relativedelta(
            years=1, days=-1)
    for code, share in SHARES.items():
        contract.members.new(
            party=demo.get('party.party', 'party', code), share=share,
            coordinator=code == next(iter(SHARES)))
    contract.save()
    return contract


def _create_lot(demo, contract, number):
    name, cpv, maximum, revision = LOTS[number]
    lot = demo.model('shortcircuit.contract.lot')(
        contract=contract, number=number, name=name, cpv=cpv,
        max_amount=Decimal(maximum))
    if number == PERFORMANCE:
        lot.procedures = ['PERFORMANCE']
    if revision:
        _set_revision(demo, lot, revision)
    for row in table('schedule'):
        if row['lot'] == number:
            _add_price(demo, lot, row)
    lot.save()
    if revision:
        for member in contract.members:
            lot.members.new(member=member)
        lot.save()


def _set_revision(demo, lot, method):
    lot.min_amount = (lot.max_amount / 10).quantize(Decimal('1.00'))
    lot.minimum_order = Decimal(30)
    lot.revision_method = method
    lot.revision_cap = lot.revision_floor = Decimal('.08')
    lot.revision_safeguard = Decimal('.15')
    if method == 'formula':
        Index = demo.model('shortcircuit.price_index')
        lot.revision_base_date = _start_date(demo)
        lot.revision_fixed = Decimal('.15')
        for code, weight in WEIGHTS.items():
            index, = Index.find([('code', '=', code)])
            lot.revision_terms.new(index=index, weight=weight)


def _add_price(demo, lot, row):
    product = demo.get('product.product', 'product', row['product'])
    price = lot.prices.new(
        number=row['number'], name=row['specification'],
        unit=product.default_uom)
    price.products.append(product)
    price.estimated_quantity = float(row['quantity'])
    if row['label']:
        label, = demo.model('shortcircuit.label').find(
            [('code', '=', row['label'])])
        price.labels.append(label)
    price.versions.new(
        start_date=_start_date(demo), unit_price=Decimal(row['price']))


def penalize(demo):
    """One buyer has announced what last week's call-off costs, to be answered

    another one, whose call-off was late, has not written yet.
    """
    contract = demo.get(
        'shortcircuit.contract', 'contract', 'bethunois', 'comptable')
    contract.click('propose_penalties')
    penalty, = demo.model('shortcircuit.contract.penalty', 'comptable').find([
            ('sale.party', '=', demo.ids['party', 'carnot']),
            ])
    penalty.announcement_date = demo.days.after(-1)
    penalty.save()


def revise(demo):
    "Preview what the prices become on the first day of the next month"
    Mercuriale = demo.model('shortcircuit.mercuriale', 'comptable')
    Revision = demo.model('shortcircuit.contract.revision', 'comptable')
    revision = Revision(index_date=demo.days.today)
    revision.contract = demo.get(
        'shortcircuit.contract', 'contract', 'bethunois', 'comptable')
    revision.start_date = (
        demo.days.today.replace(day=1) + relativedelta(months=1))
    revision.mercuriale, = Mercuriale.find([
            ('channel', '=', demo.ids['channel', 'collective']),
            ('state', '=', 'published'),
            ], limit=1)
    revision.note = "À notifier au coordonnateur avant le 15 du mois."
    revision.save()
    revision.click('compute')
