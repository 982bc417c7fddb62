# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from collections import Counter
from contextlib import ExitStack
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule,
    run_state_machine_as_test)

from trytond.model.exceptions import AccessError
from trytond.modules.account.tests import create_chart, get_fiscalyear
from trytond.modules.company.tests import create_company, set_company
from trytond.modules.shortcircuit_catalog.tests.test_certificate import (
    count_statements)
from trytond.modules.shortcircuit_hub.exceptions import CrateError
from trytond.pool import Pool
from trytond.tests.test_tryton import (
    DB_NAME, USER, activate_module, with_transaction)
from trytond.transaction import Transaction

TODAY = dt.date.today()
OUTSIDE = ['purchase', 'loss', 'found']


@pytest.fixture(scope='module', autouse=True)
def database():
    activate_module('shortcircuit_hub')


class World:
    "A cooperative with its hubs, farms, points and crates"

    def __init__(self, company):
        self.company = company
        pool = Pool()
        Crate = pool.get('shortcircuit.crate')
        Location = pool.get('stock.location')
        Party = pool.get('party.party')
        Point = pool.get('shortcircuit.distribution_point')
        Producer = pool.get('shortcircuit.producer')
        hub, = Location.search([('type', '=', 'warehouse')])
        self.hubs = [hub, *Location.copy([hub])]
        self.crates = Crate.create([{'name': n} for n in ["E2", "Milk"]])
        self.parties = Party.create([{'name': n} for n in ["Farm", "Barn"]])
        self.producers = Producer.create(
            [{'party': p.id} for p in self.parties])
        self.points = Point.create([{
                    'name': n,
                    'warehouse': hub.id,
                    } for n in ["Market", "School"]])
        self.cycle = self.create_cycle()
        self.holders = [
            *(('hub', h.id) for h in self.hubs),
            *((k, p.id) for p in self.parties
                for k in ['aidant', 'producer', 'customer']),
            *(('point', p.id) for p in self.points),
            *((k, None) for k in OUTSIDE),
            ]

    def create_cycle(self):
        pool = Pool()
        Channel = pool.get('shortcircuit.channel')
        Cycle = pool.get('shortcircuit.cycle')
        PriceList = pool.get('product.price_list')
        price_list, = PriceList.create([{
                    'name': "Trade",
                    'unit': 'product_default',
                    }])
        channel, = Channel.create([{
                    'name': "Trade",
                    'price_list': price_list.id,
                    }])
        cycle, = Cycle.create([{
                    'name': "Week",
                    'channel': channel.id,
                    'warehouse': self.hubs[0].id,
                    'opens_at': dt.datetime.combine(TODAY, dt.time(8)),
                    'closes_at': dt.datetime.combine(TODAY, dt.time(9)),
                    'delivery_date': TODAY,
                    }])
        return cycle

    def move(self, crate, quantity, from_, to, date=TODAY):
        pool = Pool()
        Holder = pool.get('shortcircuit.crate.holder')
        Move = pool.get('shortcircuit.crate.move')
        holders = Holder.get(self.company, [from_, to])
        move, = Move.create([{
                    'date': date,
                    'crate': crate.id,
                    'quantity': quantity,
                    'from_holder': holders[from_].id,
                    'to_holder': holders[to].id,
                    }])
        return move

    def get_delivery(self, producer, hub, **counts):
        pool = Pool()
        Delivery = pool.get('shortcircuit.delivery')
        delivery, = Delivery.create([{
                    'cycle': self.cycle.id,
                    'producer': producer.id,
                    'warehouse': hub.id,
                    'date': TODAY,
                    'crates': [('create', [
                                {'crate': self.crates[0].id, **counts}])],
                    }])
        return delivery

    def get_round(self, driver, stops, date=TODAY):
        "stops is a list of tuples (point, crate, left, taken)"
        pool = Pool()
        Round = pool.get('shortcircuit.round')
        round_, = Round.create([{
                    'warehouse': self.hubs[0].id,
                    'driver': driver.id,
                    'date': date,
                    'stops': [('create', [{
                                    'point': point.id,
                                    'crates': [('create', [{
                                                    'crate': crate.id,
                                                    'left': left,
                                                    'taken': taken,
                                                    }])],
                                    } for point, crate, left, taken in stops
                                ])],
                    }])
        return round_

    def balances(self):
        "Return what the ledger says by key of the holder and crate"
        pool = Pool()
        Balance = pool.get('shortcircuit.crate.balance')
        return Counter({
                (b.holder.key, b.crate): b.quantity
                for b in Balance.search([])})


numbers = st.integers(0, 30)
places = st.integers(0, 1)


class Ledger(RuleBasedStateMachine):
    """Whatever happens, and is corrected since, crates neither appear nor
    vanish, and each holder has what his documents say"""
    deliveries = Bundle('deliveries')
    rounds = Bundle('rounds')

    @initialize()
    def create(self):
        self.stack = ExitStack()
        self.stack.enter_context(Transaction().start(DB_NAME, USER))
        company = create_company()
        self.stack.enter_context(set_company(company))
        self.world = World(company)
        self.expected = Counter()

    def teardown(self):
        if hasattr(self, 'stack'):
            Transaction().rollback()
            self.stack.close()

    def count(self, crate, quantity, from_, to):
        self.expected[from_, crate] -= quantity
        self.expected[to, crate] += quantity

    @rule(data=st.data(), hub=places, crate=places,
        quantity=st.integers(1, 50), comes=st.booleans())
    def enter(self, data, hub, crate, quantity, comes):
        hub, crate = self.world.holders[hub], self.world.crates[crate]
        other = data.draw(st.sampled_from(self.world.holders[2:]))
        ends = [other, hub] if comes else [hub, other]
        self.world.move(crate, quantity, *ends)
        self.count(crate, quantity, *ends)

    @rule(target=deliveries, producer=places, hub=places, full=numbers,
        empty=numbers, given=numbers)
    def deliver(self, producer, hub, full, empty, given):
        delivery = self.world.get_delivery(
            self.world.producers[producer], self.world.hubs[hub],
            full=full, empty=empty, given=given)
        delivery.receive([delivery])
        self.count_delivery(delivery, full + empty - given)
        return delivery

    @rule(delivery=deliveries, full=numbers, given=numbers)
    def correct_delivery(self, delivery, full, given):
        crate, = delivery.__class__(delivery.id).crates
        before = crate.full - crate.given
        crate.full, crate.given = full, given
        crate.save()
        self.count_delivery(delivery, full - given - before)

    def count_delivery(self, delivery, brought):
        self.count(
            self.world.crates[0], brought,
            ('producer', delivery.producer.party.id),
            ('hub', delivery.warehouse.id))

    @rule(target=rounds, driver=places, crate=places, left=numbers,
        taken=numbers)
    def deliver_points(self, driver, crate, left, taken):
        world = self.world
        crate = world.crates[crate]
        driver = world.parties[driver]
        stops = [
            (world.points[0], crate, left, taken),
            (world.points[1], crate, taken, left)]
        round_ = world.get_round(driver, stops)
        round_.run([round_])
        self.count(
            crate, left + taken, world.holders[0], ('aidant', driver.id))
        round_.do([round_])
        for point, _, left, taken in stops:
            self.count_stop(driver, point, crate, left - taken)
        self.count(
            crate, left + taken, ('aidant', driver.id), world.holders[0])
        return round_

    def count_stop(self, driver, point, crate, left):
        self.count(crate, left, ('aidant', driver.id), ('point', point.id))

    @rule(round_=rounds, left=numbers, taken=numbers)
    def correct_stop(self, round_, left, taken):
        round_ = round_.__class__(round_.id)
        crate, = round_.stops[0].crates
        before = crate.left - crate.taken
        crate.left, crate.taken = left, taken
        crate.save()
        self.count_stop(
            round_.driver, crate.stop.point, crate.crate,
            left - taken - before)

    @rule(round_=consumes(rounds), returned=numbers)
    def correct_return(self, round_, returned):
        crate, = round_.__class__(round_.id).crates
        before = crate.returned
        crate.returned = returned
        crate.save()
        self.count(
            crate.crate, returned - before,
            ('aidant', round_.driver.id), self.world.holders[0])

    @rule(data=st.data(), counted=numbers)
    def take_inventory(self, data, counted):
        pool = Pool()
        Holder = pool.get('shortcircuit.crate.holder')
        Inventory = pool.get('shortcircuit.crate.inventory')
        key = data.draw(st.sampled_from(self.world.holders[:-3]))
        holder, = Holder.get(self.world.company, [key]).values()
        inventory, = Inventory.create([{'holder': holder.id}])
        Inventory.complete([inventory])
        for line in Inventory(inventory.id).lines:
            line.quantity, line.reason = counted, "Counted"
            line.save()
            difference = counted - self.expected[key, line.crate]
            self.count(line.crate, difference, ('found', None)
                if difference > 0 else ('loss', None), key)
        Inventory.do([inventory])

    @invariant()
    def nothing_appears_or_vanishes(self):
        if not hasattr(self, 'world'):
            return
        balances = self.world.balances()
        for crate in self.world.crates:
            assert not sum(
                q for (_, c), q in balances.items() if c == crate)

    @invariant()
    def all_have_what_they_should(self):
        if hasattr(self, 'world'):
            balances = self.world.balances()
            for key in balances.keys() | self.expected.keys():
                assert balances[key] == self.expected[key], key

    @invariant()
    def ages_add_up(self):
        if not hasattr(self, 'world'):
            return
        pool = Pool()
        Balance = pool.get('shortcircuit.crate.balance')
        for balance in Balance.search([]):
            assert max(balance.quantity, 0) == (
                balance.recent + balance.term1 + balance.term2
                + balance.term3)


@pytest.mark.scenario
def test_ledger():
    run_state_machine_as_test(Ledger, settings=settings(
            max_examples=20, stateful_step_count=12,
            suppress_health_check=HealthCheck,
            phases=[Phase.generate, Phase.target]))


def in_world(test):
    "Run the test in a transaction with a world"
    @with_transaction()
    def run():
        company = create_company()
        with set_company(company):
            test(World(company))

    # Not the signature of the test, which would ask for fixtures
    def wrapper():
        run()
    wrapper.__doc__ = test.__doc__
    return wrapper


@in_world
def test_what_is_written_stays(world):
    hub, farm = world.holders[0], world.holders[3]
    move = world.move(world.crates[0], 5, hub, farm)
    for change in [{'quantity': 6}, {'date': TODAY - dt.timedelta(days=1)}]:
        with pytest.raises(AccessError):
            move.write([move], change)
    with pytest.raises(AccessError):
        move.delete([move])


@in_world
def test_written_once(world):
    "A correction adds to the ledger what it changes, no more"
    pool = Pool()
    Move = pool.get('shortcircuit.crate.move')
    delivery = world.get_delivery(
        world.producers[0], world.hubs[0], full=12, given=10)
    delivery.receive([delivery])
    crate, = delivery.crates
    crate.write_moves([crate])
    crate.given = 8
    crate.save()
    crate.write_moves([crate])
    assert [(m.event, m.quantity, m.from_holder.kind)
        for m in Move.search([], order=[('id', 'ASC')])] == [
        ('full', 12, 'producer'), ('given', 10, 'hub'),
        ('given', 2, 'producer')]
    with pytest.raises(AccessError):
        crate.delete([crate])


@in_world
def test_third_parties_meet_at_a_hub(world):
    with pytest.raises(CrateError):
        world.move(
            world.crates[0], 1, ('point', world.points[0].id),
            ('customer', world.parties[0].id))


@in_world
def test_ages(world):
    "The crates that are left are the last that came"
    pool = Pool()
    Balance = pool.get('shortcircuit.crate.balance')
    hub, point = world.holders[0], ('point', world.points[0].id)
    crate = world.crates[0]
    for days, quantity in [(100, 10), (70, 8), (40, 6), (10, 4)]:
        world.move(
            crate, quantity, hub, point, TODAY - dt.timedelta(days=days))
    world.move(crate, 13, point, hub)
    balance, = Balance.search([('kind', '=', 'point')])
    assert [balance.quantity, balance.recent, balance.term1, balance.term2,
        balance.term3] == [15, 4, 6, 5, 0]
    with Transaction().set_context(
            crate_date=TODAY - dt.timedelta(days=50), term1=30, term2=60,
            term3=90):
        balance, = Balance.search([('kind', '=', 'point')])
        assert (balance.quantity, balance.recent, balance.term1) == (18, 8, 10)


@in_world
def test_balance_at(world):
    "The crates that hubs, points and parties have"
    pool = Pool()
    Balance = pool.get('shortcircuit.crate.balance')
    party, crate = world.parties[0], world.crates[0]
    hub = world.holders[0]
    world.move(crate, 20, ('purchase', None), hub)
    world.move(crate, 4, hub, ('producer', party.id))
    world.move(crate, 3, hub, ('aidant', party.id))
    counts = Balance.at([party, world.hubs[0], world.points[0]], TODAY)
    assert counts == {
        party: {crate: 7},
        world.hubs[0]: {crate: 13},
        world.points[0]: {},
        }
    assert Balance.at([party], TODAY - dt.timedelta(days=1)) == {party: {}}
    assert Balance.at([], TODAY) == {}


@in_world
def test_late_round_is_dated(world):
    "What is written first has the date of the round"
    date = TODAY - dt.timedelta(days=3)
    round_ = world.get_round(
        world.parties[0], [(world.points[0], world.crates[0], 5, 2)], date)
    round_.run([round_])
    round_.do([round_])
    pool = Pool()
    Move = pool.get('shortcircuit.crate.move')
    assert {(m.event, m.quantity, m.date) for m in Move.search([])} == {
        ('loaded', 5, date), ('left', 5, date), ('taken', 2, date),
        ('unloaded', 2, date)}


@in_world
def test_statements(world):
    "A round of many stops takes as many statements as one of a few"
    pool = Pool()
    Balance = pool.get('shortcircuit.crate.balance')
    Point = pool.get('shortcircuit.distribution_point')
    Round = pool.get('shortcircuit.round')
    RoundCrate = pool.get('shortcircuit.round.crate')
    Stop = pool.get('shortcircuit.round.stop')
    few, many = [
        world.get_round(world.parties[0], [
                (point, world.crates[0], 5, 2) for point in Point.create([{
                            'name': f"Point {i}",
                            'warehouse': world.hubs[0].id,
                            } for i in range(count)])])
        for count in [3, 30]]
    # SQLite inserts the moves one by one, what is read is counted after
    for round_ in [few, many]:
        Stop.write_crates(round_.stops)
    for function, argument in [
            (Stop.write_crates, lambda r: Stop.browse(
                    [s.id for s in r.stops])),
            (lambda points: Balance.at(points, TODAY), lambda r: Point.browse(
                    [s.point.id for s in r.stops])),
            (RoundCrate.get_counted, lambda r: Round.browse([r.id]))]:
        # The caches that are not of the transaction are filled before
        function(argument(many))
        assert count_statements(function, argument(many)) <= (
            count_statements(function, argument(few)))


def create_books(world):
    "Accounts, and a crate with a deposit of 4 euros"
    pool = Pool()
    Account = pool.get('account.account')
    AccountType = pool.get('account.account.type')
    Configuration = pool.get('shortcircuit.configuration')
    Journal = pool.get('account.journal')
    create_chart(world.company)
    fiscalyear = get_fiscalyear(world.company)
    fiscalyear.save()
    fiscalyear.create_period([fiscalyear])
    type_, = AccountType.search([
            ('statement', '=', 'balance'),
            ('payable', '!=', True),
            ('receivable', '!=', True),
            ], limit=1)
    accounts = Account.create([{
                'name': name,
                'code': code,
                'type': type_.id,
                } for name, code in [
                ("Customer Deposits", '4196'), ("Producer Deposits", '4096')]])
    configuration = Configuration(1)
    configuration.crate_customer_account, \
        configuration.crate_supplier_account = accounts
    configuration.crate_journal, = Journal.search([], limit=1)
    configuration.save()
    world.crates[0].deposit = Decimal('4.00')
    world.crates[0].save()
    world.points[0].party = world.parties[1]
    world.points[0].save()
    return configuration


def charge(world):
    "The point is left 5 crates and gives 2 back, the farm takes 10"
    hub, point = world.holders[0], ('point', world.points[0].id)
    crate = world.crates[0]
    return [
        world.move(crate, 5, hub, point),
        world.move(crate, 2, point, hub),
        world.move(crate, 10, hub, ('producer', world.parties[0].id)),
        world.move(crate, 3, ('purchase', None), hub),
        world.move(world.crates[1], 3, hub, point),
        ]


@in_world
def test_deposits_are_valued(world):
    create_books(world)
    left, taken, given, *others = charge(world)
    assert [m.deposit for m in [left, taken, given]] == [
        Decimal('20.00'), Decimal('-8.00'), Decimal('40.00')]
    assert not any(m.deposit for m in others)
    assert not any(m.account_move or m.invoice_line for m in [left, given])
    # What was charged stays when the deposit changes
    world.crates[0].deposit = Decimal('5.00')
    world.crates[0].save()
    assert left.__class__(left.id).deposit == Decimal('20.00')


@in_world
def test_deposits_are_entered(world):
    books = create_books(world)
    pool = Pool()
    Line = pool.get('account.move.line')
    books.crate_charge = 'entry'
    books.save()
    moves = charge(world)
    assert all(m.account_move.state == 'posted' for m in moves[:3])
    farm, barn = world.parties
    balances = Counter()
    for line in Line.search([]):
        balances[line.account] += line.debit - line.credit
    assert balances == {
        barn.account_receivable_used: Decimal('12.00'),
        books.crate_customer_account: Decimal('-12.00'),
        farm.account_payable_used: Decimal('40.00'),
        books.crate_supplier_account: Decimal('-40.00'),
        }


@in_world
def test_deposits_are_invoiced(world):
    books = create_books(world)
    books.crate_charge = 'invoice'
    books.save()
    left, taken, given, *others = charge(world)
    lines = [m.invoice_line for m in [left, taken, given]]
    assert [(l.invoice_type, l.party, l.amount) for l in lines] == [
        ('out', world.parties[1], Decimal('20.00')),
        ('out', world.parties[1], Decimal('-8.00')),
        ('in', world.parties[0], Decimal('-40.00'))]
    assert [l.account.code for l in lines] == ['4196', '4196', '4096']
    assert not any(l.taxes for l in lines)
    assert not any(m.invoice_line for m in others)


@in_world
def test_deposit_needs_an_account(world):
    books = create_books(world)
    books.crate_charge = 'entry'
    books.crate_customer_account = None
    books.save()
    with pytest.raises(CrateError, match="Customer Deposits"):
        charge(world)
