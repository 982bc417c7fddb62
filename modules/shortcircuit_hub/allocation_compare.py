# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from collections import defaultdict
from decimal import Decimal

from trytond.model import ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.tools import grouped_slice
from trytond.transaction import Transaction
from trytond.wizard import Button, StateTransition, StateView, Wizard

# As many columns as the views have
COLUMNS = 5


class Allocation(metaclass=PoolMeta):
    __name__ = 'shortcircuit.allocation'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'compare': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-shortcircuit-allocation',
                    'depends': ['state'],
                    },
                })

    @classmethod
    @ModelView.button_action('shortcircuit_hub.wizard_allocation_compare')
    def compare(cls, allocations):
        pass


class ComparisonColumns(ModelView):
    "What each policy gives, under its name"

    @classmethod
    def fields_get(cls, fields_names=None, level=0):
        result = super().fields_get(fields_names=fields_names, level=level)
        for i, policy in enumerate(cls._get_policies()):
            if f'policy{i}' in result:
                result[f'policy{i}']['string'] = policy.name
        return result

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            (f'/tree/field[@name="policy{i}"]', 'tree_invisible', 1)
            for i in range(len(cls._get_policies()), COLUMNS)]

    @classmethod
    def _get_policies(cls):
        pool = Pool()
        Policy = pool.get('shortcircuit.allocation.policy')
        return Policy.browse(
            Transaction().context.get('shortcircuit_policies', []))


class ComparisonLine(ComparisonColumns):
    __name__ = 'shortcircuit.allocation.comparison.line'

    product = fields.Many2One('product.product', "Product", readonly=True)
    party = fields.Many2One('party.party', "Customer", readonly=True)
    unit = fields.Many2One('product.uom', "Unit", readonly=True)
    ordered = fields.Float("Ordered", digits='unit', readonly=True)
    policy0 = fields.Float("Policy 1", digits='unit', readonly=True)
    policy1 = fields.Float("Policy 2", digits='unit', readonly=True)
    policy2 = fields.Float("Policy 3", digits='unit', readonly=True)
    policy3 = fields.Float("Policy 4", digits='unit', readonly=True)
    policy4 = fields.Float("Policy 5", digits='unit', readonly=True)


class ComparisonCustomer(ComparisonColumns):
    __name__ = 'shortcircuit.allocation.comparison.customer'

    party = fields.Many2One('party.party', "Customer", readonly=True)
    currency = fields.Many2One('currency.currency', "Currency", readonly=True)
    policy0 = Monetary(
        "Policy 1", currency='currency', digits='currency', readonly=True)
    policy1 = Monetary(
        "Policy 2", currency='currency', digits='currency', readonly=True)
    policy2 = Monetary(
        "Policy 3", currency='currency', digits='currency', readonly=True)
    policy3 = Monetary(
        "Policy 4", currency='currency', digits='currency', readonly=True)
    policy4 = Monetary(
        "Policy 5", currency='currency', digits='currency', readonly=True)


class Comparison(ModelView):
    __name__ = 'shortcircuit.allocation.comparison'

    lines = fields.One2Many(
        'shortcircuit.allocation.comparison.line', None, "What Each Gets",
        readonly=True)
    customers = fields.One2Many(
        'shortcircuit.allocation.comparison.customer', None,
        "What Each Lacks", readonly=True,
        help="The amount excluding taxes of what is ordered and not given.")
    policy = fields.Many2One(
        'shortcircuit.allocation.policy', "Policy", required=True,
        domain=[
            ('id', 'in', Eval('policies', [])),
            ])
    policies = fields.Many2Many(
        'shortcircuit.allocation.policy', None, None, "Policies")


class ComparisonView(StateView):

    def get_view(self, wizard, state_name):
        with Transaction().set_context(
                shortcircuit_policies=[p.id for p in wizard.policies]):
            return super().get_view(wizard, state_name)


class Compare(Wizard):
    __name__ = 'shortcircuit.allocation.compare'

    start_state = 'comparison'
    comparison = ComparisonView(
        'shortcircuit.allocation.comparison',
        'shortcircuit_hub.allocation_comparison_view_form', [
            Button("Close", 'end', 'tryton-close'),
            Button("Share by This Policy", 'use', 'tryton-ok', default=True),
            ])
    use = StateTransition()

    @property
    def policies(self):
        "The policy of the allocation, then the first other ones"
        pool = Pool()
        Policy = pool.get('shortcircuit.allocation.policy')
        policies = [self.record.policy] if self.record else []
        policies.extend(p for p in Policy.search([]) if p not in policies)
        return policies[:COLUMNS]

    def default_comparison(self, fields):
        Allocation = self.model
        policies = self.policies
        simulated = [
            {(v['sale_line'], v['product']): v
                for v in Allocation.simulate({self.record: policy})}
            for policy in policies]
        # What nobody lacks is the same by all
        lines = [
            [s[key] for s in simulated if key in s] for key in simulated[0]
            if any(s[key]['quantity'] < s[key]['ordered']
                for s in simulated if key in s)]
        sale_lines = self._browse_sale_lines(lines)
        return {
            'policy': self.record.policy.id,
            'policies': [p.id for p in policies],
            'lines': [
                self._get_line(line, values)
                for line, values in zip(sale_lines, lines)],
            'customers': self._get_customers(zip(sale_lines, lines)),
            }

    @classmethod
    def _browse_sale_lines(cls, lines):
        "Return the order line of each list of values"
        pool = Pool()
        SaleLine = pool.get('sale.line')
        ids = list(dict.fromkeys(values[0]['sale_line'] for values in lines))
        records = {
            record.id: record for sub_ids in grouped_slice(ids, 500)
            for record in SaleLine.browse(sub_ids)}
        return [records[values[0]['sale_line']] for values in lines]

    @classmethod
    def _get_line(cls, sale_line, values):
        first = values[0]
        return {
            'product': first['product'],
            'party': sale_line.sale.party.id,
            'unit': first['unit'],
            'ordered': first['ordered'],
            **{f'policy{i}': v['quantity'] for i, v in enumerate(values)},
            }

    def _get_customers(self, lines):
        "Sum by customer the amounts of what each policy does not give"
        amounts = defaultdict(lambda: [Decimal(0)] * COLUMNS)
        for sale_line, values in lines:
            price = self._get_price(sale_line, values[0])
            for i, value in enumerate(values):
                amounts[sale_line.sale.party][i] += price * Decimal(str(
                        value['ordered'] - value['quantity']))
        currency = self.record.company.currency
        return [{
                'party': party.id,
                'currency': currency.id,
                **{f'policy{i}': currency.round(a)
                    for i, a in enumerate(amount)},
                } for party, amount in sorted(
                amounts.items(), key=lambda item: item[0].rec_name)]

    @classmethod
    def _get_price(cls, sale_line, values):
        "Return the price of what is ordered, in the unit of the values"
        ordered = Decimal(repr(values['ordered']))
        amount = sale_line.unit_price * Decimal(repr(sale_line.quantity))
        return amount / ordered if ordered else Decimal(0)

    def transition_use(self):
        self.record.policy = self.comparison.policy
        self.record.save()
        self.model.compute([self.record])
        return 'end'

    def end(self):
        return 'reload'
