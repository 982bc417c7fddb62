"""The demo, served to a browser"""
import shutil
import socket
from datetime import date
from types import SimpleNamespace

import pytest

from config import database, install
from config.serve import serve
from config.settings import CACHE, DATABASE


@pytest.fixture(scope='session')
def demo(tmp_path_factory):
    """A served copy of today's demo: url, server and database

    It is built once a day for given sources, then copied for each session.
    """
    install.web_client()
    built = database.server(path=CACHE / 'demo')
    database.ensure(built, DATABASE, day=str(date.today()))
    server = database.server(path=tmp_path_factory.mktemp('demo'))
    shutil.copy(built.file(DATABASE), server.file(DATABASE))
    with socket.create_server(('127.0.0.1', 0)) as free:
        port = free.getsockname()[1]
    with serve(server, DATABASE, port):
        yield SimpleNamespace(
            url=f'http://localhost:{port}/#{DATABASE}',
            server=server, database=DATABASE)


@pytest.fixture(scope='session')
def browser():
    from tests.browser import chromium, executable
    if not executable():
        pytest.skip("no Chromium")
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser):
    from tests.browser import window
    with window(browser) as page:
        yield page


@pytest.fixture
def login(demo, page):
    "Log in to the demo and give the page"
    from tests.browser import log_in

    def login(user):
        log_in(page, demo.url, user)
        return page
    return login
