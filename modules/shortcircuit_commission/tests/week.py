# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

"A week that is delivered, settled, invoiced and posted"

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

from proteus import Model, Wizard

from trytond.modules.company.tests.tools import get_company
from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_customer, create_producer, create_product, open_cycle, order,
    publish_mercuriale)
from trytond.modules.shortcircuit_commission.tests.tools import (
    create_agent, settle, sign_mandates)
from trytond.modules.shortcircuit_hub.tests.tools import (
    allocate, create_hubs, create_point, deliver, receive)

TODAY = dt.date.today()
PRICES = {
    "Potato": ('1.37', 'FRUITS_ET_LEGUMES', "Kilogram"),
    "Milk": ('1.2345', 'PRODUITS_LAITIERS', "Unit"),
    "Honey": ('5.0000', 'AUTRES', "Unit"),
    }
ORDERS = [
    {"Potato": 33.33, "Milk": 30, "Honey": 10},
    {"Potato": 21.07, "Milk": 31},
    {"Potato": 3.25, "Honey": 1},
    ]


def create_week():
    "Deliver a school from a farm and a flat-rate farmer, and post it all"
    week = SimpleNamespace(company=get_company())
    week.hub, _ = create_hubs()
    week.school = create_customer("School")
    create_point(week.school, week.hub)
    week.farm = create_producer("Farm")
    week.flat = create_producer("Flat-Rate Farm", vat_regime='flat_rate')
    week.products = {
        name: create_product(name, family, unit)
        for name, (_, family, unit) in PRICES.items()}
    publish_mercuriale([
            (week.products[n], Decimal(p), None)
            for n, (p, *_) in PRICES.items()])
    week.cycle = open_cycle([
            (week.farm, week.products["Potato"], 500),
            (week.flat, week.products["Milk"], 100),
            (week.flat, week.products["Honey"], 100)],
        warehouse=week.hub)
    for quantities in ORDERS:
        order(week.school, [
                (week.products[n], q) for n, q in quantities.items()])
    deliver_week(week)
    week.settlements = settle(TODAY, TODAY)
    post_week(week)
    week.settled = {
        s.producer.party.name: s.amount for s in week.settlements}
    week.invoices = {
        s.producer.party.name: s.invoice.id for s in week.settlements}
    return week


def deliver_week(week):
    week.cycle.click('close')
    receive(week.cycle)
    allocate(week.cycle)
    week.driver = create_producer("Driver")
    create_agent(week.driver.party)
    sign_mandates([week.driver.party])
    deliver(week.cycle, week.driver.party)


def post_week(week):
    "Settle the producers and the aidant, and post what is invoiced"
    Invoice = Model.get('account.invoice')
    for settlement in week.settlements:
        settlement.click('validate_settlement')
    create_invoice = Wizard('commission.create_invoice')
    create_invoice.form.from_ = None
    create_invoice.form.to = TODAY
    create_invoice.execute('create_')
    for invoice in Invoice.find([('state', 'in', ['draft', 'validated'])]):
        if not invoice.invoice_date:
            invoice.invoice_date = TODAY
            invoice.save()
        invoice.click('post')
