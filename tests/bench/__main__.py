"""Compare a cycle with bare Tryton, on one PostgreSQL server

The same orders of a seed go through (a) the cycle of this project and (b)
core's modules only, order by order with their standard buttons and locks.
"""
import argparse
import json
import os
import sys

from tests.bench import (
    allocate, catalog, day, egalim, process, report, reports, settle, simulate)
from tests.bench.orders import Orders


def main():
    options = parse()
    for measured in [
            allocate, catalog, day, egalim, simulate, settle, reports]:
        if getattr(options, measured.__name__.split('.')[-1]):
            measured.compare(options.uri)
            return
    results = {arm: run(arm, options) for arm in ['cycle', 'bare']}
    amounts = {a: r['amount'] for a, r in results.items()}
    expected = str(Orders(
            options.seed, options.orders, options.lines).amount())
    if set(amounts.values()) != {expected}:
        sys.exit(f"The amounts are not the expected {expected}: {amounts}")
    lines = options.orders * options.lines
    rows = report.rows(results, options.orders, lines)
    with open('bench.json', 'w') as file:
        json.dump(rows, file, indent=2)
    print(f"{options.orders} orders of {options.lines} lines, "
        f"{expected} EUR in both arms")
    print(report.table(rows))


def parse():
    parser = argparse.ArgumentParser(
        prog='make bench', description=__doc__.splitlines()[0])
    parser.add_argument('--orders', type=int, default=20)
    parser.add_argument('--lines', type=int, default=8)
    parser.add_argument('--seed', type=int, default=1)
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
        '--simulate', action='store_true',
        help="measure the simulation of a grid instead")
    parser.add_argument(
        '--settle', action='store_true',
        help="measure the commissions, settlements and invoices instead")
    parser.add_argument(
        '--reports', action='store_true',
        help="measure the reports of the accountants instead")
    parser.add_argument(
        '--uri', help="the PostgreSQL server",
        default=os.environ.get('POSTGRESQL_URI', 'postgresql:///'))
    return parser.parse_args()


def run(arm, options):
    "Run an arm in a process and a database of its own, return its result"
    print(f"{arm}: preparing and running", file=sys.stderr)
    return process.run(
        'arm', options.uri, arm, options.seed, options.orders, options.lines,
        database=arm)


if __name__ == '__main__':
    main()
