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
    count_clicks(page)
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
    type_quantities(page, lines, ['40', '30', '30', '24', '20'])
    expect(total).not_to_have_value(before)
    expect(sheet.locator('input[name=organic_share]:visible')).to_have_value(
        re.compile(r'\d'))
    expect(sheet.locator('input[name=quality_share]:visible')).to_have_value(
        re.compile(r'\d'))

    confirm_sheet(page, sheet)
    assert page.evaluate('window.clicks') == 7


def count_clicks(page):
    page.evaluate("""() => {
        window.clicks = 0;
        document.addEventListener('mousedown', () => window.clicks++, true);
        }""")


def type_quantities(page, lines, quantities):
    "Type the quantities of the first lines, one under the other"
    # The first click chooses the line, the second starts to edit it
    for _ in range(2):
        lines.nth(0).locator('td').nth(4).click()
    for line in range(len(quantities) + 1):
        quantity = lines.nth(line).locator(
            'input[name=quantity][type=number]')
        expect(quantity).to_be_focused()
        if line < len(quantities):
            page.keyboard.press('Control+A')
            page.keyboard.type(quantities[line])
            page.keyboard.press('ArrowDown')


def confirm_sheet(page, sheet):
    sheet.get_by_role('button', name="Commander").click()
    expect(sheet.locator('input[name=total_amount]:visible')).to_have_value(
        re.compile('[1-9]'))
    # The client forgets a click that comes before it is done with the form
    page.wait_for_function(
        '() => !Sao.Tab.tabs.get_current().wizard.__processing')
    sheet.get_by_role('button', name="Confirmer").click()
    expect(page.locator('input[name=number]:visible')).to_have_value(
        re.compile(r'\d+'))


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


def test_asked_before_credit(login):
    "While it is asked if a settlement is credited, nothing of it changes"
    page = login('comptable')
    page.get_by_role('tab', name="Validés").click()
    open_row(page, "Ferme du Moulin Penché")
    state = page.locator('select[name=state]:visible')
    expect(state).to_have_value('"validated"')
    page.get_by_role('button', name="Faire un avoir").click()
    dialog = page.locator('.modal-dialog:visible')
    expect(dialog).to_contain_text("avoir")
    expect(state).to_have_value('"validated"')
    dialog.get_by_role('button', name="Annuler").click()


def test_hub_pastes_weights(login):
    "What is weighed by the piece is counted from the weights that are read"
    page = login('hub')
    open_row(page, "Élevage des Quatre Hallots")
    chicken = page.locator('.form table.tree tbody tr', has_text="fermier")
    # The first click chooses the line, the second weighs it
    for _ in range(2):
        chicken.get_by_role('button', name="Peser").click()
    weights = page.locator('textarea[name=weights]:visible')
    weights.fill("1,52\n1,64\n1,7O")
    page.keyboard.press('Tab')
    expect(page.locator('input[name=unread]:visible')).to_have_value("1,7O")
    weights.fill("1,52\n1,64\n1,70")
    page.keyboard.press('Tab')
    expect(page.locator('input[name=pieces]:visible')).to_have_value('3')
    page.locator('.modal-dialog:visible').get_by_role(
        'button', name="Peser").click()
    expect(chicken).to_contain_text('4,86')


def test_buyer_orders_on_contract(login):
    "From home to a call-off in nine clicks: his contract, only its lots"
    page = login('cantine')
    count_clicks(page)
    open_menu(page, "Marchés")
    # The first click chooses the contract, the second orders on it
    for _ in range(2):
        rows(page).get_by_role('button', name="Commander").click()
    sheet = page.locator('.wizard-form')
    lines = sheet.locator('table.tree tbody tr')
    expect(lines.filter(has_text="Carottes")).to_be_visible()
    expect(lines.filter(has_text="Pain de campagne")).to_have_count(0)
    expect(sheet.locator('textarea[name=contract_left]')).to_have_value(
        re.compile(r'1 Fruits et légumes.*€'))

    type_quantities(page, lines, ['40', '30', '30'])
    expect(sheet.locator('input[name=untaxed_amount]:visible')).to_have_value(
        re.compile('[1-9]'))
    confirm_sheet(page, sheet)
    assert page.evaluate('window.clicks') == 9
