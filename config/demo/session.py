"""What every part of the demo works with: users, records, days and tables"""
import csv
import datetime as dt
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from zoneinfo import ZoneInfo

import time_machine
from proteus import Model, Wizard
from proteus.config import set_trytond

from config.progress import Line

PARIS = ZoneInfo('Europe/Paris')
DATA = Path(__file__).parent / 'data'


class Session:
    """The ERP as its users see it, through the same calls as a client

    ids keeps by (kind, code of the tables) what the demo has created.
    """

    def __init__(self, database, config_file):
        self.database = database
        self.config_file = config_file
        self.configs = {}
        self.ids = {}
        self.days = Days(dt.datetime.now(PARIS))

    def config(self, login='admin'):
        if login not in self.configs:
            self.configs[login] = self._connect(login)
        return self.configs[login]

    def _connect(self, login):
        if login == 'admin':
            return set_trytond(
                self.database, config_file=self.config_file)
        # Another one from scratch would load all the modules again
        config = copy(self.config())
        user, = self.model('res.user').find([('login', '=', login)])
        config.user = user.id
        self._read_preferences(config)
        return config

    @staticmethod
    def _read_preferences(config):
        User = Model.get('res.user', config=config)
        config._context = User.get_preferences(True, {})

    def reload_preferences(self):
        for config in self.configs.values():
            self._read_preferences(config)

    def model(self, name, login='admin'):
        return Model.get(name, config=self.config(login))

    def wizard(self, name, models=None, action=None, login='admin'):
        return Wizard(
            name, models, action=action, config=self.config(login))

    def record(self, name, xml_id, login='admin'):
        "The record that a module has created"
        ModelData = self.model('ir.model.data')
        config = self.config()
        return self.model(name, login)(
            ModelData.get_id(xml_id, config.context))

    def get(self, name, kind, code, login='admin'):
        "The record that the demo has created, as the user reads it"
        return self.model(name, login)(self.ids[kind, code])

    def keep(self, kind, code, record):
        self.ids[kind, code] = record.id
        return record

    @contextmanager
    def at(self, day, hour, minute=0):
        "Let the ERP believe that it is that hour of the day in France"
        moment = min(self.days.moment(day, hour, minute), self.days.now)
        # With a zone the process would move to that zone too
        with time_machine.travel(moment.astimezone(dt.timezone.utc)):
            yield


class Days:
    "The days of the demo, around today"

    def __init__(self, now):
        self.now = now
        self.today = now.date()
        self.monday = self.after(-self.today.weekday())
        self.last_monday = self.monday - dt.timedelta(days=7)
        self.last_sunday = self.monday - dt.timedelta(days=1)

    def after(self, days, day=None):
        return (day or self.today) + dt.timedelta(days=days)

    def working_before(self, days):
        "The n-th working day before today, bank holidays apart"
        day = self.today
        while days:
            day = self.after(-1, day)
            days -= day.weekday() < 5
        return day

    def working_from(self, days):
        "The first working day in so many days or later"
        day = self.after(days)
        return self.after(7 - day.weekday(), day) if day.weekday() > 4 else day

    @staticmethod
    def moment(day, hour, minute=0):
        return dt.datetime.combine(day, dt.time(hour, minute), PARIS)

    def stored(self, day, hour, minute=0):
        "The hour in France as a field of the ERP keeps it"
        return self.moment(day, hour, minute).astimezone(
            dt.timezone.utc).replace(tzinfo=None)


def table(name):
    with open(DATA / f'{name}.csv', encoding='utf-8', newline='') as file:
        return list(csv.DictReader(file))


def counted(label, items):
    "Show how many of the items are done"
    items = list(items)
    line = Line(label)
    for done, item in enumerate(items):
        line.show(done, len(items))
        yield item
    line.end(len(items), len(items))
