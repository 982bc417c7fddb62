# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import re
import unittest
from unittest.mock import patch

from proteus import Model

from trytond.model.exceptions import AccessError
from trytond.model.modelview import AccessButtonError
from trytond.modules.shortcircuit_catalog import mail
from trytond.modules.shortcircuit_catalog.offer_link import hash_token
from trytond.modules.shortcircuit_catalog.tests.tools import (
    create_producer, create_product, create_user, setup)
from trytond.protocols.wrappers import HTTPStatus, Response
from trytond.tests.test_tryton import DB_NAME, Client, drop_db
from trytond.tests.tools import activate_modules, set_user
from trytond.wsgi import app

TOKEN = re.compile(r'/shortcircuit/offer/([\w-]+)')
HOUR = dt.timedelta(hours=1)


def create_item(producer, product):
    Item = Model.get('shortcircuit.producer.product')
    item = Item(producer=producer, product=product)
    item.save()
    return item


def create_cycle(days=0):
    "Create a draft cycle that delivers in some days"
    Channel = Model.get('shortcircuit.channel')
    Cycle = Model.get('shortcircuit.cycle')
    now = dt.datetime.now().replace(second=0, microsecond=0)
    cycle = Cycle(name="Week", delivery_date=(
            dt.date.today() + dt.timedelta(days=days)))
    cycle.channel, = Channel.find([])
    cycle.opens_at, cycle.closes_at = now - HOUR, now + HOUR
    cycle.save()
    return cycle


class OfferLinkTestCase(unittest.TestCase):
    "Test the links by which the producers offer"

    @classmethod
    def setUpClass(cls):
        drop_db()
        cls.addClassCleanup(drop_db)
        activate_modules('shortcircuit_catalog', setup)
        cls.farm, cls.other = map(create_producer, ["Farm <b>", "Other"])
        for producer in [cls.farm, cls.other]:
            producer.party.contact_mechanisms.new(
                type='email', value=f'{producer.id}@example.com')
            producer.party.save()
        carrot, leek, apple = map(
            create_product, ["Carrot", "<script>Leek", "Apple"])
        hen = create_product("Hen", unit="Unit")
        cls.carrot, cls.leek, cls.hen = [
            create_item(cls.farm, p) for p in [carrot, leek, hen]]
        cls.foreign = create_item(cls.other, apple)

    def setUp(self):
        self.messages = []
        patcher = patch.object(
            mail, 'send_message_transactional', self.messages.append)
        patcher.start()
        self.addCleanup(patcher.stop)
        self.client = Client(app, Response)
        self.addCleanup(self.delete_cycles)
        self.cycle = create_cycle(days=7)

    def delete_cycles(self):
        set_user(1)
        Cycle = Model.get('shortcircuit.cycle')
        Cycle.delete(Cycle.find([]))

    def ask(self):
        "Ask the producers and return the tokens by the address they went to"
        self.messages.clear()
        self.cycle.click('ask')
        self.cycle.reload()
        return {
            m['To'].split('<')[-1].strip('>'): TOKEN.search(
                m.get_content()).group(1)
            for m in self.messages}

    def ask_farm(self):
        return self.ask()[f'{self.farm.id}@example.com']

    def get(self, token):
        return self.client.get(f'/{DB_NAME}/shortcircuit/offer/{token}')

    def post(self, token, values):
        return self.client.post(
            f'/{DB_NAME}/shortcircuit/offer/{token}',
            data={f'q{item.product.id}': v for item, v in values.items()})

    def get_offers(self):
        Offer = Model.get('shortcircuit.offer')
        return {
            (o.producer.id, o.product.id): o.quantity
            for o in Offer.find([('cycle', '=', self.cycle.id)])}

    def key(self, item):
        return item.producer.id, item.product.id

    def test_answer(self):
        "Test the producer sees his products, offers and is thanked"
        token = self.ask_farm()

        page = self.get(token)
        text = page.get_data(as_text=True)
        self.assertEqual(page.status_code, HTTPStatus.OK)
        self.assertIn('Carrot', text)
        self.assertNotIn(f'q{self.foreign.product.id}"', text)
        self.assertEqual(self.get_offers(), {})

        page = self.post(
            token, {self.carrot: ' 12,5 ', self.leek: '', self.hen: '3'})
        self.assertEqual(page.status_code, HTTPStatus.OK)
        self.assertIn('12,5', page.get_data(as_text=True))
        self.assertEqual(self.get_offers(), {
                self.key(self.carrot): 12.5,
                self.key(self.hen): 3,
                })

    def test_once(self):
        "Test a link is used once"
        token = self.ask_farm()
        self.post(token, {self.carrot: '10'})

        for page in [
                self.get(token), self.post(token, {self.carrot: '20'})]:
            self.assertEqual(page.status_code, HTTPStatus.GONE)
        self.assertEqual(self.get_offers(), {self.key(self.carrot): 10})
        self.cycle.reload()
        self.assertEqual(
            {(l.producer.id, l.state) for l in self.cycle.links}, {
                (self.farm.id, 'used'), (self.other.id, 'sent')})

    def test_unknown(self):
        "Test a token that was never given opens nothing"
        token = self.ask_farm()
        link, = [
            l for l in self.cycle.links if l.producer.id == self.farm.id]
        for wrong in [
                'x', token[:-1], token + 'x', token.swapcase(),
                link.token_hash, "'OR 1=1--", '%00', 'é']:
            with self.subTest(token=wrong):
                for page in [self.get(wrong), self.post(wrong, {})]:
                    self.assertEqual(page.status_code, HTTPStatus.NOT_FOUND)
        self.assertEqual(link.token_hash, hash_token(token))

    def test_late(self):
        "Test a link ends at the closing, or when the producer needs to know"
        token = self.ask_farm()
        for hours in [2, None]:
            self.farm.cut_off_hours = hours
            self.farm.save()
            if not hours:
                self.assertEqual(self.get(token).status_code, HTTPStatus.OK)
                self.cycle.opens_at -= HOUR
                self.cycle.closes_at -= HOUR
                self.cycle.save()
            self.assertGone(token)

    def assertGone(self, token):
        for page in [self.get(token), self.post(token, {self.carrot: '1'})]:
            self.assertEqual(page.status_code, HTTPStatus.GONE)
        self.assertEqual(self.get_offers(), {})

    def test_cancelled_cycle(self):
        "Test a link ends with its cycle"
        token = self.ask_farm()
        self.cycle.click('cancel')
        self.assertEqual(self.get(token).status_code, HTTPStatus.GONE)

    def test_suspended_producer(self):
        "Test a link ends with its producer"
        token = self.ask_farm()
        self.farm.click('suspend')
        try:
            self.assertEqual(self.get(token).status_code, HTTPStatus.GONE)
        finally:
            self.farm.click('activate')

    def test_revoked(self):
        "Test a link is revoked by hand and by the one that replaces it"
        first = self.ask_farm()
        second = self.ask_farm()
        self.assertEqual(self.get(first).status_code, HTTPStatus.GONE)
        self.assertEqual(self.get(second).status_code, HTTPStatus.OK)
        for link in self.cycle.links:
            if link.state == 'sent':
                link.click('revoke')
        self.assertEqual(self.get(second).status_code, HTTPStatus.GONE)

    def test_other_products(self):
        "Test only the products of the producer are offered, by him"
        token = self.ask_farm()
        self.post(token, {self.carrot: '1', self.foreign: '99'})
        self.assertEqual(self.get_offers(), {self.key(self.carrot): 1})

    def test_wrong_quantities(self):
        "Test what is not a quantity is shown and changes nothing"
        token = self.ask_farm()
        for value in [
                '-1', 'many', 'NaN', '-nan', 'sNaN', 'Infinity', '1e9',
                '1.2345', '1,2,3', '<b>', '9' * 400]:
            with self.subTest(value=value):
                page = self.post(token, {self.hen: '2', self.carrot: value})
                text = page.get_data(as_text=True)
                self.assertEqual(
                    page.status_code, HTTPStatus.UNPROCESSABLE_ENTITY)
                self.assertEqual(text.count('class="error"'), 1)
                self.assertNotIn('<b>', text)
                self.assertEqual(self.get_offers(), {})
        page = self.post(token, {self.hen: '2.5'})
        self.assertEqual(page.status_code, HTTPStatus.UNPROCESSABLE_ENTITY)
        page = self.post(token, {self.hen: '2'})
        self.assertEqual(page.status_code, HTTPStatus.OK)

    def test_escaped(self):
        "Test the names are text"
        text = self.get(self.ask_farm()).get_data(as_text=True)
        self.assertIn('&lt;script&gt;Leek', text)
        self.assertIn('Farm &lt;b&gt;', text)
        self.assertNotIn('<script', text)

    def test_headers(self):
        "Test the page neither leaves a trace nor loads anything"
        headers = self.get(self.ask_farm()).headers
        self.assertEqual(headers['Cache-Control'], 'no-store')
        self.assertEqual(headers['Referrer-Policy'], 'no-referrer')
        self.assertIn("default-src 'none'", headers['Content-Security-Policy'])

    def test_last_time(self):
        "Test the quantities of last time are proposed, then his own"
        self.post(self.ask_farm(), {self.carrot: '40', self.hen: '6'})
        self.cycle = create_cycle(days=14)
        token = self.ask_farm()
        text = self.get(token).get_data(as_text=True)
        self.assertEqual(
            re.findall(r'value="(.*?)"', text), ['', '40', '6'])
        self.assertEqual(self.get_offers(), {})
        Offer = Model.get('shortcircuit.offer')
        Offer(
            cycle=self.cycle, producer=self.farm, product=self.leek.product,
            quantity=5).save()
        text = self.get(token).get_data(as_text=True)
        self.assertEqual(
            re.findall(r'value="(.*?)"', text), ['5', '40', '6'])
        self.post(token, {self.carrot: '1'})
        self.assertEqual(self.get_offers(), {self.key(self.carrot): 1})

    def test_asked_again(self):
        "Test those who have answered are not asked again"
        tokens = self.ask()
        self.assertEqual(
            set(tokens),
            {f'{p.id}@example.com' for p in [self.farm, self.other]})
        self.post(tokens[f'{self.farm.id}@example.com'], {})
        self.assertEqual(set(self.ask()), {f'{self.other.id}@example.com'})

    def test_by_clock(self):
        "Test the producers are asked at the hour, once"
        Cron = Model.get('ir.cron')
        cron, = Cron.find([('method', '=', 'shortcircuit.cycle|run_clock')])
        self.cycle.by_clock = False
        self.cycle.save()
        for asks_at, count in [
                (None, 0), (self.cycle.closes_at, 0),
                (self.cycle.opens_at, 2), (self.cycle.opens_at, 2)]:
            self.cycle.asks_at = asks_at
            self.cycle.save()
            cron.click('run_once')
            self.assertEqual(len(self.messages), count)
            self.cycle.reload()

    def test_trace(self):
        "Test the email is kept without the token"
        Email = Model.get('ir.email')
        self.ask()
        link = self.cycle.links[0]
        email, = Email.find([
                ('resource', '=', f'shortcircuit.offer.link,{link.id}')])
        self.assertFalse(email.body)

    def test_access(self):
        "Test the partners do not read the links, nor send them"
        self.ask()
        Cycle = Model.get('shortcircuit.cycle')
        Link = Model.get('shortcircuit.offer.link')
        set_user(create_user('producer', "Producer", self.farm.party))
        with self.assertRaises(AccessError):
            Link.find([])
        with self.assertRaises(AccessError):
            Link._proxy.revoke([l.id for l in self.cycle.links], {})
        with self.assertRaises(AccessButtonError):
            Cycle._proxy.ask([self.cycle.id], {})
