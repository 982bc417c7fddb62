# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Who a mercuriale shows: those that stood behind its lines when published"

from trytond.model import ModelSQL, ModelView, fields
from trytond.pool import Pool, PoolMeta


class Mercuriale(metaclass=PoolMeta):
    __name__ = 'shortcircuit.mercuriale'

    @classmethod
    @ModelView.button
    def publish(cls, mercuriales):
        pool = Pool()
        Line = pool.get('shortcircuit.mercuriale.line')
        LineProducer = pool.get(
            'shortcircuit.mercuriale.line-shortcircuit.producer')
        super().publish(mercuriales)
        lines = [l for m in cls.browse(mercuriales) for l in m.lines]
        LineProducer.create([
                {'line': line.id, 'producer': producer.id}
                for line, producers in Line.get_producers(lines).items()
                for producer in producers])


class Line(metaclass=PoolMeta):
    __name__ = 'shortcircuit.mercuriale.line'

    @classmethod
    def get_shown_producers(cls, lines):
        """
        Find the producers that lines show, as get_producers.

        What is published keeps those it was published with.
        """
        pool = Pool()
        LineProducer = pool.get(
            'shortcircuit.mercuriale.line-shortcircuit.producer')
        drafts = [l for l in lines if l.mercuriale.state == 'draft']
        producers = {l: [] for l in lines} | cls.get_producers(drafts)
        published = [l for l in lines if l.mercuriale.state != 'draft']
        for shown in LineProducer.search([
                    ('line', 'in', [l.id for l in published]),
                    ], order=[('id', 'ASC')]):
            producers[shown.line].append(shown.producer)
        return producers


class LineProducer(ModelSQL):
    __name__ = 'shortcircuit.mercuriale.line-shortcircuit.producer'

    line = fields.Many2One(
        'shortcircuit.mercuriale.line', "Line", required=True,
        ondelete='CASCADE')
    producer = fields.Many2One(
        'shortcircuit.producer', "Producer", required=True,
        ondelete='RESTRICT')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.update({'line', 'producer'})
