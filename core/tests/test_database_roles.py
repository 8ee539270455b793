import pytest
from django.db import ProgrammingError, connection

from conftest import NOON
from core.audit import record
from core.models import AuditEntry


def test_tests_run_in_the_applications_role(db, settings):
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, usesuper FROM pg_user WHERE usename = current_user")

        assert cursor.fetchone() == (settings.APP_CREDENTIALS["USER"], False)


@pytest.mark.parametrize(
    "change", [lambda rows: rows.update(action="x"), lambda rows: rows.delete()]
)
def test_the_application_may_not_change_what_only_grows(db, change):
    record("user.suspended", now=NOON)

    with pytest.raises(ProgrammingError, match="permission denied"):
        change(AuditEntry.objects.all())
