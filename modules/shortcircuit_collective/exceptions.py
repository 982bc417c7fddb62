# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.exceptions import UserError, UserWarning


class CallOffError(UserError):
    pass


class CanteenImportError(UserError):
    pass


class CeilingError(UserError):
    pass


class ConsultationError(UserError):
    pass


class ConsultationImportError(UserError):
    pass


class ConsultationWarning(UserWarning):
    pass


class ContractError(UserError):
    pass


class PenaltyError(UserError):
    pass


class PenaltyWarning(UserWarning):
    pass


class PublicInvoiceError(UserError):
    pass


class DeclarationError(UserError):
    pass


class DeclarationFamilyWarning(UserWarning):
    pass


class ExclusiveWarning(UserWarning):
    pass


class LabelWarning(UserWarning):
    pass


class NeedWarning(UserWarning):
    pass


class PriceIndexError(UserError):
    pass


class RevisionError(UserError):
    pass
