# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from collections import defaultdict
from decimal import Decimal
from itertools import chain

from trytond.cache import Cache
from trytond.model import (
    DeactivableMixin, ModelSQL, ModelView, Unique, fields, tree)
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Bool, Eval, If
from trytond.transaction import (
    Transaction, inactive_records, without_check_access)

from . import egalim, gap, locality
from .party import find_siret
from .proportion import computed, domain, percentage, proportion

# The kinds of production that cook or buy for satellites
HEADS = ['central', 'central_serving', 'groupe']


class Canteen(tree(), DeactivableMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.canteen'

    party = fields.Many2One(
        'party.party', "Party", required=True, ondelete='CASCADE',
        states={
            'readonly': Eval('id', 0) > 0,
            },
        context={
            'company': Eval('company', -1),
            },
        depends={'company'})
    company = fields.Many2One(
        'company.company', "Company", required=True,
        states={
            'readonly': Eval('id', 0) > 0,
            })
    siret = fields.Function(
        fields.Many2One(
            'party.identifier', "SIRET",
            help="The SIRET by which the State knows the canteen: the one of "
            "the service, else of the party."),
        'on_change_with_siret', searcher='search_siret')
    service_siret = fields.Many2One(
        'party.identifier', "Service SIRET", ondelete='RESTRICT',
        domain=[
            ('party', '=', Eval('party', -1)),
            ('type', '=', 'fr_siret'),
            ],
        help="The SIRET of the service that runs the canteen.\n"
        "Leave empty if it is the one of the party.")
    ma_cantine_id = fields.Char(
        "ma cantine ID",
        help="The identifier of the canteen on the State's platform.")
    insee_code = fields.Char(
        "INSEE Code", size=5,
        help="The official code of the municipality.")
    sectors = fields.Char("Sectors")
    economic_model = fields.Selection([
            (None, ""),
            ('public', "Public"),
            ('private', "Private"),
            ], "Economic Model", sort=False)
    management_type = fields.Selection([
            (None, ""),
            ('direct', "Direct"),
            ('conceded', "Conceded"),
            ], "Management", sort=False)
    production_type = fields.Selection([
            (None, ""),
            ('site', "On Site"),
            ('site_cooked_elsewhere', "On Site, Cooked Elsewhere"),
            ('central', "Central Kitchen"),
            ('central_serving', "Central Kitchen Serving on Site"),
            ('groupe', "Group of Canteens"),
            ], "Production", sort=False,
        states={
            'readonly': Bool(Eval('satellites', [])),
            })
    parent = fields.Many2One(
        'shortcircuit.canteen', "Central Kitchen or Group",
        ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            If(Eval('production_type').in_(HEADS),
                ('id', '=', -1),
                ('production_type', 'in', HEADS)),
            ],
        states={
            'invisible': Eval('production_type').in_(HEADS),
            },
        help="Who cooks or buys for the canteen.")
    satellites = fields.One2Many(
        'shortcircuit.canteen', 'parent', "Satellites", readonly=True,
        states={
            'invisible': ~Eval('production_type').in_(HEADS),
            })
    line_ministry = fields.Char(
        "Ministry",
        help="The ministry of a canteen of the State, which has targets of "
        "its own.\nLeave empty for the others.")
    food_projects = fields.Many2Many(
        'shortcircuit.canteen-shortcircuit.food_project',
        'canteen', 'food_project', "Food Projects",
        help="The territorial food projects (PAT) the canteen is in.")
    local_definition = fields.Selection(
        locality.DEFINITIONS, "Local Means", sort=False,
        help="What the canteen calls local.\n"
        "Distance: as the crow flies between where the producer and the "
        "canteen are.\n"
        "Leave empty if it calls nothing local.")
    local_km = fields.Integer(
        "Distance in Kilometres",
        domain=['OR',
            ('local_km', '=', None),
            ('local_km', '>', 0),
            ],
        states={
            'required': Eval('local_definition') == 'KM',
            'invisible': Eval('local_definition') != 'KM',
            })
    territory = fields.Selection(
        egalim.TERRITORIES, "Territory", required=True, sort=False,
        help="The territory whose targets the canteen has to reach.")
    meals = fields.Integer(
        "Meals a Year",
        domain=['OR',
            ('meals', '=', None),
            ('meals', '>', 0),
            ])
    buyers = fields.Function(
        fields.Many2Many(
            'res.user', None, None, "Buyers",
            help="The users who may order for the canteen."),
        'get_buyers')
    distribution_points = fields.Function(
        fields.Many2Many(
            'shortcircuit.distribution_point', None, None, "Delivery Places",
            help="Where the party may have its orders brought."),
        'on_change_with_distribution_points')
    chorus_service_code = fields.Char(
        "Chorus Pro Service",
        help="The code of the service that receives the invoices on Chorus "
        "Pro.\nLeave empty if its directory requires none.")
    engagement_required = fields.Boolean(
        "Engagement Number Required",
        help="Check if Chorus Pro refuses an invoice without the number of "
        "the engagement.")
    payment_term = fields.Many2One(
        'account.invoice.payment_term', "Payment Term", ondelete='RESTRICT',
        help="The delay the law gives to the buyer.")
    approval_amount = Monetary(
        "Approval from", currency='currency', digits='currency',
        domain=['OR',
            ('approval_amount', '=', None),
            ('approval_amount', '>=', 0),
            ],
        help="The orders from this amount on, excluding taxes, need a second "
        "buyer to confirm them.\nLeave empty if one is enough.")
    campaigns = fields.One2Many(
        'shortcircuit.canteen.campaign', 'canteen', "Past Campaigns",
        # The graph has the years in this order
        order=[('year', 'ASC'), ('id', 'ASC')],
        help="What the canteen declared to the State for all its purchases.")
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    total_amount = fields.Function(
        Monetary("Total", currency='currency', digits='currency',
            help="What was delivered this year, excluding taxes."),
        'get_share')
    bio_share = fields.Function(
        computed('bio_share', "Organic",
            "The organic part of what was delivered this year."),
        'get_share')
    egalim_share = fields.Function(
        computed('egalim_share', "EGAlim",
            "The part of what was delivered this year that counts for "
            "EGAlim, organic included."),
        'get_share')
    meat_fish_share = fields.Function(
        computed('meat_fish_share', "Meat and Fish EGAlim",
            "The part of the meat, poultry and seafood delivered this year "
            "that counts for EGAlim."),
        'get_share')
    bio_target = fields.Function(
        computed('bio_target', "Organic to Reach"), 'get_gap')
    egalim_target = fields.Function(
        computed('egalim_target', "EGAlim to Reach"), 'get_gap')
    meat_fish_target = fields.Function(
        computed('meat_fish_target', "Meat and Fish to Reach"), 'get_gap')
    bio_missing = fields.Function(
        Monetary("Organic Missing", currency='currency', digits='currency',
            help="What should have been organic of what was delivered."),
        'get_gap')
    egalim_missing = fields.Function(
        Monetary("EGAlim Missing", currency='currency', digits='currency',
            help="What should have counted for EGAlim of what was "
            "delivered."),
        'get_gap')
    meat_fish_missing = fields.Function(
        Monetary("Meat and Fish Missing",
            currency='currency', digits='currency',
            help="What should have counted for EGAlim of the meat, poultry "
            "and seafood delivered."),
        'get_gap')

    _by_party_cache = Cache('shortcircuit.canteen.by_party', context=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            ('party_company_unique', Unique(t, t.party, t.company),
                'shortcircuit_collective.msg_canteen_party_unique'),
            ]
        cls._order.insert(0, ('party.name', 'ASC'))

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_territory(cls):
        return 'hexagone'

    @fields.depends('party', 'service_siret')
    def on_change_with_siret(self, name=None):
        if self.service_siret:
            return self.service_siret
        if self.party:
            return find_siret(self.party)

    @classmethod
    def search_siret(cls, name, clause):
        _, operator, value = clause
        nested = clause[0][len(name) + 1:]
        if operator == '=' and value is None:
            return [
                ('service_siret', '=', None),
                ('party.identifiers', 'not where', [
                        ('type', '=', 'fr_siret'),
                        ]),
                ]
        nested = nested or 'rec_name'
        return ['OR',
            (f'service_siret.{nested}', operator, value),
            [
                ('service_siret', '=', None),
                ('party.identifiers', 'where', [
                        (nested, operator, value),
                        ('type', '=', 'fr_siret'),
                        ]),
                ],
            ]

    def needs_approval(self, sale):
        return (self.approval_amount is not None
            and sale.untaxed_amount >= self.approval_amount)

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None

    @fields.depends('party')
    def on_change_with_distribution_points(self, name=None):
        return self.party.all_distribution_points if self.party else []

    @classmethod
    def get_buyers(cls, canteens, name):
        pool = Pool()
        User = pool.get('res.user')
        UserParty = pool.get('res.user-party.party')
        ModelData = pool.get('ir.model.data')
        group = ModelData.get_id('shortcircuit_catalog', 'group_buyer')
        buyers = {u.id for u in User.search([('groups', '=', group)])}
        users = defaultdict(list)
        for link in UserParty.search([
                    ('party', 'in', list({c.party.id for c in canteens})),
                    ]):
            if link.user.id in buyers:
                users[link.party].append(link.user.id)
        return {c.id: users[c.party] for c in canteens}

    @classmethod
    def get_share(cls, canteens, names):
        pool = Pool()
        Date = pool.get('ir.date')
        result = {n: dict.fromkeys([c.id for c in canteens]) for n in names}
        if 'total_amount' in result:
            result['total_amount'] = dict.fromkeys(
                result['total_amount'], Decimal(0))
        for share in cls._find_shares(canteens, Date.today().year):
            for name in names:
                result[name][share.canteen.id] = getattr(share, name)
        return result

    @classmethod
    def _find_shares(cls, canteens, year):
        pool = Pool()
        Share = pool.get('shortcircuit.egalim.share')
        # The moves of the other years are not read
        with Transaction().set_context(share_year=year, share_heads=False):
            return Share.search([
                    ('canteen', 'in', [c.id for c in canteens]),
                    ])

    @classmethod
    def get_gap(cls, canteens, names):
        pool = Pool()
        Date = pool.get('ir.date')
        result = {n: dict.fromkeys([c.id for c in canteens]) for n in names}
        for canteen, targets in cls._get_targets(
                canteens, Date.today().year).items():
            for target in targets:
                values = {
                    f'{target.name}_target': target.share,
                    f'{target.name}_missing': canteen.currency.round(
                        gap.missing(target)),
                    }
                for name in values.keys() & set(names):
                    result[name][canteen.id] = values[name]
        return result

    def get_targets(self, year):
        """
        Return the gap.Target of the canteen in the year, narrowest first.

        They are those of its territory. What was delivered by the others is
        not known.
        """
        return self._get_targets([self], year)[self]

    @classmethod
    def _get_targets(cls, canteens, year):
        pool = Pool()
        Target = pool.get('shortcircuit.egalim.target')
        shares = {
            s.canteen.id: s for s in cls._find_shares(canteens, year)}
        targets = {
            t: Target.get_target(t, year)
            for t in {c.territory for c in canteens}}
        return {
            canteen: targets[canteen.territory].get_gaps(
                canteen, shares.get(canteen.id))
            if targets[canteen.territory] else []
            for canteen in canteens}

    def get_rec_name(self, name):
        return self.party.rec_name

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('party.rec_name', *clause[1:])]

    @classmethod
    def on_modification(cls, mode, canteens, field_names=None):
        super().on_modification(mode, canteens, field_names=field_names)
        cls._by_party_cache.clear()
        if mode == 'create':
            cls._attach_moves(canteens)
            cls._invoice_monthly(canteens)

    @classmethod
    def find_by_party(cls, parties):
        "Return the canteens of the parties by company and party"
        ids = cls._get_ids_by_party()
        # What is invoiced to them does not depend on who may read them
        with without_check_access():
            canteens = cls.browse(list(chain.from_iterable(
                        ids.get(p.id, []) for p in set(parties))))
        return {(c.company, c.party): c for c in canteens}

    @classmethod
    @without_check_access
    @inactive_records
    def _get_ids_by_party(cls):
        ids = cls._by_party_cache.get(None)
        if ids is None:
            ids = defaultdict(list)
            for canteen in cls.search([]):
                ids[canteen.party.id].append(canteen.id)
            ids = cls._by_party_cache.set(None, ids)
        return ids

    @classmethod
    def _invoice_monthly(cls, canteens):
        "Invoice once a month those of which nothing is said"
        pool = Pool()
        ModelData = pool.get('ir.model.data')
        Party = pool.get('party.party')
        parties = {
            c.party for c in canteens if not c.party.sale_invoice_term}
        if parties:
            Party.write(list(parties), {
                    'sale_invoice_term': ModelData.get_id(
                        'shortcircuit_collective', 'invoice_term_month'),
                    })

    @classmethod
    def _attach_moves(cls, canteens):
        "Give to new canteens what was delivered before they were known"
        pool = Pool()
        Move = pool.get('stock.move')
        parties = [c.party.id for c in canteens]
        moves = Move.search([
                ('sale_amount', '!=', None),
                ('canteen', '=', None),
                ['OR',
                    ('origin.sale.party', 'in', parties, 'sale.line'),
                    ('origin.sale.shipment_party', 'in', parties,
                        'sale.line'),
                    ],
                ])
        Move.freeze_canteen(moves)
        Move.freeze_local(moves)

    @property
    def relatives(self):
        "The canteens whose deliveries may be declared with its own"
        return [c for c in [self, self.parent, *self.satellites] if c]

    @property
    def place(self):
        "Where the canteen eats, as locality.prove compares it"
        point = self.party.distribution_point
        return locality.Place(
            *self.party.egalim_place,
            frozenset(p.name for p in self.food_projects),
            point and point.place or self.party.coordinates)

    @classmethod
    def copy(cls, canteens, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('ma_cantine_id', None)
        default.setdefault('service_siret', None)
        default.setdefault('satellites', None)
        default.setdefault('campaigns', None)
        return super().copy(canteens, default=default)


class Campaign(ModelSQL, ModelView):
    __name__ = 'shortcircuit.canteen.campaign'

    canteen = fields.Many2One(
        'shortcircuit.canteen', "Canteen", required=True, ondelete='CASCADE')
    year = fields.Integer(
        "Year", required=True, help="The year of the purchases.")
    bio_share = proportion("Organic", domain=domain('bio_share'))
    other_share = proportion(
        "EGAlim without Organic", domain=domain('other_share'))
    egalim_share = fields.Function(
        proportion("EGAlim"),
        'on_change_with_egalim_share')
    bio_percentage = fields.Function(
        percentage("Organic, in %"), 'get_percentage')
    egalim_percentage = fields.Function(
        percentage("EGAlim, in %"), 'get_percentage')
    # A graph would write the number with a separator
    year_name = fields.Function(fields.Char("Year"), 'get_year_name')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('canteen')
        cls._sql_constraints += [
            ('year_unique', Unique(t, t.canteen, t.year),
                'shortcircuit_collective.msg_campaign_year_unique'),
            ]
        cls._order.insert(0, ('year', 'DESC'))

    @fields.depends('bio_share', 'other_share')
    def on_change_with_egalim_share(self, name=None):
        if self.bio_share is not None and self.other_share is not None:
            return self.bio_share + self.other_share

    def get_percentage(self, name):
        share = getattr(self, name.replace('percentage', 'share'))
        return None if share is None else round(share * 100, 2)

    def get_year_name(self, name):
        return str(self.year)

    def get_rec_name(self, name):
        return f'{self.canteen.rec_name} {self.year}'

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('canteen.rec_name', *clause[1:])]
