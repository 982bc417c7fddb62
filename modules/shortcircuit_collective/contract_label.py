# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The labels that the price schedules require, against the certificates"

from collections import defaultdict

from trytond.i18n import gettext
from trytond.model import ModelView, Workflow
from trytond.modules.shortcircuit_catalog.today import today
from trytond.pool import Pool, PoolMeta
from trytond.transaction import without_check_access

from .exceptions import LabelWarning
from .warning import warn


def find_unproven(needs):
    """
    Find which required labels nobody proves.

    needs is a dictionary of anything to a tuple (labels, producers, product,
    date). What one of the producers proves alone is proved. Return the
    dictionary of the keys that lack something to the labels that the one who
    proves the most lacks, by name. The number of queries does not depend on
    the number of needs.
    """
    pool = Pool()
    Certificate = pool.get('shortcircuit.certificate')
    if not needs:
        return {}
    proofs = Certificate.proofs({
            (p.id, product.id, date)
            for labels, producers, product, date in needs.values()
            for p in producers})
    unproven = {}
    for key, (labels, producers, product, date) in needs.items():
        lacking = min((
                set(labels) - {
                    c.label for c in proofs[p.id, product.id, date]}
                for p in producers), key=len, default=set(labels))
        if lacking:
            unproven[key] = sorted(lacking, key=lambda l: l.rec_name)
    return unproven


class Sale(metaclass=PoolMeta):
    __name__ = 'sale.sale'

    @classmethod
    @ModelView.button
    @Workflow.transition('quotation')
    def quote(cls, sales):
        super().quote(sales)
        cls.warn_labels([s for s in sales if s.is_call_off])

    @classmethod
    @without_check_access
    def warn_labels(cls, sales):
        "Warn of what no producer proves on the day of its delivery"
        pool = Pool()
        Lang = pool.get('ir.lang')
        lang = Lang.get()
        lines = [
            l for s in sales for l in s.contract_lines
            if l.contract_price.labels]
        if not lines:
            return
        candidates = cls._find_candidates(lines)
        needs = {
            line: (
                line.contract_price.labels, candidates[line], line.product,
                line.sale.shipping_date or today(line.sale.company))
            for line in lines}
        warn(LabelWarning, 'call_off_label', sales, gettext(
                'shortcircuit_collective.msg_label_call_off'), [
                gettext('shortcircuit_collective.msg_label_line',
                    line=line.rec_name,
                    labels=', '.join(l.rec_name for l in labels),
                    date=lang.strftime(needs[line][-1]))
                for line, labels in find_unproven(needs).items()])

    @classmethod
    def _find_candidates(cls, lines):
        "Return by line who may bring it: the producer it names, or any"
        pool = Pool()
        ProducerProduct = pool.get('shortcircuit.producer.product')
        owners = defaultdict(list)
        for item in ProducerProduct.search([
                    ('product', 'in', list({l.product.id for l in lines})),
                    ('producer.state', '=', 'active'),
                    ]):
            owners[item.producer.company, item.product].append(item.producer)
        return {
            l: [l.producer] if l.producer
            else owners[l.sale.company, l.product]
            for l in lines}


class ShipmentOut(metaclass=PoolMeta):
    __name__ = 'stock.shipment.out'

    @classmethod
    @ModelView.button
    @Workflow.transition('packed')
    def pack(cls, shipments):
        cls.warn_labels(shipments)
        super().pack(shipments)

    @classmethod
    @without_check_access
    def warn_labels(cls, shipments):
        "Warn of the goods whose producer does not prove what is required"
        pool = Pool()
        Line = pool.get('sale.line')
        needs = {}
        for shipment in shipments:
            date = shipment.planned_date or today(shipment.company)
            for move in shipment.outgoing_moves:
                price = (move.origin.contract_price
                    if isinstance(move.origin, Line) else None)
                if price and price.labels and move.lot and move.lot.producer:
                    needs[move] = (
                        price.labels, [move.lot.producer], move.product, date)
        warn(LabelWarning, 'shipment_label', shipments, gettext(
                'shortcircuit_collective.msg_label_shipment'), [
                gettext('shortcircuit_collective.msg_label_move',
                    shipment=move.shipment.rec_name,
                    product=move.product.rec_name,
                    producer=move.lot.producer.rec_name,
                    labels=', '.join(l.rec_name for l in labels))
                for move, labels in find_unproven(needs).items()])
