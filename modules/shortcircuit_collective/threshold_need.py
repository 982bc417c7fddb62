# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

"What the public buyers order without contract, against the threshold"

import datetime as dt

from sql import Null
from sql.aggregate import Min, Sum
from sql.conditionals import Coalesce
from sql.functions import Extract

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, Workflow, fields
from trytond.modules.currency.fields import Monetary
from trytond.modules.shortcircuit_catalog.product import FAMILIES
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval, If
from trytond.transaction import Transaction, without_check_access

from .contract_use import COUNTED, round_amount
from .exceptions import NeedWarning
from .proportion import computed


class Need(ModelSQL, ModelView):
    __name__ = 'shortcircuit.threshold.need'

    company = fields.Many2One('company.company', "Company")
    party = fields.Many2One(
        'party.party', "Buyer",
        context={
            'company': Eval('company', -1),
            },
        depends={'company'})
    year = fields.Integer("Year")
    family = fields.Selection(
        [(None, "")] + FAMILIES, "Family", sort=False,
        help="What is counted together as one homogeneous need.")
    family_string = family.translated('family')
    amount = Monetary(
        "Amount", currency='currency', digits='currency',
        help="What is ordered without contract, excluding taxes.")
    currency = fields.Many2One('currency.currency', "Currency")
    threshold = fields.Function(
        Monetary(
            "Threshold", currency='currency', digits='currency',
            help="Below which the law asks for no procedure. The buyer also "
            "counts what is bought elsewhere."),
        'get_threshold')
    used_share = fields.Function(
        computed('used_share', "Part of the Threshold"),
        'get_threshold')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('year', 'DESC'),
            ('amount', 'DESC'),
            ('id', 'ASC'),
            ]

    @classmethod
    def table_query(cls):
        """
        Sum by buyer, year of order and family what is ordered without contract

        Only the buyers of whom the company keeps a canteen count: the others
        are not under the procurement code. The context can name the parties
        as need_parties, so that the orders of the others are not summed.
        """
        pool = Pool()
        canteen, line, product, sale, template = (
            pool.get(n).__table__() for n in [
                'shortcircuit.canteen', 'sale.line', 'product.product',
                'sale.sale', 'product.template'])
        year = cls.year.sql_cast(Extract('YEAR', sale.quotation_date))
        keys = [
            sale.company, sale.party, year, template.shortcircuit_family,
            sale.currency]
        quantity = Coalesce(line.allocated_quantity, line.quantity)
        buyers = canteen.select(
            canteen.party, canteen.company,
            where=canteen.economic_model == 'public',
            group_by=[canteen.party, canteen.company])
        where = ((sale.contract == Null)
            & sale.state.in_(COUNTED)
            & (sale.quotation_date != Null))
        parties = Transaction().context.get('need_parties')
        if parties is not None:
            where &= fields.SQL_OPERATORS['in'](sale.party, parties)
        return (line
            .join(sale, condition=line.sale == sale.id)
            .join(buyers, condition=(buyers.party == sale.party)
                & (buyers.company == sale.company))
            .join(product, condition=line.product == product.id)
            .join(template, condition=product.template == template.id)
            .select(
                Min(line.id).as_('id'),
                *(k.as_(n) for k, n in zip(keys, [
                            'company', 'party', 'year', 'family',
                            'currency'])),
                cls.amount.sql_cast(
                    Sum(round_amount(quantity, line.unit_price))
                    ).as_('amount'),
                where=where, group_by=keys))

    @classmethod
    def get_threshold(cls, needs, names):
        pool = Pool()
        Threshold = pool.get('shortcircuit.threshold')
        by_year = {
            y: Threshold.get_values(dt.date(y, 12, 31)).get('need')
            for y in {n.year for n in needs}}
        values = {n: {} for n in names}
        for need in needs:
            threshold = by_year[need.year]
            if 'threshold' in names:
                values['threshold'][need.id] = threshold
            if 'used_share' in names:
                values['used_share'][need.id] = (
                    round(need.amount / threshold, 4) if threshold else None)
        return values

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual', If(
                    Eval('used_share', 0) >= 1, 'danger',
                    If(Eval('used_share', 0) >= .8, 'warning', ''))),
            ]

    def warn(self):
        pool = Pool()
        Lang = pool.get('ir.lang')
        Warning = pool.get('res.user.warning')
        lang = Lang.get()
        key = f'need_{self.party.id}_{self.year}_{self.family}'
        if Warning.check(key):
            raise NeedWarning(key, gettext(
                    'shortcircuit_collective.msg_need_threshold',
                    party=self.party.rec_name,
                    amount=lang.currency(self.amount, self.currency),
                    family=self.family_string or '',
                    year=self.year,
                    threshold=lang.currency(self.threshold, self.currency)))

    def get_rec_name(self, name):
        return f'{self.party.rec_name} {self.year} {self.family_string}'

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('party.rec_name', *clause[1:])]


class Sale(metaclass=PoolMeta):
    __name__ = 'sale.sale'

    @classmethod
    @ModelView.button
    @Workflow.transition('quotation')
    def quote(cls, sales):
        super().quote(sales)
        cls.warn_needs([s for s in sales if not s.contract])

    @classmethod
    @without_check_access
    def warn_needs(cls, sales):
        "Warn once of a need that passes the threshold: it is no verdict"
        pool = Pool()
        Need = pool.get('shortcircuit.threshold.need')
        parties = list({s.party.id for s in sales})
        if not parties:
            return
        years = list({s.quotation_date.year for s in sales})
        with Transaction().set_context(need_parties=parties):
            for need in Need.search([('year', 'in', years)]):
                if need.used_share and need.used_share >= 1:
                    need.warn()
