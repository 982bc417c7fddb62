"""The processes of production, on this machine, and what they cost

python -m tests.bench.production COSTS CLI ARGUMENTS runs the part of trytond
that the module CLI starts, and writes what it has cost to the file COSTS.
"""
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from config.database import PostgreSQL
from config.settings import ROOT

# How long a process may take to start or to stop before all is given up, s
PATIENCE = 120


class Production:
    """
    Web and worker processes on a database, as their configuration says.

    costs is filled when they have stopped: what each web process has cost, as
    the stages of the meter.
    """

    def __init__(self, uri, database):
        self.uri = uri
        self.database = database
        self.costs = []

    @contextmanager
    def run(self, web=0, workers=0):
        "Start so many processes, give the addresses of those of the web"
        with ExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory()))
            self.server = PostgreSQL(self.uri, folder)
            self.log = folder / 'log'
            addresses = [('localhost', free_port()) for _ in range(web)]
            for i, (_, port) in enumerate(addresses):
                stack.enter_context(self.start(
                        folder / f'web-{i}.json', 'trytond.cli', port))
            if workers:
                stack.enter_context(self.start(
                        folder / 'worker.json', 'trytond.cli.worker', 0,
                        '-n', workers))
            for address in addresses:
                wait_for(address)
            yield addresses

    @contextmanager
    def start(self, costs, cli, port, *arguments):
        with open(self.log, 'a') as output:
            process = subprocess.Popen([
                    sys.executable, '-O', '-m', 'tests.bench.production',
                    costs, cli, '-d', self.database, *map(str, arguments)],
                cwd=ROOT, stdout=output, stderr=subprocess.STDOUT,
                # Read as soon as trytond is imported
                env=os.environ | {
                    'TRYTOND_CONFIG': self.server.configuration(
                        port, worker=True)},
                start_new_session=True)
        try:
            yield
        finally:
            stop(process)
        if costs.exists() and 'web' in costs.name:
            self.costs.append(json.loads(costs.read_text()))

    def find_errors(self):
        "Return the lines of the errors that the processes have logged"
        return [
            line for line in self.log.read_text().splitlines()
            if ' ERROR ' in line or ' CRITICAL ' in line]


def stop(process):
    "Stop a process and what it has started"
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise


def free_port():
    with socket.create_server(('127.0.0.1', 0)) as free:
        return free.getsockname()[1]


def wait_for(address):
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(address, timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(.2)


def main(costs, cli, *arguments):
    from tests.bench.meter import Meter
    meter = Meter()
    signal.signal(signal.SIGTERM, lambda *args: sys.exit())
    sys.argv = [cli, *arguments]
    try:
        with meter.stage(cli):
            import_module(cli).main()
    finally:
        Path(costs).write_text(json.dumps(
                meter.stages[cli] | {'peak_mib': meter.peak_mib}))


if __name__ == '__main__':
    main(*sys.argv[1:])
