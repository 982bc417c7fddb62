"""The week of this project against bare Tryton and the floor

The same orders of a seed go through (a) the cycle of this project and (b)
core's modules only, order by order with their standard buttons and locks; (c)
is the rows that (a) leaves, written by plain SQL.
"""
import argparse
import json
import os

from tests.bench import (
    allocate, buyers, call_off, catalog, day, egalim, report, reports, settle,
    simulate, week, workers)


def main():
    options = parse()
    for measured in [
            allocate, call_off, catalog, day, egalim, simulate, settle,
            reports]:
        if getattr(options, measured.__name__.split('.')[-1]):
            measured.compare(options.uri)
            return
    for measured in [buyers, workers]:
        if getattr(options, measured.__name__.split('.')[-1]):
            measured.compare(options)
            return
    rows = week.compare(options)
    if options.profile:
        return
    with open('bench.json', 'w') as file:
        json.dump(rows, file, indent=2)
    print(report.tables(rows))


def parse():
    parser = argparse.ArgumentParser(
        prog='make bench', description=__doc__.splitlines()[0])
    parser.add_argument(
        '--sizes', nargs='+', type=size, default=[(20, 8), (40, 8)],
        metavar='ORDERSxLINES', help="the sizes of the week, 600x8 for one")
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument(
        '--pairs', type=int, default=3,
        help="how often each arm runs: the median counts")
    parser.add_argument(
        '--bare', type=int, default=60, metavar='ORDERS',
        help="up to how many orders bare core is measured")
    parser.add_argument(
        '--plain', action='store_true',
        help="also measure bare core without python -O")
    parser.add_argument(
        '--unprinted', action='store_true',
        help="leave out the papers, which workers print in production")
    parser.add_argument(
        '--together', action='store_true',
        help="import the orders as a table and confirm them at once")
    parser.add_argument(
        '--history', action='store_true',
        help="also measure the week after a year of them")
    parser.add_argument(
        '--keep', action='store_true',
        help="keep what is prepared, for the runs of the same day")
    parser.add_argument(
        '--fresh', action='store_true',
        help="prepare again: fields or records of the modules have changed")
    parser.add_argument(
        '--profile', metavar='STAGE',
        help="print the statements and the functions of a stage instead")
    parser.add_argument(
        '--catalog', action='store_true',
        help="measure the mercuriale and its order sheet instead")
    parser.add_argument(
        '--allocate', action='store_true',
        help="measure the sharing of a whole cycle instead")
    parser.add_argument(
        '--day', action='store_true',
        help="measure the delivery day of a hub instead")
    parser.add_argument(
        '--egalim', action='store_true',
        help="measure the shares and declarations of the canteens instead")
    parser.add_argument(
        '--call-off', action='store_true',
        help="measure the call-offs of a purchasing group instead")
    parser.add_argument(
        '--simulate', action='store_true',
        help="measure the simulation of a grid instead")
    parser.add_argument(
        '--settle', action='store_true',
        help="measure the commissions, settlements and invoices instead")
    parser.add_argument(
        '--reports', action='store_true',
        help="measure the reports of the accountants instead")
    parser.add_argument(
        '--buyers', type=int, metavar='COUNT',
        help="measure so many buyers at once instead")
    parser.add_argument(
        '--pause', type=float, default=5, metavar='SECONDS',
        help="how long a buyer thinks before each thing he does")
    parser.add_argument(
        '--workers', type=int, metavar='COUNT',
        help="measure the tasks of one worker and of so many instead")
    parser.add_argument(
        '--uri', help="the PostgreSQL server",
        default=os.environ.get('POSTGRESQL_URI', 'postgresql:///'))
    return parser.parse_args()


def size(text):
    orders, _, lines = text.partition('x')
    return int(orders), int(lines)


if __name__ == '__main__':
    main()
