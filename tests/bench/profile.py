"""Where a stage spends its time: its statements, then its functions"""
import cProfile
import pstats
import re
import sys
from collections import Counter
from contextlib import contextmanager
from unittest.mock import patch

import psycopg

STATEMENTS, FUNCTIONS, WIDTH = 40, 60, 300
_LISTS = re.compile(r'(\(?%s(?:::\w+)?\)?)(?:, ?\(?%s(?:::\w+)?\)?)+')
_ROWS = re.compile(r'(\([^()]*\))(?:, ?\1)+')


class Profile:
    "Prints where the stage of that name spends its time, around it"

    def __init__(self, stage):
        self.stage = stage

    @contextmanager
    def __call__(self, stage):
        if stage != self.stage:
            yield
            return
        statements = Counter()
        profile = cProfile.Profile()
        execute = psycopg.Cursor.execute

        def record(cursor, query, *args, **kwargs):
            statements[normalize(query)] += 1
            return execute(cursor, query, *args, **kwargs)
        with patch.object(psycopg.Cursor, 'execute', record):
            profile.enable()
            try:
                yield
            finally:
                profile.disable()
                self.print(statements, profile)

    def print(self, statements, profile):
        out = sys.stderr
        print(f"\n{self.stage}: {statements.total()} statements, of "
            f"{len(statements)} texts", file=out)
        for text, count in statements.most_common(STATEMENTS):
            print(f"{count:7}  {text[:WIDTH]}", file=out)
        stats = pstats.Stats(profile, stream=out)
        stats.sort_stats('cumulative').print_stats(FUNCTIONS)


def normalize(query):
    "Return the text of a statement without the number of its parameters"
    text = ' '.join(str(query).split())
    return _ROWS.sub(r'\1, …', _LISTS.sub(r'\1, …', text))
