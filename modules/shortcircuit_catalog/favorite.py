# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import Index, ModelSQL, fields


class Favorite(ModelSQL):
    __name__ = 'shortcircuit.favorite'

    # The same product twice, as after the merge of parties, does no harm
    party = fields.Many2One(
        'party.party', "Party", required=True, ondelete='CASCADE')
    product = fields.Many2One(
        'product.product', "Product", required=True, ondelete='CASCADE')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(Index(t, (t.party, Index.Equality())))

    @classmethod
    def get_products(cls, party):
        return {f.product for f in cls.search([('party', '=', party.id)])}

    @classmethod
    def set_products(cls, party, products, among):
        "Make the products the only favorites of the party among those ids"
        favorites = cls.search([
                ('party', '=', party.id),
                ('product', 'in', list(among)),
                ])
        known = {f.product for f in favorites}
        cls.delete([f for f in favorites if f.product not in products])
        cls.save([
                cls(party=party, product=p) for p in products
                if p not in known])
