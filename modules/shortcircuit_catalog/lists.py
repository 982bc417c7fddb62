# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""
Know what is in the lists of records until it is changed.

Core searches for a list each time that it is asked for, once anything at all
was written: the lines of an order, the moves of a shipment were searched again
for each of their states.
"""
from collections import Counter
from functools import wraps
from weakref import WeakKeyDictionary

from trytond.model import ModelSQL, fields
from trytond.transaction import Transaction

# Which are ordered and filtered by what other records have
RELATIONS = {'many2one', 'one2one', 'reference', 'one2many', 'many2many'}


class Ids:
    "The ids of a list, as long as no record of these models is changed"
    __slots__ = ('ids', 'changes', 'active')

    def __init__(self, ids, models):
        counts = get_changes()
        self.ids = ids
        self.changes = [(m, counts[m]) for m in models]
        self.active = Transaction().active_records

    def is_current(self):
        counts = get_changes()
        return (
            all(counts[m] == count for m, count in self.changes)
            and self.active == Transaction().active_records)


def change(Model):
    "Let the lists be searched again that have records of the model"
    get_changes()[Model.__name__] += 1


def get_changes():
    "Return how often records were changed in the transaction, by model"
    transaction = Transaction()
    try:
        return transaction.changes
    except AttributeError:
        transaction.changes = Counter()
        return transaction.changes


def by_field(find):
    "Keep what the function finds of a field, by its model and its name"
    found = WeakKeyDictionary()

    @wraps(find)
    def get(Model, name):
        by_name = found.setdefault(Model, {})
        if name not in by_name:
            by_name[name] = find(Model, name)
        return by_name[name]
    return get


@by_field
def get_models(Model, name):
    """
    Return the names of the models of which the list of that field is made.

    There is none if it depends on something else.
    """
    field = Model._fields[name]
    if type(field) is fields.One2Many:
        Target = field.get_target()
        Models, origin = [Target], field.field
        # All the records of a list have the same origin
        order = {
            n for n, _ in field.order or Target._order
            if n.partition('.')[0] != origin}
    elif type(field) is fields.Many2Many and field.target:
        Target, Relation = field.get_target(), field.get_relation()
        Models, origin = [Relation, Target], field.origin
        prefix = f'{field.target}.'
        # What is not of the target is no name of its fields
        order = {
            n.removeprefix(prefix) if n.startswith(prefix) else None
            for n, _ in field.order or ()} or {
            n for n in [Target._rec_name, Target._order_name]
            if n in Target._fields and Target._fields[n].sortable(Target)}
    else:
        return ()
    if (all(map(_is_plain, Models)) and _is_column(Models[0], origin)
            and all(
                _is_own(Target, n) for n in order | _get_names(field.filter))):
        return tuple(M.__name__ for M in Models)
    return ()


def _get_names(domain):
    "Return the names of the fields that a filter asks for"
    names = set()
    for clause in domain or ():
        if isinstance(clause, (list, tuple)):
            if clause and isinstance(clause[0], str) and clause[0] not in {
                    'AND', 'OR'}:
                names.add(clause[0])
            else:
                names |= _get_names(clause)
    return names


def _is_plain(Model):
    "Return if its records are those of its table, found as core does"
    return (
        issubclass(Model, ModelSQL)
        and not Model._is_table_query()
        and not Model._history
        and ('active' not in Model._fields or _is_own(Model, 'active'))
        and Model.search.__func__ is ModelSQL.search.__func__)


def _is_column(Model, name):
    field = Model._fields.get(name)
    return field is not None and not (
        isinstance(field, fields.Function)
        or getattr(field, 'translate', False)
        or hasattr(Model, f'domain_{name}')
        or hasattr(Model, f'order_{name}'))


def _is_own(Model, name):
    "Return if the records are ordered and filtered by their own values"
    return (
        _is_column(Model, name) and Model._fields[name]._type not in RELATIONS)
