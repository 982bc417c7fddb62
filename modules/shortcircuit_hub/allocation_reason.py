# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from decimal import Decimal
from functools import cache

from trytond.i18n import gettext
from trytond.pool import Pool

from .sharing import from_steps


def explain_shares(shares, available, uom):
    """
    Tell in words and numbers how shares were found.

    shares is a dictionary of key to tuple (Share in packs, steps of a pack),
    available is in steps of the rounding of uom. Return a dictionary of key
    to text in the language of the user.
    """
    pool = Pool()
    Lang = pool.get('ir.lang')
    lang = Lang.get()

    @cache
    def quantity(steps):
        return lang.format_number_symbol(
            from_steps(steps, uom.rounding), uom, digits=uom.digits)

    @cache
    def number(exact):
        return lang.format_number(exact * Decimal(repr(uom.rounding)), 2)

    total = sum(s.ordered * pack for s, pack in shares.values())

    @cache
    def explain(share, pack):
        values = {
            'ordered': quantity(share.ordered * pack),
            'available': quantity(available),
            'total': quantity(total),
            }
        if total <= available:
            return _text('full', values)
        parts = [
            _explain_part(
                p, pack, quantity, number, len(share.parts) == 1
                and p.total * pack == total
                and available - p.available * pack < pack)
            for p in share.parts]
        return _text('reason', {
                **values, 'parts': '; '.join(parts) or _text('nothing', {})})
    return {k: explain(s, pack) for k, (s, pack) in shares.items()}


def _explain_part(part, pack, quantity, number, whole):
    """
    Tell what a stage gives.

    whole is if the stage shares all that was received between all who
    ordered, so that its numbers need not be said again.
    """
    values = {
        'claimed': quantity(part.claimed * pack),
        'quantity': quantity(part.quantity * pack),
        'rank': part.rank,
        }
    if part.exact is None:
        text = _text('arrival', values)
    elif part.exact == part.quantity == part.claimed:
        text = _text('served', values)
    else:
        values['exact'] = number(part.exact * pack)
        text = _text(
            'exact' if part.exact == part.quantity
            else 'share' if part.rank is None else 'remainder', values)
    if part.stage != 'rest':
        text = _text(part.stage, {**values, 'text': text})
    elif not whole:
        text = _text('left', {
                'left': quantity(part.available * pack),
                'claims': quantity(part.total * pack),
                'text': text,
                })
    return text


def _text(name, values):
    return gettext(f'shortcircuit_hub.msg_allocation_{name}', **values)
