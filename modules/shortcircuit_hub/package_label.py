# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The labels of the crates"

from types import SimpleNamespace

import segno
from genshi import XML

from trytond.pool import Pool

from .document import Document

# The columns, rows, width and height in mm of the labels on a sheet
SHEETS = {
    'a4-8': (2, 4, 105, 74.25),
    'a4-4': (2, 2, 105, 148.5),
    }


class PackageLabel(Document):
    __name__ = 'shortcircuit.package.label'

    @classmethod
    def get_sheet(cls, orders):
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        paper = Configuration(1).label_paper
        return {
            'paper': paper,
            'sheets': get_label_sheets([
                    SimpleNamespace(order=order, package=package)
                    for order in orders for package in order.packages],
                *SHEETS.get(paper, (1, 1, 0, 0))),
            'qr_code': qr_code,
            }


def get_label_sheets(labels, columns, rows, width, height):
    "Return the labels by sheet, each with its place on the sheet"
    count = columns * rows
    for i, label in enumerate(labels):
        row, column = divmod(i % count, columns)
        label.style = (
            f'left: {column * width}mm; top: {row * height}mm'
            if count > 1 else None)
    return [labels[i:i + count] for i in range(0, len(labels), count)]


def qr_code(text):
    "Return the QR code of the text as an SVG element without size"
    return XML(segno.make_qr(text, error='m').svg_inline(
            border=0, omitsize=True))
