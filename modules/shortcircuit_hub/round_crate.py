# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from collections import defaultdict

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, Workflow, fields
from trytond.model.exceptions import AccessError
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval

from .crate_count import CountedMixin, count_field
from .crate_move import Entry


class Round(metaclass=PoolMeta):
    __name__ = 'shortcircuit.round'

    crates = fields.One2Many(
        'shortcircuit.round.crate', 'round', "Crates",
        states={
            'readonly': Eval('state') == 'cancelled',
            },
        help="The crates loaded in the vehicle, and those it brings back.")

    @classmethod
    @ModelView.button
    @Workflow.transition('running')
    def run(cls, rounds):
        pool = Pool()
        RoundCrate = pool.get('shortcircuit.round.crate')
        super().run(rounds)
        crates = RoundCrate.get_counted(rounds)
        for crate in crates:
            if crate.loaded is None:
                crate.loaded = crate.left
        RoundCrate.save(crates)

    @classmethod
    @ModelView.button
    @Workflow.transition('done')
    def do(cls, rounds):
        pool = Pool()
        RoundCrate = pool.get('shortcircuit.round.crate')
        super().do(rounds)
        crates = RoundCrate.get_counted(rounds)
        for crate in crates:
            if crate.loaded is None:
                # Nobody knew before that there were some
                crate.loaded = crate.left
            if crate.returned is None:
                crate.returned = max(crate.to_return, 0)
        RoundCrate.save(crates)

    @classmethod
    def copy(cls, rounds, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('crates', None)
        return super().copy(rounds, default=default)


class Stop(metaclass=PoolMeta):
    __name__ = 'shortcircuit.round.stop'

    crates = fields.One2Many(
        'shortcircuit.round.stop.crate', 'stop', "Crates")

    @classmethod
    def write_crates(cls, stops):
        """
        Write in the ledger of crates what was left and taken at the stops.

        It may be called again: only what was corrected since is written.
        """
        pool = Pool()
        StopCrate = pool.get('shortcircuit.round.stop.crate')
        StopCrate.write_moves([c for s in stops for c in s.crates])


class RoundCrate(CountedMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.round.crate'
    _document = 'round'

    round = fields.Many2One(
        'shortcircuit.round', "Round", required=True, ondelete='CASCADE')
    loaded = count_field(
        'loaded', "Loaded",
        help="How many crates leave the hub.\n"
        "Leave empty for those that are to be left at the stops.")
    left = fields.Function(
        fields.Integer("Left", help="At all the stops."), 'get_stops')
    taken = fields.Function(
        fields.Integer("Taken Back", help="At all the stops."), 'get_stops')
    to_return = fields.Function(
        fields.Integer("To Bring Back",
            help="What the vehicle must have when it is back."),
        'on_change_with_to_return')
    returned = count_field(
        'returned', "Brought Back",
        help="How many crates were counted at the hub.\n"
        "Leave empty for those that the vehicle must have.")

    @classmethod
    def get_stops(cls, crates, names):
        counts = cls._count_stops({c.round for c in crates})
        return {n: {
                c.id: counts[c.round, c.crate][n] for c in crates}
            for n in names}

    @classmethod
    def _count_stops(cls, rounds):
        "Sum what is left and taken by round and crate"
        pool = Pool()
        StopCrate = pool.get('shortcircuit.round.stop.crate')
        counts = defaultdict(lambda: {'left': 0, 'taken': 0})
        for crate in StopCrate.search([
                    ('stop.round', 'in', [r.id for r in rounds]),
                    ]):
            count = counts[crate.stop.round, crate.crate]
            count['left'] += crate.to_leave
            count['taken'] += crate.taken or 0
        return counts

    @fields.depends('loaded', 'left', 'taken')
    def on_change_with_to_return(self, name=None):
        loaded = self.left if self.loaded is None else self.loaded
        return (loaded or 0) - (self.left or 0) + (self.taken or 0)

    @classmethod
    def get_counted(cls, rounds):
        "Return the crates of the rounds, with those only their stops have"
        counts = cls._count_stops(rounds)
        crates = {(c.round, c.crate): c for r in rounds for c in r.crates}
        cls.save([
                cls(round=round_, crate=crate)
                for round_, crate in counts.keys() - crates.keys()])
        return cls.search([('round', 'in', [r.id for r in rounds])])

    @property
    def is_written(self):
        return self.round.state in {'running', 'done'}

    def get_entries(self):
        round_ = self.round
        driver = ('aidant', round_.driver.id)
        hub = ('hub', round_.warehouse.id)
        yield Entry(
            self, round_.date, 'loaded', self.crate, hub, driver,
            self.loaded or 0)
        yield Entry(
            self, round_.date, 'unloaded', self.crate, driver, hub,
            self.returned or 0)


class StopCrate(CountedMixin, ModelSQL, ModelView):
    __name__ = 'shortcircuit.round.stop.crate'
    _document = 'stop'

    stop = fields.Many2One(
        'shortcircuit.round.stop', "Stop", required=True, ondelete='CASCADE')
    held = fields.Function(
        fields.Integer("At the Point",
            help="How many crates the point has: those expected back."),
        'get_held')
    left = count_field(
        'left', "Left",
        help="How many crates are left at the point.\n"
        "Leave empty for those of the orders.")
    taken = count_field(
        'taken', "Taken Back",
        help="How many crates are taken back from the point.")

    @classmethod
    def get_held(cls, crates, name):
        pool = Pool()
        Balance = pool.get('shortcircuit.crate.balance')
        Date = pool.get('ir.date')
        held = Balance.at({c.stop.point for c in crates}, Date.today())
        return {c.id: held[c.stop.point].get(c.crate, 0) for c in crates}

    @classmethod
    def check_modification(cls, mode, crates, values=None, external=False):
        pool = Pool()
        User = pool.get('res.user')
        super().check_modification(
            mode, crates, values=values, external=external)
        if external and User.get_parties():
            # The driver counts on the road, the hub corrects afterwards
            for crate in crates:
                if crate.stop.round.state not in {'draft', 'running'}:
                    raise AccessError(gettext(
                            'shortcircuit_hub.msg_stop_crate_done',
                            round=crate.stop.round.rec_name))

    @property
    def to_leave(self):
        "How many crates are left, or about to be"
        return self.left or 0

    @property
    def is_written(self):
        return self.stop.state != 'planned'

    def get_entries(self):
        round_ = self.stop.round
        driver = ('aidant', round_.driver.id)
        point = ('point', self.stop.point.id)
        yield Entry(
            self, round_.date, 'left', self.crate, driver, point,
            self.left or 0)
        yield Entry(
            self, round_.date, 'taken', self.crate, point, driver,
            self.taken or 0)
