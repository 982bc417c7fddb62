"""How who delivers is paid: a voted grid, a proposal and a pick-up manager"""
import datetime as dt
from decimal import Decimal

# Who holds the stand of a distribution point
MANAGERS = {'hazebrouck': 'vanneau'}
# By line: role, base, rate, point, minimum
VOTED = [
    ('driver', 'round', '12', None, None),
    ('driver', 'kilometre', '.32', None, None),
    ('driver', 'stop', '2.5', None, None),
    ('driver', 'crate', '.2', None, None),
    ('pick_up', 'stand', '6', None, None),
    ('pick_up', 'value', '1', None, '3'),
    ]
PROPOSED = [
    ('driver', 'round', '15', None, None),
    ('driver', 'kilometre', '.4', None, None),
    # The first line that matches is the one
    ('driver', 'stop', '4', 'hazebrouck', None),
    ('driver', 'stop', '2', None, None),
    ('driver', 'value', '1', None, '5'),
    ('pick_up', 'stop', '8', None, None),
    ]


def create(demo):
    "Vote the grid of the year before its first round, and propose the next"
    _appoint(demo)
    today = demo.days.today
    start = dt.date(demo.days.last_monday.year, 1, 1)
    grid = _create_grid(demo, f"Grille {start.year}", start, VOTED)
    grid.decision = f"AG du 12 décembre {start.year - 1}, résolution 4"
    grid.vote_date = dt.date(start.year - 1, 12, 12)
    grid.click('vote')
    _create_grid(
        demo, f"Proposition {today.year + 1}", dt.date(today.year + 1, 1, 1),
        PROPOSED)


def _appoint(demo):
    Agent = demo.model('commission.agent')
    plan, = demo.model('commission.plan').find([])
    for point, producer in MANAGERS.items():
        party = demo.get('party.party', 'party', producer)
        agent = Agent(party=party, plan=plan)
        agent.save()
        point = demo.get('shortcircuit.distribution_point', 'point', point)
        manager = point.agents.new(role='pick_up', agent=agent)
        manager.start_date = dt.date(demo.days.today.year - 1, 9, 1)
        point.save()


def _create_grid(demo, name, start_date, lines):
    Grid = demo.model('shortcircuit.grid')
    grid = Grid(name=name, start_date=start_date)
    for role, base, rate, point, minimum in lines:
        line = grid.lines.new(role=role, base=base, rate=Decimal(rate))
        if point:
            line.point = demo.get(
                'shortcircuit.distribution_point', 'point', point)
        if minimum:
            line.minimum = Decimal(minimum)
    grid.save()
    return grid
