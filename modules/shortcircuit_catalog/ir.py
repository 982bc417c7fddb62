# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.pool import Pool, PoolMeta
from trytond.transaction import Transaction

from .computed import computed


class Cron(metaclass=PoolMeta):
    __name__ = 'ir.cron'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.method.selection += [
            ('shortcircuit.cycle|run_clock', "Open and Close Cycles"),
            ('shortcircuit.cycle.rule|create_ahead', "Create Cycles"),
            ]


class Rule(metaclass=PoolMeta):
    __name__ = 'ir.rule'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.domain.help += (
            '\n- "parties" as list of ids from the current user'
            '\n- "company_parties" as list of ids from the current user'
            '\n- "user_id" as id of the current user')

    @classmethod
    def _get_context(cls, model_name):
        pool = Pool()
        User = pool.get('res.user')
        context = super()._get_context(model_name)
        context['parties'] = list(User.get_parties())
        context['company_parties'] = User.get_company_parties()
        context['user_id'] = Transaction().user
        return context

    @classmethod
    def _get_cache_key(cls, model_names):
        pool = Pool()
        User = pool.get('res.user')
        return (
            *super()._get_cache_key(model_names),
            User.get_parties(), Transaction().user)


class ModelLog(metaclass=PoolMeta):
    __name__ = 'ir.model.log'

    @classmethod
    def create(cls, vlist):
        # There are more of them than of anything else, of what has happened
        with computed():
            return super().create(vlist)


class Queue(metaclass=PoolMeta):
    __name__ = 'ir.queue'

    @classmethod
    def push(cls, name, data, scheduled_at=None, expected_at=None):
        pool = Pool()
        Sale = pool.get('sale.sale')
        # Core has each order processed that is confirmed
        if (data['context'].pop('_confirming', False)
                and (data['model'], data['method']) == (
                    'sale.sale', 'process')):
            sales = Sale.find_processable(Sale.browse(data['instances']))
            if not sales:
                return
            data['instances'] = [s.id for s in sales]
        return super().push(
            name, data, scheduled_at=scheduled_at, expected_at=expected_at)
