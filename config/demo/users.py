"""Who works in the demo: what he may do and what he sees first"""
from config.demo.session import table
from config.settings import PASSWORD

# login: name, groups, party, first screen
STAFF = {
    'comptable': (
        "Dominique Lefèvre, comptabilité",
        ['shortcircuit_catalog.group_accountant', 'account.group_account',
            'account_payment.group_payment',
            'account_payment.group_payment_approval',
            'commission.group_commission'],
        None,
        'shortcircuit_commission.act_settlement_form'),
    'hub': (
        "Sacha Delattre, hub de Hazebrouck",
        ['shortcircuit_catalog.group_operator', 'stock.group_stock'],
        None,
        'shortcircuit_hub.act_delivery_form'),
    'aidant': (
        "Ferme du Petit Clocher Gris, aidant",
        ['shortcircuit_catalog.group_aidant'],
        'clocher',
        'shortcircuit_hub.act_round_form'),
    'producteur': (
        "Maraîchage du Vanneau, producteur",
        ['shortcircuit_catalog.group_producer'],
        'vanneau',
        'shortcircuit_catalog.act_offer_form'),
    }
BUYER = (['shortcircuit_catalog.group_buyer'],
    'shortcircuit_catalog.act_cycle_form_buyer')
# Who approves what the buyer of the canteen orders
APPROVERS = {
    'cantine-bethune-direction': ("Direction du collège George Sand", 'sand'),
    }


def create(demo):
    _end_configuration(demo)
    groups, action = BUYER
    buyers = APPROVERS | {
        row['login']: (row['buyer'], row['code'])
        for row in table('canteens')}
    for login, values in STAFF.items():
        _create_user(demo, login, *values)
    for login, (name, party) in buyers.items():
        _create_user(demo, login, name, groups, party, action)


def _end_configuration(demo):
    "Show the administrator the menu instead of the configuration wizard"
    Item = demo.model('ir.module.config_wizard.item')
    items = Item.find([('state', '=', 'open')])
    for item in items:
        item.state = 'done'
    Item.save(items)
    admin, = demo.model('res.user').find([('login', '=', 'admin')])
    admin.actions.append(demo.record(
            'ir.action.act_window',
            'shortcircuit_catalog.act_cycle_form').action)
    admin.save()


def _create_user(demo, login, name, groups, party, action):
    User = demo.model('res.user')
    Lang = demo.model('ir.lang')
    user = User(name=name, login=login, password=PASSWORD)
    user.language, = Lang.find([('code', '=', 'fr')])
    user.groups.extend(demo.record('res.group', g) for g in groups)
    if party:
        user.parties.append(demo.get('party.party', 'party', party))
    user.actions.append(
        demo.record('ir.action.act_window', action).action)
    user.save()
