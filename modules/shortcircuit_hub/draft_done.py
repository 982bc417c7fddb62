# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What the documents share that are written, then done or cancelled"

import datetime as dt

from trytond.i18n import gettext
from trytond.model import ModelView, Workflow, fields
from trytond.model.exceptions import AccessError
from trytond.modules.shortcircuit_catalog.moment import Moment
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction

_STATES = {
    'readonly': Eval('state') != 'draft',
    }


class DraftDoneMixin(Workflow):
    __slots__ = ()

    company = fields.Many2One(
        'company.company', "Company", required=True, states=_STATES)
    date = fields.Date("Date", required=True, states=_STATES)
    state = fields.Selection([
            ('draft', "Draft"),
            ('done', "Done"),
            ('cancelled', "Cancelled"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('date', 'DESC'), ('id', 'DESC')]
        cls._transitions |= {
            ('draft', 'done'),
            ('draft', 'cancelled'),
            ('cancelled', 'draft'),
            }
        cls._buttons.update({
                'cancel': {
                    'invisible': Eval('state') != 'draft',
                    'depends': ['state'],
                    },
                'draft': {
                    'invisible': Eval('state') != 'cancelled',
                    'icon': 'tryton-undo',
                    'depends': ['state'],
                    },
                'do': {
                    'invisible': Eval('state') != 'draft',
                    'readonly': ~Eval('lines', []),
                    'icon': 'tryton-ok',
                    'depends': ['state', 'lines'],
                    },
                })

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_date(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        return Date.today()

    @classmethod
    def default_state(cls):
        return 'draft'

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, records):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def draft(cls, records):
        pass


class GoodsMovedMixin(DraftDoneMixin):
    "A document that moves goods when it is done, and stays"
    __slots__ = ()

    number = fields.Char("Number", readonly=True)
    done_at = Moment("Done at", readonly=True)
    done_by = fields.Many2One(
        'res.user', "Done by", readonly=True, ondelete='RESTRICT')

    @classmethod
    def set_done(cls, records):
        "Keep who has done the records, and when"
        cls.write(records, {
                'done_at': dt.datetime.now(),
                'done_by': Transaction().user or None,
                })

    @classmethod
    def check_modification(cls, mode, records, values=None, external=False):
        super().check_modification(
            mode, records, values=values, external=external)
        if mode == 'delete':
            for record in records:
                if record.state == 'done':
                    raise AccessError(gettext(
                            'shortcircuit_hub.msg_goods_moved_delete',
                            record=record.rec_name))

    @classmethod
    def copy(cls, records, default=None):
        default = default.copy() if default is not None else {}
        for name in ['number', 'done_at', 'done_by']:
            default.setdefault(name, None)
        return super().copy(records, default=default)
