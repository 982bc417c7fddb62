"""The demo, served to a browser"""
import shutil
import socket
from datetime import date
from types import SimpleNamespace

import pytest

from config import database, install
from config.serve import serve
from config.settings import CACHE, DATABASE, PASSWORD
from config.suite import BROWSERS

# What Chromium needs to run as root, and to stay on this machine
OPTIONS = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    ]


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
    from playwright.sync_api import sync_playwright
    chromium = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not chromium:
        pytest.skip("no Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser):
    "A blank window of a French user"
    context = browser.new_context(
        locale='fr-FR', viewport={'width': 1280, 'height': 800})
    yield context.new_page()
    context.close()


@pytest.fixture
def login(demo, page):
    "Log in to the demo and give the page"
    def login(user):
        page.goto(demo.url)
        page.locator('#login').fill(user)
        page.keyboard.press('Enter')
        page.locator('input[type=password]').fill(PASSWORD)
        page.keyboard.press('Enter')
        page.locator('#user-preferences > a').wait_for(state='attached')
        return page
    return login
