"""The same week after a year of weeks like it"""
from unittest.mock import patch

from tests.bench import cooperative
from tests.bench.copies import Copies
from tests.bench.cycle import Cycle
from trytond.model import ModelSQL
from trytond.pool import Pool
from trytond.transaction import Transaction

WEEKS = 52
# More than the records of a model in a week
STEP = 1000000
# The models of core that belong to no week
LEFT = 'ir.', 'res.', 'account.journal.period'


class History(Cycle):
    "Is prepared with the records of the weeks before, which are over"

    def prepare(self):
        super().prepare()
        empty = self.transact(self.find_empty)
        # Nobody looks for the papers of a year
        with patch.object(self, 'print'):
            self.run()
        self.transact(self.multiply, empty)
        self.transact(self.open_cycle)

    def find_empty(self):
        "Return the models that only a week fills"
        return [
            name for name, Model in self.pool.iterobject()
            if issubclass(Model, ModelSQL) and not Model._is_table_query()
            and not name.startswith(LEFT)
            and is_empty(Model._table)]

    def multiply(self, models):
        "Copy what the first week left, each a week earlier, and drop it"
        cursor = Transaction().connection.cursor()
        # Nothing is checked: the models refer to one another
        cursor.execute("SET LOCAL session_replication_role = replica")
        Copies(self.pool, models, STEP, back=7).make(1, WEEKS)
        for name in models:
            table = self.pool.get(name)._table
            cursor.execute(f'DELETE FROM "{table}" WHERE id < {STEP}')
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)",
                [table, (WEEKS + 1) * STEP])

    def open_cycle(self):
        pool = Pool()
        Cycle = pool.get('shortcircuit.cycle')
        before, = Cycle.search([])
        cooperative.open_cycle(
            before.channel, before.warehouse, before.mercuriale, [{
                    'producer': offer.producer.id,
                    'product': offer.product.id,
                    'quantity': offer.quantity,
                    } for offer in before.offers])


def is_empty(table):
    cursor = Transaction().connection.cursor()
    cursor.execute(f'SELECT 1 FROM "{table}" LIMIT 1')
    return not cursor.fetchone()
