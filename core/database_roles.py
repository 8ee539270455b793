"""
Two database roles: the owner migrates, the application reads and writes but owns nothing.

After every migration the application's role is granted exactly what it needs; tables that only
grow get neither UPDATE nor DELETE, and no table gets TRUNCATE.
"""

from django.apps import apps
from django.conf import settings
from django.db import connections
from psycopg import sql

from core.models.append_only import AppendOnly


def grant_to_app_role(*, using: str, **_) -> None:
    """Grant the application's role its rights on every table. A role that owns the tables needs none."""
    role = settings.APP_CREDENTIALS["USER"]
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT current_user")
        if cursor.fetchone()[0] == role:
            return
        for statement in _statements(role):
            cursor.execute(statement)


def _statements(role: str):
    app = sql.Identifier(role)
    yield sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(app)
    yield sql.SQL(
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}"
    ).format(app)
    yield sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(app)
    for model in apps.get_models():
        if issubclass(model, AppendOnly):
            table = sql.Identifier(model._meta.db_table)
            yield sql.SQL("REVOKE UPDATE, DELETE ON {} FROM {}").format(table, app)
