"""Print what was measured"""


def rows(results, orders, lines):
    "Return a row per stage: CPU and statements per line in both arms"
    stages = list(dict.fromkeys(
            s for result in results.values() for s in result['stages']))
    # What is only done by one arm must not count for or against the other
    both = [s for s in stages
        if all(s in result['stages'] for result in results.values())]
    cycle, bare = (
        per_line(results[arm], stages, lines, both)
        for arm in ['cycle', 'bare'])
    return [{
            'size': f'{orders}x{lines // orders}',
            'stage': stage,
            'cpu_ms_line': cycle[stage][0],
            'statements_line': cycle[stage][1],
            'core_cpu_ms_line': bare[stage][0],
            'core_statements_line': bare[stage][1],
            # Not measured yet
            'floor_ms_line': None,
            'peak_mib': results['cycle']['peak_mib'],
            } for stage in [*stages, 'both', 'total']]


def per_line(result, stages, lines, both):
    costs = {
        s: (result['stages'][s]['cpu'] * 1000 / lines,
            result['stages'][s]['statements'] / lines)
        if s in result['stages'] else (None, None)
        for s in stages}
    done = [s for s in stages if s in result['stages']]
    for name, stages in [('both', both), ('total', done)]:
        costs[name] = tuple(
            sum(costs[s][i] for s in stages) for i in range(2))
    return costs


def table(rows):
    head = ['stage', 'CPU ms/line', 'bare', 'ratio',
        'statements/line', 'bare', 'ratio']
    body = [[
            row['stage'],
            number(row['cpu_ms_line']), number(row['core_cpu_ms_line']),
            ratio(row['core_cpu_ms_line'], row['cpu_ms_line']),
            number(row['statements_line']),
            number(row['core_statements_line']),
            ratio(row['core_statements_line'], row['statements_line'])]
        for row in rows]
    widths = [max(map(len, column)) for column in zip(head, *body)]
    return '\n'.join(
        '  '.join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths)))
        for line in [head, *body])


def number(value):
    return '-' if value is None else f'{value:.2f}'


def ratio(bare, cycle):
    return f'{bare / cycle:.1f}' if bare and cycle else '-'
