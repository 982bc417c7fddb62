"""The books: French chart, 5.5 % VAT, fiscal years and their numbers"""
import datetime as dt

ACCOUNTS = {
    'receivable': '4111',
    'payable': '4011',
    'expense': '6071',
    'revenue': '7071',
    'commission': '6222',
    'bank': '5121',
    'service': '706',
    'third_party': '467',
    'penalty': '658',
    }
# What the chart only calls goods of group A
NAMES = {
    'expense': "Achats de produits alimentaires aux producteurs",
    'revenue': "Ventes de produits alimentaires",
    }
# The series of the invoices: their names and prefixes
SERIES = {
    'out_invoice_sequence': ("Factures clients", 'FA'),
    'out_credit_note_sequence': ("Avoirs clients", 'AV'),
    'in_invoice_sequence': ("Autofacturation", 'AF'),
    'in_credit_note_sequence': ("Avoirs d'autofacturation", 'AFA'),
    }


def create(demo):
    steps = [
        _activate_french_accounting,
        _create_chart,
        _create_payment_term,
        _create_categories,
        _create_fiscal_years,
        ]
    for step in steps:
        step(demo)


def _activate_french_accounting(demo):
    Module = demo.model('ir.module')
    module, = Module.find([('name', '=', 'account_fr')])
    if module.state != 'activated':
        module.click('activate')
        demo.wizard('ir.module.activate_upgrade').execute('upgrade')
        demo.reload_preferences()


def _create_chart(demo):
    Company = demo.model('company.company')
    wizard = demo.wizard('account.create_chart')
    wizard.execute('account')
    wizard.form.account_template = demo.record(
        'account.account.template', 'account_fr.root')
    wizard.form.company, = Company.find([])
    wizard.execute('create_account')
    for name, title in NAMES.items():
        record = account(demo, name)
        record.template_override = True
        record.name = title
        record.save()
    wizard.form.account_receivable = account(demo, 'receivable')
    wizard.form.account_payable = account(demo, 'payable')
    wizard.form.category_account_expense = account(demo, 'expense')
    wizard.form.category_account_revenue = account(demo, 'revenue')
    wizard.execute('create_properties')


def account(demo, name):
    Account = demo.model('account.account')
    account, = Account.find([('code', '=', ACCOUNTS[name])])
    return account


def _create_payment_term(demo):
    Term = demo.model('account.invoice.payment_term')
    term = Term(name="30 jours")
    line = term.lines.new(type='remainder')
    line.relativedeltas.new(days=30)
    term.save()
    Configuration = demo.model('account.configuration')
    configuration = Configuration(1)
    configuration.default_customer_payment_term = term
    configuration.chorus_syntax = 'edocument.uncefact.invoice'
    configuration.save()
    demo.keep('term', '30', term)


def _create_categories(demo):
    _create_category(
        demo, 'food', "Produits alimentaires (TVA 5,5 %)", 'expense',
        'revenue', '5_5')
    _create_category(
        demo, 'commission', "Commissions des aidants (TVA 20 %)",
        'commission', 'revenue', 'taux_normal')
    _create_category(
        demo, 'service', "Services de la coopérative (TVA 20 %)",
        'commission', 'service', 'taux_normal')


def _create_category(demo, code, name, expense, revenue, rate):
    Category = demo.model('product.category')
    category = Category(name=name, accounting=True)
    category.account_expense = account(demo, expense)
    category.account_revenue = account(demo, revenue)
    kind = 'biens' if code == 'food' else 'services'
    category.customer_taxes.append(tax(demo, f'tva_vente_{kind}_{rate}'))
    category.supplier_taxes.append(tax(demo, f'tva_achat_{kind}_{rate}'))
    category.save()
    demo.keep('category', code, category)


def tax(demo, xml_id):
    Tax = demo.model('account.tax')
    template = demo.record('account.tax.template', f'account_fr.{xml_id}')
    tax, = Tax.find([('template', '=', template.id)])
    return tax


def _create_fiscal_years(demo):
    year = demo.days.today.year
    # A year before last week may be two years ago
    for year in range(year - 2, year + 1):
        _create_fiscal_year(demo, year)


def _create_fiscal_year(demo, year):
    FiscalYear = demo.model('account.fiscalyear')
    fiscalyear = FiscalYear(name=str(year))
    fiscalyear.start_date = dt.date(year, 1, 1)
    fiscalyear.end_date = dt.date(year, 12, 31)
    fiscalyear.move_sequence = _sequence(
        demo, 'account.sequence_type_account_move',
        f"Pièces {year}", f'{year}-')
    sequences, = fiscalyear.invoice_sequences
    for name, (title, prefix) in SERIES.items():
        setattr(sequences, name, _sequence(
                demo, 'account_invoice.sequence_type_account_invoice',
                f"{title} {year}", f'{prefix}{year}-'))
    fiscalyear.save()
    fiscalyear.click('create_period')


def _sequence(demo, type_, name, prefix):
    Sequence = demo.model('ir.sequence.strict')
    sequence = Sequence(name=name, prefix=prefix, padding=5)
    sequence.sequence_type = demo.record('ir.sequence.type', type_)
    sequence.save()
    return sequence
