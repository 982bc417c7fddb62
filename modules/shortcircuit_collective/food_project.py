# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import DeactivableMixin, ModelSQL, ModelView, Unique, fields
from trytond.pool import PoolMeta

from . import locality


class FoodProject(DeactivableMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.food_project'

    name = fields.Char("Name", required=True)
    code = fields.Char(
        "Code", help="The number of the project in the State's open data.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            ('code_unique', Unique(t, t.code),
                'shortcircuit_collective.msg_food_project_code_unique'),
            ]
        cls._order.insert(0, ('name', 'ASC'))


class Producer(metaclass=PoolMeta):
    __name__ = 'shortcircuit.producer'

    food_projects = fields.Many2Many(
        'shortcircuit.producer-shortcircuit.food_project',
        'producer', 'food_project', "Food Projects",
        help="The territorial food projects (PAT) the producer is in.")

    @property
    def place(self):
        "Where the producer is, as locality.prove compares it"
        return locality.Place(
            *self.party.egalim_place,
            frozenset(p.name for p in self.food_projects),
            self.party.coordinates)


class ProducerFoodProject(ModelSQL):
    __name__ = 'shortcircuit.producer-shortcircuit.food_project'

    producer = fields.Many2One(
        'shortcircuit.producer', "Producer", required=True,
        ondelete='CASCADE')
    food_project = fields.Many2One(
        'shortcircuit.food_project', "Food Project", required=True,
        ondelete='CASCADE')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('producer')


class CanteenFoodProject(ModelSQL):
    __name__ = 'shortcircuit.canteen-shortcircuit.food_project'

    canteen = fields.Many2One(
        'shortcircuit.canteen', "Canteen", required=True, ondelete='CASCADE')
    food_project = fields.Many2One(
        'shortcircuit.food_project', "Food Project", required=True,
        ondelete='CASCADE')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('canteen')
