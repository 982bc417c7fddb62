# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

"The order of a public buyer, as he signs it"

from types import SimpleNamespace

from trytond.modules.product import price_digits
from trytond.modules.shortcircuit_hub.document import SharedReport
from trytond.pool import Pool
from trytond.transaction import check_access, without_check_access

from .party import find_siret


class CallOff(SharedReport):
    __name__ = 'shortcircuit.call_off'

    @classmethod
    def get_context(cls, records, header, data):
        pool = Pool()
        Sale = pool.get('sale.sale')
        context = super().get_context(records, header, data)
        with check_access():
            readable = Sale.search([
                    ('id', 'in', [int(r) for r in records])])
        # What is printed comes with the orders
        with without_check_access():
            context['orders'] = [
                get_order(s) for s in Sale.browse(readable)]
        return context


def get_order(sale):
    "Return what is printed of a sale"
    lines = [l for l in sale.line_lines if l.product]
    return SimpleNamespace(
        sale=sale,
        contract=sale.contract,
        buyer=sale.party,
        buyer_siret=get_siret(sale.party),
        address=sale.invoice_address,
        holder_siret=get_siret(sale.company.party),
        date=sale.sale_date or sale.quotation_date,
        delivery_address=sale.shipment_address,
        lots=sorted(
            sale.contract_lots_ordered, key=lambda l: (l.number, l.id)),
        lines=[get_line(l) for l in lines],
        taxes=get_taxes(sale))


def get_siret(party):
    siret = find_siret(party)
    return siret.code if siret else None


def get_line(line):
    price = line.contract_price
    cents = line.unit_price == round(line.unit_price, 2)
    return SimpleNamespace(
        line=line,
        lot=price.lot.number if price else None,
        number=price.number if price else None,
        name=price.name if price else line.product.name,
        product=line.product.name,
        digits=2 if cents else price_digits[1],
        rates=[t.rate for t in line.taxes if t.type == 'percentage'])


def get_taxes(sale):
    "Return the names and the amounts of the taxes of a sale"
    return [
        (tax.tax.description or tax.tax.name, tax.amount)
        for tax in sale._get_taxes().values()]
