from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class KoperasiRiskConfig(AppConfig):
    name = "koperasi_risk"
    verbose_name = _("Cooperative risk")
