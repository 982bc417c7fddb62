# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from collections import defaultdict
from decimal import Decimal, InvalidOperation

from stdnum.exceptions import ValidationError as StdnumError
from stdnum.fr import siret

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.modules.shortcircuit_catalog import tabular
from trytond.pool import Pool
from trytond.pyson import Eval, PYSONEncoder
from trytond.transaction import Transaction, inactive_records
from trytond.wizard import Button, StateAction, StateView, Wizard

from . import egalim
from .canteen import HEADS
from .exceptions import CanteenImportError
from .party import find_siret


class CellError(Exception):
    pass


def _error(name, **variables):
    return CellError(gettext(
            f'shortcircuit_collective.msg_canteen_import_{name}',
            **variables))


def _text(value):
    return value or None


def _name(value):
    if not value:
        raise _error('required')
    return value


def _projects(row):
    "Return the codes and names of the food projects of the row"
    codes = [c.strip() for c in (row['project_codes'] or '').split(',') if c]
    names = (row['project_names'] or '').split(',')
    # The names are not quoted: with a comma in one, who owns what is unknown
    if len(names) != len(codes):
        names = [row['project_names']] if len(codes) == 1 else codes
    return [(c, (n or c).strip()) for c, n in zip(codes, names)]


def _siret(value):
    return _optional_siret(_name(value))


def _optional_siret(value):
    if not value:
        return None
    try:
        return siret.validate(value)
    except StdnumError:
        raise _error('siret', value=value)


def _selection(name):
    def read(value):
        pool = Pool()
        Canteen = pool.get('shortcircuit.canteen')
        values = [v for v, _ in getattr(Canteen, name).selection if v]
        if value and value not in values:
            raise _error(
                'selection', value=value, values=', '.join(values))
        return value or None
    return read


def _year(value):
    if not (value.isascii() and value.isdigit() and len(value) == 4):
        raise _error('year', value=value)
    return int(value)


def _share(value):
    if not value:
        return None
    try:
        share = Decimal(value)
        if not 0 <= share <= 1:
            raise InvalidOperation
    except InvalidOperation:
        raise _error('share', value=value)
    return share.quantize(Decimal('.0001'))


# The columns of the State's open data, what they are read as and how
COLUMNS = {
    'canteen_siret': ('siret', _siret),
    'canteen_name': ('name', _name),
    'canteen_id': ('ma_cantine_id', _text),
    'canteen_central_kitchen_siret': ('parent_siret', _optional_siret),
    'canteen_city_insee_code': ('insee_code', _text),
    'canteen_department': ('department', _text),
    'canteen_sector_list': ('sectors', _text),
    'canteen_line_ministry': ('line_ministry', _text),
    'canteen_pat_list': ('project_codes', _text),
    'canteen_pat_lib_list': ('project_names', _text),
    'canteen_economic_model': (
        'economic_model', _selection('economic_model')),
    'canteen_management_type': (
        'management_type', _selection('management_type')),
    'canteen_production_type': (
        'production_type', _selection('production_type')),
    'year': ('year', _year),
    'teledeclaration_ratio_bio': ('bio_share', _share),
    'teledeclaration_ratio_egalim_hors_bio': ('other_share', _share),
    }
CANTEEN_FIELDS = [
    'ma_cantine_id', 'insee_code', 'sectors', 'economic_model',
    'management_type', 'production_type', 'line_ministry']
CAMPAIGN_FIELDS = ['bio_share', 'other_share']


def read_canteens(content):
    """
    Read the canteens of a file of the State's open data.

    content is the bytes of a CSV file in UTF-8, with or without byte order
    mark, separated by commas or semicolons, or of an XLSX or ODS file. The
    columns of COLUMNS may be in any order between others. Return a list of
    dictionaries with the names of COLUMNS; the shares are between 0 and 1
    with 4 digits. Raise CanteenImportError with all the errors by row (the
    header is the row 1) and column.
    """
    header, lines = _read_lines(content)
    errors = [
        (1, column, gettext(
                'shortcircuit_collective.msg_canteen_import_missing'))
        for column in COLUMNS if column not in header]
    if errors:
        raise _import_error(errors)
    canteens, rows = [], {}
    for row, line in lines:
        if len(line) != len(header):
            errors.append((row, None, gettext(
                        'shortcircuit_collective.msg_canteen_import_cells',
                        cells=len(line), columns=len(header))))
            continue
        canteen, cell_errors = _read_line(dict(zip(header, line)))
        errors.extend((row, *error) for error in cell_errors)
        if code := canteen.get('siret'):
            if code in rows:
                errors.append((row, 'canteen_siret', gettext(
                            'shortcircuit_collective'
                            '.msg_canteen_import_duplicate',
                            siret=code, row=rows[code])))
            rows.setdefault(code, row)
        canteens.append(canteen)
    if not canteens and not errors:
        errors.append((2, None, gettext(
                    'shortcircuit_collective.msg_canteen_import_empty')))
    if errors:
        raise _import_error(errors)
    return canteens


def _read_lines(content):
    "Return the header and the numbered lines that are not blank"
    try:
        lines = tabular.read(content)
    except tabular.TableError as error:
        raise CanteenImportError(gettext(
                f'shortcircuit_catalog.msg_table_{error.name}',
                row=error.row))
    if not lines:
        return [], []
    (_, header), *lines = lines
    return header, lines


def _read_line(cells):
    "Return the values of the cells and the errors by column"
    canteen, errors = {}, []
    for column, (name, read) in COLUMNS.items():
        try:
            canteen[name] = read(cells[column])
        except CellError as error:
            errors.append((column, str(error)))
    return canteen, errors


def _import_error(errors):
    lines = [
        gettext('shortcircuit_collective.msg_canteen_import_cell',
            row=row, column=column, reason=reason)
        if column else
        gettext('shortcircuit_collective.msg_canteen_import_row',
            row=row, reason=reason)
        for row, column, reason in sorted(
            errors[:tabular.MAX_ERRORS], key=_position)]
    if len(errors) > tabular.MAX_ERRORS:
        lines.append(gettext(
                'shortcircuit_collective.msg_canteen_import_more',
                count=len(errors) - tabular.MAX_ERRORS))
    return CanteenImportError(gettext(
            'shortcircuit_collective.msg_canteen_import_errors',
            count=len(errors)), '\n'.join(lines))


def _position(error):
    row, column, _ = error
    return row, column or ''


class CanteenImportStart(ModelView):
    __name__ = 'shortcircuit.canteen.import.start'

    company = fields.Many2One('company.company', "Company", required=True)
    file = fields.Binary(
        "File", filename='filename', required=True,
        help="The canteens of the State's open data, as CSV.")
    filename = fields.Char("File Name")
    channel = fields.Many2One(
        'shortcircuit.channel', "Channel",
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="The channel the canteens will order by.\n"
        "Leave empty to choose it later.")

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')


class CanteenImport(Wizard):
    __name__ = 'shortcircuit.canteen.import'

    start = StateView(
        'shortcircuit.canteen.import.start',
        'shortcircuit_collective.canteen_import_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Import", 'import_', 'tryton-ok', default=True),
            ])
    import_ = StateAction('shortcircuit_collective.act_canteen_form')

    def do_import_(self, action):
        rows = read_canteens(self.start.file)
        parties = self.import_parties(rows)
        canteens = self.import_canteens(rows, parties)
        self.import_parents(rows, canteens)
        self.import_campaigns(rows, canteens)
        ids = [c.id for c in canteens.values()]
        action['pyson_domain'] = PYSONEncoder().encode([('id', 'in', ids)])
        return action, {}

    def import_parties(self, rows):
        """
        Find the parties by SIRET, those unknown are created.

        Return a dictionary of SIRET to party. The names and addresses of the
        known parties are left as the cooperative wrote them.
        """
        pool = Pool()
        Party = pool.get('party.party')
        parties = self._search_parties([r['siret'] for r in rows])
        missing = [r for r in rows if r['siret'] not in parties]
        created = Party.create(self._party_values(missing))
        for row, party in zip(missing, created):
            parties[row['siret']] = party
        self._create_identifiers(
            {r['siret']: p for r, p in zip(missing, created)})
        if self.start.channel and parties:
            Party.write(list(set(parties.values())), {
                    'shortcircuit_channel': self.start.channel.id,
                    })
        return parties

    def _search_parties(self, sirets):
        pool = Pool()
        Identifier = pool.get('party.identifier')
        identifiers = Identifier.search([
                ('type', '=', 'fr_siret'),
                ('code_compact', 'in', sirets),
                ], order=[('id', 'ASC')])
        services = self._search_services({i.party for i in identifiers})
        parties = {}
        for identifier in identifiers:
            # The other establishments of a party are canteens of their own
            known = (
                services.get(identifier.party)
                or find_siret(identifier.party))
            if identifier == known:
                parties.setdefault(identifier.code_compact, identifier.party)
        return parties

    def _search_services(self, parties):
        "Return the SIRET of the service by party of the canteens with one"
        pool = Pool()
        Canteen = pool.get('shortcircuit.canteen')
        with inactive_records():
            return {
                c.party: c.service_siret for c in Canteen.search([
                        ('company', '=', self.start.company.id),
                        ('party', 'in', [p.id for p in parties]),
                        ('service_siret', '!=', None),
                        ])}

    def _party_values(self, rows):
        pool = Pool()
        Country = pool.get('country.country')
        Subdivision = pool.get('country.subdivision')
        # The countries are loaded at the discretion of the cooperative
        countries = Country.search([('code', '=', 'FR')])
        subdivisions = {
            s.code: s.id for s in Subdivision.search([
                    ('code', 'in', [f"FR-{r['department']}" for r in rows]),
                    ])}
        return [{
                'name': row['name'],
                'addresses': [('create', [{
                                'country': (
                                    countries[0].id if countries else None),
                                'subdivision': subdivisions.get(
                                    f"FR-{row['department']}"),
                                }])],
                } for row in rows]

    def _create_identifiers(self, parties):
        pool = Pool()
        Identifier = pool.get('party.identifier')
        Identifier.create([{
                    'party': party.id,
                    'address': party.addresses[0].id,
                    'type': 'fr_siret',
                    'code': code,
                    } for code, party in parties.items()])

    def import_canteens(self, rows, parties):
        "Create or update the canteens and return them by SIRET"
        pool = Pool()
        Canteen = pool.get('shortcircuit.canteen')
        company = self.start.company
        with inactive_records():
            known = {c.party: c for c in Canteen.search([
                        ('company', '=', company.id),
                        ('party', 'in', [p.id for p in parties.values()]),
                        ])}
        projects = self.import_projects(rows)
        canteens = {}
        for row in rows:
            party = parties[row['siret']]
            canteen = known.get(party) or Canteen(
                party=party, company=company)
            for name in CANTEEN_FIELDS:
                setattr(canteen, name, row[name])
            canteen.food_projects = projects[row['siret']]
            canteen.territory = egalim.territory(row['department'])
            canteens[row['siret']] = canteen
        Canteen.save(list(canteens.values()))
        return canteens

    def import_projects(self, rows):
        """
        Find the food projects by code, those unknown are created.

        Return a dictionary of SIRET to the projects of the canteen.
        """
        pool = Pool()
        FoodProject = pool.get('shortcircuit.food_project')
        codes = {r['siret']: _projects(r) for r in rows}
        names = {c: n for projects in codes.values() for c, n in projects}
        with inactive_records():
            known = {p.code: p for p in FoodProject.search([
                        ('code', 'in', list(names)),
                        ])}
        created = FoodProject.create([
                {'name': n, 'code': c}
                for c, n in names.items() if c not in known])
        known.update((p.code, p) for p in created)
        return {
            siret: [known[c] for c, _ in projects]
            for siret, projects in codes.items()}

    def import_parents(self, rows, canteens):
        """
        Set the central kitchen of the canteens that are cooked elsewhere.

        A kitchen the company does not know changes nothing.
        """
        pool = Pool()
        Canteen = pool.get('shortcircuit.canteen')
        kitchens = {
            k.siret.code_compact: k for k in Canteen.search([
                    ('company', '=', self.start.company.id),
                    ('siret.code_compact', 'in', list(filter(None, {
                                    r['parent_siret'] for r in rows}))),
                    ('production_type', 'in', HEADS),
                    ])}
        satellites = []
        for row in rows:
            canteen = canteens[row['siret']]
            kitchen = kitchens.get(row['parent_siret'])
            if kitchen and canteen.production_type not in HEADS:
                canteen.parent = kitchen
                satellites.append(canteen)
        Canteen.save(satellites)

    def import_campaigns(self, rows, canteens):
        pool = Pool()
        Campaign = pool.get('shortcircuit.canteen.campaign')
        known = defaultdict(dict)
        for campaign in Campaign.search([
                    ('canteen', 'in', [c.id for c in canteens.values()]),
                    ]):
            known[campaign.canteen][campaign.year] = campaign
        campaigns = []
        for row in rows:
            canteen = canteens[row['siret']]
            campaign = known[canteen].get(row['year']) or Campaign(
                canteen=canteen, year=row['year'])
            for name in CAMPAIGN_FIELDS:
                setattr(campaign, name, row[name])
            campaigns.append(campaign)
        Campaign.save(campaigns)
