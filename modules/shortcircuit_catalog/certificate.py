# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from collections import defaultdict
from itertools import combinations

from sql import Column

from trytond.model import ModelSQL, ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Date, Eval, If
from trytond.transaction import Transaction

from .document import DocumentMixin
from .period import PeriodMixin


class Certificate(DocumentMixin, PeriodMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.certificate'

    producer = fields.Many2One(
        'shortcircuit.producer', "Producer", required=True,
        ondelete='CASCADE')
    label = fields.Many2One(
        'shortcircuit.label', "Label", required=True, ondelete='RESTRICT')
    number = fields.Char("Number", required=True)
    certifier = fields.Char("Certifier", required=True)
    products = fields.Many2Many(
        'shortcircuit.certificate-product.template',
        'certificate', 'template', "Products",
        help="The products the certificate covers.\n"
        "Leave empty, with the categories, for all the products of the "
        "producer.")
    categories = fields.Many2Many(
        'shortcircuit.certificate-product.category',
        'certificate', 'category', "Categories",
        domain=[
            ('accounting', '=', False),
            ],
        help="The categories whose products the certificate covers too, with "
        "those below them.")
    overlapping = fields.Function(
        fields.Boolean("Overlapping",
            help="Another certificate proves the same label of the same "
            "products on some of the same days."),
        'get_overlapping', searcher='search_overlapping')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('producer')

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(Eval('end_date', dt.date.max) < Date(), 'muted',
                    If(Eval('overlapping', False), 'warning', ''))),
            ]

    def get_rec_name(self, name):
        return f'{self.label.rec_name} {self.number}'

    @classmethod
    def search_rec_name(cls, name, clause):
        bool_op = 'AND' if clause[1].startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('label.rec_name', *clause[1:]),
            ('number', *clause[1:]),
            ]

    @classmethod
    def get_overlapping(cls, certificates, name):
        overlapping = cls._find_overlapping([
                ('producer', 'in', list(
                        {c.producer.id for c in certificates})),
                ])
        return {c.id: c.id in overlapping for c in certificates}

    @classmethod
    def search_overlapping(cls, name, clause):
        _, operator, operand = clause
        found = (operator == '=') == bool(operand)
        return [
            ('id', 'in' if found else 'not in',
                list(cls._find_overlapping([]))),
            ]

    @classmethod
    def _find_overlapping(cls, domain):
        "Return the ids of the certificates of the domain that overlap"
        certificates = cls.search(domain)
        covered = cls._get_covered(certificates)
        grouped = defaultdict(list)
        for certificate in certificates:
            grouped[certificate.producer, certificate.label].append(
                certificate)
        return {
            c.id for siblings in grouped.values()
            for pair in combinations(siblings, 2)
            if cls._overlap(*pair, covered) for c in pair}

    @staticmethod
    def _overlap(first, second, covered):
        templates = [covered[c.id] for c in [first, second] if c.id in covered]
        return (
            first.start_date <= (second.end_date or dt.date.max)
            and second.start_date <= (first.end_date or dt.date.max)
            and (len(templates) < 2 or not templates[0].isdisjoint(
                    templates[1])))

    @classmethod
    def proofs(cls, keys):
        """
        Say which certificates prove the labels of products on given dates.

        keys is an iterable of tuples (producer id, product id, date).
        Return a dictionary of key to the list of certificates that are valid
        on the date, cover the product and whose label applies to its family,
        ordered by id. The number of queries does not depend on the number of
        keys; it grows with the products and certificates only by the pages
        of records that the ORM reads.
        """
        pool = Pool()
        Product = pool.get('product.product')
        keys = set(keys)
        # The records are read in their order, which the ORM does by large
        # pages, then only their values are used
        products = {
            p.id: (p.template.id, p.template.shortcircuit_family)
            for p in Product.browse({k[1] for k in keys})}
        certificates = cls.search([
                ('producer', 'in', list({k[0] for k in keys})),
                ], order=[('id', 'ASC')])
        scopes = defaultdict(list)
        for certificate in certificates:
            scopes[certificate.producer.id].append(
                (certificate, *certificate._scope))
        covered = cls._get_covered(
            certificates, {template for template, _ in products.values()})
        proofs = {}
        for key in keys:
            producer, product, date = key
            template, family = products[product]
            proofs[key] = [
                certificate
                for certificate, start, end, families in scopes[producer]
                if start <= date <= end
                and (not families or family in families)
                and template in covered.get(certificate.id, {template})]
        return proofs

    @property
    def _scope(self):
        "The first day, the last one and the families, empty for all"
        label = self.label
        return (
            max(self.start_date, label.start_date or dt.date.min),
            min(self.end_date or dt.date.max, label.end_date or dt.date.max),
            label.families)

    @classmethod
    def _get_covered(cls, certificates, templates=None):
        """
        Find what certificates cover by their products and categories.

        templates are the ids of the only products to look for, all if None.
        Return a dictionary of certificate id to set of template ids, without
        the certificates that cover all the products of their producer.
        """
        pool = Pool()
        CertificateProduct = pool.get(
            'shortcircuit.certificate-product.template')
        CertificateCategory = pool.get(
            'shortcircuit.certificate-product.category')
        ids = [c.id for c in certificates]
        covered = defaultdict(set)
        for certificate, template in read_links(
                CertificateProduct, 'certificate', 'template', ids):
            covered[certificate].add(template)
        if links := read_links(
                CertificateCategory, 'certificate', 'category', ids):
            below = cls._get_below(templates)
            for certificate, category in links:
                covered[certificate] |= below[category]
        return covered

    @classmethod
    def _get_below(cls, templates):
        "Return by category id the ids of the templates in it or below it"
        pool = Pool()
        Category = pool.get('product.category')
        TemplateCategory = pool.get('product.template-product.category')
        parents = {
            c.id: c.parent.id if c.parent else None
            for c in Category.search([])}
        below = defaultdict(set)
        for template, category in read_links(
                TemplateCategory, 'template', 'category', templates):
            while category:
                below[category].add(template)
                category = parents[category]
        return below


def read_links(Relation, origin, target, ids):
    """
    Return the pairs of ids that a relation links.

    ids are those of the only origins to read, all if None. The fields of the
    records would be read by small pages.
    """
    table = Relation.__table__()
    column = Column(table, origin)
    where = None
    if ids is not None:
        where = fields.SQL_OPERATORS['in'](column, list(ids))
    cursor = Transaction().connection.cursor()
    cursor.execute(*table.select(column, Column(table, target), where=where))
    return cursor.fetchall()


class CertificateProduct(ModelSQL):
    __name__ = 'shortcircuit.certificate-product.template'

    certificate = fields.Many2One(
        'shortcircuit.certificate', "Certificate", required=True,
        ondelete='CASCADE')
    template = fields.Many2One(
        'product.template', "Product", required=True, ondelete='CASCADE')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('certificate')


class CertificateCategory(ModelSQL):
    __name__ = 'shortcircuit.certificate-product.category'

    certificate = fields.Many2One(
        'shortcircuit.certificate', "Certificate", required=True,
        ondelete='CASCADE')
    category = fields.Many2One(
        'product.category', "Category", required=True, ondelete='CASCADE')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('certificate')
