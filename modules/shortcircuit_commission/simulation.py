# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The grid simulator: what a vote would have changed of a past period"

from decimal import Decimal
from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.modules.company import CompanyReport
from trytond.modules.currency.fields import Monetary
from trytond.modules.shortcircuit_catalog.pdf import PDFMixin
from trytond.pool import Pool
from trytond.pyson import Bool, Eval, If
from trytond.report import Report
from trytond.transaction import Transaction
from trytond.wizard import Button, StateReport, StateView, Wizard

from .exceptions import GridError
from .replay import Replay

DIMENSIONS = {
    'producers': 'shortcircuit.producer',
    'points': 'shortcircuit.distribution_point',
    'channels': 'shortcircuit.channel',
    'agents': 'commission.agent',
    }
PARTS = ['producer', 'commission', 'cooperative']
SHARES = ['producer_share', 'aidant_share', 'cooperative_share']


class Simulation(Wizard):
    __name__ = 'shortcircuit.simulation'

    start = StateView(
        'shortcircuit.simulation.start',
        'shortcircuit_commission.simulation_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Simulate", 'result', 'tryton-ok', default=True),
            ])
    result = StateView(
        'shortcircuit.simulation.result',
        'shortcircuit_commission.simulation_result_view_form', [
            Button("Close", 'end', 'tryton-close'),
            Button("Back", 'start', 'tryton-back'),
            Button("Export", 'export', 'tryton-export'),
            Button("Print", 'print_', 'tryton-print', default=True),
            ])
    print_ = StateReport('shortcircuit.simulation.report')
    export = StateReport('shortcircuit.simulation.sheet')

    def default_start(self, fields):
        return {
            n: _client_value(getattr(self.start, n, None))
            for n in self.start._fields if hasattr(self.start, n)}

    def default_result(self, fields):
        start = self.start
        totals = Replay(
            start.company, start.start_date, start.end_date,
            grid=start.grid, shares=start.shares).run()
        return {
            'summary': start.summary,
            } | {
            name: get_rows(model, getattr(totals, name), start.company)
            for name, model in DIMENSIONS.items()}

    def _get_data(self):
        return {
            'company': self.start.company.id,
            'summary': self.result.summary,
            } | {
            name: [r.get_values() for r in getattr(self.result, name)]
            for name in DIMENSIONS}

    def do_print_(self, action):
        return action, self._get_data()

    def do_export(self, action):
        return action, self._get_data()


def _client_value(value):
    return value.id if hasattr(value, 'id') else value


def get_rows(model, totals, company):
    """
    Return the rows of the totals of a dimension, by name.

    model is the name of the model of its ids, totals a dictionary of id, or
    None, to the list of amounts that Totals tells.
    """
    pool = Pool()
    Model = pool.get(model)
    with Transaction().set_context(active_test=False):
        names = {
            r.id: r.party.rec_name if model == 'commission.agent'
            else r.rec_name
            for r in Model.browse([id_ for id_ in totals if id_])}
    names[None] = gettext('shortcircuit_commission.msg_simulation_none')
    rows = []
    for id_, amounts in totals.items():
        row = {'name': names[id_], 'currency': company.currency.id}
        if model == 'commission.agent':
            row |= _compare('commission', *amounts)
        else:
            sale_amount, *parts = amounts
            row['sale_amount'] = sale_amount
            for part, current, simulated in zip(PARTS, parts, parts[3:]):
                row |= _compare(part, current, simulated)
        rows.append(row)
    return sorted(rows, key=lambda r: r['name'])


def _compare(part, current, simulated):
    return {
        part: current,
        f'simulated_{part}': simulated,
        f'{part}_difference': simulated - current,
        }


class Start(ModelView):
    __name__ = 'shortcircuit.simulation.start'

    company = fields.Many2One(
        'company.company', "Company", required=True, readonly=True)
    start_date = fields.Date(
        "Start Date", required=True,
        domain=[
            If(Bool(Eval('end_date')) & Bool(Eval('start_date')),
                ('start_date', '<=', Eval('end_date')),
                ()),
            ])
    end_date = fields.Date("End Date", required=True)
    grid = fields.Many2One(
        'shortcircuit.grid', "Grid",
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="What the rounds would have been paid by, voted or not.\n"
        "Leave empty for what they were paid.")

    _shares = {
        'required': (Bool(Eval('producer_share', None))
            | Bool(Eval('aidant_share', None))
            | Bool(Eval('cooperative_share', None))),
        }

    producer_share = fields.Numeric(
        "Producer Share", digits=(1, 4),
        domain=[
            If(Bool(Eval('producer_share', None)), [
                    ('producer_share', '>=', 0),
                    ('producer_share', '<=', 1),
                    ], []),
            ],
        states=_shares,
        help="Leave the shares empty for those of the agreements.")
    aidant_share = fields.Numeric(
        "Aidant Share", digits=(1, 4),
        domain=[
            If(Bool(Eval('aidant_share', None)), [
                    ('aidant_share', '>=', 0),
                    ('aidant_share', '<=', 1),
                    ], []),
            ],
        states=_shares)
    cooperative_share = fields.Numeric(
        "Cooperative Share", digits=(1, 4),
        domain=[
            If(Bool(Eval('cooperative_share', None)), [
                    ('cooperative_share', '>=', 0),
                    ('cooperative_share', '<=', 1),
                    ], []),
            ],
        states=_shares)

    del _shares

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_start_date(cls):
        return cls.default_end_date().replace(month=1, day=1)

    @classmethod
    def default_end_date(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        return Date.today()

    @property
    def shares(self):
        "The shares of the producer, the driver and the cooperative, or None"
        shares = tuple(getattr(self, n) for n in SHARES)
        if shares == (None,) * 3:
            return None
        if None in shares or sum(shares) != 1:
            raise GridError(gettext(
                    'shortcircuit_commission.msg_simulation_shares',
                    total=f'{sum(s or 0 for s in shares) * 100:.2f}'))
        return shares

    @property
    def summary(self):
        pool = Pool()
        Lang = pool.get('ir.lang')
        lang = Lang.get()
        parts = [gettext(
                'shortcircuit_commission.msg_simulation_period',
                start_date=lang.strftime(self.start_date),
                end_date=lang.strftime(self.end_date))]
        if self.grid:
            parts.append(gettext(
                    'shortcircuit_commission.msg_simulation_grid',
                    grid=self.grid.rec_name))
        if self.shares:
            parts.append(gettext(
                    'shortcircuit_commission.msg_simulation_split',
                    shares=' / '.join(
                        lang.format_number(s * 100, 2)
                        for s in self.shares)))
        return ', '.join(parts)


class Result(ModelView):
    __name__ = 'shortcircuit.simulation.result'

    summary = fields.Char("Simulation", readonly=True)
    producers = fields.One2Many(
        'shortcircuit.simulation.line', None, "Producers", readonly=True)
    points = fields.One2Many(
        'shortcircuit.simulation.line', None, "Distribution Points",
        readonly=True)
    channels = fields.One2Many(
        'shortcircuit.simulation.line', None, "Channels", readonly=True)
    agents = fields.One2Many(
        'shortcircuit.simulation.line', None, "Aidants", readonly=True)


def _amount(string):
    return Monetary(
        string, currency='currency', digits='currency', readonly=True)


class Line(ModelView):
    __name__ = 'shortcircuit.simulation.line'

    name = fields.Char("Name", readonly=True)
    currency = fields.Many2One(
        'currency.currency', "Currency", readonly=True)
    sale_amount = _amount("Sale Amount")
    producer = _amount("Producer")
    simulated_producer = _amount("Producer Simulated")
    producer_difference = _amount("Producer ±")
    commission = _amount("Commissions")
    simulated_commission = _amount("Commissions Simulated")
    commission_difference = _amount("Commissions ±")
    cooperative = _amount("Cooperative")
    simulated_cooperative = _amount("Cooperative Simulated")
    cooperative_difference = _amount("Cooperative ±")

    def get_values(self):
        "Return the name and the amounts, of what the dimension has"
        return {
            n: getattr(self, n, None)
            for n in self._fields
            if n not in {'id', 'currency', 'rec_name'}
            and getattr(self, n, None) is not None}


def get_columns(rows):
    "Return the list of (name, title) of the amounts of the rows"
    pool = Pool()
    Line = pool.get('shortcircuit.simulation.line')
    names = [n for n in [
            'sale_amount', *(
                name for part in PARTS for name in [
                    part, f'simulated_{part}', f'{part}_difference'])]
        if any(n in row for row in rows)]
    titles = Line.fields_get(names)
    return [(n, titles[n]['string']) for n in names]


def get_tables(data):
    "Return the list of (title, columns, rows) of the dimensions"
    pool = Pool()
    Result = pool.get('shortcircuit.simulation.result')
    titles = Result.fields_get(list(DIMENSIONS))
    return [
        (titles[name]['string'], get_columns(data[name]), data[name])
        for name in DIMENSIONS if data[name]]


def get_total(rows, name):
    return sum((row[name] for row in rows), Decimal(0))


class SimulationReport(PDFMixin, CompanyReport):
    __name__ = 'shortcircuit.simulation.report'

    @classmethod
    def get_context(cls, records, header, data):
        pool = Pool()
        Company = pool.get('company.company')
        context = super().get_context(records, header, data)
        context.update(
            company=Company(data['company']),
            summary=data['summary'],
            tables=get_tables(data),
            total=get_total)
        return context


class SimulationSheet(Report):
    __name__ = 'shortcircuit.simulation.sheet'

    @classmethod
    def _execute(cls, records, header, data, action):
        workbook = Workbook()
        workbook.remove(workbook.active)
        for title, columns, rows in get_tables(data):
            cls._write(workbook.create_sheet(title), data, columns, rows)
        content = BytesIO()
        workbook.save(content)
        return 'xlsx', content.getvalue()

    @classmethod
    def _write(cls, sheet, data, columns, rows):
        sheet.append([_text(data['summary'])])
        sheet.append([sheet.title] + [title for _, title in columns])
        for row in rows:
            sheet.append([_text(row['name'])] + [row[n] for n, _ in columns])
        for cell in sheet[2]:
            cell.font = Font(bold=True, color='FFFFFFFF')
            cell.fill = PatternFill('solid', fgColor='FF2F5D3A')
        for number, _ in enumerate(columns, 2):
            letter = get_column_letter(number)
            sheet.column_dimensions[letter].width = 16
            for cell in sheet[letter][2:]:
                cell.number_format = '#,##0.00'
        sheet.column_dimensions['A'].width = 40
        sheet.freeze_panes = 'B3'


def _text(text):
    "Return what a cell takes, which a formula is not"
    text = ILLEGAL_CHARACTERS_RE.sub('', text)
    return f"'{text}" if text.startswith(('=', '+', '-', '@')) else text
