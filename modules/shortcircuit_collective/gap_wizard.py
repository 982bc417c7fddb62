# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from collections import defaultdict
from decimal import Decimal

from sql import Null
from sql.aggregate import Sum
from sql.conditionals import Case

from trytond.model import ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.modules.product import price_digits
from trytond.modules.shortcircuit_catalog.product import FAMILIES
from trytond.modules.shortcircuit_catalog.today import today
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import Transaction, check_access, without_check_access
from trytond.wizard import Button, StateView, Wizard

from . import egalim, gap
from .proportion import proportion

TARGETS = [
    ('bio', "Organic"),
    ('meat_fish', "Meat and Fish"),
    ('egalim', "EGAlim"),
    ]


class Canteen(metaclass=PoolMeta):
    __name__ = 'shortcircuit.canteen'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'reach_targets': {
                    'invisible': ~Eval('total_amount'),
                    'depends': ['total_amount'],
                    },
                })

    @classmethod
    @ModelView.button_action('shortcircuit_collective.wizard_egalim_gap')
    def reach_targets(cls, canteens):
        pass


class Gap(ModelView):
    __name__ = 'shortcircuit.egalim.gap'

    canteen = fields.Many2One(
        'shortcircuit.canteen', "Canteen", readonly=True)
    date = fields.Date("Date", readonly=True)
    targets = fields.One2Many(
        'shortcircuit.egalim.gap.target', None, "Targets", readonly=True)
    lines = fields.One2Many(
        'shortcircuit.egalim.gap.line', None, "What to Buy", readonly=True,
        help="The products of the current mercuriale that close the gap at "
        "least cost, instead of products of their family that do not count.")
    extra_amount = Monetary(
        "Extra Cost", currency='currency', digits='currency', readonly=True)
    currency = fields.Many2One('currency.currency', "Currency")


class GapTarget(ModelView):
    __name__ = 'shortcircuit.egalim.gap.target'

    target = fields.Selection(TARGETS, "Target", sort=False)
    share = proportion("Share")
    target_share = proportion("To Reach")
    missing_amount = Monetary(
        "Missing", currency='currency', digits='currency',
        help="What should have counted of what was bought so far.")
    expected_amount = Monetary(
        "Missing at Year End", currency='currency', digits='currency',
        help="What will be missing at the end of the year if nothing "
        "changes, at the pace of the year so far.")
    left_amount = Monetary(
        "Still Missing", currency='currency', digits='currency',
        help="What stays missing once all that is proposed is bought.")
    currency = fields.Many2One('currency.currency', "Currency")


class GapLine(ModelView):
    __name__ = 'shortcircuit.egalim.gap.line'

    target = fields.Selection(TARGETS, "Target", sort=False)
    product = fields.Many2One('product.product', "Product")
    producers = fields.Char("Producers")
    family = fields.Selection(FAMILIES, "Family", sort=False)
    labels = fields.Char("Labels")
    unit_price = fields.Numeric("Unit Price", digits=price_digits)
    replaced_price = fields.Numeric(
        "Price Replaced", digits=price_digits,
        help="The mean price, by the same unit, of what does not count in "
        "the family: of what the canteen bought this year, else of the "
        "mercuriale.\nEmpty if there is none: it is bought in addition.")
    quantity = fields.Float("Quantity", digits='unit')
    unit = fields.Many2One('product.uom', "Unit")
    amount = Monetary("Amount", currency='currency', digits='currency')
    extra_amount = Monetary(
        "Extra Cost", currency='currency', digits='currency',
        help="What the product costs more than what it replaces.")
    currency = fields.Many2One('currency.currency', "Currency")


class GapWizard(Wizard):
    __name__ = 'shortcircuit.egalim.gap.show'

    start_state = 'gap'
    gap = StateView(
        'shortcircuit.egalim.gap',
        'shortcircuit_collective.egalim_gap_view_form', [
            Button("Close", 'end', 'tryton-close', default=True),
            ])

    def default_gap(self, fields):
        pool = Pool()
        Canteen = pool.get('shortcircuit.canteen')
        # The canteen is one the user reads
        with check_access():
            canteen, = Canteen.search([('id', '=', self.record.id)])
        # The prices, the producers and their proofs are those he is shown in
        # the mercuriale
        with without_check_access():
            return Proposal(Canteen(canteen.id)).get_values()


class Proposal:
    "What a canteen may buy from today to reach its targets in the year"

    def __init__(self, canteen):
        self.canteen = canteen
        self.company = canteen.company
        self.currency = canteen.company.currency
        self.date = today(canteen.company)
        self.start = dt.date(self.date.year, 1, 1)
        self.end = dt.date(self.date.year, 12, 31)
        self.lines = self._find_lines()
        self.versions = self._find_versions()
        self.bought = self._read_bought()

    @property
    def pace(self):
        "How many times what was bought so far the year will be"
        elapsed = (self.date - self.start).days + 1
        return Decimal((self.end - self.start).days + 1) / elapsed

    def get_values(self):
        "Return the values of the form"
        targets = self.canteen.get_targets(self.date.year)
        expected = [
            t._replace(total=t.total * self.pace, amount=t.amount * self.pace)
            for t in targets]
        rows = {line.id: line for line in self.lines}
        candidates = self._get_candidates()
        purchases, left = gap.close(
            expected, candidates, self._get_replaceable(),
            self._get_limits({c.lot for c in candidates if c.lot}))
        return {
            'canteen': self.canteen.id,
            'date': self.date,
            'currency': self.currency.id,
            'targets': [
                self._target_values(*args)
                for args in zip(targets, expected, left)],
            'lines': [
                self._line_values(rows[p.candidate.key], p)
                for p in purchases],
            'extra_amount': sum(
                (p.extra for p in purchases), Decimal(0)),
            }

    def _target_values(self, target, expected, left):
        share = None
        if target.total:
            share = round(target.amount / target.total, 4)
        return {
            'target': target.name,
            'share': share,
            'target_share': target.share,
            'missing_amount': self.currency.round(gap.missing(target)),
            'expected_amount': self.currency.round(gap.missing(expected)),
            'left_amount': left,
            'currency': self.currency.id,
            }

    def _line_values(self, line, purchase):
        candidate = purchase.candidate
        unit = line.unit
        return {
            'target': purchase.target,
            'product': line.product.id,
            'product.': {'rec_name': line.product.rec_name},
            'producers': ', '.join(
                sorted(p.rec_name for p in self.producers[line])),
            'family': candidate.family,
            'labels': egalim.join_labels(self.labels[line]),
            'unit_price': candidate.price,
            'replaced_price': (
                candidate.replaced
                and round(candidate.replaced, price_digits[1])),
            'quantity': unit.ceil(float(purchase.amount / candidate.price)),
            'unit': unit.id,
            'unit.': {'rec_name': unit.rec_name},
            'amount': purchase.amount,
            'extra_amount': purchase.extra,
            'currency': self.currency.id,
            }

    def _find_lines(self):
        "Return the lines of food of the current mercuriales, in season"
        pool = Pool()
        Line = pool.get('shortcircuit.mercuriale.line')
        channel = self.canteen.party.shortcircuit_channel
        if not channel:
            return []
        lines = Line.search([
                ('mercuriale.channel', '=', channel.id),
                ('mercuriale.state', '=', 'published'),
                ('mercuriale.start_date', '<=', self.date),
                ('mercuriale.end_date', '>=', self.date),
                ('product.shortcircuit_family', '!=', None),
                ('unit_price', '>', 0),
                ])
        return [
            l for l in lines if l.product.template.is_in_season(self.date)]

    def _find_versions(self):
        """
        Return by line the price of the contract that sells it, if any.

        It is None without contract: nothing limits what the canteen orders.
        """
        pool = Pool()
        Contract = pool.get('shortcircuit.contract')
        Price = pool.get('shortcircuit.contract.price')
        contracts = Contract.find_active(self.canteen.party, self.company)
        if not contracts:
            return None
        found = Price.find_versions({
                (c, l.product, self.date)
                for c in contracts for l in self.lines})
        versions = {}
        for line in self.lines:
            offers = [
                found[c, line.product, self.date] for c in contracts]
            if offers := list(filter(None, offers)):
                versions[line] = offers[0]
        return versions

    def _get_limits(self, lots):
        "Return the amount left by id of lot, for the canteen and for all"
        pool = Pool()
        Lot = pool.get('shortcircuit.contract.lot')
        limits = {}
        for lot in Lot.browse(lots):
            amounts = [
                c.left_amount for c in lot.get_ceilings(self.canteen.party)
                if c.left_amount is not None]
            if amounts:
                limits[lot.id] = max(min(amounts), Decimal(0))
        return limits

    def _get_candidates(self):
        self.producers, self.labels = self._get_labels()
        prices = self._get_replaced_prices()
        candidates = []
        for line in self.lines:
            class_ = egalim.classify(self.labels[line])
            if class_ == 'non_egalim' or not self._can_order(line):
                continue
            family = line.product.shortcircuit_family
            version = (self.versions or {}).get(line)
            candidates.append(gap.Candidate(
                    line.id, family, class_ == 'bio', self._get_price(line),
                    prices.get((family, line.unit.id)),
                    version.price.lot.id if version else None))
        return candidates

    def _can_order(self, line):
        "If no contract keeps the canteen from ordering the line"
        return self.versions is None or line in self.versions

    def _get_price(self, line):
        if version := (self.versions or {}).get(line):
            return version.get_sale_price(line.unit)
        return line.unit_price

    def _get_labels(self):
        "Return by line the producers, and the labels that all of them prove"
        pool = Pool()
        Certificate = pool.get('shortcircuit.certificate')
        Line = pool.get('shortcircuit.mercuriale.line')
        producers = Line.get_shown_producers(self.lines)
        proofs = Certificate.proofs(
            (p.id, l.product.id, self.date)
            for l in self.lines for p in producers[l])
        labels = {}
        for line in self.lines:
            proved = [
                {c.label.code for c in proofs[p.id, line.product.id, self.date]
                    if c.label.code}
                for p in producers[line]]
            labels[line] = set.intersection(*proved) if proved else set()
            if version := (self.versions or {}).get(line):
                labels[line] |= set(version.price.lot.procedures or ())
        return producers, labels

    def _get_replaced_prices(self):
        "Return the mean price of what does not count by family and unit"
        offered = defaultdict(list)
        for line in self.lines:
            if egalim.classify(self.labels[line]) == 'non_egalim':
                key = line.product.shortcircuit_family, line.unit.id
                offered[key].append(self._get_price(line))
        prices = {k: sum(ps) / len(ps) for k, ps in offered.items()}
        for family, unit, amount, quantity in self.bought:
            if amount > 0 and quantity > 0:
                prices[family, unit] = amount / quantity
        return prices

    def _get_replaceable(self):
        "Return by family what will be bought that does not count"
        bought = defaultdict(Decimal)
        for family, _, amount, _ in self.bought:
            bought[family] += amount
        return {
            family: max(amount, Decimal(0)) * (self.pace - 1)
            for family, amount in bought.items()}

    def _read_bought(self):
        """
        Return what the canteen bought this year that does not count.

        It is a list of tuples: family, unit, amount and quantity.
        """
        pool = Pool()
        Move = pool.get('stock.move')
        move = Move.__table__()
        sign = Case((move.sale_amount < 0, -1), else_=1)
        cursor = Transaction().connection.cursor()
        cursor.execute(*move.select(
                move.egalim_family, move.unit, Sum(move.sale_amount),
                Sum(sign * move.quantity),
                where=(move.canteen == self.canteen.id)
                & (move.state == 'done')
                & (move.egalim_class == 'non_egalim')
                & (move.egalim_family != Null)
                & (move.effective_date >= self.start)
                & (move.effective_date <= self.date),
                group_by=[move.egalim_family, move.unit]))
        return [
            (family, unit, Decimal(str(amount)), Decimal(str(quantity)))
            for family, unit, amount, quantity in cursor]
