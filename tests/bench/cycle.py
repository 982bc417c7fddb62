"""The orders in one cycle of this project"""
from tests.bench import cooperative
from tests.bench.arm import Arm
from tests.bench.cooperative import POINTS_BY_DRIVER, TODAY
from tests.bench.setup import company
from trytond.tools import grouped_slice

# How many invoices an accountant posts at once
POSTED = 600
SHARES = ['', '.family', '.month']


class Cycle(Arm):
    modules = ['shortcircuit_collective', 'shortcircuit_commission']
    setup = staticmethod(company)

    def prepare(self):
        self.transact(cooperative.create, self.orders)

    def run(self):
        self.cycle, = self.find('shortcircuit.cycle', [('state', '=', 'open')])
        self.order_all()
        self.close()
        self.share_all()
        self.deliver_all()
        self.settle_all()
        self.post_all()
        self.declare_all()

    def order(self, party, lines):
        "Fill the order sheet, return the id of the order"
        Cycle = self.pool.get('shortcircuit.cycle')
        Party = self.pool.get('party.party')
        Sheet = self.pool.get('shortcircuit.order_sheet')
        sheet = Sheet(
            party=Party(party), cycle=Cycle(self.cycle), order=None)
        sheet.load()
        rows = {r['product']: r['id'] for r in sheet.find_rows()}
        sheet._put({rows[p]: quantity for p, quantity in lines})
        sheet.save_order()
        return sheet.order.id

    def confirm_order(self, sale):
        self.transact(self.confirm, sale)

    def confirm(self, id_):
        "Confirm as the order sheet does"
        Sale = self.pool.get('sale.sale')
        Sale.order([Sale(id_)])

    def close(self):
        with self.meter.stage('close'):
            self.click('shortcircuit.cycle', 'close', [self.cycle])

    def share_all(self):
        stage = self.meter.stage
        ours = [('cycle', '=', self.cycle)]
        deliveries = self.find('shortcircuit.delivery', ours)
        with stage('receive'):
            self.click_all(
                'shortcircuit.delivery', ['as_expected', 'receive'],
                deliveries)
        with stage('allocate'):
            self.click('shortcircuit.cycle', 'allocate', [self.cycle])
            self.click('shortcircuit.allocation', 'apply', self.find(
                    'shortcircuit.allocation', ours))
        transfers = self.find('stock.shipment.internal', ours)
        with stage('transfer'):
            self.click_all(
                'stock.shipment.internal', ['pack', 'ship', 'do'], transfers)

    def deliver_all(self):
        with self.meter.stage('plan'):
            rounds = self.transact(self.create_rounds)
        for name, buttons in [('pack', ['pack']), ('deliver', ['run', 'do'])]:
            with self.meter.stage(name):
                # Each driver has his own
                for round_ in rounds:
                    self.click_all('shortcircuit.round', buttons, [round_])

    def create_rounds(self):
        "Put the points that have orders in the rounds of the drivers"
        Agent = self.pool.get('commission.agent')
        Company = self.pool.get('company.company')
        Location = self.pool.get('stock.location')
        Round = self.pool.get('shortcircuit.round')
        Shipment = self.pool.get('stock.shipment.out')
        drivers = iter([a.party for a in Agent.search([])] * 2)
        rounds = []
        for hub in Location.search([('type', '=', 'warehouse')]):
            points = Shipment.to_deliver(
                Company(self.context['company']), hub, TODAY)
            for stops in grouped_slice(list(points), POINTS_BY_DRIVER):
                rounds.append({
                        'date': TODAY,
                        'warehouse': hub.id,
                        'driver': next(drivers).id,
                        'stops': [('create', [{
                                        'point': point.id,
                                        'shipments': [('add', [
                                                    s.id for s
                                                    in points[point]])],
                                        } for point in stops])],
                        })
        return [r.id for r in Round.create(rounds)]

    def settle_all(self):
        stage = self.meter.stage
        with stage('commission'):
            self.click('commission', 'invoice', self.find(
                    'commission', [('invoice_line', '=', None)]))
        with stage('settle'):
            settlements = self.transact(self.settle)
            self.click(
                'shortcircuit.settlement', 'validate_settlement', settlements)

    def post_all(self):
        stage = self.meter.stage
        invoices = self.find('account.invoice', [
                ('type', '=', 'out'),
                ('state', '=', 'draft'),
                ])
        self.transact(self.date_today, invoices)
        with stage('post'):
            for ids in grouped_slice(invoices, POSTED):
                self.transact(self.post, list(ids))
        self.print()

    def date_today(self, invoices):
        "Let today be the end of the month, when canteens are invoiced"
        Invoice = self.pool.get('account.invoice')
        Invoice.write(Invoice.browse(invoices), {'invoice_date': TODAY})

    def settle(self):
        Company = self.pool.get('company.company')
        Settlement = self.pool.get('shortcircuit.settlement')
        return [s.id for s in Settlement.settle(
                Company(self.context['company']), TODAY, TODAY)]

    def declare_all(self):
        stage = self.meter.stage
        with stage('egalim'):
            for suffix in SHARES:
                self.transact(self.read_shares, suffix)
        with stage('declare'):
            self.transact(self.declare)

    def read_shares(self, suffix):
        Share = self.pool.get('shortcircuit.egalim.share' + suffix)
        return Share.search_read([], fields_names=[
                'canteen.rec_name', 'total_amount', 'egalim_share'])

    def declare(self):
        "Export the purchases of all the canteens"
        Canteen = self.pool.get('shortcircuit.canteen')
        Declaration = self.pool.get('shortcircuit.declaration')
        Declaration.export(Declaration.create([{
                        'canteen': canteen.id,
                        'kind': 'purchases',
                        'start_date': TODAY,
                        'end_date': TODAY,
                        } for canteen in Canteen.search([])]))
