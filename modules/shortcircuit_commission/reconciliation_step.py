# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

"""
The steps of the reconciliation, each one a query

A query has a row per record that can be compared: its id, unique in the step,
the record as a reference, its date, the amount that is expected of it, the
amounts that are found and that are waiting, all in EUR excl. tax. They differ
by what is wrong.
"""

from sql import Literal, Null, Union
from sql.aggregate import Max, Min, Sum
from sql.conditionals import Case, Coalesce
from sql.functions import Abs, Sign

from trytond.pool import Pool

from .reconciliation_ledger import collected, ledger
from .reconciliation_query import (
    POSTED, add_up, get_columns, get_reference, is_done, is_during,
    line_amount, refers_to, round_, round_amount, to_amount)
from .settlement_line import settled_lines


def split(period):
    "What customers owe for a move is the parts of those who share it"
    pool = Pool()
    Location = pool.get('stock.location')
    Lot = pool.get('stock.lot')
    SaleLine = pool.get('sale.line')
    move = pool.get('stock.move').__table__()
    lot = Lot.__table__()
    line = SaleLine.__table__()
    source, target = Location.__table__(), Location.__table__()
    back = source.type == 'customer'
    priced = round_amount(to_amount(move.quantity) * line.unit_price, period)
    # A delivery that froze nothing is owed to nobody
    forgotten = (
        (lot.producer != Null)
        & (line.id != Null)
        & ((back & (target.type == 'supplier'))
            | ((source.type == 'supplier') & (target.type == 'customer'))))
    return (move
        .join(source, condition=source.id == move.from_location)
        .join(target, condition=target.id == move.to_location)
        .join(lot, 'LEFT', condition=lot.id == move.lot)
        .join(line, 'LEFT', condition=refers_to(
                'stock.move', move.origin, 'sale.line', line.id))
        .select(
            *get_columns(
                move.id, get_reference('stock.move', move.id),
                move.effective_date,
                expected=Coalesce(
                    move.sale_amount,
                    Case((move.producer_due != Null, 0),
                        (back, -priced), else_=priced)),
                found=add_up(
                    move.producer_due, move.commission_due,
                    move.cooperative_due)),
            where=is_done(move, period)
            & ((move.producer_due != Null) | (move.sale_amount != Null)
                | forgotten)))


def sale(period):
    "What customers owe for an order line is invoiced to them"
    pool = Pool()
    line = pool.get('sale.line').__table__()
    sale = pool.get('sale.sale').__table__()
    delivered, invoiced = _delivered(period), _invoiced(period)
    posted, drafted = (
        Coalesce(invoiced.posted, 0), Coalesce(invoiced.drafted, 0))
    open_ = round_(delivered.total - posted - drafted, period)
    # Its invoice comes with the next run unless all that was delivered is
    # invoiced, or the order is closed
    to_come = (
        (sale.state != 'done')
        & (open_ * Sign(delivered.total) > 0)
        & (Abs(delivered.quantity - Coalesce(invoiced.quantity, 0)) * 10000
            > Abs(delivered.quantity)))
    waiting = Case((to_come, drafted + open_), else_=drafted)
    return (delivered
        .join(line, condition=line.id == delivered.line)
        .join(sale, condition=sale.id == line.sale)
        .join(invoiced, 'LEFT', condition=invoiced.line == delivered.line)
        .select(*get_columns(
                line.id, get_reference('sale.line', line.id), delivered.date,
                expected=delivered.amount,
                # What other periods have of it does not count in this one
                found=delivered.amount - delivered.total + posted,
                waiting=waiting)))


def _delivered(period):
    "Sum what was delivered of the order lines of the period"
    pool = Pool()
    Location = pool.get('stock.location')
    Move = pool.get('stock.move')
    Uom = pool.get('product.uom')
    move = Move.__table__()
    source = Location.__table__()
    unit = Uom.__table__()
    # Its name, as databases do not group by parameters
    line = Move.origin.sql_id(move.origin, Move).as_('line')
    sign = Case((source.type == 'customer', -1), else_=1)
    return (move
        .join(source, condition=source.id == move.from_location)
        .join(unit, condition=unit.id == move.unit)
        .select(
            line,
            Max(move.effective_date).as_('date'),
            Sum(Case(
                    (is_during(move.effective_date, period), move.sale_amount),
                    else_=0)).as_('amount'),
            Sum(move.sale_amount).as_('total'),
            Sum(sign * move.quantity * unit.factor).as_('quantity'),
            where=(move.state == 'done')
            & (move.sale_amount != Null)
            & move.origin.in_(_order_lines(period)),
            group_by=line))


def _order_lines(period):
    "Select the references of the order lines delivered in the period"
    move = Pool().get('stock.move').__table__()
    return move.select(
        move.origin,
        where=is_done(move, period)
        & (move.sale_amount != Null)
        & move.origin.like('sale.line,%'),
        group_by=move.origin)


def _invoiced(period):
    """
    Sum what is invoiced of the order lines

    to their customers, to the partners who support them from the moves, and
    what was credited of these lines.
    """
    pool = Pool()
    Line = pool.get('account.invoice.line')
    Move = pool.get('stock.move')
    direct, support, credit, credited = (
        Line.__table__() for _ in range(4))
    move = Move.__table__()
    rows = Union(
        direct.select(
            *_invoice_line(direct, direct.origin, period),
            where=(direct.type == 'line')
            & direct.origin.in_(_order_lines(period))),
        support.join(move, condition=refers_to(
                'account.invoice.line', support.origin,
                'stock.move', move.id)).select(
            *_invoice_line(support, move.origin, period, quantity=False),
            where=(support.type == 'line')
            & move.origin.in_(_order_lines(period))),
        credit.join(credited, condition=refers_to(
                'account.invoice.line', credit.origin,
                'account.invoice.line', credited.id)).select(
            *_invoice_line(credit, credited.origin, period),
            where=(credit.type == 'line')
            & credited.origin.in_(_order_lines(period))),
        all_=True)
    invoice = pool.get('account.invoice').__table__()
    posted = invoice.state.in_(POSTED)
    return (rows
        .join(invoice, 'LEFT', condition=invoice.id == rows.invoice)
        .select(
            rows.line.as_('line'),
            Sum(Case((posted, rows.amount), else_=0)).as_('posted'),
            Sum(Case((posted, 0), else_=rows.amount)).as_('drafted'),
            Sum(rows.quantity).as_('quantity'),
            where=Coalesce(invoice.state, 'draft') != 'cancelled',
            group_by=rows.line))


def _invoice_line(line, origin, period, quantity=True):
    pool = Pool()
    Move = pool.get('stock.move')
    Uom = pool.get('product.uom')
    unit = Uom.__table__()
    factor = unit.select(unit.factor, where=unit.id == line.unit)
    return [
        Move.origin.sql_id(origin, Move).as_('line'),
        line.invoice.as_('invoice'),
        line_amount(line, period).as_('amount'),
        (_quantity(line, factor) if quantity else Literal(0)).as_('quantity'),
        ]


def _quantity(line, factor):
    return line.quantity * Coalesce(factor, 1)


def settlement(period):
    "What producers are owed for a move is on a validated settlement"
    pool = Pool()
    move = pool.get('stock.move').__table__()
    line = settled_lines()
    return (move
        .join(line, 'LEFT', condition=line.move == move.id)
        .select(
            *get_columns(
                move.id, get_reference('stock.move', move.id),
                move.effective_date,
                expected=move.producer_due,
                found=Case(
                    (line.state == 'validated', line.amount), else_=0),
                waiting=Case(
                    (line.id == Null, move.producer_due),
                    (line.state == 'draft', line.amount),
                    else_=0)),
            where=is_done(move, period) & (move.producer_due != Null)))


def invoice(period):
    """
    What a producer is settled is on the invoice made for him

    Under mandate the invoice is of what the cooperative keeps of his sales.
    """
    pool = Pool()
    settlement = pool.get('shortcircuit.settlement').__table__()
    line = pool.get('shortcircuit.settlement.line').__table__()
    invoice = pool.get('account.invoice').__table__()
    agreement = pool.get('shortcircuit.agreement').__table__()
    settled = line.join(
        agreement, condition=agreement.id == line.agreement).select(
        line.settlement.as_('settlement'),
        Sum(Case(
                (agreement.regime == 'mandate',
                    line.sale_amount - line.amount),
                else_=line.amount)).as_('amount'),
        group_by=line.settlement)
    billed = _untaxed(period)
    posted = invoice.state.in_(POSTED)
    waits = invoice.state.in_(['draft', 'validated'])
    return (settlement
        .join(settled, condition=settled.settlement == settlement.id)
        .join(invoice, 'LEFT', condition=invoice.id == settlement.invoice)
        .join(billed, 'LEFT', condition=billed.invoice == invoice.id)
        .select(
            *get_columns(
                settlement.id,
                get_reference('shortcircuit.settlement', settlement.id),
                settlement.end_date,
                expected=settled.amount,
                found=Case((posted, billed.amount), else_=0),
                waiting=Case((waits, billed.amount), else_=0)),
            where=(settlement.company == period.company)
            & (settlement.state == 'validated')
            & is_during(settlement.end_date, period)))


def _untaxed(period):
    pool = Pool()
    line = pool.get('account.invoice.line').__table__()
    return line.select(
        line.invoice.as_('invoice'),
        Sum(line_amount(line, period)).as_('amount'),
        where=(line.type == 'line') & (line.invoice != Null),
        group_by=line.invoice)


def commission(period):
    """
    What an aidant is owed for moves is in his commissions

    The rounds that the grid pays are compared each, the share of the
    agreements by agent and day.
    """
    return Union(_by_share(period), _by_grid(period), all_=True)


def _by_share(period):
    pool = Pool()
    move = pool.get('stock.move').__table__()
    commission = pool.get('commission').__table__()
    agent = pool.get('commission.agent').__table__()
    round_, paid = _move_rounds(), _paid_by_grid()
    earned_round = _commission_rounds()
    due = move.join(
        round_, 'LEFT', condition=round_.move == move.id).select(
        (move.id * 4).as_('id'),
        move.commission_agent.as_('agent'),
        move.effective_date.as_('date'),
        move.commission_due.as_('due'),
        Literal(0).as_('amount'),
        where=is_done(move, period)
        & (move.commission_agent != Null)
        & ~Coalesce(round_.round, -1).in_(paid))
    earned = commission.join(
        agent, condition=agent.id == commission.agent).join(
        earned_round, 'LEFT',
        condition=earned_round.commission == commission.id).select(
        (commission.id * 4 + 1).as_('id'),
        commission.agent.as_('agent'),
        commission.date.as_('date'),
        Literal(0).as_('due'),
        commission.amount.as_('amount'),
        where=(agent.company == period.company)
        & (commission.origin.like('stock.shipment.out%')
            | commission.origin.like('shortcircuit.unsold,%'))
        & ~Coalesce(earned_round.round, -1).in_(paid)
        & is_during(commission.date, period))
    both = Union(due, earned, all_=True)
    return both.select(
        *get_columns(
            Min(both.id), get_reference('commission.agent', both.agent),
            both.date, expected=Sum(both.due), found=Sum(both.amount)),
        group_by=[both.agent, both.date])


def _by_grid(period):
    pool = Pool()
    move = pool.get('stock.move').__table__()
    commission = pool.get('commission').__table__()
    header = pool.get('shortcircuit.round').__table__()
    round_, commissions = _move_rounds(), _commission_rounds()
    owed = move.join(round_, condition=round_.move == move.id).select(
        round_.round.as_('round'), Sum(move.commission_due).as_('due'),
        where=move.producer_due != Null,
        group_by=round_.round)
    earned = commissions.join(
        commission, condition=commission.id == commissions.commission).select(
        commissions.round.as_('round'), Sum(commission.amount).as_('amount'),
        where=commissions.round.in_(_paid_by_grid()),
        group_by=commissions.round)
    return (earned
        .join(header, condition=header.id == earned.round)
        .join(owed, 'LEFT', condition=owed.round == earned.round)
        .select(
            *get_columns(
                header.id * 4 + 2,
                get_reference('shortcircuit.round', header.id), header.date,
                # What a round that delivered nothing is owed is on no move
                expected=Coalesce(owed.due, earned.amount),
                found=earned.amount),
            where=(header.company == period.company)
            & is_during(header.date, period)))


def _move_rounds():
    "Select the round that delivered each move"
    pool = Pool()
    move = pool.get('stock.move').__table__()
    shipment = pool.get('stock.shipment.out').__table__()
    stop = pool.get('shortcircuit.round.stop').__table__()
    return (move
        .join(shipment, condition=refers_to(
                'stock.move', move.shipment, 'stock.shipment.out',
                shipment.id))
        .join(stop, condition=stop.id == shipment.round_stop)
        .select(move.id.as_('move'), stop.round.as_('round')))


def _commission_rounds():
    "Select the round of each commission, earned by the grid or by the share"
    pool = Pool()
    due = pool.get('shortcircuit.round.due').__table__()
    commission = pool.get('commission').__table__()
    shipment = pool.get('stock.shipment.out').__table__()
    stop = pool.get('shortcircuit.round.stop').__table__()
    return Union(
        due.select(
            due.commission.as_('commission'), due.round.as_('round'),
            where=due.commission != Null,
            group_by=[due.commission, due.round]),
        commission
        .join(shipment, condition=refers_to(
                'commission', commission.origin, 'stock.shipment.out',
                shipment.id))
        .join(stop, condition=stop.id == shipment.round_stop)
        .select(commission.id, stop.round),
        all_=True)


def _paid_by_grid():
    due = Pool().get('shortcircuit.round.due').__table__()
    return due.select(due.round, group_by=due.round)


def commission_invoice(period):
    "The commissions are on the invoices of the aidants"
    pool = Pool()
    commission = pool.get('commission').__table__()
    during = pool.get('commission').__table__()
    agent = pool.get('commission.agent').__table__()
    line = pool.get('account.invoice.line').__table__()
    invoice = pool.get('account.invoice').__table__()
    waiting = commission.join(
        agent, condition=agent.id == commission.agent).select(
        *get_columns(
            commission.id * 2, get_reference('commission', commission.id),
            commission.date,
            expected=commission.amount, waiting=commission.amount),
        where=(agent.company == period.company)
        & (commission.invoice_line == Null)
        & is_during(commission.date, period))
    commissions = pool.get('commission').__table__()
    summed = commissions.select(
        commissions.invoice_line.as_('line'),
        Max(commissions.date).as_('date'),
        Sum(commissions.amount).as_('amount'),
        where=commissions.invoice_line.in_(during.select(
                during.invoice_line,
                where=is_during(during.date, period))),
        group_by=commissions.invoice_line)
    amount = line_amount(line, period)
    invoiced = (summed
        .join(line, condition=line.id == summed.line)
        .join(invoice, 'LEFT', condition=invoice.id == line.invoice)
        .select(
            *get_columns(
                line.id * 2 + 1,
                get_reference('account.invoice.line', line.id), summed.date,
                expected=summed.amount,
                found=Case((invoice.state.in_(POSTED), amount), else_=0),
                waiting=Case(
                    (Coalesce(invoice.state, 'draft').in_(
                            ['draft', 'validated']), amount),
                    else_=0)),
            where=line.company == period.company))
    return Union(waiting, invoiced, all_=True)


STEPS = {
    'split': split,
    'sale': sale,
    'settlement': settlement,
    'invoice': invoice,
    'commission': commission,
    'commission_invoice': commission_invoice,
    'ledger': ledger,
    'collected': collected,
    }
