"""trytond, started and stopped by whoever needs it"""
import socket
import subprocess
import time
from contextlib import contextmanager

from config.install import PYTHON, free_port
from config.progress import Line
from config.settings import LOGINS, LOGS, PASSWORD, PORT, ROOT


@contextmanager
def serve(server, database, port=PORT):
    "Serve the database, once it is loaded, as long as the context lasts"
    free_port(port)
    log = LOGS / f'server-{port}.log'
    LOGS.mkdir(parents=True, exist_ok=True)
    with open(log, 'w') as output:
        process = subprocess.Popen([
                PYTHON.with_name('trytond'),
                '-c', server.configuration(port), '-d', database,
                ], cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
    try:
        line = Line("Server")
        while not _answers(port):
            if process.poll() is not None:
                line.fail(log)
            line.show("loading")
            time.sleep(.2)
        line.end("ready")
        yield process
    finally:
        process.terminate()
        process.wait()


def _answers(port):
    try:
        with socket.create_connection(('127.0.0.1', int(port)), timeout=1):
            return True
    except OSError:
        return False


def card(url, date):
    "What the terminal shows when the demo is there"
    rows = '\n'.join(
        f"  {login:<12} {who:<32} {first}"
        for login, (who, first) in LOGINS.items())
    return f"""
  {url}

  Every password is {PASSWORD}. This demo was built on {date}, around that
  day: make demo FRESH=1 builds it anew.

  {'login':<12} {'who':<32} look first at
{rows}

  Ctrl-C stops the server.
"""
