# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import unittest
from itertools import product
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from trytond.modules.company.tests import create_company, set_company
from trytond.modules.shortcircuit_catalog.tests.test_module import (
    create_certificate, create_producer, create_product)
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction
from trytond.transaction import Transaction

DAY = dt.date(2026, 6, 1)
DAYS = [DAY + dt.timedelta(days=i) for i in range(8)]
FAMILIES = ['PRODUITS_LAITIERS', 'PRODUITS_LAITIERS', 'FRUITS_ET_LEGUMES']
# The category of each product, and the category above each category
CATEGORIES = [1, 0, 2]
PARENTS = {0: None, 1: 0, 2: None}

periods = st.tuples(
    st.sampled_from(DAYS), st.none() | st.integers(0, 4)).map(
        lambda p: (
            p[0], p[0] + dt.timedelta(days=p[1]) if p[1] is not None
            else None))
indexes = st.sets(st.integers(0, 2), max_size=2)
certificates = st.lists(
    st.fixed_dictionaries({
            'producer': st.integers(0, 1),
            'label': st.integers(0, 1),
            'period': periods,
            'products': indexes,
            'categories': indexes,
            }), max_size=6)


class Counter:
    "A connection that counts the statements"

    def __init__(self, connection):
        self.connection = connection
        self.statements = 0

    def cursor(self):
        cursor = self.connection.cursor()

        def execute(*args):
            self.statements += 1
            return cursor.execute(*args)
        return CountedCursor(cursor, execute)


class CountedCursor:

    def __init__(self, cursor, execute):
        self.cursor = cursor
        self.execute = execute

    def __iter__(self):
        return iter(self.cursor)

    def __getattr__(self, name):
        return getattr(self.cursor, name)


def count_statements(function, *args):
    "Call from empty caches and return how many statements it took"
    transaction = Transaction()
    transaction.cache.clear()
    counter = Counter(transaction.connection)
    with patch.object(transaction, 'connection', counter):
        function(*args)
    return counter.statements


def covers(certificate, index):
    "If the drawn certificate covers the product of that index"
    if not certificate['products'] and not certificate['categories']:
        return True
    category = CATEGORIES[index]
    return (index in certificate['products']
        or category in certificate['categories']
        or PARENTS[category] in certificate['categories'])


def is_valid(certificate, date):
    start, end = certificate['period']
    return start <= date and (end is None or date <= end)


def applies(label, index, date):
    "The second label ends on the fourth day and is only for dairy"
    return label == 0 or (
        date <= DAYS[3] and FAMILIES[index] == 'PRODUITS_LAITIERS')


class CertificateTestCase(unittest.TestCase):
    "Test certificates"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        activate_module('shortcircuit_catalog')

    @with_transaction()
    def test_proofs_definition(self):
        "Test the proofs are those of the definition"
        pool = Pool()
        Certificate = pool.get('shortcircuit.certificate')
        with set_company(create_company()):
            producers = [create_producer(f"Farm {i}") for i in range(2)]
            categories = self.create_categories()
            products = self.create_products(categories)
            labels = self.create_labels()

            @settings(max_examples=40)
            @given(certificates)
            def check(drawn):
                created = [
                    self.create(c, producers, labels, products, categories)
                    for c in drawn]
                keys = {
                    (producers[p].id, products[i].id, d): [
                        r for r, c in zip(created, drawn)
                        if c['producer'] == p and is_valid(c, d)
                        and covers(c, i) and applies(c['label'], i, d)]
                    for p, i, d in product(range(2), range(3), DAYS)}
                self.assertEqual(Certificate.proofs(keys), keys)
                self.assertEqual(
                    set(Certificate.search([('overlapping', '=', True)])),
                    self.find_overlapping(drawn, created))
                Certificate.delete(created)
            check()

    def create(self, drawn, producers, labels, products, categories):
        certificate = create_certificate(
            producers[drawn['producer']], labels[drawn['label']],
            *drawn['period'], [products[i] for i in drawn['products']])
        certificate.categories = [categories[i] for i in drawn['categories']]
        certificate.save()
        return certificate

    def create_categories(self):
        Category = Pool().get('product.category')
        categories = []
        for index, parent in PARENTS.items():
            category = Category(name=f"Category {index}")
            category.parent = None if parent is None else categories[parent]
            category.save()
            categories.append(category)
        return categories

    def create_products(self, categories):
        products = []
        for index, family in enumerate(FAMILIES):
            product_ = create_product(f"Product {index}", family)
            product_.template.categories = [categories[CATEGORIES[index]]]
            product_.template.save()
            products.append(product_)
        return products

    def create_labels(self):
        Label = Pool().get('shortcircuit.label')
        return Label.create([
                {'name': "Any"},
                {
                    'name': "Dairy",
                    'end_date': DAYS[3],
                    'families': ['PRODUITS_LAITIERS'],
                    },
                ])

    def find_overlapping(self, drawn, created):
        "Two certificates of a label that cover a product on the same day"
        overlapping = set()
        days = [*DAYS, *(DAYS[-1] + dt.timedelta(days=i) for i in range(9))]
        for i, first in enumerate(drawn):
            for j, second in enumerate(drawn):
                if (i != j
                        and first['producer'] == second['producer']
                        and first['label'] == second['label']
                        and any(is_valid(first, d) and is_valid(second, d)
                            for d in days)
                        and any(covers(first, p) and covers(second, p)
                            for p in range(3))):
                    overlapping.add(created[i])
        return overlapping

    @with_transaction()
    def test_proofs_statements(self):
        "Test the statements do not depend on the number of keys"
        pool = Pool()
        Certificate = pool.get('shortcircuit.certificate')
        Label = pool.get('shortcircuit.label')
        labels = Label.search([], limit=2)
        with set_company(create_company()):
            products = self.create_products(self.create_categories())
            products.extend(
                create_product(f"Milk {i}", 'PRODUITS_LAITIERS')
                for i in range(22))
            producers = [create_producer(f"Farm {i}") for i in range(25)]
            for producer, label in product(producers, labels):
                create_certificate(producer, label, DAY, products=products)
            few = [
                (p.id, i.id, DAY) for p, i in zip(producers, products)]
            many = [
                (p.id, i.id, d)
                for p, i, d in product(producers, products, DAYS)]
            self.assertEqual(len(many), 5000)

            # What the server keeps between two transactions
            Certificate.proofs(few)
            statements = count_statements(Certificate.proofs, many)
            self.assertEqual(
                count_statements(Certificate.proofs, few), statements)
            self.assertLess(statements, 10)
