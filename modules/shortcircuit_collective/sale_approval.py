# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The orders that a canteen wants a second person to approve"

from collections import defaultdict

from trytond.i18n import gettext
from trytond.model import ModelView, Workflow, fields
from trytond.modules.shortcircuit_catalog.mail import has_email, send_email
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import Transaction, without_check_access


class Sale(metaclass=PoolMeta):
    __name__ = 'sale.sale'

    _states = {
        'invisible': ~Eval('approval_asked_by'),
        }

    approval_asked_by = fields.Many2One(
        'res.user', "Approval Asked by", readonly=True, ondelete='RESTRICT',
        states=_states,
        help="Who confirmed the order first.")
    approved_by = fields.Many2One(
        'res.user', "Approved by", readonly=True, ondelete='RESTRICT',
        states=_states,
        help="The second person who confirmed the order.")
    approval = fields.Function(
        fields.Char("Approval",
            states={
                'invisible': ~Eval('approval'),
                }),
        'get_approval')
    approvers = fields.Function(
        fields.Many2Many('res.user', None, None, "Approvers"),
        'get_approvers')

    del _states

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order_traces |= {'approval_asked_by', 'approved_by'}

    @classmethod
    @without_check_access
    def get_approvers(cls, sales, name):
        "The other buyers of the canteen, while they are waited for"
        canteens = cls._find_canteens(sales)
        approvers = {}
        for sale in sales:
            canteen = canteens.get((sale.company, sale.party))
            waits = sale.approval_asked_by and not sale.approved_by
            approvers[sale.id] = [
                u.id for u in canteen.buyers if u != sale.approval_asked_by
                ] if canteen and waits else []
        return approvers

    @classmethod
    @without_check_access
    def get_approval(cls, sales, name):
        approval = dict.fromkeys([s.id for s in sales])
        for sale in sales:
            if not sale.approval_asked_by:
                continue
            state = 'done' if sale.approved_by else 'waiting'
            names = [sale.approved_by] if sale.approved_by else sale.approvers
            approval[sale.id] = gettext(
                f'shortcircuit_collective.msg_approval_{state}',
                asked=sale.approval_asked_by.name,
                names=', '.join(u.name for u in names))
        return approval

    @classmethod
    def _find_canteens(cls, sales):
        pool = Pool()
        Canteen = pool.get('shortcircuit.canteen')
        return Canteen.find_by_party({s.party for s in sales})

    @classmethod
    @ModelView.button
    def confirm(cls, sales):
        # What is held stays a quotation
        if approved := cls.approve(sales):
            super().confirm(approved)

    @classmethod
    @without_check_access
    def approve(cls, sales):
        """
        Return the sales that may be confirmed, store who asks and approves.

        From the amount of the canteen on (EUR excl. tax) a sale needs two of
        its buyers: who confirms first asks, the other one approves.
        """
        user = Transaction().user
        canteens = cls._find_canteens(sales)
        approved, grouped = [], defaultdict(list)
        for sale in sales:
            canteen = canteens.get((sale.company, sale.party))
            if (sale.approved_by or not canteen
                    or not canteen.needs_approval(sale)):
                approved.append(sale)
            elif not sale.approval_asked_by:
                grouped['approval_asked_by'].append(sale)
            elif user in {u.id for u in sale.approvers}:
                grouped['approved_by'].append(sale)
                approved.append(sale)
        for name, sub_sales in grouped.items():
            cls.write(sub_sales, {name: user})
        cls.mail_approvers(grouped['approval_asked_by'])
        return approved

    @classmethod
    def mail_approvers(cls, sales):
        "Ask by mail each one who may approve the sales"
        pool = Pool()
        ActionReport = pool.get('ir.action.report')
        Email = pool.get('ir.email')
        ModelData = pool.get('ir.model.data')
        if not sales:
            return
        report = ActionReport(ModelData.get_id(
                'shortcircuit_collective', 'report_sale_approval'))
        Email.save([
                send_email(report, s, u) for s in sales for u in s.approvers
                if has_email(u)])

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def draft(cls, sales):
        super().draft(sales)
        # What changes is approved again
        cls.write(sales, {'approval_asked_by': None, 'approved_by': None})

    @classmethod
    def copy(cls, sales, default=None):
        default = default.copy() if default is not None else {}
        for name in ['approval_asked_by', 'approved_by']:
            default.setdefault(name, None)
        return super().copy(sales, default=default)
