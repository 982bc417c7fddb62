# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import fields
from trytond.pool import PoolMeta

from .routing import Roads


class Configuration(metaclass=PoolMeta):
    __name__ = 'shortcircuit.configuration'

    road_factor = fields.Float(
        "Road Factor", digits=(None, 2), required=True,
        domain=[
            ('road_factor', '>=', 1),
            ],
        help="By how much the roads are longer than the straight line.")
    road_speed = fields.Float(
        "Speed", digits=(None, 0), required=True,
        domain=[
            ('road_speed', '>', 0),
            ],
        help="The mean speed of the vehicles, in kilometres per hour.")
    stop_minutes = fields.Integer(
        "Minutes per Stop", required=True,
        domain=[
            ('stop_minutes', '>=', 0),
            ],
        help="How long a vehicle stays at a point.")
    crate_weight = fields.Float(
        "Kilograms per Crate", digits=(None, 1), required=True,
        domain=[
            ('crate_weight', '>', 0),
            ],
        help="What a crate contains, to estimate the crates of the orders "
        "whose crates are not counted yet.")
    piece_weight = fields.Float(
        "Kilograms per Piece", digits=(None, 2), required=True,
        domain=[
            ('piece_weight', '>=', 0),
            ],
        help="To estimate the load of the products sold by piece which have "
        "no weight.")
    routing_iterations = fields.Integer(
        "Tries of the Routing", required=True,
        domain=[
            ('routing_iterations', '>', 0),
            ('routing_iterations', '<=', 100_000),
            ],
        help="More tries find shorter rounds and last longer.")

    @classmethod
    def default_road_factor(cls):
        return 1.3

    @classmethod
    def default_road_speed(cls):
        return 45

    @classmethod
    def default_stop_minutes(cls):
        return 8

    @classmethod
    def default_crate_weight(cls):
        return 12

    @classmethod
    def default_piece_weight(cls):
        return 0.5

    @classmethod
    def default_routing_iterations(cls):
        return 2000

    @property
    def roads(self):
        "The roads as the routing knows them"
        return Roads(
            self.road_factor, self.road_speed, self.stop_minutes * 60)
