"""What a canteen had delivered before, so that its months and years compare

Each was a week of one order, from the mercuriale to the books.
"""
from config.demo import books, cycles, products, receipts

# How many weeks before the last one, the oldest first: the same month of last
# year and the one before, and two months of this one
LONG_AGO, LATELY = [56, 52, 9], [5]
CANTEEN, HUB = 'carnot', 'bethune'


def deliver_long_ago(demo):
    _deliver_weeks(demo, LONG_AGO)


def deliver_lately(demo):
    "Apart, because the dates of the invoices follow their numbers"
    _deliver_weeks(demo, LATELY)


def _deliver_weeks(demo, weeks_ago):
    for weeks in weeks_ago:
        monday = demo.days.after(-7 * weeks, demo.days.last_monday)
        code = f'past{weeks}'
        _order(demo, code, monday)
        _deliver(demo, code, demo.days.after(3, monday))
        _settle(demo, monday)


def _order(demo, code, monday):
    days = demo.days
    friday, tuesday = days.after(-3, monday), days.after(1, monday)
    with demo.at(friday, 8):
        products.publish(
            demo, 'collective', monday, days.after(6, monday),
            cycles.offered(code))
        cycles.open_cycle(
            demo, code, f"Cantines, semaine {monday.isocalendar().week}",
            (friday, 8), (tuesday, 18), days.after(3, monday))
    with demo.at(monday, 9):
        cycles.order(demo, code, CANTEEN)
    with demo.at(tuesday, 18, 5):
        cycles.close(demo, code)


def _deliver(demo, code, day):
    with demo.at(day, 6, 30):
        receipts.receive(demo, code)
    with demo.at(day, 8):
        cycles.allocate(demo, code)
        cycles.transfer(demo, code)
    with demo.at(day, 10):
        cycles.deliver(demo, day, [HUB])
        cycles.do(demo, code)


def _settle(demo, monday):
    days = demo.days
    friday, following = days.after(4, monday), days.after(7, monday)
    with demo.at(friday, 16):
        books.post_invoices(demo, friday)
    with demo.at(following, 9):
        books.settle(demo, monday, days.after(6, monday))
        books.pay_aidants(demo, days.after(6, monday))
        books.post_invoices(demo, following)
