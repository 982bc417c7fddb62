"""The names that the launcher, the demo and the tests share"""
import hashlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / '.cache'
DEMO = ROOT / '.demo'
LOGS = CACHE / 'log'
VENV = ROOT / '.venv'
LOCK = ROOT / 'requirements.lock'
SAO = ROOT / 'config' / 'sao'
WEB_CLIENT = SAO / 'node_modules' / 'tryton-sao'

MODULES = [
    'shortcircuit_catalog',
    'shortcircuit_hub',
    'shortcircuit_commission',
    'shortcircuit_collective',
    ]

DATABASE = 'shortcircuit_demo'
LANGUAGE = 'fr'
PORT = 8000
PASSWORD = 'circuit-demo'
# login: (who it is, what to look at first)
LOGINS = {
    'admin': (
        "administrator of the circuit",
        "everything, and its settings"),
    'comptable': (
        "cooperative's accountant",
        "last week's settlements and the canteens' invoices"),
    'hub': (
        "hub operator",
        "this week's deliveries and the allocation to decide"),
    'aidant': (
        "producer who drives a round",
        "his round, its stops and his commission"),
    'producteur': (
        "producer",
        "his offers of this week, what he is owed for the last"),
    'cantine': (
        "canteen's purchasing officer",
        "the mercuriale, an order, the EGAlim share"),
    }


def fingerprint(*paths):
    "Tell by its content whether what a database is made from has changed"
    digest = hashlib.sha256()
    for path in sorted(_sources(paths)):
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _sources(paths):
    for path in paths:
        for source in path.rglob('*') if path.is_dir() else [path]:
            if (source.is_file()
                    and source.suffix not in {'.pyc', '.rst'}
                    and not source.name.startswith('test_')):
                yield source
