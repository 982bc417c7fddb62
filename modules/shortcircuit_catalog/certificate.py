# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from collections import defaultdict

from trytond.model import ModelSQL, ModelView, fields
from trytond.pool import Pool

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
        "Leave empty for all the products of the producer.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('producer')

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
    def proofs(cls, keys):
        """
        Say which certificates prove the labels of products on given dates.

        keys is an iterable of tuples (producer id, product id, date).
        Return a dictionary of key to the list of certificates that are valid
        on the date, cover the product and whose label applies to its family,
        ordered by id. The number of queries depends on the number of
        producers and products but not on the number of keys.
        """
        pool = Pool()
        Product = pool.get('product.product')
        keys = set(keys)
        products = {p.id: p for p in Product.browse({k[1] for k in keys})}
        certificates = defaultdict(list)
        for certificate in cls.search([
                    ('producer', 'in', list({k[0] for k in keys})),
                    ], order=[('id', 'ASC')]):
            certificates[certificate.producer.id].append(certificate)
        return {
            key: [
                c for c in certificates[key[0]]
                if c.proves(products[key[1]], key[2])]
            for key in keys}

    def proves(self, product, date):
        template = product.template
        return (self.covers_date(date)
            and (not self.products or template in self.products)
            and self.label.covers(date, template.shortcircuit_family))


class CertificateProduct(ModelSQL):
    __name__ = 'shortcircuit.certificate-product.template'

    certificate = fields.Many2One(
        'shortcircuit.certificate', "Certificate", required=True,
        ondelete='CASCADE')
    template = fields.Many2One(
        'product.template', "Product", required=True, ondelete='CASCADE')
