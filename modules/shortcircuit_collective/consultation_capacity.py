# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What the producers can bring over the period of a consultation"

import datetime as dt
from calendar import monthrange
from collections import Counter, defaultdict

from dateutil.relativedelta import relativedelta
from sql.aggregate import Sum
from sql.conditionals import Coalesce
from sql.functions import Extract

from trytond.model import fields
from trytond.modules.shortcircuit_catalog.today import today
from trytond.modules.shortcircuit_hub.sharing import (
    divide, from_steps, to_steps)
from trytond.pool import Pool
from trytond.transaction import Transaction


def count_months(start_date, end_date):
    """
    Count how many times each month of the year is in a period.

    Return a dictionary of month (1 to 12) to a float: a month of which only
    some days are in the period counts for their part.
    """
    months = Counter()
    first = start_date
    while first <= end_date:
        days = monthrange(first.year, first.month)[1]
        following = first.replace(day=1) + relativedelta(months=1)
        last = min(end_date, following - dt.timedelta(days=1))
        months[first.month] += ((last - first).days + 1) / days
        first = following
    return dict(months)


def propose_volumes(capacities, quantity, rounding):
    """
    Share a quantity between producers by what they can bring.

    capacities is a dictionary of sortable key to float, rounding the step of
    the unit of all of them. Nobody is asked for more than he can. Return a
    dictionary of key to float.
    """
    claims = {k: to_steps(c, rounding) for k, c in capacities.items()}
    return {
        k: from_steps(steps, rounding)
        for k, (steps, _, _) in divide(
            claims, to_steps(quantity, rounding)).items()}


def find_capacities(lines):
    """
    Find what was offered and delivered of the products of lines.

    It is what each active producer did in the last year up to today, in the
    months of the period of the lot, as many times as the period has each.
    Return a dictionary of (line, producer) to a tuple of floats in the unit
    of the line: offered, delivered, and the capacity, the most of both in
    each month. It costs two queries whatever the number of lines, and those
    that read the producers and products.
    """
    pool = Pool()
    Producer = pool.get('shortcircuit.producer')
    products = {p for l in lines for p in l.products}
    if not products:
        return {}
    company = next(iter(lines)).lot.consultation.company
    history = _find_history(company, products)
    producers = {
        p.id: p for p in Producer.search([
                ('id', 'in', list(set().union(*history.values()))),
                ('state', '=', 'active'),
                ])}
    capacities = defaultdict(lambda: (0., 0., 0.))
    for line in lines:
        months = count_months(*line.lot.period)
        for product in line.products:
            for id_, by_month in history[product.id].items():
                if id_ in producers:
                    key = (line, producers[id_])
                    capacities[key] = tuple(
                        a + b for a, b in zip(
                            capacities[key],
                            _sum(by_month, months, product, line.unit)))
    return dict(capacities)


def _sum(by_month, months, product, unit):
    pool = Pool()
    Uom = pool.get('product.uom')
    totals = [0., 0., 0.]
    for month, times in months.items():
        offered, delivered = by_month.get(month, (0, 0))
        for i, quantity in enumerate(
                [offered, delivered, max(offered, delivered)]):
            if product.piece_weight:
                quantity *= product.piece_weight
            totals[i] += times * Uom.compute_qty(
                product.sale_uom, quantity, unit, round=False)
    return totals


def _find_history(company, products):
    """
    Return by product, then by producer, as ids, the quantities by month.

    They are tuples (offered, delivered) in the unit of order of the product.
    """
    end_date = today(company)
    start_date = end_date - relativedelta(years=1)
    ids = [p.id for p in products]
    history = {
        id_: defaultdict(lambda: defaultdict(lambda: [0, 0])) for id_ in ids}
    cursor = Transaction().connection.cursor()
    for i, query in enumerate([_offered, _delivered]):
        cursor.execute(*query(company, ids, start_date, end_date))
        for producer, product, month, quantity in cursor:
            history[product][producer][int(month)][i] += quantity
    return history


def _offered(company, products, start_date, end_date):
    pool = Pool()
    Cycle = pool.get('shortcircuit.cycle')
    Offer = pool.get('shortcircuit.offer')
    cycle, offer = Cycle.__table__(), Offer.__table__()
    return _by_month(
        offer.join(cycle, condition=offer.cycle == cycle.id),
        offer.producer, offer.product, cycle.delivery_date, offer.quantity,
        (cycle.company == company.id) & (cycle.state != 'cancelled')
        & fields.SQL_OPERATORS['in'](offer.product, products),
        start_date, end_date)


def _delivered(company, products, start_date, end_date):
    pool = Pool()
    Delivery = pool.get('shortcircuit.delivery')
    Line = pool.get('shortcircuit.delivery.line')
    delivery, line = Delivery.__table__(), Line.__table__()
    return _by_month(
        line.join(delivery, condition=line.delivery == delivery.id),
        delivery.producer, line.product, delivery.date,
        Coalesce(line.quantity, 0),
        (delivery.company == company.id) & (delivery.state == 'received')
        & fields.SQL_OPERATORS['in'](line.product, products),
        start_date, end_date)


def _by_month(
        tables, producer, product, date, quantity, where, start_date,
        end_date):
    # Its name, as databases do not group by parameters
    month = Extract('MONTH', date).as_('month')
    return tables.select(
        producer, product, month, Sum(quantity).as_('quantity'),
        where=where & (date > start_date) & (date <= end_date),
        group_by=[producer, product, month])
