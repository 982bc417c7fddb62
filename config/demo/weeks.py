"""Last week from the mercuriale to the books, today's choice, this week

Each step has its hour, so that windows, numbers and dates are what they
would have been.
"""
from decimal import Decimal

from config.demo import (
    ahead, books, canteens, consultations, contracts, cycles, leftovers,
    products, receipts)


def last_orders(demo):
    "Last week's, until Tuesday evening"
    days = demo.days
    monday, tuesday = days.last_monday, days.after(1, days.last_monday)
    friday = days.after(-3, monday)
    with demo.at(friday, 8):
        products.publish(
            demo, 'collective', monday, days.last_sunday,
            cycles.offered('past'))
        cycles.open_cycle(
            demo, 'past', f"Cantines, semaine {monday.isocalendar().week}",
            (friday, 8), (tuesday, 18), days.after(3, monday))
    for canteen, hour in [('carnot', 9), ('epsm', 11), ('sand', 15)]:
        with demo.at(monday, hour):
            cycles.order(demo, 'past', canteen)
    for canteen in ['carnot', 'lagrange']:
        with demo.at(monday, 16):
            cycles.order(demo, 'past', canteen, contract='bethunois')
    with demo.at(tuesday, 18, 5):
        cycles.close(demo, 'past')


def restaurants_orders(demo):
    "Ordered last week or this one, delivered at the earliest on Monday"
    days = demo.days
    opening, closing = map(days.working_before, [4, 2])
    day = _restaurants_day(days)
    with demo.at(opening, 7):
        products.publish(
            demo, 'trade', days.monday, days.after(13, days.monday),
            cycles.offered('trade'), Decimal('1.12'), ['poireau', 'tomme'])
        cycles.open_cycle(
            demo, 'trade', f"Restaurants, livraison du {day:%d/%m}",
            (opening, 7), (closing, 18), day, channel='trade')
        cycles.order(demo, 'trade', 'estaminet')
    with demo.at(closing, 18, 10):
        cycles.close(demo, 'trade')


def _restaurants_day(days):
    return max(days.monday, days.after(-1))


def last_delivery(demo):
    "Last week's, on Thursday, but for what was left at the hub"
    day, friday = (demo.days.after(d, demo.days.last_monday) for d in [3, 4])
    with demo.at(day, 6, 30):
        receipts.receive(demo, 'past')
    with demo.at(day, 8):
        cycles.allocate(demo, 'past')
    with demo.at(day, 9):
        cycles.transfer(demo, 'past')
    with demo.at(day, 10):
        cycles.deliver(demo, day, late='lagrange')
    with demo.at(friday, 8):
        cycles.deliver(demo, friday, ['bethune'])
        cycles.do(demo, 'past')


def last_leftovers(demo):
    "On Friday; the recall is practised with what was delivered on Thursday"
    friday = demo.days.after(4, demo.days.last_monday)
    with demo.at(friday, 10):
        leftovers.write_off(demo, 'lait')
        leftovers.give(demo)
    leftovers.drill(demo, 'lait', friday)


def todays_orders(demo):
    "Ordered until the eve, delivered today"
    days = demo.days
    opening, ordering, closing = map(days.working_before, [4, 2, 1])
    with demo.at(opening, 8):
        products.assort(demo, [products.NEW])
        products.publish_next(
            demo, 'collective', days.after(13, days.monday))
        cycles.open_cycle(
            demo, 'today', f"Cantines, livraison du {days.today:%d/%m}",
            (opening, 8), (closing, 18), days.today)
    for canteen, hour in [('carnot', 9), ('epsm', 11), ('brassens', 15)]:
        with demo.at(ordering, hour):
            cycles.order(demo, 'today', canteen)
    with demo.at(closing, 18, 5):
        cycles.close(demo, 'today')


def mornings_orders(demo):
    "A small cycle whose round is on the road"
    days = demo.days
    opening, ordering, closing = map(days.working_before, [4, 2, 1])
    with demo.at(opening, 8):
        cycles.open_cycle(
            demo, 'morning', f"Collèges, matin du {days.today:%d/%m}",
            (opening, 8), (closing, 17), days.today)
    for canteen, hour in [('lagrange', 9), ('debeyre', 10), ('sand', 11)]:
        with demo.at(ordering, hour):
            cycles.order(demo, 'morning', canteen)
    with demo.at(closing, 17, 5):
        cycles.close(demo, 'morning')


def mornings_round(demo):
    "Received on the eve, on the road: one stop is done, one refused"
    today, eve = demo.days.today, demo.days.after(-1)
    with demo.at(eve, 17):
        receipts.receive(demo, 'morning', eve)
        cycles.allocate(demo, 'morning')
        cycles.transfer(demo, 'morning')
    with demo.at(today, 5):
        cycles.plan_rounds(demo, today, 'bethune')
    with demo.at(today, 6):
        cycles.drive(demo, today, 'bethune')


def last_books(demo):
    "Last week's: the customers' on Friday, the producers' on Monday"
    days = demo.days
    friday = days.after(4, days.last_monday)
    with demo.at(friday, 16):
        books.post_invoices(demo, friday)
    with demo.at(days.monday, 9):
        books.settle(demo, days.last_monday, days.last_sunday)
        books.pay_aidants(demo, days.last_sunday)
        books.post_invoices(demo, days.monday)
        books.state(demo, days.last_monday, days.monday)
        books.declare(demo, 'carnot', days.last_monday, days.last_sunday)


def contested(demo):
    "A producer finds his last settlement wrong"
    with demo.at(demo.days.today, 6):
        books.contest(
            demo, 'producteur',
            "Il manque une caisse de poireaux livrée jeudi.")


def restaurants_delivery(demo):
    "Their producers wait to be settled"
    days = demo.days
    day = _restaurants_day(days)
    with demo.at(day, 6):
        receipts.receive(demo, 'trade')
        cycles.allocate(demo, 'trade')
    with demo.at(day, 7):
        cycles.deliver(demo, day, ['hazebrouck'])
        cycles.do(demo, 'trade')
    with demo.at(days.today, 7):
        books.settle(demo, days.monday, days.today, validate=False)


def this_weeks_orders(demo):
    """Half of the canteens have ordered, one is about to

    and one waits for its second buyer.
    """
    days = demo.days
    opening, delivery = days.working_before(1), days.working_from(4)
    with demo.at(opening, 8):
        canteens.approve(demo)
        cycles.open_cycle(
            demo, 'open', f"Cantines, livraison du {delivery:%d/%m}",
            (opening, 8), (days.after(2), 18), delivery)
    for canteen, hour in [('epsm', 10), ('sand', 11), ('lagrange', 14)]:
        with demo.at(opening, hour):
            cycles.order(demo, 'open', canteen)
    with demo.at(opening, 14, 20):
        cycles.order(demo, 'open', 'lagrange', contract='bethunois')
    with demo.at(opening, 16):
        cycles.order(demo, 'open', 'carnot', confirm=False)


def households_orders(demo):
    "On their way, with those whom the partner helps"
    days = demo.days
    opening, delivery = days.working_before(1), days.working_from(3)
    with demo.at(opening, 9):
        products.publish(
            demo, 'household', days.monday, days.after(13, days.monday),
            cycles.offered('household'), Decimal('1.25'))
        products.publish_reduced(
            demo, 'solidarity', days.monday, days.after(13, days.monday))
        for channel, name in [
                ('household', "Foyers"), ('solidarity', "Solidaire")]:
            cycles.open_cycle(
                demo, channel, f"{name}, retrait du {delivery:%d/%m}",
                (opening, 9), (days.after(1), 20), delivery, channel)
    with demo.at(opening, 19):
        for channel, customer in [
                ('household', 'lesage'), ('household', 'vasseur'),
                ('solidarity', 'aide')]:
            cycles.order(demo, channel, customer)


def todays_delivery(demo):
    "Received this morning: what is short waits for a decision"
    with demo.at(demo.days.today, 6, 30):
        receipts.receive(demo, 'today')
    with demo.at(demo.days.today, 7, 30):
        cycles.allocate(demo, 'today', apply=False)
        for hub in cycles.DRIVERS:
            cycles.plan_round(demo, demo.days.today, hub)


def next_mercuriale(demo):
    "Drafted this morning, and what the contracts make of it"
    days = demo.days
    with demo.at(days.today, 7, 45):
        products.stop(demo, 'moulin', 'huile')
        products.draft_next(demo, 'collective', days.after(20, days.monday))
        contracts.revise(demo)
        contracts.penalize(demo)
        consultations.create(demo)


def weeks_ahead(demo):
    "Created by their rules; the producers were asked an hour ago"
    with demo.at(demo.days.today, 7, 50):
        ahead.create_holidays(demo)
        ahead.create_rules(demo)
        ahead.ask_producers(demo)
    ahead.favor(demo)
