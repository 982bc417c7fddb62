"""What the tests of access act with: users, and RPC as they send it"""
from proteus import Model

from trytond.model.exceptions import AccessError
from trytond.tests.tools import set_user


def acting(day):
    "Give what lets a user of the day act, until the test ends"
    def as_user(name):
        set_user(getattr(day, name))
        return day
    yield as_user
    set_user(1)


def find(model, domain=()):
    "Return the records by RPC, none if the model may not be read"
    Record = Model.get(model)
    try:
        return Record.find(list(domain))
    except AccessError:
        return []


def rpc(model, method, *args):
    Record = Model.get(model)
    return getattr(Record._proxy, method)(*args, Record._config.context)
