"""What the users see in their browser"""
import re

import pytest
from playwright.sync_api import expect

from tests.browser import open_menu, open_row, rows

pytestmark = pytest.mark.browser

HOMES = {
    'admin': "Cycles",
    'comptable': "Décomptes",
    'hub': "Livraisons",
    'aidant': "Tournées",
    'producteur': "Offres",
    'cantine': "Commander",
    }


@pytest.mark.parametrize('user, home', HOMES.items())
def test_home(login, user, home):
    "Each role starts on a list with something to do"
    page = login(user)
    expect(page.locator('#tablist')).to_contain_text(home)
    expect(rows(page).first).to_be_visible()
    expect(page.locator('.modal-dialog:visible')).to_have_count(0)


@pytest.mark.parametrize('user', ['aidant', 'producteur', 'cantine'])
def test_menu_of_partners(login, user):
    "Nothing but the circuit is in their menu"
    page = login(user)
    expect(page.locator('#menu tbody tr')).to_have_text(["Circuit court"])


def test_buyer_orders(login):
    "From home to a confirmed order in seven clicks and a few keys"
    page = login('cantine')
    page.evaluate("""() => {
        window.clicks = 0;
        document.addEventListener('mousedown', () => window.clicks++, true);
        }""")
    expect(rows(page).first).to_be_visible()
    rows(page).first.dblclick()
    sheet = page.locator('.wizard-form')
    lines = sheet.locator('table.tree tbody tr')
    expect(lines.first).to_be_visible()
    count = lines.count()

    sheet.locator('select[name=family]').click()
    sheet.locator('select[name=family]').select_option("Fruits et légumes")
    expect(lines).not_to_have_count(count)
    total = sheet.locator('input[name=untaxed_amount]:visible')
    before = total.input_value()
    # The first click chooses the line, the second starts to edit it
    for _ in range(2):
        lines.nth(0).locator('td').nth(4).click()
    for i, typed in enumerate(['40', '30', '30', '24', '20']):
        quantity = lines.nth(i).locator(
            'input[name=quantity][type=number]')
        expect(quantity).to_be_focused()
        page.keyboard.press('Control+A')
        page.keyboard.type(typed)
        page.keyboard.press('ArrowDown')
    expect(lines.nth(5).locator(
            'input[name=quantity][type=number]')).to_be_focused()
    expect(total).not_to_have_value(before)
    expect(sheet.locator('input[name=organic_share]:visible')).to_have_value(
        re.compile(r'\d'))
    expect(sheet.locator('input[name=quality_share]:visible')).to_have_value(
        re.compile(r'\d'))

    sheet.get_by_role('button', name="Commander").click()
    expect(sheet.locator('input[name=total_amount]:visible')).to_have_value(
        re.compile('[1-9]'))
    sheet.get_by_role('button', name="Confirmer").click()
    expect(page.locator('input[name=number]:visible')).to_have_value(
        re.compile(r'\d+'))
    assert page.evaluate('window.clicks') == 7


def test_buyer_repeats(login):
    "What was ordered last time and is not ordered yet is put in the order"
    page = login('cantine')
    rows(page).first.dblclick()
    sheet = page.locator('.wizard-form')
    pork = sheet.locator('table.tree tbody tr', has_text="Sauté de porc")
    quantity = pork.locator('td').nth(4)
    expect(quantity).not_to_contain_text('20')
    total = sheet.locator('input[name=untaxed_amount]:visible')
    before = total.input_value()

    sheet.get_by_role('button', name="Comme la dernière fois").click()
    expect(quantity).to_contain_text('20')
    expect(total).not_to_have_value(before)


def test_allocation_tells_why(login):
    "Each line of what is short says the reason"
    page = login('hub')
    open_menu(page, "Répartitions")
    open_row(page, "livraison du")
    reasons = page.locator('.form tbody tr', has_text="disponible")
    expect(reasons.first).to_be_visible()
