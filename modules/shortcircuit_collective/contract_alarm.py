# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Who is told when the maximum of a lot comes near"

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.shortcircuit_catalog.mail import has_email, send_email
from trytond.modules.shortcircuit_catalog.today import today
from trytond.pool import Pool


class LotAlarm(ModelSQL, ModelView):
    __name__ = 'shortcircuit.contract.lot.alarm'

    lot = fields.Many2One(
        'shortcircuit.contract.lot', "Lot", required=True,
        ondelete='CASCADE')
    percentage = fields.Numeric(
        "Part", digits=(1, 4), required=True,
        domain=[
            ('percentage', '>', 0),
            ('percentage', '<=', 1),
            ],
        help="The part of the maximum that is used when it rings.")
    reached_on = fields.Date("Reached on", readonly=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('lot')
        cls._order = [
            ('percentage', 'ASC'),
            ('id', 'ASC'),
            ]

    def get_rec_name(self, name):
        return f'{self.lot.rec_name} - {self.percentage:.0%}'

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('lot.rec_name', *clause[1:])]

    @classmethod
    def ring(cls, alarms):
        "Keep the day of the alarms, and mail the last one of each lot"
        company = alarms[0].lot.contract.company
        cls.write(alarms, {'reached_on': today(company)})
        cls.mail(list({
                    a.lot: a for a in sorted(
                        alarms, key=lambda a: a.percentage)}.values()))

    @classmethod
    def mail(cls, alarms):
        "Tell the alarms to the coordinator, and to the cooperative"
        pool = Pool()
        ActionReport = pool.get('ir.action.report')
        Email = pool.get('ir.email')
        ModelData = pool.get('ir.model.data')
        report = ActionReport(ModelData.get_id(
                'shortcircuit_collective', 'report_lot_alarm'))
        Email.save([
                send_email(report, a, p)
                for a in alarms for p in a.recipients if has_email(p)])

    @property
    def recipients(self):
        "The coordinator, or the buyer if he is alone, and the cooperative"
        contract = self.lot.contract
        members = [m for m in contract.members if m.coordinator]
        if not members and len(contract.members) == 1:
            members = contract.members
        return [m.party for m in members] + [contract.company.party]

    @classmethod
    def copy(cls, alarms, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('reached_on', None)
        return super().copy(alarms, default=default)
