"""The farms, their agreements and certificates; those who drive rounds"""
from decimal import Decimal

from config.demo.company import create_party
from config.demo.session import table

SHARES = {
    'producer_share': Decimal('.8333'),
    'aidant_share': Decimal('.0517'),
    'cooperative_share': Decimal('.1150'),
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


def certify(demo):
    "Needs the products, which the certificates name"
    for row in table('certificates'):
        _create_certificate(demo, row)


def _create_producer(demo, row):
    Producer = demo.model('shortcircuit.producer')
    party = create_party(
        demo, row['name'], row['street'], row['postal_code'], row['city'],
        row['siret'])
    party.supplier_payment_term = demo.get(
        'account.invoice.payment_term', 'term', '30')
    party.save()
    producer = Producer(party=party, vat_regime=row['vat_regime'])
    agreement = producer.agreements.new(**SHARES)
    agreement.start_date = demo.days.today.replace(
        year=int(row['since']), month=1, day=1)
    producer.save()
    producer.click('activate')
    demo.keep('party', row['code'], party)
    demo.keep('producer', row['code'], producer)


def _create_certificate(demo, row):
    Certificate = demo.model('shortcircuit.certificate')
    certificate = Certificate()
    certificate.producer = demo.get(
        'shortcircuit.producer', 'producer', row['producer'])
    certificate.label = demo.record('shortcircuit.label',
        f"shortcircuit_catalog.label_{row['label'].lower()}")
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
