"""An arm in a process that does not have the modules of this project

A server imports the modules of all its databases, and some of ours change the
process that imports them: bare core is measured where they are not installed.
"""
import sys

from trytond import modules

OURS = 'shortcircuit_'
get_modules = modules.get_modules


def get_core(**kwargs):
    return {m for m in get_modules(**kwargs) if not m.startswith(OURS)}


if __name__ == '__main__':
    modules.get_modules = get_core
    # The tests of core import all the modules there are
    from tests.bench import arm
    arm.main()
    if any(m.startswith(f'trytond.modules.{OURS}') for m in sys.modules):
        sys.exit("Bare core has imported modules of this project")
