# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

"The steps of the reconciliation that read the ledger"

from sql import Literal, Null, Union
from sql.aggregate import Sum
from sql.conditionals import Case

from trytond.pool import Pool

from .reconciliation_query import (
    POSTED, get_columns, get_reference, is_during, line_amount, to_amount)


def ledger(period):
    """
    What is invoiced is in the ledger, which has nothing else there

    The accounts are those of what is sold for producers and owed to them and
    to the aidants: what is left on them is what the cooperative keeps. What
    producers sell in their names is on none of them.
    """
    return _compare_moves(period, _accounts(), _invoices_posted(period))


def collected(period):
    """
    What customers are invoiced for those who sell is owed to these, apart

    Their account has the total of these invoices, less what the settlements
    give, and nothing else: it is neither a turnover nor a VAT.
    """
    pool = Pool()
    Mandate = pool.get('shortcircuit.configuration.mandate')
    return _compare_moves(
        period, Mandate.sql_accounts(period.company), [
            *_invoices_collected(period), *_given(period)])


def _compare_moves(period, accounts, expected):
    """
    Compare by move what accounts have to what they should

    expected are queries of (move, amount), a credit being positive.
    """
    pool = Pool()
    move, header = (pool.get('account.move').__table__() for _ in range(2))
    line = pool.get('account.move.line').__table__()
    fiscal = pool.get('account.period').__table__()
    zero = Literal(0)
    entries = (line
        .join(move, condition=move.id == line.move)
        .select(
            move.id.as_('move'), zero.as_('expected'),
            (line.credit - line.debit).as_('found'),
            where=(move.company == period.company)
            & (move.state == 'posted')
            & is_during(move.date, period)
            & line.account.in_(accounts)))
    both = Union(
        entries, *(q.select(q.move, q.amount, zero) for q in expected),
        all_=True)
    return (both
        .join(header, condition=header.id == both.move)
        .join(fiscal, condition=fiscal.id == header.period)
        .select(
            *get_columns(
                header.id, get_reference('account.move', header.id),
                header.date,
                expected=Sum(both.expected), found=Sum(both.found)),
            where=fiscal.type == 'standard',
            group_by=[header.id, header.date]))


def _invoices_posted(period):
    "Return the queries of what invoices add and take back"
    pool = Pool()
    for name, direction in [('move', 1), ('cancel_move', -1)]:
        invoice = pool.get('account.invoice').__table__()
        line = pool.get('account.invoice.line').__table__()
        move = pool.get('account.move').__table__()
        sign = Case((invoice.type == 'out', direction), else_=-direction)
        yield (invoice
            .join(line, condition=line.invoice == invoice.id)
            .join(move, condition=move.id == getattr(invoice, name))
            .select(
                move.id.as_('move'),
                (sign * line_amount(line, period)).as_('amount'),
                where=(line.type == 'line')
                & (invoice.seller == Null)
                & (line.seller == Null)
                & _posts(invoice, name, period)
                & is_during(move.date, period)
                & line.account.in_(_accounts())))


def _posts(invoice, name, period):
    "If the invoice posts the move of that name itself"
    pool = Pool()
    credit = pool.get('account.invoice').__table__()
    posts = (
        (invoice.company == period.company)
        & (invoice.state.in_(POSTED) | (invoice.cancel_move != Null)))
    if name == 'cancel_move':
        # A credit note that cancels its invoice is counted by itself
        posts &= ~invoice.cancel_move.in_(
            credit.select(credit.move, where=credit.move != Null))
    return posts


def _accounts():
    "Select the accounts of what is sold for producers and owed for it"
    pool = Pool()
    line = pool.get('account.invoice.line').__table__()
    commission = pool.get('commission').__table__()
    return line.select(
        line.account,
        where=line.origin.like('sale.line,%')
        | line.origin.like('shortcircuit.settlement,%')
        | line.id.in_(commission.select(
                commission.invoice_line,
                where=commission.invoice_line != Null)),
        group_by=line.account)


def _invoices_collected(period):
    "Return the queries of what customers' invoices make owed to who sells"
    pool = Pool()
    for name, direction in [('move', 1), ('cancel_move', -1)]:
        invoice = pool.get('account.invoice').__table__()
        move = pool.get('account.move').__table__()
        yield (invoice
            .join(move, condition=move.id == getattr(invoice, name))
            .select(
                move.id.as_('move'),
                (to_amount(invoice.total_amount_cache) * direction).as_(
                    'amount'),
                where=(invoice.type == 'out')
                & (invoice.seller != Null)
                & _posts(invoice, name, period)
                & is_during(move.date, period)))


def _given(period):
    "Return the queries of what settlements give to who sold, and take back"
    pool = Pool()
    for name, direction in [('transfer', -1), ('transfer_back', 1)]:
        settlement = pool.get('shortcircuit.settlement').__table__()
        move = pool.get('account.move').__table__()
        yield (settlement
            .join(move, condition=move.id == getattr(settlement, name))
            .select(
                move.id.as_('move'),
                (to_amount(settlement.collected_amount) * direction).as_(
                    'amount'),
                where=(settlement.company == period.company)
                & is_during(move.date, period)))
