# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.cache import Cache
from trytond.model import ModelSQL, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import Transaction, without_check_access


class User(metaclass=PoolMeta):
    __name__ = 'res.user'

    parties = fields.Many2Many(
        'res.user-party.party', 'user', 'party', "Parties",
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="Restrict the producer, aidant or buyer to the records of these "
        "parties.")

    _parties_cache = Cache('res.user.parties', context=False)

    @classmethod
    def get_parties(cls):
        "Return the ids of the parties of the user as tuple"
        user = Transaction().user
        parties = cls._parties_cache.get(user)
        if parties is None:
            with without_check_access():
                parties = tuple(sorted(p.id for p in cls(user).parties))
            cls._parties_cache.set(user, parties)
        return parties

    @classmethod
    def get_company_parties(cls):
        "Return the ids of the parties of the companies the user works in"
        pool = Pool()
        Company = pool.get('company.company')
        with without_check_access():
            companies = Company.browse(cls.get_companies())
            return [c.party.id for c in companies]


class UserParty(ModelSQL):
    __name__ = 'res.user-party.party'

    user = fields.Many2One(
        'res.user', "User", required=True, ondelete='CASCADE')
    party = fields.Many2One(
        'party.party', "Party", required=True, ondelete='CASCADE')

    @classmethod
    def on_modification(cls, mode, records, field_names=None):
        pool = Pool()
        Rule = pool.get('ir.rule')
        User = pool.get('res.user')
        super().on_modification(mode, records, field_names=field_names)
        # The parties of the user are part of the cached domains
        Rule._domain_get_cache.clear()
        User._parties_cache.clear()
