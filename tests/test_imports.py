"""The tables that the animator imports: good ones, and bad ones refused"""
import csv
import datetime as dt
import io
from decimal import Decimal

import pytest
from openpyxl import Workbook
from proteus import Model, Wizard

from trytond.model.exceptions import AccessError
from trytond.modules.shortcircuit_catalog.exceptions import TableImportError
from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_channel, create_customer, create_producer, create_product,
    create_user, have_product, open_cycle, publish_mercuriale, setup)
from trytond.tests.test_tryton import drop_db
from trytond.tests.tools import activate_modules, set_user

PRODUCT = ['Code', 'Name', 'Unit', 'Account Category']
PRICE = ['Product', 'Unit Price', 'Multiple', 'Minimum']
OFFER = ['Producer', 'Product', 'Quantity']
ORDER = ['Customer', 'Product', 'Quantity', 'Producer']


@pytest.fixture(scope='module')
def circuit():
    "A mercuriale and a cycle to fill"
    drop_db()
    activate_modules('shortcircuit_catalog', setup)
    farm = create_producer("Farm")
    carrot, leek, egg = [
        create_product(n, unit=u) for n, u in [
            ("Carrot", "Kilogram"), ("Leek", "Kilogram"), ("Egg", "Unit")]]
    for product, code in [(carrot, 'CAR'), (leek, 'LEE'), (egg, 'EGG')]:
        template = product.template
        template.code = code
        template.save()
    create_product("Leek")
    other = create_producer("Other")
    school, hospital = map(create_customer, ["School", "Hospital"])
    trade = create_customer("Restaurant")
    trade.shortcircuit_channel = create_channel("Trade")
    trade.save()
    for farmer in [farm, other]:
        have_product(farmer, egg)
    published = publish_mercuriale([
            (carrot, Decimal('1.50'), 2.5),
            (egg, Decimal('0.30'), 6, farm), (egg, Decimal('0.35'), 6, other)])
    Mercuriale = Model.get('shortcircuit.mercuriale')
    draft = Mercuriale(channel=published.channel)
    draft.start_date = published.start_date
    draft.end_date = published.end_date
    draft.save()
    cycle = open_cycle([(farm, carrot, 10)])
    yield {
        'price': {'mercuriale': draft},
        'offer': {'cycle': cycle},
        'order': {'cycle': cycle},
        'product': {},
        }
    set_user(1)
    drop_db()


def to_csv(rows, delimiter=';'):
    file = io.StringIO(newline='')
    csv.writer(file, delimiter=delimiter).writerows(rows)
    return file.getvalue().encode('utf-8-sig')


def to_xlsx(rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for cells in book.active:
        for cell in cells:
            if cell.data_type == 'f':
                # A text, as in CSV
                cell.data_type = 's'
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def preview(circuit, kind, content):
    wizard = Wizard('shortcircuit.table.import')
    wizard.form.kind = kind
    wizard.form.file = content
    for name, record in circuit[kind].items():
        setattr(wizard.form, name, record)
    wizard.execute('preview')
    return wizard


def counts(wizard):
    return tuple(
        getattr(wizard.form, n)
        for n in ['created', 'changed', 'unchanged', 'refused'])


def test_products_are_created_then_updated(circuit):
    Product = Model.get('product.product')
    rows = [
        [*PRODUCT, 'Family', 'Season', 'Allergens'],
        ['CEL', "Celeriac", 'kg', 'Food', 'Fruit and Vegetables',
            'October,november', 'Celery'],
        ['=1+1', "<script>alert(1)</script>", 'u', 'Food', '', '', ''],
        ]
    wizard = preview(circuit, 'product', to_csv(rows))
    assert counts(wizard) == (2, 0, 0, 0)
    assert not Product.find([('code', '=', 'CEL')])
    wizard.execute('import_')
    celeriac, = Product.find([('code', '=', 'CEL')])
    assert celeriac.salable
    assert celeriac.default_uom.symbol == celeriac.sale_uom.symbol == 'kg'
    assert celeriac.shortcircuit_family == 'FRUITS_ET_LEGUMES'
    assert celeriac.template.seasons == ('10', '11')
    assert celeriac.template.allergens == ('celery',)
    text, = Product.find([('code', '=', '=1+1')])
    assert text.name == "<script>alert(1)</script>"

    assert counts(preview(circuit, 'product', to_xlsx(rows))) == (0, 0, 2, 0)

    # What is left empty is what the products have by default
    wizard = preview(circuit, 'product', to_csv([
                [*PRODUCT, 'Weight of a Piece', 'Date', 'Days to the Date',
                    'Counted from', 'Minimal Temperature'],
                ['CHI', "Chicken", 'kg', 'Food', '1,6', 'Use by', '9',
                    'Production', '-2'],
                ['CEL', "Celeriac", 'kg', 'Food', '', '', '', '', ''],
                ]))
    assert counts(wizard) == (1, 0, 1, 0)
    wizard.execute('import_')
    chicken, = Product.find([('code', '=', 'CHI')])
    assert chicken.template.piece_weight == 1.6
    assert chicken.template.durability_kind == 'use_by'
    assert chicken.template.durability_days == 9
    assert chicken.template.durability_from == 'production'
    assert chicken.template.temperature_min == -2

    rows[1][1] = "Celery Root"
    wizard = preview(circuit, 'product', to_xlsx(rows))
    assert counts(wizard) == (0, 1, 1, 0)
    line, = wizard.form.lines
    assert (line.row, line.action) == (2, 'changed')
    assert (line.about, line.detail) == ("CEL", "Name: Celeriac → Celery Root")
    wizard.execute('import_')
    celeriac.reload()
    assert celeriac.name == "Celery Root"
    assert celeriac.shortcircuit_family == 'FRUITS_ET_LEGUMES'
    assert len(Product.find([('code', '=', 'CEL')])) == 1


def test_prices_fill_the_draft(circuit):
    draft = circuit['price']['mercuriale']
    wizard = preview(circuit, 'price', to_csv([
                PRICE, ['CAR', '1,60', '5', ''], ['EGG', '0.30', '12', '24']]))
    assert counts(wizard) == (2, 0, 0, 0)
    wizard.execute('import_')
    draft.reload()
    assert {
        (line.product.code, line.unit_price, line.multiple, line.minimum)
        for line in draft.lines} == {
            ('CAR', Decimal('1.60'), 5, None),
            ('EGG', Decimal('0.30'), 12, 24)}

    wizard = preview(circuit, 'price', to_csv([
                PRICE[:2], ['Carrot', '1.70'], ['EGG', '0.3']]))
    assert counts(wizard) == (0, 1, 1, 0)
    wizard.execute('import_')
    draft.reload()
    assert {(line.unit_price, line.multiple) for line in draft.lines} == {
        (Decimal('1.70'), 5), (Decimal('0.30'), 12)}


def test_offers_fill_the_cycle(circuit):
    cycle = circuit['offer']['cycle']
    wizard = preview(circuit, 'offer', to_csv([
                OFFER, ['Farm', 'CAR', '12,5'], ['Farm', 'EGG', '60']],
            delimiter=','))
    assert counts(wizard) == (1, 1, 0, 0)
    wizard.execute('import_')
    cycle.reload()
    assert {(o.product.code, o.quantity) for o in cycle.offers} == {
        ('CAR', 12.5), ('EGG', 60)}


def find_orders():
    "Return the lines of the orders by customer"
    Sale = Model.get('sale.sale')
    return sorted(
        (sale.party.name, sale.state, sorted(
                (l.product.code, l.producer and l.producer.rec_name,
                    l.quantity, l.unit_price) for l in sale.lines))
        for sale in Sale.find([]))


def test_orders_are_created_then_updated(circuit):
    rows = [
        ORDER,
        ['School', 'CAR', '7,5', ''],
        ['School', 'EGG', '12', 'Farm'],
        ['School', 'EGG', '6', 'Other'],
        ['Hospital', 'CAR', '10', ''],
        ['Hospital', 'EGG', '0', 'Farm'],
        ]
    wizard = preview(circuit, 'order', to_csv(rows))
    assert counts(wizard) == (4, 0, 1, 0)
    assert not find_orders()
    wizard.execute('import_')
    carrot = ('CAR', None, 7.5, Decimal('1.50'))
    farm = ('EGG', 'Farm', 12.0, Decimal('0.30'))
    other = ('EGG', 'Other', 6.0, Decimal('0.35'))
    hospital = (
        'Hospital', 'draft', [('CAR', None, 10.0, Decimal('1.50'))])
    assert find_orders() == [
        hospital, ('School', 'draft', [carrot, farm, other])]

    assert counts(preview(circuit, 'order', to_xlsx(rows))) == (0, 0, 5, 0)

    # What the file does not name stays, zero takes off
    wizard = preview(circuit, 'order', to_xlsx([
                ORDER, ['School', 'EGG', 24, 'Farm'],
                ['School', 'EGG', 0, 'Other']]))
    assert counts(wizard) == (0, 2, 0, 0)
    wizard.execute('import_')
    farm = ('EGG', 'Farm', 24.0, Decimal('0.30'))
    assert find_orders() == [hospital, ('School', 'draft', [carrot, farm])]


def test_confirmed_order_is_updated(circuit):
    Sale = Model.get('sale.sale')
    wizard = preview(
        circuit, 'order', to_csv([ORDER[:3], ['Hospital', 'CAR', '5']]))
    wizard.execute('import_')
    sale, = Sale.find([('party.name', '=', 'Hospital')])
    sale.click('quote')
    sale.click('confirm')
    wizard = preview(
        circuit, 'order', to_csv([ORDER[:3], ['Hospital', 'CAR', '10']]))
    assert counts(wizard) == (0, 1, 0, 0)
    wizard.execute('import_')
    sale, = Sale.find([('party.name', '=', 'Hospital')])
    assert sale.state == 'confirmed'
    assert sale.untaxed_amount == Decimal('15.00')


def test_late_orders_are_refused(circuit):
    cycle = circuit['order']['cycle']
    closes_at = cycle.closes_at
    cycle.closes_at = cycle.opens_at + dt.timedelta(hours=1)
    cycle.save()
    with pytest.raises(TableImportError, match="takes orders from"):
        preview(
            circuit, 'order', to_csv([ORDER[:3], ['School', 'CAR', '5']]))
    cycle.closes_at = closes_at
    cycle.save()


def test_nothing_is_half_applied(circuit):
    draft = circuit['price']['mercuriale']
    draft.reload()
    before = [(line.id, line.unit_price) for line in draft.lines]
    wizard = preview(circuit, 'price', to_csv([
                PRICE[:2], ['CAR', '9'], ['LEE', 'free']]))
    assert counts(wizard)[-1] == 1
    with pytest.raises(TableImportError, match="row 3"):
        wizard.execute('import_')
    draft.reload()
    assert [(line.id, line.unit_price) for line in draft.lines] == before


@pytest.mark.parametrize('kind, header, cells, column', [
        ('product', PRODUCT, ['', 'Pea', 'kg', 'Food'], "Code"),
        ('product', PRODUCT, ['PEA', '', 'kg', 'Food'], "Name"),
        ('product', PRODUCT, ['PEA', 'Pea', '', 'Food'], "Unit"),
        ('product', PRODUCT, ['PEA', 'Pea', 'bushel', 'Food'], "Unit"),
        ('product', PRODUCT, ['CAR', 'Carrot', 'u', 'Food'], "Unit"),
        ('product', PRODUCT, ['PEA', 'Pea', 'kg', ''], "Account Category"),
        ('product', PRODUCT, ['PEA', 'Pea', 'kg', 'Toys'],
            "Account Category"),
        ('product', [*PRODUCT, 'Family'],
            ['PEA', 'Pea', 'kg', 'Food', 'Toys'], "Family"),
        ('product', [*PRODUCT, 'Storage Class'],
            ['PEA', 'Pea', 'kg', 'Food', 'warm'], "Storage Class"),
        ('product', [*PRODUCT, 'Country of Production'],
            ['PEA', 'Pea', 'kg', 'Food', 'Atlantis'],
            "Country of Production"),
        ('product', [*PRODUCT, 'Season'],
            ['PEA', 'Pea', 'kg', 'Food', 'May,Brumaire'], "Season"),
        ('product', [*PRODUCT, 'Allergens'],
            ['PEA', 'Pea', 'kg', 'Food', 'pollen'], "Allergens"),
        ('product', [*PRODUCT, 'Weight of a Piece'],
            ['PEA', 'Pea', 'u', 'Food', '1,5'], "Weight of a Piece"),
        ('product', [*PRODUCT, 'Weight of a Piece'],
            ['PEA', 'Pea', 'kg', 'Food', '0'], "Weight of a Piece"),
        ('product', [*PRODUCT, 'Weight of a Piece'],
            ['CAR', 'Carrot', 'kg', 'Food', '1,5'], "Weight of a Piece"),
        ('product', [*PRODUCT, 'Days to the Date'],
            ['PEA', 'Pea', 'kg', 'Food', '-3'], "Days to the Date"),
        ('product', [*PRODUCT, 'Days to the Date'],
            ['PEA', 'Pea', 'kg', 'Food', '1,5'], "Days to the Date"),
        ('product', [*PRODUCT, 'Date'],
            ['PEA', 'Pea', 'kg', 'Food', 'sell by'], "Date"),
        ('product', [*PRODUCT, 'Maximal Temperature'],
            ['PEA', 'Pea', 'kg', 'Food', '3,25'], "Maximal Temperature"),
        ('product', [*PRODUCT, 'Minimal Temperature', 'Maximal Temperature'],
            ['PEA', 'Pea', 'kg', 'Food', '4', '-2'], "Maximal Temperature"),
        ('price', PRICE, ['', '1', '', ''], "Product"),
        ('price', PRICE, ['Unicorn', '1', '', ''], "Product"),
        ('price', PRICE, ['Leek', '1', '', ''], "Product"),
        ('price', PRICE, ['LEE', '', '', ''], "Unit Price"),
        ('price', PRICE, ['LEE', 'free', '', ''], "Unit Price"),
        ('price', PRICE, ['LEE', '-1', '', ''], "Unit Price"),
        ('price', PRICE, ['LEE', '1,2,3', '', ''], "Unit Price"),
        ('price', PRICE, ['LEE', 'NaN', '', ''], "Unit Price"),
        ('price', PRICE, ['LEE', '=1+1', '', ''], "Unit Price"),
        ('price', PRICE, ['LEE', '1.23456', '', ''], "Unit Price"),
        ('price', PRICE, ['LEE', '1', '0', ''], "Multiple"),
        ('price', PRICE, ['LEE', '1', '-5', ''], "Multiple"),
        ('price', PRICE, ['LEE', '1', 'case', ''], "Multiple"),
        ('price', PRICE, ['LEE', '1', '', '0'], "Minimum"),
        ('price', PRICE, ['EGG', '1', '2,5', ''], "Multiple"),
        ('offer', OFFER, ['', 'CAR', '1'], "Producer"),
        ('offer', OFFER, ['Nobody', 'CAR', '1'], "Producer"),
        ('offer', OFFER, ['Farm', '', '1'], "Product"),
        ('offer', OFFER, ['Farm', 'Unicorn', '1'], "Product"),
        ('offer', OFFER, ['Farm', 'CAR', ''], "Quantity"),
        ('offer', OFFER, ['Farm', 'CAR', '-1'], "Quantity"),
        ('offer', OFFER, ['Farm', 'CAR', 'lots'], "Quantity"),
        ('offer', OFFER, ['Farm', 'EGG', '1,5'], "Quantity"),
        ('order', ORDER, ['', 'CAR', '5', ''], "Customer"),
        ('order', ORDER, ['Nobody', 'CAR', '5', ''], "Customer"),
        ('order', ORDER, ['Restaurant', 'CAR', '5', ''], "Customer"),
        ('order', ORDER, ['<script>', 'CAR', '5', ''], "Customer"),
        ('order', ORDER, ['School', '', '5', ''], "Product"),
        ('order', ORDER, ['School', 'Unicorn', '5', ''], "Product"),
        ('order', ORDER, ['School', 'LEE', '5', ''], "Product"),
        ('order', ORDER, ['School', 'EGG', '6', ''], "Producer"),
        ('order', ORDER, ['School', 'EGG', '6', 'Nobody'], "Producer"),
        ('order', ORDER, ['School', 'CAR', '5', 'Farm'], "Producer"),
        ('order', ORDER, ['School', 'CAR', '', ''], "Quantity"),
        ('order', ORDER, ['School', 'CAR', 'lots', ''], "Quantity"),
        ('order', ORDER, ['School', 'CAR', '-5', ''], "Quantity"),
        ('order', ORDER, ['School', 'CAR', '4', ''], "Quantity"),
        ('order', ORDER, ['School', 'CAR', '=5', ''], "Quantity"),
        ('order', ORDER, ['School', 'EGG', '7', 'Farm'], "Quantity"),
        ])
@pytest.mark.parametrize('write', [to_csv, to_xlsx])
def test_bad_cell_is_named(circuit, write, kind, header, cells, column):
    wizard = preview(circuit, kind, write([header, cells]))
    assert counts(wizard) == (0, 0, 0, 1)
    line, = wizard.form.lines
    assert (line.row, line.action, line.column) == (2, 'refused', column)
    assert line.detail


@pytest.mark.parametrize('content, reason', [
        (b'', "no row"),
        (b'Code;Name', "no row"),
        (to_csv([['Code', 'Name'], ['A', 'B']]),
            "missing: Unit, Account Category"),
        (to_csv([[*PRODUCT, 'Colour'], ['A', 'B', 'kg', 'Food', 'red']]),
            '"Colour" is not known'),
        (to_csv([[*PRODUCT, 'Code'], ['A', 'B', 'kg', 'Food', 'A']]),
            '"Code" appears twice'),
        ("Code;Name\nA;Œuf".encode('cp1252'), "row 2.*UTF-8"),
        (b'\x89PNG\r\n\x1a\n\0\0', "UTF-8"),
        (b'PK\x03\x04broken', "neither CSV, XLSX nor ODS"),
        (b'Code;Name\n"A;B\n', "row 2"),
        ])
def test_bad_file_is_refused(circuit, content, reason):
    with pytest.raises(TableImportError, match=reason):
        preview(circuit, 'product', content)


@pytest.mark.parametrize('rows, row, column', [
        ([['LEE', '1'], ['LEE', '2']], 3, "Product"),
        ([['LEE', '1'], ['EGG', '2', 'more']], 3, None),
        ])
def test_bad_row_is_named(circuit, rows, row, column):
    wizard = preview(circuit, 'price', to_csv([PRICE[:2], *rows]))
    line, = [x for x in wizard.form.lines if x.action == 'refused']
    assert (line.row, line.column) == (row, column)


@pytest.mark.parametrize('group', [
        "Accountant", "Producer", "Aidant", "Buyer"])
def test_partners_do_not_import(circuit, group):
    user = create_user(group.lower(), group)
    set_user(user)
    try:
        with pytest.raises(Exception, match="wizard|assistant"):
            Wizard('shortcircuit.table.import')
    finally:
        set_user(1)


def test_operators_import_what_they_may_create(circuit):
    user = create_user('operator', "Hub Operator")
    set_user(user)
    try:
        wizard = Wizard('shortcircuit.table.import')
        assert wizard.form.kind == 'offer'
        for kind in ['product', 'price', 'order']:
            with pytest.raises(AccessError):
                preview(circuit, kind, to_csv([PRODUCT, PRODUCT]))
    finally:
        set_user(1)
