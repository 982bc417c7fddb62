"""What follows the deliveries: settlements, invoices, declaration"""


def settle(demo, start_date, end_date, validate=True):
    "Settle the producers, with their self-billed invoices if validated"
    wizard = demo.wizard('shortcircuit.settlement.create', login='comptable')
    wizard.form.start_date = start_date
    wizard.form.end_date = end_date
    wizard.execute('settle')
    if validate:
        settlements, = wizard.actions
        Settlement = demo.model('shortcircuit.settlement', 'comptable')
        Settlement.click(settlements, 'validate_settlement')


def contest(demo, login, reason):
    "Contest the last invoice made in the name of the producer who logs in"
    Settlement = demo.model('shortcircuit.settlement', login)
    settlement, = Settlement.find([('state', '=', 'validated')], limit=1)
    wizard = demo.wizard('shortcircuit.contest', [settlement], login=login)
    wizard.form.reason = reason
    wizard.execute('contest')


def pay_aidants(demo, end_date):
    "Invoice in their name what the aidants earned by driving"
    wizard = demo.wizard('commission.create_invoice', login='comptable')
    wizard.form.to = end_date
    wizard.form.type_ = 'out'
    wizard.execute('create_')


def post_invoices(demo, date):
    Invoice = demo.model('account.invoice', 'comptable')
    invoices = Invoice.find([('state', 'in', ['draft', 'validated'])])
    # The month of the canteens' invoices ends with the week
    later = [
        i for i in invoices if not i.invoice_date or i.invoice_date > date]
    for invoice in later:
        invoice.invoice_date = date
    Invoice.save(later)
    Invoice.click(invoices, 'post')


def state(demo, start_date, end_date):
    "Make the producers' statements"
    wizard = demo.wizard('shortcircuit.statement.create', login='comptable')
    wizard.form.start_date = start_date
    wizard.form.end_date = end_date
    wizard.execute('create_')


def declare(demo, canteen, start_date, end_date):
    "Export the purchase file that the canteen imports on ma cantine"
    Declaration = demo.model('shortcircuit.declaration', 'comptable')
    declaration = Declaration(start_date=start_date, end_date=end_date)
    declaration.canteen = demo.get(
        'shortcircuit.canteen', 'canteen', canteen, 'comptable')
    declaration.save()
    declaration.click('export')
