# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The file of purchases of a declaration"

from collections import defaultdict
from decimal import Decimal

from trytond.i18n import gettext
from trytond.pool import Pool, PoolMeta

from . import macantine
from .exceptions import DeclarationError, DeclarationFamilyWarning

SCHEMAS = {
    'siret': 'achats_siret',
    'cantine_id': 'achats_id',
    }


class Declaration(metaclass=PoolMeta):
    __name__ = 'shortcircuit.declaration'

    def export_purchases(self):
        "Make the files of what no other declaration declares"
        pool = Pool()
        Move = pool.get('stock.move')
        column, value = self.identity
        moves = self.undeclared_moves()
        self.check_families(moves)
        moves = [m for m in moves if m.egalim_family]
        rows = [{column: value, **row} for row in self.get_rows(moves)]
        if not rows:
            raise DeclarationError(gettext(
                    'shortcircuit_collective.msg_declaration_empty',
                    declaration=self.rec_name))
        self.set_files('achats', SCHEMAS[column], rows)
        self.amount = sum(Decimal(r['prix_ht']) for r in rows)
        self.save()
        Move.write(moves, {'egalim_declaration': self.id})

    def set_files(self, prefix, schema, rows):
        "Store the rows in as many files as the platform takes"
        pool = Pool()
        File = pool.get('shortcircuit.declaration.file')
        _, identity = self.identity
        name = '-'.join([
                prefix, identity,
                self.start_date.isoformat(), self.end_date.isoformat()])
        files = macantine.write(schema, rows)
        width = len(str(len(files)))
        File.create([{
                    'declaration': self.id,
                    'filename': (
                        f'{name}-{i:0{width}}.csv' if len(files) > 1
                        else f'{name}.csv'),
                    'file': content,
                    'rows': count,
                    } for i, (content, count) in enumerate(files, 1)])

    def check_families(self, moves):
        pool = Pool()
        Warning = pool.get('res.user.warning')
        products = {m.product for m in moves if not m.egalim_family}
        if products:
            key = Warning.format('declaration_family', [self])
            if Warning.check(key):
                raise DeclarationFamilyWarning(key, gettext(
                        'shortcircuit_collective.msg_declaration_family',
                        declaration=self.rec_name,
                        products=', '.join(sorted(
                                p.rec_name for p in products))))

    def get_rows(self, moves):
        """
        Return the purchases that moves make as rows of the import schema.

        There is one row by date, product and class, whoever the producers:
        the cooperative is the supplier. What came back is deducted. Raise
        DeclarationError if more of a product came back than the moves
        delivered: the purchase it should be deducted from was declared
        before, or never.
        """
        amounts = defaultdict(lambda: defaultdict(Decimal))
        for move in moves:
            amounts[self._row_key(move)][move.effective_date] += (
                move.sale_amount)
        rows = []
        for key, by_date in amounts.items():
            try:
                by_date = macantine.net(by_date)
            except ValueError:
                product, *_ = key
                raise DeclarationError(gettext(
                        'shortcircuit_collective.msg_declaration_negative',
                        declaration=self.rec_name,
                        product=product.rec_name))
            rows.extend(
                self._row(date, amount, *key)
                for date, amount in by_date.items())
        return sorted(rows, key=lambda r: (r['date'], r['description']))

    def _row_key(self, move):
        return (
            move.product, move.egalim_family, move.egalim_labels,
            move.egalim_origin, move.short_circuit, move.egalim_local,
            move.egalim_local_km)

    def _row(
            self, date, amount, product, family, labels, origin,
            short_circuit, local, local_km):
        return {
            'description': product.name,
            'fournisseur': self.company.party.name,
            'date': date.isoformat(),
            'prix_ht': str(amount.quantize(Decimal('.01'))),
            'famille_produits': family,
            'categories_egalim': labels or '',
            'origine': origin or '',
            'est_circuit_court': 'OUI' if short_circuit else '',
            'est_local': 'OUI' if local else '',
            'definition_local': local or '',
            'definition_local_km': str(local_km or ''),
            }
