# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.pool import Pool, PoolMeta

# The fields of RappelConso in the order of its open data (arrêté of
# 20 January 2021, data set rappelconso-v2), with the fields of the recall
SHEET = {
    'nature_juridique_rappel': 'legal_nature',
    'categorie_produit': 'category',
    'sous_categorie_produit': 'subcategory',
    'marque_produit': 'brand',
    'modeles_ou_references': 'models',
    'identification_produits': 'identification',
    'conditionnements': 'packaging',
    'date_debut_commercialisation': 'sale_start_date',
    'date_date_fin_commercialisation': 'sale_end_date',
    'temperature_conservation': 'storage_temperature',
    'marque_salubrite': 'health_mark',
    'informations_complementaires': 'information',
    'zone_geographique_de_vente': 'sale_zone',
    'distributeurs': 'distributors',
    'motif_rappel': 'reason',
    'risques_encourus': 'risks',
    'preconisations_sanitaires': 'health_advice',
    'description_complementaire_risque': 'risk_description',
    'conduites_a_tenir_par_le_consommateur': 'consumer_conduct',
    'numero_contact': 'contact_number',
    'modalites_de_compensation': 'compensation',
    'date_de_fin_de_la_procedure_de_rappel': 'procedure_end_date',
    'informations_complementaires_publiques': 'public_information',
    }


class Recall(metaclass=PoolMeta):
    __name__ = 'shortcircuit.recall'

    legal_nature = fields.Selection([
            ('voluntary', "Voluntary (without prefectoral order)"),
            ('imposed', "Imposed by prefectoral order"),
            ], "Legal Nature", required=True, sort=False)
    legal_nature_string = legal_nature.translated('legal_nature')
    category = fields.Char("Category of Product")
    subcategory = fields.Char("Subcategory of Product")
    brand = fields.Char("Brand")
    models = fields.Text("Models or References")
    identification = fields.Text(
        "Identification of Products",
        help="GTIN$lot$kind of date$date$, separated by a vertical bar.")
    packaging = fields.Text("Packaging")
    sale_start_date = fields.Date("Sold From")
    sale_end_date = fields.Date("Sold To")
    storage_temperature = fields.Char("Storage Temperature")
    health_mark = fields.Char("Health Mark")
    information = fields.Text("Additional Information")
    sale_zone = fields.Char("Geographic Zone of Sale")
    distributors = fields.Text("Distributors")
    risks = fields.Text("Risks Incurred")
    health_advice = fields.Text("Health Advice")
    risk_description = fields.Text("Additional Description of the Risk")
    consumer_conduct = fields.Text("What the Consumer Must Do")
    contact_number = fields.Char("Contact Number")
    compensation = fields.Text("Compensation")
    procedure_end_date = fields.Date("End of the Recall Procedure")
    public_information = fields.Text("Additional Public Information")

    @classmethod
    def default_legal_nature(cls):
        return 'voluntary'

    @classmethod
    def default_category(cls):
        return gettext('shortcircuit_hub.msg_recall_category')

    @classmethod
    def default_consumer_conduct(cls):
        return gettext('shortcircuit_hub.msg_recall_conduct')

    @classmethod
    def default_compensation(cls):
        return gettext('shortcircuit_hub.msg_recall_compensation')

    @classmethod
    @ModelView.button
    def find(cls, recalls):
        super().find(recalls)
        recalls = cls.browse(recalls)
        for recall in recalls:
            for name, value in recall.get_sheet_values().items():
                if not getattr(recall, name):
                    setattr(recall, name, value)
        cls.save(recalls)

    def get_sheet_values(self):
        "Return what the goods tell of the fields of RappelConso"
        products = _unique(l.product for l in self.lots)
        producers = _unique(l.producer for l in self.lots)
        dates = [l.date for l in self.gone_lines if l.place == 'customer']
        party = self.company.party
        return {
            'brand': ', '.join(p.party.name for p in producers),
            'models': '\n'.join(p.name for p in products),
            'identification': '|'.join(
                self._get_identification(l.lot) for l in self.lots),
            'sale_start_date': min(dates, default=None),
            'sale_end_date': max(dates, default=None),
            'storage_temperature': self._get_temperature(products),
            'health_mark': ', '.join(
                _unique(p.approval_number for p in producers)),
            'distributors': party.name,
            'contact_number': party.phone or party.mobile,
            }

    @staticmethod
    def _get_identification(lot):
        codes = {i.type: i.code for i in lot.product.identifiers}
        kind, date = 'no_date', ''
        if lot.durability_date:
            kind, date = lot.durability_kind, lot.durability_date.isoformat()
        return '$'.join([
                codes.get('ean', ''), lot.number,
                gettext(f'shortcircuit_hub.msg_recall_{kind}'), date, ''])

    @staticmethod
    def _get_temperature(products):
        pool = Pool()
        Lang = pool.get('ir.lang')
        temperatures = [
            p.temperature_max for p in products
            if p.temperature_max is not None]
        if temperatures:
            return gettext(
                'shortcircuit_hub.msg_recall_temperature',
                temperature=Lang.get().format_number(min(temperatures)))

    @property
    def sheet(self):
        "The fields of RappelConso as list of (name, value as text)"
        pool = Pool()
        Lang = pool.get('ir.lang')
        lang = Lang.get()
        rows = []
        for name, field in SHEET.items():
            value = getattr(self, field)
            if field == 'legal_nature':
                value = self.legal_nature_string
            elif field.endswith('_date') and value:
                value = lang.strftime(value)
            rows.append((name, value or ''))
        return rows


def _unique(values):
    return list(dict.fromkeys(filter(None, values)))
