# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from sql import Null
from sql.operators import Equal

from trytond.model import Exclude, ModelSQL, ModelView, Unique, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import Transaction, without_check_access

# Which field of a holder says who holds
FIELDS = {
    'hub': 'warehouse',
    'aidant': 'party',
    'producer': 'party',
    'point': 'point',
    'customer': 'party',
    }
# Where crates come from and where they end
OUTSIDE = {'purchase', 'loss', 'found'}
# Who has crates of the cooperative
OTHERS = ['aidant', 'producer', 'point', 'customer']


class Holder(ModelSQL, ModelView):
    __name__ = 'shortcircuit.crate.holder'

    company = fields.Many2One('company.company', "Company", required=True)
    kind = fields.Selection([
            ('hub', "Hub"),
            ('aidant', "Aidant"),
            ('producer', "Producer"),
            ('point', "Distribution Point"),
            ('customer', "Customer"),
            ('purchase', "Purchases"),
            ('loss', "Losses"),
            ('found', "Found"),
            ], "Kind", required=True, sort=False)
    kind_string = kind.translated('kind')
    warehouse = fields.Many2One(
        'stock.location', "Hub", ondelete='RESTRICT',
        domain=[
            ('type', '=', 'warehouse'),
            ],
        states={
            'required': Eval('kind') == 'hub',
            'invisible': Eval('kind') != 'hub',
            })
    party = fields.Many2One(
        'party.party', "Party", ondelete='RESTRICT',
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        states={
            'required': Eval('kind').in_(['aidant', 'producer', 'customer']),
            'invisible': ~Eval('kind').in_(
                ['aidant', 'producer', 'customer']),
            })
    point = fields.Many2One(
        'shortcircuit.distribution_point', "Distribution Point",
        ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states={
            'required': Eval('kind') == 'point',
            'invisible': Eval('kind') != 'point',
            })
    balances = fields.One2Many(
        'shortcircuit.crate.balance', 'holder', "Crates", readonly=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            (f'{name}_unique', Unique(t, t.company, t.kind, getattr(t, name)),
                'shortcircuit_hub.msg_crate_holder_unique')
            for name in ['warehouse', 'party', 'point']]
        cls._sql_constraints += [
            ('outside_unique', Exclude(
                    t, (t.company, Equal), (t.kind, Equal),
                    where=(t.warehouse == Null)
                    & (t.party == Null)
                    & (t.point == Null)),
                'shortcircuit_hub.msg_crate_holder_unique'),
            ]

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @property
    def held_by(self):
        "The hub, the party or the point, None outside"
        if name := FIELDS.get(self.kind):
            return getattr(self, name)

    def get_rec_name(self, name):
        # Who may know of the holder may know his name
        with without_check_access():
            held_by = self.__class__(self.id).held_by
            return held_by.rec_name if held_by else self.kind_string

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('warehouse.rec_name', *clause[1:]),
            ('party.rec_name', *clause[1:]),
            ('point.rec_name', *clause[1:]),
            ('kind', *clause[1:]),
            ]

    @classmethod
    def get(cls, company, keys):
        """
        Find the holders of a company.

        keys is an iterable of tuples (kind, id), the id being the one of the
        hub, of the party or of the point, or None outside.
        Return a dictionary of key to holder; the missing ones are created.
        """
        keys = set(keys)
        holders = cls._search_keys(company, keys)
        if missing := sorted(keys - holders.keys(), key=str):
            # Serialize the creations to make only one of each
            company.__class__.lock([company])
            holders.update(zip(missing, cls.create([{
                            'company': company.id,
                            'kind': kind,
                            **({FIELDS[kind]: id_} if id_ else {}),
                            } for kind, id_ in missing])))
        return holders

    @classmethod
    def _search_keys(cls, company, keys):
        return {h.key: h for h in cls.search([
                    ('company', '=', company.id),
                    ('kind', 'in', list({k for k, _ in keys})),
                    ['OR',
                        ('kind', 'in', list(OUTSIDE)),
                        *((name, 'in', list({
                                        i for k, i in keys
                                        if FIELDS.get(k) == name}))
                            for name in sorted(set(FIELDS.values()))),
                        ],
                    ]) if h.key in keys}

    @property
    def key(self):
        held_by = self.held_by
        return self.kind, held_by.id if held_by else None


class HeldMixin:
    "Show the crates that the record holds"
    __slots__ = ()

    crate_balances = fields.Function(
        fields.Many2Many(
            'shortcircuit.crate.balance', None, None, "Crates"),
        'get_crate_balances')

    @classmethod
    def get_crate_balances(cls, records, name):
        pool = Pool()
        Balance = pool.get('shortcircuit.crate.balance')
        name, key = cls._crate_holder
        balances = {r.id: [] for r in records}
        keys = {r.id: getattr(r, key).id if key else r.id for r in records}
        by_holder = {}
        for balance in Balance.search([
                    (f'holder.{name}', 'in', list(set(keys.values()))),
                    ('quantity', '!=', 0),
                    ]):
            held_by = getattr(balance.holder, name).id
            by_holder.setdefault(held_by, []).append(balance.id)
        for id_, held_by in keys.items():
            balances[id_] = by_holder.get(held_by, [])
        return balances


class Party(HeldMixin, metaclass=PoolMeta):
    __name__ = 'party.party'
    _crate_holder = ('party', None)


class Producer(HeldMixin, metaclass=PoolMeta):
    __name__ = 'shortcircuit.producer'
    _crate_holder = ('party', 'party')


class DistributionPoint(HeldMixin, metaclass=PoolMeta):
    __name__ = 'shortcircuit.distribution_point'
    _crate_holder = ('point', None)


class Replace(metaclass=PoolMeta):
    __name__ = 'party.replace'

    @classmethod
    def fields_to_replace(cls):
        return super().fields_to_replace() + [
            ('shortcircuit.crate.holder', 'party'),
            ]
