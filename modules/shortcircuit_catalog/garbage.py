# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""
Look for garbage as rarely as fits the records of a whole cycle.

Python looks for it each time that 700 objects were made more than freed, and
through all the models as soon as a quarter of what there is was made: a cycle
makes that much at once, of which nearly all is still in use.
"""
import gc

# By generation: 10,000 objects, 100,000 and a million
THRESHOLDS = 10_000, 10, 10


def install():
    gc.set_threshold(*THRESHOLDS)
