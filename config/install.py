"""What runs before any package is there: standard library only"""
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys

from config import progress
from config.settings import LOCK, ROOT, SAO, VENV, WEB_CLIENT

PYTHON = VENV / ('Scripts' if os.name == 'nt' else 'bin') / 'python'
NODE = 18


def python(*extras):
    "Install the modules and their extras as the lock says"
    if not PYTHON.exists():
        _virtual_environment()
    stamps = {
        VENV / f'shortcircuit-{extra}.stamp': extra for extra in extras}
    version = _digest(ROOT / 'setup.cfg', ROOT / 'pyproject.toml', LOCK)
    missing = [
        e for stamp, e in stamps.items() if not _stamped(stamp, version)]
    if not missing:
        return
    progress.run("Python packages", [
            PYTHON, '-m', 'pip', 'install',
            '--disable-pip-version-check', '--no-input',
            '--constraint', LOCK,
            '--editable', f".[{','.join(missing)}]",
            ], _count_packages, cwd=ROOT)
    for extra in missing:
        (VENV / f'shortcircuit-{extra}.stamp').write_text(version)


def _virtual_environment():
    print(f"Virtual environment in {VENV.relative_to(ROOT)}", flush=True)
    if subprocess.call([sys.executable, '-m', 'venv', '--clear', VENV]):
        sys.exit("Python's venv is missing: on Debian, apt install"
            " python3-venv.")


def _count_packages(log):
    collected = len(re.findall(r'^Collecting ', log, re.M))
    if 'Installing collected packages' not in log:
        return collected, None
    installed = len(list(VENV.glob('**/site-packages/*.dist-info')))
    return min(installed, collected), collected


def web_client():
    "Install the web client and its libraries, beside which it expects them"
    lock = SAO / 'package-lock.json'
    stamp = WEB_CLIENT.parent / 'shortcircuit.stamp'
    version = _digest(lock)
    if _stamped(stamp, version):
        return
    _check_node()
    packages = json.loads(lock.read_text())['packages']
    packages = [SAO / path for path in packages if path]
    progress.run(
        "Web client", ['npm', 'ci', '--loglevel=error'],
        lambda log: (sum(p.exists() for p in packages), len(packages)),
        cwd=SAO)
    stamp.write_text(version)


def _check_node():
    if not shutil.which('node') or not shutil.which('npm'):
        sys.exit(f"Node.js {NODE} or newer, with npm, is needed:"
            " none was found.")
    version = subprocess.check_output(['node', '--version'], text=True)
    if int(re.match(r'v(\d+)', version)[1]) < NODE:
        sys.exit(f"Node.js {NODE} or newer is needed:"
            f" node is {version.strip()}.")


def free_port(port):
    "Leave with one line unless the port can be listened to"
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind(('127.0.0.1', int(port)))
        except (OSError, OverflowError, ValueError):
            sys.exit(f"Port {port} is in use or not allowed:"
                " choose another, for instance make demo PORT=8001.")


def _digest(*paths):
    content = b''.join(p.read_bytes() for p in paths)
    return hashlib.sha256(content).hexdigest()


def _stamped(stamp, version):
    return stamp.exists() and stamp.read_text() == version
