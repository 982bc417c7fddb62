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
    'cantine': "Mes commandes",
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
    "He types a product and a quantity, sees the total and confirms"
    page = login('cantine')
    expect(rows(page).first).to_be_visible()
    page.keyboard.press('Alt+n')
    lines = page.locator('.form-one2many').first
    lines.get_by_role('button', name="Nouveau").click()
    product = lines.locator('input[name=product]:visible')
    product.press_sequentially("Carottes")
    page.get_by_text("[CAROTTE] Carottes lavées", exact=True).click()
    price = lines.locator('tbody td').filter(has_text="€").first
    expect(price).to_contain_text(re.compile(r'\d,\d'))
    product.press('Tab')
    expect(lines.locator('input[name=quantity][type=number]')).to_be_focused()
    page.keyboard.type('50')
    page.keyboard.press('Tab')
    total = page.locator('input[name=total_amount]:visible')
    expect(total).to_have_value(re.compile('[1-9]'))
    page.get_by_role('button', name="Devis").click()
    page.get_by_role('button', name="Confirmer").click()
    expect(page.locator('input[name=number]:visible')).to_have_value(
        re.compile(r'\d+'))


def test_allocation_tells_why(login):
    "Each line of what is short says the reason"
    page = login('hub')
    open_menu(page, "Répartitions")
    open_row(page, "livraison du")
    reasons = page.locator('.form tbody tr', has_text="disponible")
    expect(reasons.first).to_be_visible()
