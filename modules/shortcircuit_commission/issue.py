# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What is printed, kept as it is printed, and mailed once"

import datetime as dt

from trytond.i18n import gettext
from trytond.modules.shortcircuit_catalog.mail import has_email, send_email
from trytond.modules.shortcircuit_catalog.moment import Moment
from trytond.pool import Pool
from trytond.pyson import Eval

from .exceptions import NoEmailError


class IssueMixin:
    """
    Keep and mail the document of records.

    They have the file as document and document_name, the party it is for as
    recipient, and print_document returns the name and the content of a new
    one. mail_report is the name of the report of the mail.
    """
    __slots__ = ()

    sent_at = Moment(
        "Sent at", readonly=True,
        states={
            'invisible': ~Eval('sent_at'),
            },
        help="When the document was sent to who it is made for.")

    @classmethod
    def copy(cls, records, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('sent_at', None)
        return super().copy(records, default=default)

    @classmethod
    def issue(cls, records):
        "Keep the documents as they are printed, and send them"
        cls.keep(records)
        cls.mail([
                r for r in cls.browse(records)
                if not r.sent_at and has_email(r.recipient)])

    @classmethod
    def keep(cls, records):
        for record in records:
            if not record.document_name:
                record.document_name, record.document = (
                    record.print_document())
        cls.save(records)

    @classmethod
    def check_emails(cls, records):
        for record in records:
            if not has_email(record.recipient):
                raise NoEmailError(gettext(
                        'shortcircuit_commission.msg_no_email',
                        record=record.rec_name,
                        party=record.recipient.rec_name))

    @classmethod
    def mail(cls, records):
        pool = Pool()
        Email = pool.get('ir.email')
        if not records:
            return
        Email.save([
                send_email(
                    cls.mail_report, r, r.recipient,
                    attachments=[(r.document_name, r.document)])
                for r in records])
        cls.write(records, {'sent_at': dt.datetime.now()})
