# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.i18n import gettext
from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval

from .exceptions import PublicInvoiceError
from .sale_invoice import REFERENCES


class Invoice(metaclass=PoolMeta):
    __name__ = 'account.invoice'

    _states = {
        'readonly': Eval('state') != 'draft',
        'invisible': Eval('type') == 'in',
        }

    contract = fields.Many2One(
        'shortcircuit.contract', "Contract", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states=_states)
    engagement_number = fields.Char(
        "Engagement Number", states=_states,
        help="The number under which the buyer has committed the expense.")
    service_code = fields.Char(
        "Service Code", states=_states,
        help="The service of the buyer that is invoiced.")

    del _states

    @fields.depends('type', 'party', 'company', 'service_code')
    def on_change_party(self):
        pool = Pool()
        Canteen = pool.get('shortcircuit.canteen')
        super().on_change_party()
        if self.type == 'out' and self.party:
            canteens = Canteen.find_by_party([self.party])
            if canteen := canteens.get((self.company, self.party)):
                self.service_code = canteen.chorus_service_code
                if canteen.payment_term:
                    self.payment_term = canteen.payment_term

    @classmethod
    def _post(cls, invoices):
        cls.check_engagement([
                i for i in invoices if i.type == 'out' and not i.move])
        super()._post(invoices)

    @classmethod
    def check_engagement(cls, invoices):
        "Refuse what Chorus Pro would reject for lack of engagement number"
        pool = Pool()
        Canteen = pool.get('shortcircuit.canteen')
        canteens = Canteen.find_by_party({i.party for i in invoices})
        refused = []
        for invoice in invoices:
            canteen = canteens.get((invoice.company, invoice.party))
            if (canteen and canteen.engagement_required
                    and not invoice.engagement_number):
                refused.append(invoice)
        if refused:
            raise PublicInvoiceError(gettext(
                    'shortcircuit_collective.msg_invoice_no_engagement',
                    invoices=', '.join(i.rec_name for i in refused),
                    buyers=', '.join(sorted(
                            {i.party.rec_name for i in refused}))))

    @property
    def buyer_references(self):
        """
        What a public buyer finds the invoice by.

        Return a dictionary of the business terms of EN 16931: the service
        (BT-10), the contract (BT-12) and the engagement, or else the order
        (BT-13); those that are unknown are missing.
        """
        references = {
            'BT-10': self.service_code,
            'BT-12': self.contract and (
                self.contract.reference or self.contract.number),
            'BT-13': self.engagement_number or self.reference,
            }
        return {k: v for k, v in references.items() if v}

    def _credit(self, **values):
        credit = super()._credit(**values)
        for name in REFERENCES:
            setattr(credit, name, getattr(self, name))
        return credit
