# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What the thresholds of the law make worth a look: it is no verdict"

from trytond.i18n import gettext
from trytond.modules.shortcircuit_catalog.today import today
from trytond.pool import Pool

# Those that the law does not bind by a European threshold
BELOW = {'direct', 'adapted'}


def get_threshold_warnings(consultation):
    """
    Say what the amounts of the lots and the procedure have to do with the law.

    The amount of a lot is its maximum excl. tax, else what is estimated. The
    thresholds are those of the day of publication. Return a list of texts.
    """
    pool = Pool()
    Lang = pool.get('ir.lang')
    Threshold = pool.get('shortcircuit.threshold')
    values = Threshold.get_values(min((
                d.date for d in consultation.dates
                if d.kind == 'publication'),
            default=today(consultation.company)))
    amounts = [l.max_amount or l.amount for l in consultation.lots]
    total = sum(amounts)

    def warn(name, threshold):
        lang = Lang.get()
        return gettext(
            f'shortcircuit_collective.msg_consultation_threshold_{name}',
            total=lang.currency(total, consultation.currency),
            threshold=lang.currency(threshold, consultation.currency))

    texts = []
    need, formal = values.get('need'), values.get(consultation.authority)
    if consultation.procedure == 'direct' and need and total >= need:
        texts.append(warn('need', need))
    if consultation.procedure in BELOW and formal and total >= formal:
        texts.append(warn('formal', formal))
    if (formal and total >= formal
            and has_small_lots(
                amounts, values.get('small_lot'), values.get('small_lots'))):
        texts.append(warn('small_lots', values['small_lot']))
    return texts


def has_small_lots(amounts, maximum, part):
    """
    Tell if lots may be bought by a lighter procedure than the others.

    amounts are those of all the lots, maximum what a small one stays below,
    part (0 to 1) what the small ones may be together of all the lots:
    Code de la commande publique, R. 2123-1, 2°.
    """
    if not maximum or not part:
        return False
    small = [a for a in amounts if 0 < a < maximum]
    return bool(small) and sum(small) <= part * sum(amounts)
