# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import ModelSingleton, ModelSQL, ModelView, fields
from trytond.modules.company.model import (
    CompanyMultiValueMixin, CompanyValueMixin)
from trytond.pool import Pool
from trytond.pyson import Eval, Id


def sequence_field(string, module, type_, company):
    """
    Return the field of a sequence for the configuration or its values.

    company is the PYSON of the company the sequence must belong to.
    """
    return fields.Many2One(
        'ir.sequence', string, required=True,
        domain=[
            ('company', 'in', [company, None]),
            ('sequence_type', '=', Id(module, type_)),
            ])


def default_sequence(module, sequence):
    "Return the default method of the field of a sequence"
    @classmethod
    def default(cls, **pattern):
        pool = Pool()
        ModelData = pool.get('ir.model.data')
        try:
            return ModelData.get_id(module, sequence)
        except KeyError:
            return None
    return default


# What a producer needs to be active, beside his VAT regime
CHECKS = [
    ('siret', "SIRET"),
    ('iban', "IBAN"),
    ('agreement', "Signed Agreement"),
    ('insurance', "Insurance"),
    ('sanitary', "Sanitary Status"),
    ('certificates', "Certificates of the Labels Claimed"),
    ]


class Configuration(
        ModelSingleton, ModelSQL, ModelView, CompanyMultiValueMixin):
    __name__ = 'shortcircuit.configuration'

    mercuriale_sequence = fields.MultiValue(sequence_field(
            "Mercuriale Sequence",
            'shortcircuit_catalog', 'sequence_type_mercuriale',
            Eval('context', {}).get('company', -1)))

    default_mercuriale_sequence = default_sequence(
        'shortcircuit_catalog', 'sequence_mercuriale')

    activation_checks = fields.MultiSelection(
        CHECKS, "Required to Activate a Producer", sort=False,
        help="A producer who lacks one of them can not be activated.")
    offers_need_approval = fields.Boolean(
        "Offers Need Approval",
        help="Refuse the offers of products of a sanitary class by producers "
        "who have neither an approval nor a derogation for it.")

    expiry_days = fields.Integer(
        "Days before the End", required=True,
        domain=[
            ('expiry_days', '>=', 1),
            ('expiry_days', '<=', 180),
            ],
        help="How many days before they end the agreements, certificates, "
        "derogations and insurances are listed, and the producers told.")
    expiry_user = fields.Many2One(
        'res.user', "Told with the Producer",
        help="Who gets a copy of the email that tells a producer what ends.")

    @classmethod
    def default_expiry_days(cls):
        return 60

    @classmethod
    def default_expiry_user(cls):
        pool = Pool()
        ModelData = pool.get('ir.model.data')
        return ModelData.get_id('res', 'user_admin')

    @classmethod
    def default_activation_checks(cls):
        return [name for name, _ in CHECKS]

    @classmethod
    def default_offers_need_approval(cls):
        return True

    @classmethod
    def multivalue_model(cls, field):
        pool = Pool()
        if field.endswith('_sequence'):
            return pool.get('shortcircuit.configuration.sequence')
        return super().multivalue_model(field)

    @classmethod
    def set_number(cls, records, name):
        "Give the next numbers of the named sequence to records without one"
        configuration = cls(1)
        for company in {r.company for r in records if not r.number}:
            numberless = [
                r for r in records if r.company == company and not r.number]
            sequence = configuration.get_multivalue(name, company=company.id)
            for record, number in zip(
                    numberless, sequence.get_many(len(numberless))):
                record.number = number
        if records:
            records[0].__class__.save(records)


class ConfigurationSequence(ModelSQL, CompanyValueMixin):
    __name__ = 'shortcircuit.configuration.sequence'

    mercuriale_sequence = sequence_field(
        "Mercuriale Sequence",
        'shortcircuit_catalog', 'sequence_type_mercuriale',
        Eval('company', -1))

    default_mercuriale_sequence = default_sequence(
        'shortcircuit_catalog', 'sequence_mercuriale')
