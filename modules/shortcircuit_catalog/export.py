# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The exports, which show no more than the lists do"

from collections import defaultdict

from trytond.transaction import Transaction, without_check_access


class ExportMixin:
    __slots__ = ()

    @classmethod
    def export_data(cls, records, fields_names, header=False):
        # Core tests the rules on the values of each record: what a rule says
        # of the other side of a relation is always true there
        transaction = Transaction()
        if transaction.user and transaction.check_access:
            check_export(cls, records, [n.split('/') for n in fields_names])
        return super().export_data(records, fields_names, header=header)


def check_export(Model, records, paths):
    """
    Raise AccessError if a record, or one that a path leads to, is not to read.

    paths is a list of lists of names of fields, the first one of Model.
    """
    Model.read([r.id for r in records], ['id'])
    nested = defaultdict(list)
    for name, *path in paths:
        if path:
            nested[name].append(path)
    for name, paths in nested.items():
        for Target, targets in _get_targets(Model, records, name).items():
            check_export(Target, targets, paths)


@without_check_access
def _get_targets(Model, records, name):
    "Return by model the records that the field of the records leads to"
    targets = defaultdict(set)
    for record in Model.browse([r.id for r in records]):
        value = getattr(record, name)
        for target in value if isinstance(value, (list, tuple)) else [value]:
            if target:
                targets[target.__class__].add(target)
    return targets
