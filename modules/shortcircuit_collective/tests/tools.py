# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt

from dateutil.relativedelta import relativedelta
from proteus import Model


def create_contract(
        lots, members, activate=True, config=None, **values):
    """
    Create a contract from a month ago, for a year.

    lots is a list of dictionaries: their values, with as prices a list of
    (product, unit price) and as members a dictionary of party to the values
    of its own maximums. values are set on the contract.
    """
    Contract = Model.get('shortcircuit.contract', config=config)
    Party = Model.get('party.party', config=config)
    start_date = dt.date.today() - relativedelta(months=1)
    contract = Contract(name="Food", start_date=start_date)
    contract.end_date = start_date + relativedelta(years=1, days=-1)
    for name, value in values.items():
        setattr(contract, name, value)
    for party in members:
        contract.members.new(party=Party(party.id))
    contract.save()
    for number, lot in enumerate(lots, 1):
        create_lot(contract, str(number), config=config, **lot)
    contract.reload()
    if activate:
        contract.click('activate')
    return contract


def create_lot(contract, number, prices, members=None, config=None, **values):
    Lot = Model.get('shortcircuit.contract.lot', config=config)
    Product = Model.get('product.product', config=config)
    lot = Lot(contract=contract, number=number, name=f"Lot {number}")
    for name, value in values.items():
        setattr(lot, name, value)
    for product, unit_price in prices:
        price = lot.prices.new()
        price.name = product.rec_name
        price.unit = product.default_uom
        price.products.append(Product(product.id))
        price.versions.new(
            start_date=contract.start_date, unit_price=unit_price)
    lot.save()
    by_party = {m.party.id: m for m in contract.members}
    for party, ceilings in (members or {}).items():
        member = lot.members.new(member=by_party[party.id])
        for name, value in ceilings.items():
            setattr(member, name, value)
    lot.save()
    return lot


def call_off(contract, party, quantities, confirm=True, config=None, **values):
    """
    Order on the contract, outside of the cycles unless values has one.

    quantities is a list of (product, quantity), values are set on the order.
    """
    Sale = Model.get('sale.sale', config=config)
    Party = Model.get('party.party', config=config)
    sale = Sale()
    sale.party = Party(party.id)
    sale.contract = contract
    for name, value in ({'cycle': None} | values).items():
        setattr(sale, name, value)
    for product, quantity in quantities:
        line = sale.lines.new()
        line.product = product
        line.quantity = quantity
    sale.save()
    if confirm:
        sale.click('quote')
        sale.click('confirm')
        sale.reload()
    return sale


def create_consultation(lots, members, config=None, **values):
    """
    Create a consultation for a year from today on.

    lots is a list of dictionaries: their values, with as lines a list of
    (specification, product, quantity). values are set on the consultation.
    """
    Consultation = Model.get('shortcircuit.consultation', config=config)
    Party = Model.get('party.party', config=config)
    Product = Model.get('product.product', config=config)
    consultation = Consultation(reference="26-01", name="Food")
    consultation.start_date = dt.date.today()
    consultation.end_date = (
        consultation.start_date + relativedelta(years=1, days=-1))
    for party in members:
        member = consultation.members.new()
        member.party = Party(party.id)
    for name, value in values.items():
        setattr(consultation, name, value)
    consultation.dates.new(
        kind='submission', date=consultation.start_date)
    for number, lot_values in enumerate(lots, 1):
        lot = consultation.lots.new(number=str(number), name=f"Lot {number}")
        lines = lot_values.pop('lines')
        for name, value in lot_values.items():
            setattr(lot, name, value)
        for specification, product, quantity in lines:
            line = lot.lines.new(name=specification, quantity=quantity)
            line.unit = product.default_uom
            line.products.append(Product(product.id))
    consultation.save()
    return consultation
