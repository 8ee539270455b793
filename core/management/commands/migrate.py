from django.conf import settings
from django.core.management.commands import migrate
from django.db import connections


class Command(migrate.Command):
    help = (
        "Migrate as the database's owner (MIGRATION_DATABASE_URL); the application's role may not."
    )

    def handle(self, *args, **options):
        connection = connections[options["database"]]
        connection.close()
        connection.settings_dict.update(settings.OWNER_CREDENTIALS)
        super().handle(*args, **options)
