# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The files of the summary of a year"

from decimal import Decimal

from trytond.i18n import gettext
from trytond.modules.shortcircuit_catalog.today import today
from trytond.pool import PoolMeta
from trytond.transaction import Transaction

from . import delivered, summary
from .exceptions import DeclarationError
from .summary_check import TOTAL, check

# By kind and by the column that tells who declares
SCHEMAS = {
    ('simple', 'siret'): 'bilans_simple_siret',
    ('simple', 'cantine_id'): 'bilans_simple_id',
    ('detailed', 'siret'): 'bilans_detaille',
    }


class Declaration(metaclass=PoolMeta):
    __name__ = 'shortcircuit.declaration'

    def export_summary(self):
        "Make the file of the year, as the platform would accept it"
        column, value = self.identity
        year = self.start_date.year
        schema = SCHEMAS[self.kind, column]
        amounts = summary.summarize(schema, self.get_purchases(), year)
        self.check_summary(amounts, year)
        self.set_files('bilan', schema, [{
                    column: value,
                    'année_bilan': str(year),
                    **{c: '' if a is None else str(a)
                        for c, a in amounts.items()},
                    }])
        self.amount = amounts[TOTAL]
        self.save()

    def get_purchases(self):
        "Return what was delivered in the period as summary.Purchase"
        canteens = [c.id for c in self.canteens]
        table = delivered.query(where=lambda move: (
                move.canteen.in_(canteens)
                & (move.effective_date >= self.start_date)
                & (move.effective_date <= self.end_date)))
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.select(
                table.family, table.labels, table.class_, table.origin,
                table.short_circuit, table.local, table.amount))
        for family, labels, class_, origin, short, local, amount in cursor:
            flags = {origin, 'CIRCUIT_COURT' if short else None,
                'LOCAL' if local else None}
            yield summary.Purchase(
                family, frozenset((labels or '').split(',')), class_,
                frozenset(flags - {None}),
                self.currency.round(Decimal(str(amount))))

    def check_summary(self, amounts, year):
        errors = check(amounts, year, today(self.company))
        if errors:
            raise DeclarationError(
                gettext('shortcircuit_collective.msg_declaration_check',
                    declaration=self.rec_name),
                '\n'.join(
                    gettext(
                        f'shortcircuit_collective.msg_summary_{name}',
                        **variables)
                    for name, variables in errors))
