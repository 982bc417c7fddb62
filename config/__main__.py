"""The commands behind the Makefile: python3 -m config COMMAND"""
import sys

if sys.version_info < (3, 10):
    sys.exit("Python 3.10 or newer is needed: python3 is %d.%d."
        % sys.version_info[:2])

import os  # noqa: E402
import signal  # noqa: E402

from config import install  # noqa: E402
from config.settings import PORT, VENV  # noqa: E402


def main(command, *arguments):
    if command == 'demo':
        install.free_port(os.environ.get('PORT') or PORT)
    extras = ['demo', 'test'] if command in {'test', 'bench'} else ['demo']
    install.python(*extras)
    if command != 'bench':
        install.web_client()
    if not VENV.samefile(sys.prefix):
        os.execv(install.PYTHON, [
                install.PYTHON, '-m', 'config', command, *arguments])
    # Only the virtual environment has what these import
    from config import commands

    # What was started is stopped, and what is half built is left aside
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    getattr(commands, command)(*arguments)


if __name__ == '__main__':
    main(*sys.argv[1:])
