"""Print what was measured, ratios first"""
import math
from itertools import pairwise

# By name of a column: the field of the rows above, and below
RATIOS = {
    'CPU': ('core_cpu_ms_line', 'cpu_ms_line'),
    'wall': ('core_wall_ms_line', 'wall_ms_line'),
    'stmts': ('core_statements_line', 'statements_line'),
    'CPU no -O': ('plain_cpu_ms_line', 'cpu_ms_line'),
    'history': ('history_cpu_ms_line', 'cpu_ms_line'),
    'floor': ('wall_ms_line', 'floor_ms_line'),
    'COPY': ('wall_ms_line', 'copy_ms_line'),
    }
FIGURES = {
    'CPU ms': 'cpu_ms_line', 'core': 'core_cpu_ms_line',
    'wall ms': 'wall_ms_line', 'core wall': 'core_wall_ms_line',
    'INSERT': 'floor_ms_line', 'COPY': 'copy_ms_line',
    'stmts': 'statements_line', 'core stmts': 'core_statements_line',
    'history': 'history_cpu_ms_line',
    'history stmts': 'history_statements_line',
    'restarts': 'restarts', 'core r.': 'core_restarts',
    'failed': 'failures', 'MiB': 'peak_mib',
    }
# By field: the arm, its cost and if it is by line
FIELDS = {
    'cpu_ms_line': ('cycle', 'cpu', 1000),
    'wall_ms_line': ('cycle', 'wall', 1000),
    'statements_line': ('cycle', 'statements', 1),
    'core_cpu_ms_line': ('bare', 'cpu', 1000),
    'core_wall_ms_line': ('bare', 'wall', 1000),
    'core_statements_line': ('bare', 'statements', 1),
    'plain_cpu_ms_line': ('plain', 'cpu', 1000),
    'plain_wall_ms_line': ('plain', 'wall', 1000),
    'history_cpu_ms_line': ('history', 'cpu', 1000),
    'history_wall_ms_line': ('history', 'wall', 1000),
    'history_statements_line': ('history', 'statements', 1),
    'floor_ms_line': ('insert', 'wall', 1000),
    'copy_ms_line': ('copy', 'wall', 1000),
    'restarts': ('cycle', 'restarts', None),
    'failures': ('cycle', 'failures', None),
    'core_restarts': ('bare', 'restarts', None),
    'core_failures': ('bare', 'failures', None),
    'peak_mib': ('cycle', 'peak_mib', None),
    }


def rows(orders, lines, results):
    """
    Return a row by stage of a size, what is not measured is None.

    results are the costs by arm, stage and name. The row "both" is what both
    arms do, "posted" what they do until the invoices are posted.
    """
    stages = results['cycle']
    both = [s for s in stages if s in results.get('bare', {})]
    posted = [s for s in both if s != 'print']
    return [{
            'size': f'{orders}x{lines}',
            'stage': name,
            **{
                field: cost(results.get(arm, {}), names, key, by_line
                    and by_line / (orders * lines))
                for field, (arm, key, by_line) in FIELDS.items()},
            } for name, names in [
                *((s, [s]) for s in stages),
                *([('posted', posted), ('both', both)] if both else []),
                ('total', list(stages))]]


def cost(stages, names, key, times):
    "Return what the stages of these names cost in all"
    found = [stages[n][key] for n in names if n in stages]
    if not found:
        return None
    if key == 'peak_mib':
        return max(found)
    return sum(found) * times if times else sum(found)


def tables(rows):
    "Return the ratios, the figures and the growth between the sizes"
    sizes = list(dict.fromkeys(r['size'] for r in rows))
    parts = []
    for size in sizes:
        body = [r for r in rows if r['size'] == size]
        parts += [
            f"{size}: how many times more bare core costs, and we than the "
            "floor", table(['stage', *RATIOS], [[
                        r['stage'],
                        *(ratio(r[a], r[b]) for a, b in RATIOS.values())]
                    for r in body]),
            f"{size}: per order line; restarts, failed locks and memory in "
            "all", table(['stage', *FIGURES], [[
                        r['stage'], *(number(r[f]) for f in FIGURES.values())]
                    for r in body])]
    for small, large in pairwise(sizes):
        parts += [
            f"{small} to {large}: growth exponents, and statements by line "
            "added", growth(rows, small, large)]
    return '\n\n'.join(parts)


def growth(rows, small, large):
    by_size = {
        size: {r['stage']: r for r in rows if r['size'] == size}
        for size in [small, large]}
    few, many = map(count, [small, large])
    body = []
    for stage, last in by_size[large].items():
        first = by_size[small].get(stage)
        if first:
            body.append([stage, *(
                        exponent(first[f], last[f], many / few)
                        for f in ['cpu_ms_line', 'statements_line']),
                    number((last['statements_line'] * many
                            - first['statements_line'] * few)
                        / (many - few)), number(last['peak_mib'])])
    return table(['stage', 'CPU', 'stmts', 'added', 'MiB'], body)


def count(size):
    return math.prod(map(int, size.split('x')))


def exponent(first, last, times):
    "Return by which power of the lines a cost per line has grown, plus one"
    if not first or not last:
        return '-'
    return f'{1 + math.log(last / first, times):.2f}'


def table(head, body):
    widths = [max(map(len, column)) for column in zip(head, *body)]
    return '\n'.join(
        '  '.join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths)))
        for line in [head, *body])


def number(value):
    if value is None:
        return '-'
    return str(value) if isinstance(value, int) else f'{value:.2f}'


def ratio(more, less):
    return f'{more / less:.1f}' if more and less else '-'
