"""Renew the pictures of the documentation: make screenshots

Each shows a record that a user of today's demo reaches from his menu.
"""
from config import database
from config.serve import serve
from config.settings import CACHE, DATABASE, PORT, ROOT
from tests.browser import chromium, log_in, open_menu, open_row, window

DIRECTORY = ROOT / 'doc' / 'screenshots'
# file: user, menu, tab of the list or None, text of the row to open
PICTURES = {
    'allocation': ('hub', "Répartitions", None, "livraison du"),
    'settlement': ('comptable', "Décomptes", "Validés", "Moulin"),
    'canteen': ('comptable', "Cantines", None, "Carnot"),
    }


def main():
    DIRECTORY.mkdir(exist_ok=True)
    server = database.server(path=CACHE / 'demo')
    database.ensure(server, DATABASE)
    url = f'http://localhost:{PORT}/#{DATABASE}'
    with serve(server, DATABASE, PORT), chromium() as browser:
        for name, (user, menu, tab, row) in PICTURES.items():
            with window(browser, 1440, 900) as page:
                log_in(page, url, user)
                open_menu(page, menu)
                if tab:
                    page.get_by_role('tab', name=tab).click()
                open_row(page, row)
                page.screenshot(path=DIRECTORY / f'{name}.png')


if __name__ == '__main__':
    main()
