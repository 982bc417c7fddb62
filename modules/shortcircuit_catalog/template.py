# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The templates of the reports, as they were read"

from genshi.template import MarkupTemplate
from genshi.template.base import SUB


class TemplateMixin:
    __slots__ = ()

    @classmethod
    def _callback_loader(cls, report, template):
        # Core renders copies of a template that share its directives, to
        # which genshi adds those that are translated: after some hundreds of
        # papers they are too many to be rendered
        if isinstance(template, MarkupTemplate):
            template._stream = copy_directives(template._stream)
        return super()._callback_loader(report, template)


def copy_directives(stream):
    "Return the events of a template with lists of directives of their own"
    return [
        (kind, ([*data[0]], copy_directives(data[1])), position)
        if kind is SUB else (kind, data, position)
        for kind, data, position in stream]
