# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.exceptions import UserError
from trytond.protocols.wrappers import (
    HTTPStatus, Response, set_max_request_size, with_pool, with_transaction)
from trytond.transaction import Transaction
from trytond.wsgi import app

# The address is a secret, and the page needs nothing but itself
HEADERS = {
    'Cache-Control': 'no-store',
    'Content-Security-Policy':
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'",
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'X-Robots-Tag': 'noindex',
    }


@app.route(
    '/<database_name>/shortcircuit/offer/<token>', methods={'GET', 'POST'})
@set_max_request_size(100_000)
@with_pool
@with_transaction()
def offer(request, pool, token):
    Link = pool.get('shortcircuit.offer.link')
    link = Link.find(token)
    if not link:
        return _page(pool, None, HTTPStatus.NOT_FOUND, page='unknown')
    if request.method == 'POST':
        # Two at once would both find it unused
        Link.lock([link])
    with Transaction().set_context(
            company=link.cycle.company.id, language=_get_language(pool, link)):
        link = Link(link.id)
        if link.refusal:
            return _page(pool, link, HTTPStatus.GONE, page=link.refusal)
        if request.method == 'POST':
            return _announce(request, pool, link)
        return _page(pool, link, page='form', rows=link.get_rows())


def _announce(request, pool, link):
    error = None
    try:
        rows = link.announce(request.form)
    except UserError as exception:
        # Nothing is half offered
        Transaction().rollback()
        error = exception.message
        rows = link.get_rows()
        for row in rows:
            row.value = request.form.get(row.name, '')
    if error or any(r.error for r in rows):
        return _page(
            pool, link, HTTPStatus.UNPROCESSABLE_ENTITY, page='form',
            rows=rows, error=error)
    return _page(pool, link, page='thanks', rows=rows)


def _get_language(pool, link):
    EmailTemplate = pool.get('ir.email.template')
    language, *_ = EmailTemplate.get_languages(link.producer.party)
    return language.code


def _page(pool, link, status=HTTPStatus.OK, **data):
    Page = pool.get('shortcircuit.offer.link.page', type='report')
    data.setdefault('error', None)
    _, content, _, _ = Page.execute([link.id] if link else [], data)
    return Response(
        content, status, HEADERS, content_type='text/html; charset=utf-8')
