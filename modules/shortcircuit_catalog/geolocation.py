# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import math

from trytond.model import fields
from trytond.pyson import Bool, Eval

# In kilometres
_EARTH_RADIUS = 6371


def great_circle(place, other):
    """
    Return how far two places are as the crow flies in kilometres.

    Each is a tuple (latitude, longitude) in degrees. The Earth is taken as a
    sphere (haversine formula): the error is less than 0.6 %.
    """
    latitude1, longitude1, latitude2, longitude2 = (
        math.radians(d) for d in [*place, *other])
    a = (math.sin((latitude2 - latitude1) / 2) ** 2
        + math.cos(latitude1) * math.cos(latitude2)
        * math.sin((longitude2 - longitude1) / 2) ** 2)
    return 2 * _EARTH_RADIUS * math.asin(math.sqrt(min(a, 1)))


class GeolocationMixin:
    __slots__ = ()

    latitude = fields.Numeric(
        "Latitude", digits=(2, 6),
        domain=['OR',
            ('latitude', '=', None),
            [
                ('latitude', '>=', -90),
                ('latitude', '<=', 90),
                ],
            ],
        states={
            'required': Bool(Eval('longitude', None)),
            },
        help="Where it is in degrees north.")
    longitude = fields.Numeric(
        "Longitude", digits=(3, 6),
        domain=['OR',
            ('longitude', '=', None),
            [
                ('longitude', '>=', -180),
                ('longitude', '<=', 180),
                ],
            ],
        states={
            'required': Bool(Eval('latitude', None)),
            },
        help="Where it is in degrees east.")

    @property
    def coordinates(self):
        "The tuple of latitude and longitude, None if it is not located"
        if self.latitude is not None and self.longitude is not None:
            return self.latitude, self.longitude

    def get_distance(self, other):
        """
        Return how far the other record is as the crow flies in kilometres.

        It is None if one of them is not located.
        """
        if self.coordinates and other.coordinates:
            return great_circle(self.coordinates, other.coordinates)
