# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The contract that a consultation becomes once it is won"

from trytond.i18n import gettext
from trytond.pool import Pool, PoolMeta

from .exceptions import ConsultationError


class Consultation(metaclass=PoolMeta):
    __name__ = 'shortcircuit.consultation'

    def make_contract(self):
        """
        Create the contract, in draft, of the lots that are not lost.

        Its schedule has the prices answered from the first day of each lot
        on. Raise ConsultationError if no lot is won.
        """
        pool = Pool()
        Contract = pool.get('shortcircuit.contract')
        lots = [l for l in self.answered_lots if not l.lost]
        if not lots:
            raise ConsultationError(gettext(
                    'shortcircuit_collective.msg_consultation_no_lot',
                    consultation=self.rec_name))
        start_dates, end_dates = zip(*(l.period for l in lots))
        period = min(start_dates), max(end_dates)
        contract, = Contract.create([{
                    'reference': self.reference,
                    'name': self.name,
                    'company': self.company.id,
                    'start_date': period[0],
                    'end_date': period[1],
                    'members': [('create', [{
                                    'party': m.party.id,
                                    'coordinator': m.coordinator,
                                    'share': m.share,
                                    } for m in self.members])],
                    'lots': [('create', [
                            l.get_contract(period) for l in lots])],
                    }])
        return contract


class Lot(metaclass=PoolMeta):
    __name__ = 'shortcircuit.consultation.lot'

    def get_contract(self, period):
        """
        Return the values of the lot of the contract.

        period are the dates of the contract, which the lot leaves empty.
        """
        start_date, end_date = self.period
        own = {
            'start_date': start_date,
            'end_date': end_date,
            } if self.period != period else {}
        return own | {
            'number': self.number,
            'name': self.name,
            'cpv': self.cpv,
            'max_amount': self.max_amount,
            'unit': self.unit.id if self.unit else None,
            'max_quantity': self.max_quantity,
            'prices': [('create', [
                        l.get_contract(start_date) for l in self.lines])],
            }


class Line(metaclass=PoolMeta):
    __name__ = 'shortcircuit.consultation.line'

    def get_contract(self, start_date):
        "Return the values of the line of the price schedule"
        return {
            'number': self.number,
            'name': self.name,
            'unit': self.unit.id,
            'estimated_quantity': self.quantity,
            'products': [('add', [p.id for p in self.products])],
            'labels': [('add', [l.id for l in self.labels])],
            'versions': [('create', [{
                            'start_date': start_date,
                            'unit_price': self.unit_price,
                            }])],
            }
