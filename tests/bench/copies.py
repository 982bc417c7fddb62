"""Years of records out of a few, copied with what they refer to

The records of the models have identifiers below step. Those of copy k have
them k * step higher, and refer to one another as the first ones do.
"""
import re

from tests.bench.floor import defer
from trytond.transaction import Transaction

STEP = 10000
# What two records may not have alike
UNIQUE = {'code', 'number'}


class Copies:

    def __init__(self, pool, models, step=STEP, back=0):
        "back is how many days each copy is before the one it follows"
        self.models = [pool.get(name) for name in models]
        self.names = models
        self.step = step
        self.back = back

    def make(self, first, last):
        "Make the copies of these numbers, in this transaction"
        cursor = Transaction().connection.cursor()
        for Model in self.models:
            cursor.execute(self.get_copy(cursor, Model, first, last))

    def make_whole(self, first, last):
        "Make copies of models that refer to one another both ways"
        defer(Transaction().connection.cursor())
        self.make(first, last)

    def get_copy(self, cursor, Model, first, last):
        "Return the statement that copies the rows of a model"
        cursor.execute(f'SELECT * FROM "{Model._table}" LIMIT 0')
        columns = [column.name for column in cursor.description]
        values = [self.get_value(Model, n) for n in columns]
        names = ', '.join(f'"{n}"' for n in columns)
        return (
            f'INSERT INTO "{Model._table}" ({names}) '
            f'SELECT {", ".join(values)} FROM "{Model._table}", '
            f'generate_series({first}, {last}) AS k WHERE id < {self.step}')

    def get_value(self, Model, name):
        "Return what a copy has, which refers to the copies of the others"
        if name == 'id':
            return f'id + k * {self.step}'
        field = Model._fields.get(name)
        type_ = field._type if field else None
        if type_ == 'many2one' and field.model_name in self.names:
            return f'"{name}" + k * {self.step}'
        if type_ == 'reference':
            models = '|'.join(map(re.escape, self.names))
            return (
                f"CASE WHEN \"{name}\" ~ '^({models}),' THEN "
                f"split_part(\"{name}\", ',', 1) || ',' || "
                f"(split_part(\"{name}\", ',', 2)::int + k * {self.step}) "
                f"ELSE \"{name}\" END")
        if type_ in {'date', 'datetime', 'timestamp'} and self.back:
            return f'"{name}" - k * interval \'{self.back} days\''
        if name in UNIQUE:
            return f"\"{name}\" || '-' || k"
        return f'"{name}"'
