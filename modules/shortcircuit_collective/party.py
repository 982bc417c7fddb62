# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.pool import PoolMeta

from . import egalim, locality


def find_siret(party):
    "Return the identifier of the first SIRET of the party, None without"
    return next(
        (i for i in party.identifiers if i.type == 'fr_siret'), None)


class Party(metaclass=PoolMeta):
    __name__ = 'party.party'

    @property
    def egalim_place(self):
        "The municipality with its postal code, and the department"
        address = self.address_get()
        if not address or address.country and address.country.code != 'FR':
            return None, None
        municipality = f'{address.postal_code or ""} {address.city or ""}'
        subdivision = address.subdivision.code if address.subdivision else ''
        _, _, department = subdivision.partition('-')
        if department not in egalim.departments():
            department = locality.department(address.postal_code)
        return municipality.strip() or None, department


class Replace(metaclass=PoolMeta):
    __name__ = 'party.replace'

    @classmethod
    def fields_to_replace(cls):
        return super().fields_to_replace() + [
            ('shortcircuit.canteen', 'party'),
            ('shortcircuit.contract.member', 'party'),
            ]
