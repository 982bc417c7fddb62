"The weeks to come: holidays, rules, cycles ahead, producers who announce"
import datetime as dt
from unittest.mock import patch

from werkzeug.test import Client

from config.demo.company import create_party
from config.demo.session import table

TOKENS = 'trytond.modules.shortcircuit_catalog.offer_link.secrets'
# Who answers by the link, and the product that he has no more of
ANSWERS = ('ecluses', 'betterave')


def create_holidays(demo):
    "The bank holidays by the wizard, those of the schools as published"
    for year in [demo.days.today.year, demo.days.today.year + 1]:
        wizard = demo.wizard('shortcircuit.holiday.create')
        wizard.form.year = year
        wizard.execute('create_')
    Holiday = demo.model('shortcircuit.holiday')
    closing = demo.days.after(45, demo.days.monday)
    Holiday.save([
            Holiday(name=row['name'], kind='school',
                start_date=dt.date.fromisoformat(row['start']),
                end_date=dt.date.fromisoformat(row['end']))
            for row in table('holidays')] + [
            Holiday(name="Inventaire du hub de Hazebrouck", kind='closing',
                start_date=closing, end_date=closing)])


def create_rules(demo):
    "The cycles that repeat, from the week after the next one"
    Rule = demo.model('shortcircuit.cycle.rule')
    rules = [_get_rule(demo, row) for row in table('rules')]
    Rule.save(rules)
    Rule.click(rules, 'create_cycles')


def _get_rule(demo, row):
    rule = demo.model('shortcircuit.cycle.rule')(name=row['name'])
    rule.channel = demo.get(
        'shortcircuit.channel', 'channel', row['channel'])
    rule.warehouse = demo.get('stock.location', 'hub', 'hazebrouck')
    rule.frequency = row['frequency']
    rule.weekday = demo.record('ir.calendar.day', f"ir.{row['weekday']}")
    rule.start_date = demo.days.after(14, demo.days.monday)
    for name in ['opens', 'closes']:
        days, time = row[name].split()
        setattr(rule, f'{name}_days', int(days))
        setattr(rule, f'{name}_time', dt.time.fromisoformat(time))
    rule.school_weeks = bool(row['school'])
    rule.asks_days = int(row['asks']) if row['asks'] else None
    rule.weeks_ahead = int(row['weeks'])
    return rule


def ask_producers(demo):
    """Send the links of the first cycle to come: two producers answer

    The links of the demo end by demo-1, demo-2… for who has no mailbox to
    read them in.
    """
    Cycle = demo.model('shortcircuit.cycle', 'hub')
    cycle, = Cycle.find([
            ('rule', '!=', None),
            ('channel', '=', demo.ids['channel', 'collective']),
            ], limit=1, order=[('delivery_date', 'ASC')])
    tokens = [f'demo-{n}' for n in range(1, 1 + len(table('producers')))]
    with patch(f'{TOKENS}.token_urlsafe', side_effect=tokens):
        cycle.click('ask')
    cycle.reload()
    links = sorted(cycle.links, key=lambda link: link.id)
    _answer(demo, {
            link.producer.id: token for link, token in zip(links, tokens)})
    _announce(demo)


def _answer(demo, tokens):
    "On the page of his telephone"
    from trytond.wsgi import app
    producer, out = ANSWERS
    Item = demo.model('shortcircuit.producer.product')
    page = '/{}/shortcircuit/offer/{}'.format(
        demo.database, tokens[demo.ids['producer', producer]])
    quantities = {
        f'q{item.product.id}': '40' for item in Item.find([
                ('producer', '=', demo.ids['producer', producer]),
                ('product', '!=', demo.ids['product', out]),
                ])}
    assert Client(app).post(page, data=quantities).status_code == 200


def _announce(demo):
    "Logged in: what was offered last time, for the first cycle to come"
    wizard = demo.wizard('shortcircuit.offer.announce', login='producteur')
    for line in wizard.form.lines:
        line.quantity = line.last
    wizard.execute('announce')


def favor(demo):
    "Star what the canteen orders again and again"
    starred = [
        demo.ids['product', product] for product in [
            'carotte', 'pomme', 'lait', 'yaourt', 'oeuf', 'pain', 'poulet']]
    order, = demo.model('sale.sale', 'cantine').find([('state', '=', 'draft')])
    wizard = demo.wizard('shortcircuit.order', [order], login='cantine')
    # Proteus gives no ids to the lines that the sheet opens with
    wizard.form.show = 'quantity'
    wizard.form.show = None
    for line in wizard.form.lines:
        if line.product.id in starred:
            line.favorite = True
    wizard.execute('save')


def create_households(demo):
    for row in table('households'):
        party = create_party(
            demo, row['name'], row['street'], row['postal_code'], row['city'])
        party.shortcircuit_channel = demo.get(
            'shortcircuit.channel', 'channel', row['channel'])
        party.distribution_point = demo.get(
            'shortcircuit.distribution_point', 'point', row['point'])
        party.save()
        demo.keep('party', row['code'], party)
