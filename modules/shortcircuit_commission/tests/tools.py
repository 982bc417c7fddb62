# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from decimal import Decimal

from proteus import Model, Wizard


def create_agent(party, config=None):
    "Create the commission agent of the aidant"
    Agent = Model.get('commission.agent', config=config)
    Category = Model.get('product.category', config=config)
    Plan = Model.get('commission.plan', config=config)
    Template = Model.get('product.template', config=config)
    Uom = Model.get('product.uom', config=config)
    plans = Plan.find([], limit=1)
    if not plans:
        template = Template(name="Delivery", type='service')
        template.default_uom, = Uom.find([('name', '=', "Unit")])
        template.list_price = Decimal(0)
        template.account_category, = Category.find([('accounting', '=', True)])
        template.save()
        plan = Plan(name="Aidant")
        plan.commission_product, = template.products
        plan.save()
        plans = [plan]
    agent = Agent(party=party, plan=plans[0])
    agent.save()
    return agent


def sign_mandates(parties, config=None):
    "Let the company invoice for the parties that did not yet, since a year"
    Mandate = Model.get('shortcircuit.mandate', config=config)
    last_year = dt.date.today() - dt.timedelta(days=365)
    signed = {m.party for m in Mandate.find([])}
    Mandate.save([
            Mandate(
                party=p, start_date=last_year, signature_date=last_year)
            for p in parties if p not in signed])


def settle(start_date, end_date, producers=(), config=None):
    "Settle the period, with signed mandates, and return the settlements"
    create = Wizard('shortcircuit.settlement.create', config=config)
    create.form.start_date = start_date
    create.form.end_date = end_date
    create.form.producers.extend(producers)
    create.execute('settle')
    settlements, = create.actions
    sign_mandates([s.producer.party for s in settlements], config=config)
    return settlements
