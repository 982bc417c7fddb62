# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.pool import Pool, PoolMeta


class Canteen(metaclass=PoolMeta):
    __name__ = 'shortcircuit.canteen'

    @classmethod
    def on_modification(cls, mode, canteens, field_names=None):
        super().on_modification(mode, canteens, field_names=field_names)
        if mode == 'create' or (
                mode == 'write' and 'economic_model' in field_names):
            cls._use_chorus(canteens)

    @classmethod
    def _use_chorus(cls, canteens):
        "Send by Chorus Pro what is invoiced to public bodies"
        pool = Pool()
        Party = pool.get('party.party')
        parties = {
            c.party for c in canteens
            if c.economic_model == 'public' and not c.party.chorus}
        if parties:
            Party.write(list(parties), {'chorus': True})
