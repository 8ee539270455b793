from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = _("Ground")

    def ready(self):
        from core import checks  # noqa: F401  (registers the start-up checks)
        from core.database_roles import grant_to_app_role

        post_migrate.connect(grant_to_app_role, sender=self)
