"""The whole week, stage by stage: ours, bare core and the floor

Each arm is prepared once. Each run starts from a fresh copy of what was
prepared; the runs of the arms follow one another, pair by pair, and the
median of the pairs counts.
"""
import sys
from pathlib import Path
from shutil import rmtree
from statistics import median
from tempfile import mkdtemp

from tests.bench import floor, process, report
from tests.bench.clones import Clones
from tests.bench.orders import Orders

# The arms that start from what is prepared for another one
SAME_TEMPLATE = {'together': 'cycle'}


def compare(options):
    "Measure the sizes and return the rows of the report"
    clones = Clones(options.uri, options.keep)
    try:
        return [
            row for size in options.sizes
            for row in report.rows(
                *size, measure(clones, options, size))]
    finally:
        clones.close()


def measure(clones, options, size):
    "Return the median costs by arm and stage of a size"
    arms = choose(options, size)
    sized = options.seed, *size
    templates = {
        arm: clones.prepare(
            SAME_TEMPLATE.get(arm, arm), sized, options.fresh)
        for arm in {a for a, _ in arms.values()}}
    rows = Path(mkdtemp(prefix='bench-'))
    try:
        pairs = [
            run_pair(clones, options, sized, arms, templates, rows)
            for _ in range(options.pairs)]
    finally:
        rmtree(rows)
    return {arm: middle([pair[arm] for pair in pairs]) for arm in pairs[0]}


def choose(options, size):
    "Return by name the arm and the flags of Python of what is measured"
    ours = 'together' if options.together else 'cycle'
    arms = {'cycle': (ours, ['-O'])}
    if options.profile:
        return arms
    if size[0] <= options.bare:
        arms['bare'] = 'bare', ['-O']
        if options.plain:
            arms['plain'] = 'bare', []
    if options.history:
        arms['history'] = 'history', ['-O']
    return arms


def run_pair(clones, options, sized, arms, templates, rows):
    "Run each arm once, then the floor; the totals must agree"
    expected = str(Orders(*sized).amount())
    results = {}
    for name, (arm, flags) in arms.items():
        print(f"{sized[1]}x{sized[2]} {name}", file=sys.stderr, flush=True)
        arguments = ['--unprinted'] if options.unprinted else []
        if name == 'cycle':
            if options.profile:
                arguments += ['--profile', options.profile]
            elif not any(rows.iterdir()):
                arguments += ['--rows', rows]
        with clones.clone(templates[arm]) as database:
            result = process.run(
                'alone' if arm == 'bare' else 'arm', options.uri, arm, 'run',
                *sized, *arguments, flags=flags, database=database)
        if result['amount'] != expected:
            sys.exit(f"{name} invoices {result['amount']}, not {expected}")
        results[name] = result['stages']
    if not options.profile:
        results.update(floor.measure(
                clones, templates[arms['cycle'][0]], rows))
    return results


def middle(runs):
    "Return by stage the median of what the runs of an arm cost"
    return {
        stage: {
            name: median(run[stage][name] for run in runs)
            for name in costs}
        for stage, costs in runs[0].items()}
