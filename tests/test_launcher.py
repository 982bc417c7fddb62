import json
import socket
import subprocess
import sys

import pytest

from config import database, install
from config.settings import ROOT

NOTE = {'sources': 'content', 'date': '2026-11-24'}


@pytest.fixture
def server(tmp_path, monkeypatch):
    "Where a demo is built from the same content, and says of which"
    monkeypatch.setattr(database, 'fingerprint', lambda *_: 'content')
    server = database.server(path=tmp_path)

    def fill(configuration, name):
        server.file(name).write_bytes(b'')
        server.built.append(name)

    server.built = []
    monkeypatch.setattr(database, '_fill', fill)
    return server


def test_demo_is_built_once(server):
    assert database.ensure(server, 'demo')['sources'] == 'content'
    database.ensure(server, 'demo')

    assert server.built == ['demo_build']
    assert server.exists('demo')
    assert not server.exists('demo_build')


@pytest.mark.parametrize('change', [
        {'fresh': True},
        {'day': '2026-11-25'},
        ])
def test_demo_is_built_anew(server, change):
    server.create('demo')
    server.file('demo', '.json').write_text(json.dumps(NOTE))

    database.ensure(server, 'demo', **change)

    assert server.built == ['demo_build']


def test_interrupted_build_is_not_a_demo(server, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt
    with monkeypatch.context() as patch:
        patch.setattr(database, '_fill', interrupted)
        with pytest.raises(KeyboardInterrupt):
            database.ensure(server, 'demo')
    assert not server.exists('demo')

    database.ensure(server, 'demo')

    assert server.exists('demo')


def test_foreign_database_is_left_alone(server):
    server.create('demo')

    with pytest.raises(SystemExit, match="is not a demo"):
        database.ensure(server, 'demo', fresh=True)

    assert server.exists('demo')


def test_configuration_takes_the_port_and_the_template(server):
    content = server.configuration(8001).read_text()

    assert 'listen = localhost:8001' in content
    assert 'language = fr' in content
    # A demo has no worker
    assert 'worker = False' in content


def test_configuration_may_leave_the_tasks_to_workers(server):
    content = server.configuration(8001, worker=True).read_text()

    assert 'worker = True' in content


def test_port_in_use_is_one_line():
    with socket.create_server(('127.0.0.1', 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(SystemExit, match=f"Port {port} is in use"):
            install.free_port(port)


def test_unknown_server_is_one_line():
    with pytest.raises(SystemExit, match="postgresql:// or sqlite://"):
        database.server('mysql://localhost/')


def test_old_node_is_one_line(tmp_path, monkeypatch):
    for name in ['node', 'npm']:
        program = tmp_path / name
        program.write_text('#!/bin/sh\necho v16.20.2\n')
        program.chmod(0o755)
    monkeypatch.setenv('PATH', str(tmp_path))

    with pytest.raises(SystemExit, match="18 or newer.*v16.20.2"):
        install._check_node()


def test_missing_node_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv('PATH', str(tmp_path))

    with pytest.raises(SystemExit, match="none was found"):
        install._check_node()


def test_old_python_is_one_line():
    old = ('import runpy, sys; sys.version_info = (3, 9);'
        ' runpy.run_module("config")')
    result = subprocess.run(
        [sys.executable, '-c', old], cwd=ROOT, capture_output=True, text=True)

    assert result.returncode == 1
    assert result.stderr == (
        "Python 3.10 or newer is needed: python3 is 3.9.\n")
