"""Build the demo cooperative by its own documents and buttons"""
import argparse
import sys
from unittest.mock import patch

from config.demo import (
    accounts, ahead, canteens, company, contracts, crates, grids, past,
    payments, producers, products, sellers, users, weeks)
from config.demo.session import Session, counted

STEPS = [
    company.create,
    accounts.create,
    sellers.create,
    products.create,
    producers.create,
    producers.certify,
    products.assort,
    canteens.create,
    canteens.create_restaurant,
    canteens.consent,
    contracts.create,
    ahead.create_households,
    payments.create,
    users.create,
    grids.create,
    crates.create,
    past.deliver_long_ago,
    payments.bill_late,
    past.deliver_lately,
    weeks.last_orders,
    weeks.restaurants_orders,
    weeks.last_delivery,
    weeks.last_leftovers,
    weeks.todays_orders,
    producers.give_emails,
    weeks.mornings_orders,
    weeks.last_books,
    weeks.contested,
    weeks.restaurants_delivery,
    weeks.this_weeks_orders,
    weeks.households_orders,
    weeks.mornings_round,
    weeks.todays_delivery,
    weeks.next_mercuriale,
    weeks.weeks_ahead,
    ]


def build(database, config_file):
    demo = Session(database, config_file)
    # The demo writes to nobody
    with patch('trytond.sendmail.get_smtp_server', return_value=None):
        for step in counted("Demo cooperative", STEPS):
            step(demo)
    check_invoices(demo)


def check_invoices(demo):
    "They are made by tasks, whose errors are only logged"
    Sale = demo.model('sale.sale')
    if sales := Sale.find([
                ('cycle.state', '=', 'done'),
                ('invoice_state', '=', 'none'),
                ]):
        sys.exit(f"No invoice for {', '.join(s.rec_name for s in sales)}.")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('-c', '--config', required=True)
    parser.add_argument('-d', '--database', required=True)
    options = parser.parse_args()
    build(options.database, options.config)


if __name__ == '__main__':
    main()
