# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The crates of the packed orders are left where these are delivered"

from collections import Counter

from trytond.model import ModelView, Workflow, fields
from trytond.pool import Pool, PoolMeta


class Round(metaclass=PoolMeta):
    __name__ = 'shortcircuit.round'

    @classmethod
    @ModelView.button
    @Workflow.transition('running')
    def run(cls, rounds):
        pool = Pool()
        Stop = pool.get('shortcircuit.round.stop')
        # The hub and the driver may press at once
        cls.lock(rounds)
        Stop.propose_crates([s for r in rounds for s in r.stops])
        super().run(rounds)


class Stop(metaclass=PoolMeta):
    __name__ = 'shortcircuit.round.stop'

    @property
    def packed_crates(self):
        "The number of crates of its orders to hand over, by type"
        return Counter(
            p.crate for s in self.shipments if not s.refused
            for p in s.packages if p.crate)

    @classmethod
    def propose_crates(cls, stops):
        "List the types of crates in which the orders are packed"
        pool = Pool()
        StopCrate = pool.get('shortcircuit.round.stop.crate')
        StopCrate.save([
                StopCrate(stop=stop, crate=crate)
                for stop in stops
                for crate in stop.packed_crates.keys() - {
                    c.crate for c in stop.crates}])

    @classmethod
    def set_left(cls, stops, handed_over=True):
        "Set how many crates are left where nobody has counted them"
        pool = Pool()
        StopCrate = pool.get('shortcircuit.round.stop.crate')
        crates = [c for s in stops for c in s.crates if c.left is None]
        for crate in crates:
            crate.left = crate.packed if handed_over else 0
        StopCrate.save(crates)

    @classmethod
    @ModelView.button
    @Workflow.transition('absent')
    def be_absent(cls, stops):
        cls.set_left(stops, handed_over=False)
        super().be_absent(stops)

    @classmethod
    @ModelView.button
    @Workflow.transition('refused')
    def refuse(cls, stops):
        cls.set_left(stops, handed_over=False)
        super().refuse(stops)

    @classmethod
    def write_crates(cls, stops):
        cls.set_left(stops)
        super().write_crates(stops)

    @classmethod
    @ModelView.button
    @Workflow.transition('planned')
    def undo(cls, stops):
        pool = Pool()
        StopCrate = pool.get('shortcircuit.round.stop.crate')
        StopCrate.write(
            [c for s in stops for c in s.crates
                if c.packed and c.left in {0, c.packed}], {'left': None})
        super().undo(stops)


class StopCrate(metaclass=PoolMeta):
    __name__ = 'shortcircuit.round.stop.crate'

    packed = fields.Function(
        fields.Integer("Packed",
            help="How many crates hold the orders to hand over."),
        'get_packed')

    @classmethod
    def get_packed(cls, crates, name):
        return {c.id: c.stop.packed_crates[c.crate] for c in crates}

    @property
    def to_leave(self):
        return self.packed if self.left is None else super().to_leave
