"""Count what a stage costs"""
import resource
import time
from collections import defaultdict
from contextlib import contextmanager

import psycopg


class Meter:
    "The CPU time, the statements and the restarts of each stage"

    def __init__(self):
        self.stages = defaultdict(
            lambda: {'cpu': 0, 'statements': 0, 'restarts': 0})
        self._stage = None

    @contextmanager
    def stage(self, name):
        self._stage = stage = self.stages[name]
        execute = psycopg.Cursor.execute

        def counted(cursor, *args, **kwargs):
            stage['statements'] += 1
            return execute(cursor, *args, **kwargs)
        psycopg.Cursor.execute = counted
        started = time.process_time()
        try:
            yield
        finally:
            stage['cpu'] += time.process_time() - started
            psycopg.Cursor.execute = execute
            self._stage = None

    def restarted(self):
        "Count a restart, unless it is of what is not measured"
        if self._stage is not None:
            self._stage['restarts'] += 1

    @property
    def peak_mib(self):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
