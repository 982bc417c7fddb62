# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import (
    DeactivableMixin, ModelSQL, ModelView, Unique, fields, sequence_ordered)
from trytond.pool import Pool, PoolMeta

BEARERS = [
    ('producer', "Producer"),
    ('cooperative', "Cooperative"),
    ('carrier', "Carrier"),
    ]


class LossReason(DeactivableMixin, sequence_ordered(), ModelSQL, ModelView):
    __name__ = 'shortcircuit.loss_reason'

    name = fields.Char("Name", required=True, translate=True)
    borne_by = fields.Selection(
        BEARERS, "Borne by", required=True, sort=False,
        help="Whose loss it is, unless the agreement of the producer says "
        "otherwise.")


class Agreement(metaclass=PoolMeta):
    __name__ = 'shortcircuit.agreement'

    losses = fields.One2Many(
        'shortcircuit.agreement.loss', 'agreement', "Losses",
        help="The reasons for which a loss is not borne as usual.")


class AgreementLoss(ModelSQL, ModelView):
    __name__ = 'shortcircuit.agreement.loss'

    agreement = fields.Many2One(
        'shortcircuit.agreement', "Agreement", required=True,
        ondelete='CASCADE')
    reason = fields.Many2One(
        'shortcircuit.loss_reason', "Reason", required=True,
        ondelete='RESTRICT')
    borne_by = fields.Selection(
        BEARERS, "Borne by", required=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('agreement')
        t = cls.__table__()
        cls._sql_constraints += [
            ('reason_unique', Unique(t, t.agreement, t.reason),
                'shortcircuit_hub.msg_agreement_loss_unique'),
            ]

    def get_rec_name(self, name):
        return f'{self.agreement.rec_name} - {self.reason.rec_name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('agreement.rec_name', *clause[1:]),
            ('reason.rec_name', *clause[1:]),
            ]

    @classmethod
    def find_bearer(cls, producer, reason, date):
        "Return who bears a loss of the producer for the reason on the date"
        pool = Pool()
        Agreement = pool.get('shortcircuit.agreement')
        key = (producer.id, date)
        agreement = Agreement.at([key]).get(key)
        for loss in agreement.losses if agreement else []:
            if loss.reason == reason:
                return loss.borne_by
        return reason.borne_by
