# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.exceptions import UserError
from trytond.model.exceptions import ValidationError


class DeliverySplitError(UserError):
    pass


class SettlementError(UserError):
    pass


class ContestError(UserError):
    pass


class NoEmailError(UserError):
    pass


class MandateInvoiceError(UserError):
    pass


class StatementError(UserError):
    pass


class FacturXError(UserError):
    pass


class PaymentError(UserError):
    pass


class MandateOverlapError(ValidationError):
    pass


class GridError(UserError):
    pass


class PointAgentOverlapError(ValidationError):
    pass


class MandateMissingError(UserError):
    pass
