"""The page by which a producer offers, on his telephone"""
import datetime as dt
from unittest.mock import patch

import pytest
from playwright.sync_api import expect
from proteus import Model

from trytond.modules.shortcircuit_catalog import mail
from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_producer, create_product, setup)
from trytond.protocols.wrappers import Response
from trytond.tests.test_tryton import Client, drop_db
from trytond.tests.tools import activate_modules
from trytond.wsgi import app

pytestmark = pytest.mark.browser

PRODUCTS = ["Carrot", "Leek", "Strawberry of the early variety, by the tray"]


@pytest.fixture
def farm():
    drop_db()
    activate_modules('shortcircuit_catalog', setup)
    farm = create_producer("Farm")
    farm.party.contact_mechanisms.new(type='email', value='farm@example.com')
    farm.party.save()
    for product in map(create_product, PRODUCTS):
        farm.products.new(product=product)
    farm.save()
    yield farm
    drop_db()


@pytest.fixture
def link(farm):
    "The address that the farm finds in its mail"
    now = dt.datetime.now().replace(second=0, microsecond=0)
    cycle = Model.get('shortcircuit.cycle')(name="Canteens, week 12")
    cycle.channel, = Model.get('shortcircuit.channel').find([])
    cycle.delivery_date = dt.date.today() + dt.timedelta(days=7)
    cycle.opens_at = now
    cycle.closes_at = now + dt.timedelta(days=1)
    cycle.save()
    with patch.object(mail, 'send_message_transactional') as send:
        cycle.click('ask')
    content = send.call_args.args[0].get_content()
    return content.split('href="')[1].split('"')[0]


@pytest.fixture
def telephone(browser):
    "A page whose requests are answered in this process"
    context = browser.new_context(
        locale='fr-FR', viewport={'width': 390, 'height': 844})
    client = Client(app, Response)

    def answer(route):
        request = route.request
        response = client.open(
            '/' + request.url.split('/', 3)[3], method=request.method,
            data=request.post_data,
            content_type=request.headers.get('content-type'))
        route.fulfill(
            status=response.status_code, headers=dict(response.headers),
            body=response.get_data())
    context.route('**/*', answer)
    yield context.new_page()
    context.close()


def test_offer(telephone, link, farm):
    "He types over a quantity, corrects a mistake, sends, and only once"
    page = telephone
    page.goto(link)
    fields = page.locator('input[type=text]')
    expect(fields).to_have_count(len(PRODUCTS))
    # Nothing is out of the screen
    assert page.evaluate(
        'document.documentElement.scrollWidth <= window.innerWidth')

    page.get_by_label("Carrot").fill('12,5')
    page.get_by_label("Leek").fill('beaucoup')
    page.get_by_role('button').click()
    expect(page.get_by_role('alert')).to_have_count(1)
    expect(page.get_by_label("Leek")).to_have_value('beaucoup')
    expect(page.get_by_label("Carrot")).to_have_value('12,5')

    page.get_by_label("Leek").fill('8')
    page.keyboard.press('Enter')
    expect(page.get_by_role('status')).to_be_visible()
    expect(page.locator('li')).to_have_count(2)
    farm.reload()
    assert {o.product.name: o.quantity for o in farm.offers} == {
        "Carrot": 12.5, "Leek": 8}

    assert page.goto(link).status == 410
    expect(fields).to_have_count(0)
