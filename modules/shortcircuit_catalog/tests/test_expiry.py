# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import unittest
from unittest.mock import patch

import trytond.config as config
from trytond.modules.company.tests import create_company, set_company
from trytond.modules.notification_email import notification
from trytond.modules.shortcircuit_catalog.tests.test_module import (
    create_agreement, create_certificate, create_producer)
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction


def in_days(days):
    return dt.date.today() + dt.timedelta(days=days)


class ExpiryTestCase(unittest.TestCase):
    "Test what ends soon"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        activate_module('shortcircuit_catalog')

    def setUp(self):
        super().setUp()
        from_ = config.get('email', 'from', default='')
        config.set('email', 'from', 'circuit@example.com')
        self.addCleanup(config.set, 'email', 'from', from_)

    def search(self):
        pool = Pool()
        Expiry = pool.get('shortcircuit.expiry')
        return [(e.thing, e.end_date, e.days) for e in Expiry.search([])]

    @with_transaction()
    def test_list(self):
        "Test what ends within the days and is not replaced is listed"
        pool = Pool()
        Configuration = pool.get('shortcircuit.configuration')
        Derogation = pool.get('shortcircuit.derogation')
        Insurance = pool.get('shortcircuit.insurance')
        Label = pool.get('shortcircuit.label')
        Class = pool.get('shortcircuit.sanitary.class')
        label, other = Label.search([], limit=2)
        sanitary_class, = Class.search([], limit=1)
        with set_company(create_company()):
            farm, neighbour = map(create_producer, ["Farm", "Neighbour"])
            start = in_days(-100)
            agreement = create_agreement(farm, start, in_days(0))
            late = create_certificate(farm, label, start, in_days(-1))
            create_certificate(farm, other, start, in_days(61))
            create_certificate(neighbour, label, start, in_days(10))
            create_certificate(neighbour, label, in_days(11))
            create_certificate(neighbour, other, start, in_days(-61))
            derogation, = Derogation.create([{
                        'producer': farm.id,
                        'sanitary_class': sanitary_class.id,
                        'number': "1",
                        'start_date': start,
                        'end_date': in_days(60),
                        }])
            insurance, _ = Insurance.create([{
                        'producer': producer.id,
                        'insurer': "Insurer",
                        'number': "1",
                        'start_date': start,
                        'end_date': in_days(30),
                        } for producer in [farm, neighbour]])
            neighbour.end([neighbour])

            self.assertEqual(self.search(), [
                    (late, in_days(-1), -1),
                    (agreement, in_days(0), 0),
                    (insurance, in_days(30), 30),
                    (derogation, in_days(60), 60),
                    ])

            configuration = Configuration(1)
            configuration.expiry_days = 5
            configuration.save()
            self.assertEqual(self.search(), [
                    (late, in_days(-1), -1),
                    (agreement, in_days(0), 0),
                    ])

    @with_transaction()
    def test_email(self):
        "Test the producer and the administrator are told once"
        pool = Pool()
        Email = pool.get('ir.email')
        Label = pool.get('shortcircuit.label')
        Trigger = pool.get('ir.trigger')
        User = pool.get('res.user')
        admin = User(1)
        admin.email = 'admin@example.com'
        admin.save()
        label, = Label.search([('code', '=', 'AOCAOP')])
        with set_company(create_company()):
            farm = create_producer("Farm")
            farm.party.contact_mechanisms = [
                {'type': 'email', 'value': 'farm@example.com'}]
            farm.party.save()
            create_certificate(farm, label, in_days(-10), in_days(-1))
            certificate = create_certificate(
                create_producer("Other"), label, in_days(-10), in_days(10))
            certificate.producer = farm
            certificate.save()

            with patch.object(
                    notification, 'send_message_transactional') as send:
                for _ in range(2):
                    Trigger.trigger_time()

            send.assert_called_once()
            message, = send.call_args.args
            self.assertIn('farm@example.com', message['To'])
            self.assertIn('admin@example.com', message['Cc'])
            self.assertIn(certificate.rec_name, message['Subject'])
            self.assertIn(
                certificate.rec_name,
                message.get_body(('html',)).get_content())
            email, = Email.search([])
            self.assertEqual(email.resource.thing, certificate)
