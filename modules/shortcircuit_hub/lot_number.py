# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

"The lots are numbered by a rule, or bear the number of the producer"

from string import Template

from trytond.i18n import gettext
from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval

from .exceptions import LotNumberError


class Configuration(metaclass=PoolMeta):
    __name__ = 'shortcircuit.configuration'

    lot_number = fields.Char(
        "Lot Number", required=True,
        help="The rule that numbers what is received. The following "
        "placeholders can be used:\n"
        "- ${producer}: the code of the producer\n"
        "- ${date}: the date of the delivery as YYMMDD\n"
        "- ${product}: the code of the product")

    @classmethod
    def default_lot_number(cls):
        return '${producer}-${date}-${product}'

    @classmethod
    def validate_fields(cls, configurations, field_names):
        super().validate_fields(configurations, field_names)
        cls.check_lot_number(configurations, field_names)

    @classmethod
    def check_lot_number(cls, configurations, field_names=None):
        if field_names and 'lot_number' not in field_names:
            return
        for configuration in configurations:
            try:
                format_number(configuration.lot_number, '', '', '')
            except (KeyError, ValueError) as exception:
                raise LotNumberError(gettext(
                        'shortcircuit_hub.msg_lot_number_rule',
                        rule=configuration.lot_number)) from exception


class Delivery(metaclass=PoolMeta):
    __name__ = 'shortcircuit.delivery'

    @classmethod
    def set_lot_numbers(cls, deliveries):
        """
        Number the lots of the lines that have no number yet.

        The numbers are unique among the lots and the lines. Return the lines
        that got one, which are not saved.
        """
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        Producer = pool.get('shortcircuit.producer')
        rule = Configuration(1).lot_number
        numberless = [
            (d, l) for d in deliveries for l in d.lines
            if not getattr(l, 'lot_number', None)]
        # Two cycles closed at once must not give the same number
        Producer.lock(sorted({d.producer for d, _ in numberless}))
        numbers = number_uniquely([
                format_number(
                    rule, d.producer.party.code or d.producer.party.id,
                    f'{d.date:%y%m%d}', l.product.code or l.product.id)
                for d, l in numberless], cls._find_lot_numbers)
        for (_, line), number in zip(numberless, numbers):
            line.lot_number = number
        return [l for _, l in numberless]

    @classmethod
    def _find_lot_numbers(cls, numbers):
        pool = Pool()
        Line = pool.get('shortcircuit.delivery.line')
        Lot = pool.get('stock.lot')
        taken = set()
        for Model, name in [(Line, 'lot_number'), (Lot, 'number')]:
            taken.update(getattr(r, name) for r in Model.search([
                        (name, 'in', list(numbers)),
                        ]))
        return taken


class DeliveryLine(metaclass=PoolMeta):
    __name__ = 'shortcircuit.delivery.line'

    lot_number = fields.Char(
        "Lot Number",
        states={
            'readonly': Eval('delivery_state') != 'draft',
            },
        help="The number of the producer, otherwise one is made by rule.")

    @classmethod
    def copy(cls, lines, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('lot_number', None)
        return super().copy(lines, default=default)


def format_number(rule, producer, date, product):
    """
    Return the number of a lot by the rule.

    Raise KeyError for an unknown placeholder and ValueError for a wrong one.
    """
    return Template(rule).substitute(
        producer=producer, date=date, product=product)


def number_uniquely(numbers, find_taken):
    """
    Return the numbers, with a suffix for those already taken.

    find_taken returns which of a set of numbers are taken; it is called as
    often as the most taken number needs.
    """
    result = [None] * len(numbers)
    taken = set()
    pending = dict(enumerate(numbers))
    suffix = 1
    while pending:
        candidates = {
            i: n if suffix == 1 else f'{n}.{suffix}'
            for i, n in pending.items()}
        taken |= find_taken(set(candidates.values()))
        for i, candidate in candidates.items():
            if candidate not in taken:
                taken.add(candidate)
                result[i] = candidate
                del pending[i]
        suffix += 1
    return result
