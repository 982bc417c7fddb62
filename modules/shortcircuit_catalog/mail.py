# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import mimetypes
from email.utils import getaddresses

import trytond.config as config
from trytond.pool import Pool
from trytond.report import get_email
from trytond.sendmail import send_message_transactional
from trytond.tools.email_ import format_address


def has_email(party):
    pool = Pool()
    EmailTemplate = pool.get('ir.email.template')
    return bool(EmailTemplate.get_addresses(party))


def send_email(report, record, party, languages=None, attachments=()):
    """
    Send the report of the record to a party at the end of the transaction.

    It is in the languages, a list of ir.lang, else in the one of the party.
    attachments is a list of (file name, bytes).
    Return the email to be saved, as trace without the content.
    """
    pool = Pool()
    Email = pool.get('ir.email')
    EmailTemplate = pool.get('ir.email.template')
    msg, title = get_email(
        report, record, languages or EmailTemplate.get_languages(party))
    for name, data in attachments:
        ctype = mimetypes.guess_type(name)[0] or 'application/octet-stream'
        maintype, subtype = ctype.split('/')
        msg.add_attachment(
            data, maintype=maintype, subtype=subtype, filename=name)
    msg['From'] = config.get('email', 'from')
    msg['To'] = ', '.join(
        format_address(email, name) for name, email in getaddresses(
            EmailTemplate.get_addresses(party)))
    msg['Subject'] = f'{title} - {record.rec_name}'
    msg['Auto-Submitted'] = 'auto-generated'
    send_message_transactional(msg)
    return Email.from_message(msg, resource=record)
