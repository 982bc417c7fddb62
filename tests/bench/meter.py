"""Count what a stage costs"""
import resource
import time
from contextlib import ExitStack, contextmanager
from functools import wraps
from unittest.mock import patch

import psycopg

from trytond.transaction import TransactionError

METHODS = ['execute', 'executemany', 'copy']


class Meter:
    """
    The time, the statements, the restarts and failed locks of each stage.

    around is a list of functions of the name of a stage that return a context
    manager: what is done there is not measured.
    """

    def __init__(self):
        self.stages = {}
        self.around = []

    @contextmanager
    def stage(self, name):
        cost = self.stages.setdefault(name, {
                'cpu': 0, 'wall': 0, 'statements': 0, 'restarts': 0,
                'failures': 0})
        with ExitStack() as stack:
            for around in self.around:
                stack.enter_context(around(name))
            for method in METHODS:
                stack.enter_context(counted(cost, method))
            stack.enter_context(restarts_counted(cost))
            stack.enter_context(timed(cost))
            yield
        cost['peak_mib'] = self.peak_mib

    @property
    def peak_mib(self):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


@contextmanager
def timed(cost):
    cpu, wall = time.process_time(), time.perf_counter()
    try:
        yield
    finally:
        cost['cpu'] += time.process_time() - cpu
        cost['wall'] += time.perf_counter() - wall


def counted(cost, name):
    "Count the statements, and those that another transaction made fail"
    method = getattr(psycopg.Cursor, name)

    @wraps(method)
    def wrapper(*args, **kwargs):
        cost['statements'] += 1
        try:
            return method(*args, **kwargs)
        except psycopg.OperationalError:
            cost['failures'] += 1
            raise
    return patch.object(psycopg.Cursor, name, wrapper)


def restarts_counted(cost):
    "Count the transactions that start again to lock first"
    fix = TransactionError.fix

    def wrapper(error, extras):
        cost['restarts'] += 1
        fix(error, extras)
    return patch.object(TransactionError, 'fix', wrapper)
