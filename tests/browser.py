"""The web client as a person drives it"""
import shutil
from contextlib import contextmanager

from playwright.sync_api import expect, sync_playwright

from config.settings import PASSWORD
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

# What is waited for comes sooner or later: a busy machine fails no test
expect.set_options(timeout=60_000)


def executable():
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@contextmanager
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable(), args=OPTIONS)
        yield browser
        browser.close()


@contextmanager
def window(browser, width=1280, height=800):
    "Give a blank page of a French user"
    context = browser.new_context(
        locale='fr-FR', viewport={'width': width, 'height': height})
    yield context.new_page()
    context.close()


def log_in(page, url, user):
    page.goto(url)
    # The databases are listed after the form is shown
    page.locator('#database:visible').wait_for()
    page.locator('#login').fill(user)
    page.keyboard.press('Enter')
    page.locator('input[type=password]').fill(PASSWORD)
    page.keyboard.press('Enter')
    page.locator('#user-preferences > a').wait_for(state='attached')


def rows(page):
    return page.locator('.tab-pane.active table.tree tbody tr')


def open_menu(page, name):
    "Open an entry of the circuit's menu"
    menu = page.locator('#menu tbody tr')
    menu.filter(has_text="Circuit court").locator('.expander').click()
    menu.filter(has=page.get_by_text(name, exact=True)).dblclick()
    page.get_by_role('tab', name=name).wait_for()


def open_row(page, text):
    row = rows(page).filter(has_text=text).first
    # A link would open what it names
    row.locator('td:visible:not(:has(a))').nth(2).dblclick()
    page.locator('.tab-pane.active .form tbody tr').first.wait_for()
