# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import ModelSQL, ModelView, Unique, fields
from trytond.pyson import Eval

from .proportion import domain, proportion


def find_member(members, party):
    "Return the one of the members who is the party, None without"
    return next((m for m in members if m.party == party), None)


class MemberMixin:
    "A buyer of a purchasing group, or the only one"
    __slots__ = ()

    company = fields.Function(
        fields.Many2One('company.company', "Company"),
        'on_change_with_company', searcher='search_company')
    party = fields.Many2One(
        'party.party', "Buyer", required=True, ondelete='RESTRICT',
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="Who orders, and is invoiced.")
    coordinator = fields.Boolean(
        "Coordinator", help="Who signs for the purchasing group.")
    share = proportion(
        "Share",
        "The part of the maximums of the lots that is proposed for the "
        "buyer.",
        domain=domain('share'))

    def get_rec_name(self, name):
        return self.party.rec_name

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('party.rec_name', *clause[1:])]


class Member(MemberMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.contract.member'

    contract = fields.Many2One(
        'shortcircuit.contract', "Contract", required=True,
        ondelete='CASCADE')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            ('party_unique', Unique(t, t.contract, t.party),
                'shortcircuit_collective.msg_contract_member_unique'),
            ]

    @fields.depends('contract', '_parent_contract.company')
    def on_change_with_company(self, name=None):
        return self.contract.company if self.contract else None

    @classmethod
    def search_company(cls, name, clause):
        return [('contract.' + clause[0], *clause[1:])]
