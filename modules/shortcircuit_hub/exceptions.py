# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.exceptions import UserError


class WeightError(ValueError):
    pass


class DeliveryError(UserError):
    pass


class DeliveryCallError(UserError):
    pass


class AllocationError(UserError):
    pass


class CorrectionError(UserError):
    pass


class LotNumberError(UserError):
    pass


class RoundError(UserError):
    pass


class SupportInvoiceError(UserError):
    pass


class CrateError(UserError):
    pass


class LotHeldError(UserError):
    pass


class RecallError(UserError):
    pass


class UnsoldError(UserError):
    pass


class CustomerReturnError(UserError):
    pass


class TransferError(UserError):
    pass


class DurabilityError(UserError):
    pass
