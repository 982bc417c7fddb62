"""The consultation of two colleges, whose answer is being made"""
import datetime as dt
from decimal import Decimal
from io import BytesIO
from itertools import groupby

from openpyxl import Workbook

from config.demo.session import table

BUYERS = ['brassens', 'debeyre']
# title: CPV, maximum
LOTS = {
    "Fruits et légumes": ('15300000-1', 15000),
    "Produits laitiers": ('15500000-3', 12000),
    }
# What is due, in days from today
DATES = {
    'publication': -11,
    'questions': 4,
    'submission': 12,
    }


def create(demo):
    "Answered by the accountant, from the file of the buyers"
    consultation = _create_consultation(demo)
    for lot in consultation.lots:
        _import_lines(demo, consultation, lot)
    consultation.click('answer')
    consultation.click('propose')
    done = consultation.documents[0]
    done.done = True
    done.save()


def _create_consultation(demo):
    year = demo.days.today.year + 1
    consultation = demo.model('shortcircuit.consultation', 'comptable')(
        reference=f'{year}-DA-03',
        name=f"Denrées en circuit court des collèges, {year}")
    consultation.start_date = dt.date(year, 1, 1)
    consultation.end_date = dt.date(year, 12, 31)
    for code in BUYERS:
        member = consultation.members.new(
            coordinator=code == BUYERS[0], share=Decimal('.5'))
        member.party = demo.get('party.party', 'party', code, 'comptable')
    for kind, days in DATES.items():
        consultation.dates.new(
            kind=kind, date=demo.days.working_from(days))
    for number, (name, (cpv, maximum)) in enumerate(LOTS.items(), 1):
        lot = consultation.lots.new(number=str(number), name=name, cpv=cpv)
        lot.max_amount = Decimal(maximum)
    consultation.save()
    return consultation


def _import_lines(demo, consultation, lot):
    wizard = demo.wizard(
        'shortcircuit.consultation.import', [consultation],
        login='comptable')
    wizard.form.lot = lot
    wizard.form.file = _make_file()
    wizard.form.filename = 'bpu-dqe.xlsx'
    wizard.execute('import_')


def _make_file():
    "Make the price schedule as the buyers send it out, a sheet by lot"
    workbook = Workbook()
    workbook.remove(workbook.active)
    rows = groupby(table('consultation'), key=lambda r: r['lot'])
    for number, (lot, items) in enumerate(rows, 1):
        sheet = workbook.create_sheet(f'Lot {number}')
        sheet.append([f'Lot {number} : {lot} - BPU et DQE'])
        sheet.append([
                'N°', 'Désignation', 'Unité', 'Quantité annuelle',
                'Label exigé', 'Prix unitaire HT', 'TVA'])
        for item in items:
            sheet.append([
                    item['number'], item['specification'], item['unit'],
                    int(item['quantity']), item['label']])
    content = BytesIO()
    workbook.save(content)
    return content.getvalue()
