"""The farms, their agreements and certificates; those who drive rounds"""
from decimal import Decimal

from config.demo.company import create_party, locate
from config.demo.sellers import SELLER
from config.demo.session import table

SHARES = {
    'producer_share': Decimal('.8333'),
    'aidant_share': Decimal('.0517'),
    'cooperative_share': Decimal('.1150'),
    }
# Who has signed other shares since the first of January, and those before
RENEWED = 'vanneau'
FORMER_SHARES = {
    'producer_share': Decimal('.8200'),
    'aidant_share': Decimal('.0550'),
    'cooperative_share': Decimal('.1250'),
    }
# Who drives the round of each hub
DRIVERS = {
    'hazebrouck': 'becque',
    'bethune': 'clocher',
    }


def create(demo):
    for row in table('producers'):
        _create_producer(demo, row)
    _create_agents(demo)
    for row in table('vehicles'):
        _create_vehicle(demo, row)


def certify(demo):
    "Needs the products, which the certificates name"
    for row in table('sanitary'):
        _set_sanitary_class(demo, row)
    for row in table('derogations'):
        _create_derogation(demo, row)
    for row in table('certificates'):
        _create_certificate(demo, row)
    for row in table('producers'):
        producer = demo.get('shortcircuit.producer', 'producer', row['code'])
        # Who has not signed yet is still joining
        if row['since']:
            producer.click('activate')
        if row['state'] == 'suspended':
            producer.click('suspend')


def give_emails(demo):
    "Late, as each closing prints a page for each email address"
    Mechanism = demo.model('party.contact_mechanism')
    Mechanism.save([
            Mechanism(
                type='email', value=f"contact@{row['code']}.example",
                party=demo.get('party.party', 'party', row['code']))
            for row in table('producers')])


def _create_producer(demo, row):
    Producer = demo.model('shortcircuit.producer')
    party = create_party(
        demo, row['name'], row['street'], row['postal_code'], row['city'],
        row['siret'])
    locate(party, row)
    party.save()
    producer = Producer(party=party)
    for name in [
            'vat_regime', 'sanitary_status', 'approval_number',
            'packing_centre']:
        setattr(producer, name, row[name] or None)
    if row['cut_off']:
        producer.cut_off_hours = int(row['cut_off'])
    if row['minimum']:
        producer.minimum = Decimal(row['minimum'])
    if row['since']:
        _create_bank_account(demo, party, row['iban'])
        _add_agreement(demo, producer, row)
        _add_insurance(demo, producer, row)
        _sign_mandate(demo, party, row)
    producer.save()
    if row['state'] != 'candidate':
        producer.click('onboard')
    demo.keep('party', row['code'], party)
    demo.keep('producer', row['code'], producer)


def _create_bank_account(demo, party, iban):
    Account = demo.model('bank.account')
    account = Account(owners=[party])
    account.numbers.new(type='iban', number=iban)
    account.save()


def _add_agreement(demo, producer, row):
    since = demo.days.today.replace(year=int(row['since']), month=1, day=1)
    if row['code'] == RENEWED:
        new_year = demo.days.today.replace(month=1, day=1)
        _new_agreement(demo, producer, since, FORMER_SHARES).end_date = (
            demo.days.after(-1, new_year))
        since = new_year
    agreement = _new_agreement(demo, producer, since, SHARES)
    if row['code'] == SELLER:
        agreement.regime = 'mandate'


def _new_agreement(demo, producer, start_date, shares):
    agreement = producer.agreements.new(**shares)
    agreement.start_date = start_date
    agreement.signature_date = demo.days.after(-20, start_date)
    agreement.payment_term = demo.record(
        'account.invoice.payment_term',
        'shortcircuit_commission.payment_term_perishable')
    return agreement


def _sign_mandate(demo, party, row):
    "Let the cooperative invoice in his name"
    mandate = demo.model('shortcircuit.mandate')(party=party)
    mandate.start_date = demo.days.today.replace(
        year=int(row['since']), month=1, day=1)
    mandate.signature_date = demo.days.after(-20, mandate.start_date)
    mandate.save()


def _add_insurance(demo, producer, row):
    insurance = producer.insurances.new()
    insurance.insurer = row['insurer']
    insurance.number = row['policy']
    insurance.end_date = demo.days.after(int(row['insured_until']))
    insurance.start_date = demo.days.after(-365, insurance.end_date)


def _set_sanitary_class(demo, row):
    sanitary_class = demo.record('shortcircuit.sanitary.class',
        f"shortcircuit_catalog.sanitary_class_{row['class']}")
    for product in row['products'].split():
        template = demo.get('product.product', 'product', product).template
        template.sanitary_class = sanitary_class
        template.save()


def _create_derogation(demo, row):
    Derogation = demo.model('shortcircuit.derogation')
    derogation = Derogation()
    derogation.producer = demo.get(
        'shortcircuit.producer', 'producer', row['producer'])
    derogation.sanitary_class = demo.record('shortcircuit.sanitary.class',
        f"shortcircuit_catalog.sanitary_class_{row['class']}")
    derogation.number = row['number']
    derogation.start_date = demo.days.after(int(row['start']))
    derogation.end_date = demo.days.after(int(row['end']))
    derogation.within_share = bool(row['within_share'])
    derogation.radius = int(row['radius']) if row['radius'] else None
    derogation.save()


def _create_certificate(demo, row):
    Certificate = demo.model('shortcircuit.certificate')
    Label = demo.model('shortcircuit.label')
    certificate = Certificate()
    producer = certificate.producer = demo.get(
        'shortcircuit.producer', 'producer', row['producer'])
    label = certificate.label = demo.record('shortcircuit.label',
        f"shortcircuit_catalog.label_{row['label'].lower()}")
    if label not in producer.labels:
        producer.labels.append(Label(label.id))
        producer.save()
    certificate.number = row['number']
    certificate.certifier = row['certifier']
    certificate.start_date = demo.days.after(int(row['start']))
    certificate.end_date = demo.days.after(int(row['end']))
    for product in row['products'].split():
        certificate.products.append(
            demo.get('product.product', 'product', product).template)
    certificate.save()


def _create_agents(demo):
    Agent = demo.model('commission.agent')
    plan = _create_plan(demo)
    for code in DRIVERS.values():
        agent = Agent(plan=plan)
        agent.party = demo.get('party.party', 'party', code)
        agent.save()


def _create_vehicle(demo, row):
    Vehicle = demo.model('shortcircuit.vehicle')
    vehicle = Vehicle(name=row['name'], registration=row['registration'])
    vehicle.warehouse = demo.get('stock.location', 'hub', row['hub'])
    vehicle.driver = demo.get('party.party', 'party', row['driver'])
    vehicle.crate_capacity = int(row['crates'])
    vehicle.weight_capacity = float(row['weight'])
    vehicle.storage_classes = row['classes'].split()
    vehicle.save()
    demo.keep('vehicle', row['hub'], vehicle)


def _create_plan(demo):
    Template = demo.model('product.template')
    Plan = demo.model('commission.plan')
    template = Template(name="Livraison par un aidant", type='service')
    template.default_uom = demo.record('product.uom', 'product.uom_unit')
    template.list_price = Decimal(0)
    template.account_category = demo.get(
        'product.category', 'category', 'commission')
    template.save()
    plan = Plan(name="Aidants")
    plan.commission_product, = template.products
    plan.save()
    return plan
