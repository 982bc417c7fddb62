# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.exceptions import UserError
from trytond.model.exceptions import ValidationError


class AgreementOverlapError(ValidationError):
    pass


class AgreementShareError(ValidationError):
    pass


class AgreementVersionError(UserError):
    pass


class ApprovalNumberError(ValidationError):
    pass


class ProducerActivationError(UserError):
    pass


class OfferSanitaryError(ValidationError):
    pass


class MercurialePublishError(UserError):
    pass


class CycleError(UserError):
    pass


class CycleRuleError(ValidationError):
    pass


class OfferQuantityError(UserError):
    pass


class OrderError(UserError):
    pass


class OrderImportError(UserError):
    pass


class TableImportError(UserError):
    pass
